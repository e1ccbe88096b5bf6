/** A model's tokenizer from its Hugging Face files: text to ids and back, and what the model's settings say about special tokens. */

import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { UserError } from '../core/problem.ts';
import { oneLine, shownValue } from '../core/text.ts';
import { compileChatTemplate, type ChatTemplate } from './chatTemplate.ts';
import { createAligner, type Range } from './tokenRanges.ts';
import { markedTemplate } from './trainingTemplates.ts';

/** The text of the files of a model folder that a tokenizer is made of. */
export interface TokenizerFiles {
  tokenizerJson: string;
  tokenizerConfig?: string;
  /** `chat_template.jinja`; wins over the template inside `tokenizer_config.json`. */
  chatTemplate?: string;
  /** `additional_chat_templates/*.jinja` by name. */
  namedTemplates?: Readonly<Record<string, string>>;
  specialTokensMap?: string;
  generationConfig?: string;
  /** Ends texts instead of the token that the files name. */
  eosToken?: string;
  /** The folder, for messages. */
  name: string;
}

export interface Tokenizer {
  /** One more than the highest id, which is how many rows an embedding needs. */
  readonly vocabSize: number;
  /** No special tokens are added unless asked for; special tokens written in the text are recognised. */
  encode(text: string, opts?: { addSpecialTokens?: boolean }): number[];
  decode(ids: readonly number[], opts?: { skipSpecialTokens?: boolean }): string;
  /** One token as the vocabulary writes it; empty for an id that it does not have. */
  tokenText(id: number): string;
  idOf(token: string): number | undefined;
  /** The UTF-16 range of each token in the text that `ids` came from; undefined where the tokenizer changed the text. */
  rangesOf(text: string, ids: readonly number[]): Range[] | undefined;
  readonly bosId: number | null;
  readonly eosId: number | null;
  readonly padId: number | null;
  /** `bos_token`, `eos_token` …: the ones that are set, as chat templates see them. */
  readonly specialTokens: Readonly<Record<string, string>>;
  /** Whether `encode` with special tokens begins with the bos token. */
  readonly addsBos: boolean;
  readonly modelMaxLength: number | null;
  /** The template for plain chat. */
  readonly chatTemplate: string | null;
  /** The compiled template for a conversation with or without tools. Throws a UserError where there is none. */
  chatFor(withTools: boolean): ChatTemplate;
  /** The template for assistant_only_loss, which marks what the assistant says: the model's own, or a known one with marks put in. Undefined where there is neither. */
  markedChatFor(withTools: boolean): ChatTemplate | undefined;
  /** The folder, for messages. */
  readonly name: string;
}

const specialKeys = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'] as const;

