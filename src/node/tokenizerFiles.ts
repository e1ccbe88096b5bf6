/** Reads the tokenizer's files from a model folder. */

import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../core/problem.ts';
import type { TokenizerFiles } from '../tokens/tokenizer.ts';

/** No tokenizer of a known model is half as large; a larger file is something else under that name. */
const maxFileBytes = 256 * 2 ** 20;

/** Throws a UserError that names the folder when it is missing or holds no `tokenizer.json`. */
export async function loadTokenizerFiles(dir: string): Promise<TokenizerFiles> {
  const folder = await stat(dir).catch(() => undefined);
  if (!folder) throw new UserError(`There is no model folder ${dir}. Check the path.`, 'no-model');
  if (!folder.isDirectory()) throw new UserError(`${dir} is a file. Name the model's folder, the one with config.json and tokenizer.json.`, 'no-model');
  const tokenizerJson = await readIfThere(join(dir, 'tokenizer.json'));
  if (tokenizerJson === undefined) {
    const older = (await readIfThere(join(dir, 'vocab.json'))) !== undefined || (await stat(join(dir, 'tokenizer.model')).catch(() => undefined)) !== undefined;
    const next = older
      ? 'It holds an older kind of tokenizer: save it with AutoTokenizer.from_pretrained(…).save_pretrained(…) of transformers, which writes tokenizer.json.'
      : 'Copy tokenizer.json and tokenizer_config.json of the model into it.';
    throw new UserError(`${dir} has no tokenizer.json, so text cannot be turned into tokens. ${next}`, 'no-tokenizer');
  }
  return {
    tokenizerJson,
    tokenizerConfig: await readIfThere(join(dir, 'tokenizer_config.json')),
    chatTemplate: (await readIfThere(join(dir, 'chat_template.jinja'))) ?? (await readTemplateJson(join(dir, 'chat_template.json'))),
    specialTokensMap: await readIfThere(join(dir, 'special_tokens_map.json')),
    generationConfig: await readIfThere(join(dir, 'generation_config.json')),
    name: dir,
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) return undefined;
  if (info.size > maxFileBytes) throw new UserError(`${path} is ${Math.round(info.size / 2 ** 20)} MB, too large for a tokenizer file.`, 'bad-tokenizer');
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${(error as Error).message}`, 'bad-tokenizer', { cause: error });
  }
}

/** `chat_template.json`, which processors wrote before `chat_template.jinja`: `{"chat_template": "…"}`. */
async function readTemplateJson(path: string): Promise<string | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    const value = (JSON.parse(text) as { chat_template?: unknown }).chat_template;
    return typeof value === 'string' ? value : undefined;
  } catch (error) {
    throw new UserError(`${basename(path)} is not JSON: ${(error as Error).message} (${path})`, 'bad-tokenizer');
  }
}
