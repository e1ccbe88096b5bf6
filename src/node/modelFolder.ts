/** Opens a Hugging Face model folder: config, weights in one file or in shards, or an adapter together with its base. */

import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isPickleName, pickleRefusal } from '../core/pickle.ts';
import { UserError } from '../core/problem.ts';
import { parseAdapterConfig, type AdapterConfig } from '../model/adapter.ts';
import { parseGenerationConfig, requireModelConfig, rewardConfig, type ModelConfig } from '../model/config.ts';
import { joinWeights, readSafetensors, shardNames, type SafetensorsFile } from '../model/weights/safetensors.ts';
import { scoreName } from '../model/shapes.ts';
import { withInitial, type WeightSource } from '../model/weights/source.ts';
import { checkpointName, checkpointStep } from '../run/directory.ts';
import { openFileSource } from './fileSource.ts';
import { readIfThere } from './tokenizerFiles.ts';

export interface ModelFolder {
  /** The folder that was asked for. */
  readonly folder: string;
  /** Where config, weights and (usually) tokenizer are: another folder than `folder` for an adapter. */
  readonly baseFolder: string;
  readonly config: ModelConfig;
  readonly weights: WeightSource;
  /** The files that hold the weights, an adapter's among them. */
  readonly weightFiles: readonly string[];
  readonly adapter: { config: AdapterConfig; weights: WeightSource } | undefined;
  close(): Promise<void>;
}

/** Throws a UserError that names the file. `baseModel` overrides the base that an adapter names. */
export async function openModelFolder(folder: string, options: { baseModel?: string } = {}): Promise<ModelFolder> {
  await requireFolder(folder);
  const closers: (() => Promise<void>)[] = [];
  const weightFiles: string[] = [];
  const openFile = async (path: string): Promise<SafetensorsFile> => {
    const source = await openFileSource(path);
    closers.push(() => source.close());
    weightFiles.push(path);
    return readSafetensors(source, path);
  };
  const close = async () => {
    for (const closeOne of closers.splice(0)) await closeOne();
  };
  try {
    const isAdapter = !existsSync(join(folder, 'config.json')) && existsSync(join(folder, 'adapter_config.json'));
    let adapter: ModelFolder['adapter'];
    let baseFolder = folder;
    if (isAdapter) {
      const config = await readAdapterConfig(join(folder, 'adapter_config.json'));
      adapter = { config, weights: await openFile(await requireFile(folder, 'adapter_model.safetensors')) };
      baseFolder = options.baseModel ?? (await findBase(folder, config.baseModel));
    }
    const configFile = join(baseFolder, 'config.json');
    if (!existsSync(configFile)) throw new UserError(`${baseFolder} is no model folder: it has no config.json. ${await runHint(folder) ?? "Give a folder in Hugging Face's layout (config.json, model.safetensors, tokenizer.json)."}`, 'model-folder');
    const config = withGenerationEnds(requireModelConfig(await readFile(configFile, 'utf8'), configFile), await readIfThere(join(baseFolder, 'generation_config.json')));
    const opened = { folder, baseFolder, config, weights: await openWeights(baseFolder, openFile), weightFiles, adapter, close };
    // The adapter brings the head, so it does not matter how that of the base is drawn.
    return adapter?.config.classifies ? asRewardFolder(opened, config.padTokenId ?? config.eosTokenIds[0] ?? null, 0) : opened;
  } catch (error) {
    await close();
    throw error;
  }
}

/** The same model with the head of a reward model: its own where it is one, else drawn as transformers draws it. */
export function asRewardFolder(folder: ModelFolder, padTokenId: number | null, seed: number): ModelFolder {
  const config = rewardConfig(folder.config, padTokenId);
  return { ...folder, config, weights: withInitial(folder.weights, config, scoreName, seed) };
}

/** Generation ends where generation_config.json says, as in transformers; chat models often name their end-of-turn token only there. */
function withGenerationEnds(config: ModelConfig, generationConfig: string | undefined): ModelConfig {
  if (generationConfig === undefined) return config;
  const { value } = parseGenerationConfig(generationConfig);
  return value ? { ...config, eosTokenIds: value.eosTokenIds } : config;
}