/** Throws a UserError that names the file when it cannot be read. */
export function createTokenizer(files: TokenizerFiles): Tokenizer {
  const json = parseObject(files.tokenizerJson, `${files.name}/tokenizer.json`) as unknown as TokenizerJson;
  const config = files.tokenizerConfig === undefined ? {} : parseObject(files.tokenizerConfig, `${files.name}/tokenizer_config.json`);
  // transformers reads the older special_tokens_map.json only where tokenizer_config.json has no added_tokens_decoder.
  if (files.specialTokensMap !== undefined && config.added_tokens_decoder === undefined) Object.assign(config, parseObject(files.specialTokensMap, `${files.name}/special_tokens_map.json`));

  const specialTokens = Object.fromEntries(specialKeys.flatMap((key): [string, string][] => (tokenContent(config[key]) === null ? [] : [[key, tokenContent(config[key])!]])));
  let inner: HuggingFaceTokenizer;
  let added: AddedToken[];
  try {
    added = addMissingTokens(json, config, Object.values(specialTokens));
    inner = new HuggingFaceTokenizer(json, { ...config, ...specialTokens, additional_special_tokens: added.filter((t) => t.special).map((t) => t.content) });
    matchOriginals(inner);
  } catch (error) {
    throw unreadable(files.name, error);
  }

  const idOf = (token: string) => inner.token_to_id(token);
  if (files.eosToken !== undefined) {
    if (idOf(files.eosToken) === undefined) throw new UserError(`eos_token: the vocabulary of ${files.name} has no token ${JSON.stringify(files.eosToken)}. Name one that it has.`, 'no-token');
    specialTokens.eos_token = files.eosToken;
  }
  const id = (key: (typeof specialKeys)[number]) => (specialTokens[key] === undefined ? null : (idOf(specialTokens[key]) ?? null));
  const known = new Map([...inner.get_vocab()].map(([token, tokenId]): [number, string] => [tokenId, token]));
  const templates = chatTemplates(files, config);
  const compiled = new Map<string, ChatTemplate>();
  const bosId = id('bos_token');
  /** A part of tokenizer.json that is of the wrong shape may show only when text goes through it. */
  const checked = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      throw unreadable(files.name, error);
    }
  };
  const encode = (text: string, addSpecialTokens: boolean) => checked(() => inner.encode(text, { add_special_tokens: addSpecialTokens }).ids.filter((tokenId) => tokenId !== undefined));
  const maxLength = config.model_max_length;
  const compile = (name: string, source: string) => {
    let chat = compiled.get(name);
    if (!chat) compiled.set(name, (chat = compileChatTemplate(source, files.name)));
    return chat;
  };
  const chatFor = (withTools: boolean) => {
    const name = withTools && templates.tool_use !== undefined ? 'tool_use' : 'default';
    const source = templates[name];
    if (source === undefined) {
      throw new UserError(`${files.name} has no chat template, which turns (role and content) need to become text. Use rows of plain text, or put a chat_template.jinja into the model folder.`, 'no-chat-template');
    }
    return compile(name, source);
  };
  return {
    vocabSize: [...known.keys()].reduce((max, tokenId) => Math.max(max, tokenId), -1) + 1,
    encode: (text, opts) => encode(text, opts?.addSpecialTokens ?? false),
    decode(ids, opts) {
      const decodable = ids.filter((tokenId) => known.has(tokenId));
      return decodable.length === 0 ? '' : checked(() => inner.decode(decodable, { skip_special_tokens: opts?.skipSpecialTokens ?? false, clean_up_tokenization_spaces: false }));
    },
    tokenText: (tokenId) => known.get(tokenId) ?? '',
    idOf,
    rangesOf: createAligner(json, new Map(added.map((token): [number, string] => [token.id, token.content])), (tokenId) => known.get(tokenId)),
    bosId,
    eosId: id('eos_token'),
    padId: id('pad_token'),
    specialTokens,
    addsBos: bosId !== null && encode('a', true)[0] === bosId,
    modelMaxLength: typeof maxLength === 'number' && maxLength < 1e12 ? maxLength : null,
    chatTemplate: templates.default ?? null,
    chatFor,
    markedChatFor(withTools) {
      // As TRL: the plain template decides, and its repaired form is used with tools too.
      if (chatFor(false).marksAssistant) return chatFor(withTools).marksAssistant ? chatFor(withTools) : undefined;
      const marked = markedTemplate(templates.default!);
      return marked === undefined ? undefined : compile('marked', marked);
    },
    name: files.name,
  };
}

interface AddedToken {
  id: number;
  content: string;
  special: boolean;
}

export interface TokenizerJson {
  added_tokens: (AddedToken & Record<string, unknown>)[];
  model: { type?: string; vocab: Record<string, number> | [string, number][] };
  pre_tokenizer: unknown;
  normalizer: unknown;
  post_processor: unknown;
  decoder: unknown;
}

function unreadable(name: string, error: unknown): UserError {
  return error instanceof UserError ? error : new UserError(`${name}/tokenizer.json is not a tokenizer that Posttrain can read: ${oneLine((error as Error).message, 300)}`, 'bad-tokenizer', { cause: error });
}

