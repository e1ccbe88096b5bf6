/** A model's tokenizer from its Hugging Face files: text to ids and back, and what the model's settings say about special tokens. */

import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { UserError } from '../core/problem.ts';

/** The text of the files of a model folder that a tokenizer is made of. */
export interface TokenizerFiles {
  tokenizerJson: string;
  tokenizerConfig?: string;
  /** `chat_template.jinja`; wins over the template inside `tokenizer_config.json`. */
  chatTemplate?: string;
  specialTokensMap?: string;
  generationConfig?: string;
  /** The folder, for messages. */
  name: string;
}

export interface Tokenizer {
  readonly vocabSize: number;
  /** No special tokens are added unless asked for; special tokens written in the text are recognised. */
  encode(text: string, opts?: { addSpecialTokens?: boolean }): number[];
  decode(ids: readonly number[], opts?: { skipSpecialTokens?: boolean }): string;
  /** One token as the vocabulary writes it. */
  tokenText(id: number): string;
  idOf(token: string): number | undefined;
  readonly bosId: number | null;
  readonly eosId: number | null;
  readonly padId: number | null;
  readonly bosToken: string | null;
  readonly eosToken: string | null;
  readonly padToken: string | null;
  /** Whether `encode` with special tokens begins with the bos token. */
  readonly addsBos: boolean;
  readonly modelMaxLength: number | null;
  readonly chatTemplate: string | null;
  /** The folder, for messages. */
  readonly name: string;
}

export function createTokenizer(files: TokenizerFiles): Tokenizer {
  const parse = (text: string | undefined, file: string): Record<string, unknown> => {
    if (text === undefined) return {};
    try {
      return JSON.parse(text) as Record<string, unknown>;
    } catch (error) {
      throw new UserError(`${files.name}/${file} is not JSON: ${(error as Error).message}`, 'bad-tokenizer');
    }
  };
  const json = parse(files.tokenizerJson, 'tokenizer.json');
  const config = parse(files.tokenizerConfig, 'tokenizer_config.json');
  const inner = new HuggingFaceTokenizer(json, config);
  const special = (key: string): string | null => {
    const value = config[key] as string | { content?: string } | null | undefined;
    return typeof value === 'string' ? value : (value?.content ?? null);
  };
  const idOf = (token: string) => inner.token_to_id(token);
  const idOfSpecial = (token: string | null) => (token === null ? null : (idOf(token) ?? null));
  const [bosToken, eosToken, padToken] = [special('bos_token'), special('eos_token'), special('pad_token')];
  const template = config.chat_template;
  return {
    vocabSize: inner.get_vocab().size,
    encode: (text, opts) => inner.encode(text, { add_special_tokens: opts?.addSpecialTokens ?? false }).ids,
    decode: (ids, opts) => (ids.length === 0 ? '' : inner.decode([...ids], { skip_special_tokens: opts?.skipSpecialTokens ?? false, clean_up_tokenization_spaces: false })),
    tokenText: (id) => inner.id_to_token(id) ?? '',
    idOf,
    bosToken,
    eosToken,
    padToken,
    bosId: idOfSpecial(bosToken),
    eosId: idOfSpecial(eosToken),
    padId: idOfSpecial(padToken),
    addsBos: inner.encode('').ids[0] === idOfSpecial(bosToken) && bosToken !== null,
    modelMaxLength: typeof config.model_max_length === 'number' ? config.model_max_length : null,
    chatTemplate: files.chatTemplate ?? (typeof template === 'string' ? template : null),
    name: files.name,
  };
}