async function openWeights(folder: string, openFile: (path: string) => Promise<WeightSource>): Promise<WeightSource> {
  const single = join(folder, 'model.safetensors');
  if (existsSync(single)) return openFile(single);
  const index = join(folder, 'model.safetensors.index.json');
  if (existsSync(index)) {
    const files: WeightSource[] = [];
    for (const name of shardNames(await readFile(index, 'utf8'), index)) files.push(await openFile(await requireFile(folder, name)));
    return joinWeights(files, index);
  }
  throw await pickleIn(folder) ?? new UserError(`${folder} has no weights: neither model.safetensors nor model.safetensors.index.json is there.`, 'model-weights');
}

async function readAdapterConfig(file: string): Promise<AdapterConfig> {
  const { value, problems } = parseAdapterConfig(await readFile(file, 'utf8'));
  if (!value) throw new UserError(`${file}: ${problems.map((problem) => problem.message).join(' ')}`, 'adapter-config');
  return value;
}

/** The base may be written as an absolute path, relative to the adapter, or relative to where its run was started. */
async function findBase(folder: string, named: string | null): Promise<string> {
  if (!named) throw new UserError(`${join(folder, 'adapter_config.json')} names no base model ("base_model_name_or_path").`, 'adapter-base');
  const candidates = isAbsolute(named) ? [named] : [resolve(folder, named), resolve(named)];
  const found = candidates.find((candidate) => existsSync(join(candidate, 'config.json')));
  if (!found) throw new UserError(`The adapter in ${folder} belongs to the base model "${named}", which is not there (looked in ${candidates.join(' and ')}). Put it back, or correct base_model_name_or_path in ${join(folder, 'adapter_config.json')}.`, 'adapter-base');
  return found;
}

/** The result of a run directory, or its newest checkpoint; null where it has saved nothing. Undefined for another folder. */
export async function modelOfRun(folder: string): Promise<{ path: string; isResult: boolean } | null | undefined> {
  if (!existsSync(join(folder, 'run.json'))) return undefined;
  if (existsSync(join(folder, 'final'))) return { path: join(folder, 'final'), isResult: true };
  const steps = (await readdir(join(folder, 'checkpoints')).catch(() => [])).map(checkpointStep).filter((step) => step !== undefined);
  return steps.length === 0 ? null : { path: join(folder, 'checkpoints', checkpointName(Math.max(...steps))), isResult: false };
}

/** A run directory is easily given for the model in it. */
async function runHint(folder: string): Promise<string | undefined> {
  const model = await modelOfRun(folder);
  if (model === undefined) return undefined;
  return model === null ? 'It is a run that has saved no model yet.' : `It is a run, and its ${model.isResult ? 'result' : 'newest checkpoint'} is ${model.path}.`;
}

async function requireFile(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  if (!existsSync(path)) throw await pickleIn(folder) ?? new UserError(`${folder} lacks the file ${name}.`, 'model-file');
  return path;
}

/** Weights that are there, and that nothing here opens. */
async function pickleIn(folder: string): Promise<UserError | undefined> {
  const name = (await readdir(folder)).sort().find((file) => isPickleName(file) && !/^(?:training_args|optimizer|scheduler|rng_state)/.test(file));
  return name === undefined ? undefined : new UserError(`${join(folder, name)} ${pickleRefusal}`, 'pickle');
}

async function requireFolder(folder: string): Promise<void> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory()) return;
  if (stats && isPickleName(folder)) throw new UserError(`${folder} ${pickleRefusal}`, 'pickle');
  const hint = stats ? `is a file; give the folder${folder.endsWith('.safetensors') || folder.endsWith('.json') ? ` ${dirname(folder)}` : ''}.` : 'does not exist. Check the path.';
  throw new UserError(`The model folder ${folder} ${hint}`, 'model-folder');
}
