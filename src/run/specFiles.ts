/** Checks that the files a run spec names are there and fit, each problem at its place in the spec. Looking at the disk is injected. */

import { isPickleName, pickleRefusal } from '../core/pickle.ts';
import type { Problem } from '../core/problem.ts';
import { shellWord } from '../core/text.ts';
import { runPaths } from './directory.ts';
import { overwritesOutput, resolvePathIn, type ResolveOptions, type RunSpec } from './spec.ts';
import { specProblem, type Place } from './specCheck.ts';
import { entryOf, type SpecNode } from './specNode.ts';

export type FileKind = 'file' | 'folder' | undefined;

export interface FileCheckOptions extends ResolveOptions {
  /** What is at an absolute path. */
  exists(path: string): Promise<FileKind>;
  /** Refuse an output_dir that holds a run: for starting one, not for reading the spec of one that ran. */
  toStart?: boolean;
}

export async function checkFiles(spec: RunSpec, options: FileCheckOptions): Promise<Problem[]> {
  const problems: Problem[] = [];
  const add = (code: string, message: string, place: Place, data: Record<string, unknown>) => void problems.push(specProblem(code, message, place, data));
  const node = (key: string) => spec.given.get(key)?.entry.value;

  const file = async (at: SpecNode | undefined, key: string, what: string) => {
    if (at?.kind !== 'scalar' || typeof at.value !== 'string') return;
    const path = resolvePathIn(at.value, at, options);
    const kind = await options.exists(path);
    if (kind === undefined) add('spec-missing-file', `"${key}": there is no file ${path}. ${hubHint(at.value, 'dataset', 'file') || `Paths are relative to ${at.override === undefined ? 'the folder of the spec' : 'the current folder'}.`}`, at, { key, path });
    if (kind === 'file' && isPickleName(path)) add('spec-pickle', `"${key}": ${path} ${pickleRefusal}`, at, { key, path });
    if (kind === 'folder') add('spec-missing-file', `"${key}": ${path} is a folder. Give ${what}.`, at, { key, path });
  };
  const dataset = async (key: string) => {
    const at = node(key);
    if (at?.kind === 'scalar') await file(at, key, 'a JSONL file in it');
    if (at?.kind === 'list') for (const item of at.items) if (item.kind === 'map') await file(entryOf(item, 'path')?.value, key, 'a JSONL file in it');
  };

  await checkModel(node('model_name_or_path'), options, add);
  await dataset('dataset');
  await dataset('eval_dataset');
  for (const [key, inner] of [['samples', 'prompts'], ['lora', 'init']] as const) {
    const block = node(key);
    if (block?.kind === 'map') await file(entryOf(block, inner)?.value, `${key}.${inner}`, 'a file');
  }
  const output = spec.given.get('output_dir');
  if (output && typeof output.value === 'string') {
    const path = resolvePathIn(output.value, output.entry.value, options);
    const kind = await options.exists(path);
    if (kind === 'file') add('spec-output-exists', `"output_dir": ${path} is a file. Name a folder that does not exist yet.`, output.entry.value, { key: 'output_dir', path });
    else if (kind === 'folder' && options.toStart && !overwritesOutput(spec) && (await holdsRun(path, options))) {
      const free = await freeName(output.value, path, options);
      add('spec-output-exists', `${path} already holds a run. Continue it (posttrain resume ${shellWord(fromFolder(path, options.cwd))}), choose a free name such as "${free}", or set overwrite_output_dir: true.`, output.entry.value, { key: 'output_dir', path, free });
    }
  }
  return problems.sort((a, b) => a.start - b.start);
}

/** As it is written in a terminal that stands in the folder. */
function fromFolder(path: string, folder: string): string {
  const within = folder.endsWith('/') ? folder : `${folder}/`;
  return path.startsWith(within) ? path.slice(within.length) : path;
}

function hubHint(written: string, what: string, part: string): string {
  return /^[\w.-]+\/[\w-]+(?:\.\d[\w.-]*)?$/.test(written) ? `If this is an id of the Hugging Face hub: download the ${what} first and give its ${part}.` : '';
}

type Add = (code: string, message: string, place: Place, data: Record<string, unknown>) => void;

async function checkModel(at: SpecNode | undefined, options: FileCheckOptions, add: Add): Promise<void> {
  if (at?.kind !== 'scalar' || typeof at.value !== 'string') return;
  const key = 'model_name_or_path';
  const path = resolvePathIn(at.value, at, options);
  const data = { key, path };
  const kind = await options.exists(path);
  if (kind === undefined) {
    return add('spec-missing-file', `"${key}": there is no folder ${path}. ${hubHint(at.value, 'model', 'folder')}`.trim(), at, data);
  }
  if (kind === 'file') {
    if (isPickleName(path)) return add('spec-pickle', `"${key}": ${path} ${pickleRefusal}`, at, data);
    const gguf = /\.gguf$/i.test(path) ? 'GGUF files cannot be trained by this version: give the Hugging Face folder of the model.' : 'Give the folder with config.json, model.safetensors and tokenizer.json.';
    return add('spec-missing-file', `"${key}": ${path} is a file. ${gguf}`, at, data);
  }
  const missing: string[] = [];
  for (const name of ['config.json', 'tokenizer.json']) if ((await options.exists(`${path}/${name}`)) !== 'file') missing.push(name);
  if ((await options.exists(`${path}/model.safetensors`)) !== 'file' && (await options.exists(`${path}/model.safetensors.index.json`)) !== 'file') missing.push('model.safetensors');
  if (missing.length === 0) return;
  for (const name of ['pytorch_model.bin', 'pytorch_model.bin.index.json', 'adapter_model.bin']) {
    if (missing.includes('model.safetensors') && (await options.exists(`${path}/${name}`)) === 'file') return add('spec-pickle', `"${key}": ${path}/${name} ${pickleRefusal}`, at, { ...data, missing });
  }
  if ((await options.exists(`${path}/adapter_config.json`)) === 'file') {
    return add('spec-missing-file', `"${key}": ${path} holds an adapter, not a whole model. Give the model that it was made for, and the adapter as lora: {init: ${path}/adapter_model.safetensors}.`, at, data);
  }
  add('spec-missing-file', `"${key}": ${path} has no ${missing.join(' and no ')}. A model folder has config.json, model.safetensors and tokenizer.json.`, at, { ...data, missing });
}

async function holdsRun(path: string, options: FileCheckOptions): Promise<boolean> {
  const paths = runPaths(path);
  return (await options.exists(paths.record)) !== undefined || (await options.exists(paths.events)) !== undefined;
}

/** `runs/x-2` for `runs/x`, as the person wrote it. */
async function freeName(written: string, path: string, options: FileCheckOptions): Promise<string> {
  const stem = (name: string) => name.replace(/[\\/]+$/, '').replace(/-\d{1,3}$/, '');
  for (let n = 2; ; n++) if ((await options.exists(`${stem(path)}-${n}`)) === undefined) return `${stem(written)}-${n}`;
}
