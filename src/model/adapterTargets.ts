/** Which modules of a model an adapter changes: PEFT's `target_modules` and `modules_to_save`, read against the names of the model. No tensors. */

import { UserError } from '../core/problem.ts';
import { didYouMean } from '../core/text.ts';
import type { ModelConfig } from './config.ts';
import { endsWithName, moduleOf, modulesAround, wholePath } from './moduleNames.ts';
import { embeddingName, headName, linearModules, linearShape, parameterShapes } from './shapes.ts';

/** One matrix with an adapter. */
export interface AdapterTarget {
  /** PEFT's module path, e.g. `model.layers.0.self_attn.q_proj`. */
  path: string;
  /** [out, in] */
  shape: [number, number];
}

/** `lora_target_modules`: module names or path ends, one regular expression over the whole path, or "all-linear". */
export type TargetModules = readonly string[] | string;

/** PEFT's defaults for llama: the query and value projections. */
export const defaultTargetModules: readonly string[] = ['q_proj', 'v_proj'];

/**
 * The matrices that the names mean, in the model's order, without those inside `modulesToSave`, as PEFT has it. A text alone (or a list
 * of one, which TRL makes a text of) that is no name is a regular expression. Throws a UserError where a name or pattern fits nothing.
 */
export function adapterTargets(config: ModelConfig, targets: TargetModules, modulesToSave: readonly string[] = []): AdapterTarget[] {
  const list = typeof targets === 'string' ? [targets] : targets;
  const all: AdapterTarget[] = [];
  for (let layer = 0; layer < config.layers; layer++) {
    for (const module of linearModules) all.push({ path: `model.layers.${layer}.${module}`, shape: linearShape(config, module) });
  }
  const chosen = list.length === 1 && list[0]!.toLowerCase() === 'all-linear' ? all : named(all, list);
  const saved = new Set(savedParameters(config, modulesToSave));
  return chosen.filter(({ path }) => !saved.has(`${path}.weight`));
}

function named(all: readonly AdapterTarget[], list: readonly string[]): AdapterTarget[] {
  const found = (name: string) => all.filter(({ path }) => endsWithName(path, name));
  if (list.length === 1 && found(list[0]!).length === 0) {
    const pattern = wholePath(list[0]!);
    for (const name of outside) if (pattern?.test(name)) throw outsideError(name);
    const matched = pattern ? all.filter(({ path }) => pattern.test(path)) : [];
    if (matched.length > 0) return matched;
  }
  for (const name of list) {
    if (found(name).length > 0) continue;
    const other = outside.find((module) => endsWithName(module, name));
    if (other) throw outsideError(other);
    const shortNames = linearModules.map((module) => module.split('.')[1]!);
    throw new UserError(`lora_target_modules: the model has no module "${name}".${didYouMean(name, shortNames)} Known: ${shortNames.join(', ')}, all-linear; or one regular expression that fits whole paths such as ${all[0]!.path}.`, 'lora-target');
  }
  return all.filter(({ path }) => list.some((name) => endsWithName(path, name)));
}

/** Modules that PEFT can adapt and Posttrain trains whole. */
const outside = [embeddingName, headName].map(moduleOf);

function outsideError(module: string): UserError {
  return new UserError(`lora_target_modules: adapters are for the matrices of the layers, not for ${module}. To train it whole beside them, write lora_modules_to_save: [${module.split('.').at(-1)!}].`, 'lora-target');
}

/**
 * Base weights that PEFT's `modules_to_save` trains as whole copies beside the adapter: of every module whose path ends with one of the
 * names (a plain end of the text, so "norm" means every norm). A tied head has a copy of its own. Throws a UserError for a name that fits nothing.
 */
export function savedParameters(config: ModelConfig, names: readonly string[]): string[] {
  const all = [...parameterShapes(config).keys(), ...(config.tieWordEmbeddings && config.head === 'lm' ? [headName] : [])];
  const fits = (parameter: string, name: string) => modulesAround(parameter).some((module) => module.endsWith(name));
  for (const name of names) {
    if (name !== '' && all.some((parameter) => fits(parameter, name))) continue;
    const known = [...new Set(all.map((parameter) => moduleOf(parameter).split('.').at(-1)!))];
    throw new UserError(`lora_modules_to_save: the model has no module "${name}".${didYouMean(name, known)} Known: ${known.join(', ')}.`, 'lora-target');
  }
  return all.filter((parameter) => names.some((name) => fits(parameter, name)));
}

/** The shape of a base weight that has a copy of its own. */
export function savedShape(config: ModelConfig, parameter: string): number[] {
  return parameterShapes(config).get(parameter) ?? [config.vocabSize, config.hiddenSize];
}

/** `target_modules` for adapter_config.json: last names where they mean the same in every layer, else whole paths. */
export function targetNames(config: ModelConfig, targets: readonly AdapterTarget[]): string[] {
  const short = [...new Set(targets.map(({ path }) => path.split('.').at(-1)!))];
  return short.length * config.layers === targets.length ? short : targets.map(({ path }) => path);
}