function parseObject(text: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file} is not JSON: ${(error as Error).message}`, 'bad-tokenizer');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UserError(`${file} does not hold a JSON object.`, 'bad-tokenizer');
  return value as Record<string, unknown>;
}

/** A special token is written as text or as an object with its content. */
function tokenContent(value: unknown): string | null {
  const content = typeof value === 'string' ? value : (value as { content?: unknown } | null | undefined)?.content;
  return typeof content === 'string' && content !== '' ? content : null;
}

/**
 * As transformers does on loading: special tokens of the config that tokenizer.json does not list become added tokens, with their id in
 * the vocabulary or the next free one. Returns all added tokens. (`add_bos_token` of the config is not read: beside a tokenizer.json,
 * its post_processor alone says what is added, in transformers 5 too.)
 */
function addMissingTokens(json: TokenizerJson, config: Record<string, unknown>, special: readonly string[]): AddedToken[] {
  if (typeof json.model !== 'object' || json.model === null || typeof json.model.vocab !== 'object' || json.model.vocab === null) throw new Error('it has no "model" with a "vocab".');
  json.added_tokens ??= [];
  if (!Array.isArray(json.added_tokens) || !json.added_tokens.every((token) => typeof token?.content === 'string' && token.content !== '')) throw new Error('its "added_tokens" is no list of tokens.');
  for (const part of ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder'] as const) json[part] ??= null;
  const vocab = json.model.vocab;
  const ids = new Map(Array.isArray(vocab) ? vocab.map(([token], i): [string, number] => [token, i]) : Object.entries(vocab));
  for (const token of json.added_tokens) ids.set(token.content, token.id);
  let next = 0;
  for (const tokenId of ids.values()) {
    if (!Number.isInteger(tokenId) || tokenId < 0 || tokenId > 2 ** 24) throw new Error(`its vocabulary has the id ${shownValue(tokenId)}.`);
    next = Math.max(next, tokenId + 1);
  }
  const listed = new Map(json.added_tokens.map((token) => [token.content, token]));
  const add = (content: string, isSpecial: boolean) => {
    const token = listed.get(content);
    if (token) token.special ||= isSpecial;
    else {
      const made = { id: ids.get(content) ?? next++, content, single_word: false, lstrip: false, rstrip: false, normalized: !isSpecial, special: isSpecial };
      json.added_tokens.push(made);
      listed.set(content, made);
    }
  };
  for (const token of Object.values((config.added_tokens_decoder as Record<string, { content?: unknown; special?: unknown } | null> | null | undefined) ?? {})) {
    if (typeof token?.content === 'string' && token.content !== '' && !listed.has(token.content)) add(token.content, token.special === true);
  }
  for (const content of special) add(content, true);
  const extra = config.extra_special_tokens ?? config.additional_special_tokens;
  for (const token of Array.isArray(extra) ? (extra as unknown[]) : Object.values((extra as object | null | undefined) ?? {})) {
    const content = tokenContent(token);
    if (content !== null) add(content, true);
  }
  return json.added_tokens;
}

/** The file wins over the config; a config may hold one template or a list of named ones. */
function chatTemplates(files: TokenizerFiles, config: Record<string, unknown>): Record<string, string> {
  const fromFiles = { ...(files.chatTemplate === undefined ? {} : { default: files.chatTemplate }), ...files.namedTemplates };
  if (Object.keys(fromFiles).length > 0) return fromFiles;
  const inConfig = config.chat_template;
  if (typeof inConfig === 'string') return { default: inConfig };
  if (!Array.isArray(inConfig)) return {};
  return Object.fromEntries((inConfig as ({ name?: unknown; template?: unknown } | null)[]).flatMap((named) => (typeof named?.name === 'string' && typeof named.template === 'string' ? [[named.name, named.template]] : [])));
}

/** GPT-2's split pattern with Unicode's white space, which `\s` of JavaScript is not: it takes U+FEFF for a space and U+0085 for none. */
const gpt2Pattern = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

type Part = { config?: { type?: string; individual_digits?: boolean }; pattern?: RegExp; text_decoder?: InstanceType<typeof TextDecoder>; tokenizers?: Part[]; decoders?: Part[] };

/** Puts right where the library's parts differ from the originals: white space, digits beyond ASCII, a byte order mark in the text. */
function matchOriginals(inner: HuggingFaceTokenizer): void {
  const visit = (part: Part | null) => {
    if (!part) return;
    if (part.config?.type === 'ByteLevel' && part.pattern) part.pattern = gpt2Pattern;
    if (part.config?.type === 'Digits') part.pattern = part.config.individual_digits ? /\P{N}+|\p{N}/gu : /\P{N}+|\p{N}+/gu;
    if (part.text_decoder) part.text_decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    [...(part.tokenizers ?? []), ...(part.decoders ?? [])].forEach(visit);
  };
  visit(inner.pre_tokenizer as Part | null);
  visit(inner.decoder as Part | null);
}
