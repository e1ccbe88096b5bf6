/** Reads the tokenizer's files from a model folder. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../core/problem.ts';
import type { TokenizerFiles } from '../tokens/tokenizer.ts';

/** No tokenizer of a known model is half as large; a larger file is something else under that name. */
const maxFileBytes = 256 * 2 ** 20;

/** What a run spec says instead of the model's own files. */
export interface TokenizerChanges {
  /** A template file; `cwd` is what a relative path begins at. */
  chatTemplatePath?: string;
  eosToken?: string;
}

export function tokenizerChanges(params: Readonly<Record<string, unknown>>, cwd = ''): TokenizerChanges {
  const { chat_template_path, eos_token } = params;
  return { chatTemplatePath: typeof chat_template_path === 'string' ? resolve(cwd, chat_template_path) : undefined, eosToken: typeof eos_token === 'string' ? eos_token : undefined };
}

/** Throws a UserError that names the folder when it is missing or holds no `tokenizer.json`. */
export async function loadTokenizerFiles(dir: string, changes: TokenizerChanges = {}): Promise<TokenizerFiles> {
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
  const tokenizerConfig = await readIfThere(join(dir, 'tokenizer_config.json'));
  let chatTemplate = await readIfThere(join(dir, 'chat_template.jinja'));
  // What processors wrote before chat_template.jinja came; the template inside tokenizer_config.json goes before it.
  if (chatTemplate === undefined && !tokenizerConfig?.includes('"chat_template"')) chatTemplate = await readTemplateJson(join(dir, 'chat_template.json'));
  const ownTemplate = changes.chatTemplatePath === undefined ? undefined : await readTemplate(changes.chatTemplatePath);
  return {
    tokenizerJson,
    tokenizerConfig,
    chatTemplate: ownTemplate ?? chatTemplate,
    namedTemplates: ownTemplate === undefined ? await readNamedTemplates(join(dir, 'additional_chat_templates')) : undefined,
    eosToken: changes.eosToken,
    specialTokensMap: await readIfThere(join(dir, 'special_tokens_map.json')),
    generationConfig: await readIfThere(join(dir, 'generation_config.json')),
    name: dir,
  };
}

export async function readIfThere(path: string): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) return undefined;
  if (info.size > maxFileBytes) throw new UserError(`${path} is ${Math.round(info.size / 2 ** 20)} MB, too large for a tokenizer file.`, 'bad-tokenizer');
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${(error as Error).message}`, 'bad-tokenizer', { cause: error });
  }
}

async function readTemplate(path: string): Promise<string> {
  if (!/\.(?:jinja|j2)$/.test(path)) {
    throw new UserError(`chat_template_path: ${path} is no .jinja file. Give the template's file; taking over another tokenizer with its tokens, as TRL does with a folder, is not done here.`, 'no-template');
  }
  const text = await readIfThere(path);
  if (text === undefined) throw new UserError(`chat_template_path: there is no file ${path}.`, 'no-template');
  return text;
}

/** The files of a saved model that the changes make others, by name: so that the result is used as it was trained. `eos`: where it ends what it generates; absent for a model that does not. */
export function changedFiles(files: TokenizerFiles, changes: TokenizerChanges, eos: { id: number; before: readonly number[] } | undefined): Record<string, string> {
  const texts: Record<string, string> = {};
  const withEos = (text: string | undefined, value: unknown, key = 'eos_token') => `${JSON.stringify({ ...(text === undefined ? {} : (JSON.parse(text) as object)), [key]: value }, null, 2)}\n`;
  if (changes.chatTemplatePath !== undefined) texts['chat_template.jinja'] = files.chatTemplate!;
  if (changes.eosToken !== undefined) {
    texts['tokenizer_config.json'] = withEos(files.tokenizerConfig, changes.eosToken);
    if (files.specialTokensMap !== undefined) texts['special_tokens_map.json'] = withEos(files.specialTokensMap, changes.eosToken);
    // Generation ends at any of them, as in TRL.
    if (eos) texts['generation_config.json'] = withEos(files.generationConfig, [...new Set([eos.id, ...eos.before])], 'eos_token_id');
  }
  return texts;
}

/** `additional_chat_templates/tool_use.jinja` and the like, by name. */
async function readNamedTemplates(dir: string): Promise<Record<string, string> | undefined> {
  const names = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith('.jinja'));
  if (names.length === 0) return undefined;
  const entries = await Promise.all(names.map(async (name): Promise<[string, string]> => [name.slice(0, -'.jinja'.length), (await readIfThere(join(dir, name))) ?? '']));
  return Object.fromEntries(entries);
}

/** `{"chat_template": "…"}` */
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
