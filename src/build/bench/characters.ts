/** A tokenizer in which every character is one token, so that a text file can say any sequence of ids, to every program alike. */

import { createRng } from '../../core/rng.ts';

const endOfText = '<|endoftext|>';
/** Ids below are kept for special tokens. */
const firstId = 3;

/** Letters without case, space or surrogates: CJK to Hangul, then the private area. */
function letter(id: number): string {
  const code = 0x3001 + id;
  return String.fromCharCode(code < 0xd800 ? code : code + 0x800);
}

/** The tokenizer's files, by name. */
export function characterTokenizer(vocabSize: number): Record<string, string> {
  const vocab: Record<string, number> = { [endOfText]: 0 };
  for (let id = firstId; id < vocabSize; id++) vocab[letter(id)] = id;
  return {
    'tokenizer.json': `${JSON.stringify({
      version: '1.0', truncation: null, padding: null, normalizer: null, pre_tokenizer: null, post_processor: null, decoder: { type: 'Fuse' },
      added_tokens: [{ id: 0, content: endOfText, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }],
      model: { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, ignore_merges: false, vocab, merges: [] },
    })}\n`,
    'tokenizer_config.json': `${JSON.stringify({ tokenizer_class: 'PreTrainedTokenizerFast', eos_token: endOfText, pad_token: endOfText, clean_up_tokenization_spaces: false, model_max_length: 1_000_000 })}\n`,
  };
}

/** Texts of `length` tokens drawn at random, one after another. */
export function randomTexts(vocabSize: number, seed: number): (length: number) => string {
  const rng = createRng(seed);
  return (length) => Array.from({ length }, () => letter(firstId + rng.below(vocabSize - firstId))).join('');
}
