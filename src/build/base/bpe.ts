/** Trains a byte-level BPE tokenizer and writes it as Hugging Face's tokenizer files (Sennrich et al. 2016; byte alphabet of GPT-2). */

/** GPT-4's split as Qwen uses it, with single digits, spelt without inline flags so that every regex engine reads it alike. */
const splitPattern =
  "'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

export const specialTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const;

/** ChatML. The turn's end token is inside the generation block, the newline after it is not: as in TRL's own training templates. */
const chatTemplate = [
  "{%- for message in messages %}",
  "{{- '<|im_start|>' + message['role'] + '\\n' }}",
  "{%- if message['role'] == 'assistant' %}",
  "{%- generation %}{{- message['content'] + '<|im_end|>' }}{%- endgeneration %}{{- '\\n' }}",
  "{%- else %}{{- message['content'] + '<|im_end|>\\n' }}{%- endif %}",
  '{%- endfor %}',
  "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}",
].join('');

/** Merges learnt from `texts` until the vocabulary has `vocabSize` entries. Ties go to the pair that sorts first, so the result depends on the texts alone. */
export function trainBpe(texts: Iterable<string>, vocabSize: number): { vocab: Map<string, number>; merges: [string, string][] } {
  const letters = byteLetters();
  const counts = new Map<string, number>();
  const split = new RegExp(splitPattern, 'gu');
  for (const text of texts) for (const [word] of text.matchAll(split)) counts.set(word, (counts.get(word) ?? 0) + 1);

  const words = [...counts].map(([word, count]) => ({ count, parts: [...new TextEncoder().encode(word)].map((byte) => letters[byte]!) }));
  const vocab = new Map<string, number>();
  for (const token of [...specialTokens, ...letters.toSorted()]) vocab.set(token, vocab.size);
  const merges: [string, string][] = [];
  while (vocab.size < vocabSize) {
    const pairs = new Map<string, number>();
    for (const { count, parts } of words) {
      for (let i = 1; i < parts.length; i++) {
        const pair = `${parts[i - 1]} ${parts[i]}`;
        pairs.set(pair, (pairs.get(pair) ?? 0) + count);
      }
    }
    let best: string | undefined;
    let bestCount = 1; // a pair seen once is no pattern
    for (const [pair, count] of pairs) {
      if (count > bestCount || (count === bestCount && best !== undefined && pair < best)) [best, bestCount] = [pair, count];
    }
    if (best === undefined) break;
    const [left, right] = best.split(' ') as [string, string];
    merges.push([left, right]);
    vocab.set(left + right, vocab.size);
    for (const word of words) word.parts = merge(word.parts, left, right);
  }
  return { vocab, merges };
}

/** The three files of a Hugging Face tokenizer folder, by name. */
export function tokenizerFiles({ vocab, merges }: ReturnType<typeof trainBpe>, modelMaxLength: number): Record<string, string> {
  const [endOfText, , endOfTurn] = specialTokens;
  return {
    'tokenizer.json': `${JSON.stringify({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: specialTokens.map((content, id) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true })),
      normalizer: null,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: splitPattern }, behavior: 'Isolated', invert: false },
          { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
        ],
      },
      // Plain text begins with <|endoftext|>, as documents do in the corpus; a chat template writes its own markers and gets none.
      post_processor: {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: endOfText, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        pair: [{ SpecialToken: { id: endOfText, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
        special_tokens: { [endOfText]: { id: endOfText, ids: [0], tokens: [endOfText] } },
      },
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false,
        ignore_merges: false, vocab: Object.fromEntries(vocab), merges,
      },
    })}\n`,
    'tokenizer_config.json': `${JSON.stringify({
      tokenizer_class: 'PreTrainedTokenizerFast', bos_token: endOfText, eos_token: endOfText, pad_token: endOfText, unk_token: endOfText,
      additional_special_tokens: [specialTokens[1], endOfTurn], add_bos_token: true, clean_up_tokenization_spaces: false, model_max_length: modelMaxLength,
    }, null, 2)}\n`,
    'chat_template.jinja': chatTemplate,
  };
}

function merge(parts: string[], left: string, right: string): string[] {
  let out: string[] | undefined;
  for (let i = 0; i < parts.length; i++) {
    const hit = parts[i] === left && parts[i + 1] === right;
    if (hit) out ??= parts.slice(0, i);
    if (out) out.push(hit ? left + right : parts[i]!);
    if (hit) i++;
  }
  return out ?? parts;
}

/** GPT-2's alphabet: a printable letter for each byte. */
function byteLetters(): string[] {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}
