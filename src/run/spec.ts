/** The run spec: what a person writes to start a run (`*.posttrain.yaml` or JSON), read with a place for every problem. */

import { hasError, type Parsed, type Problem } from '../core/problem.ts';
import { didYouMean, nearestName } from '../core/text.ts';
import type { JsonSchema } from '../dataset/format.ts';
import type { Param } from '../methods/method.ts';
import { methods, paramsOf, type MethodId } from '../methods/index.ts';
import { keyPlace, missingPlace, readValue, specProblem, type Place } from './specCheck.ts';
import { checkBest } from './specBest.ts';
import { applyOverrides } from './specOverride.ts';
import { resolveSpecPath } from './specPath.ts';
import { paramSchema } from './specSchema.ts';
import { entryOf, type SpecEntry, type SpecMap, type SpecNode } from './specNode.ts';
import { parseSpecText } from './specText.ts';
import { trlKeyFate, trlMethods, trlMethodsOf } from './trlKeys.ts';

export { runSpecSchema } from './specSchema.ts';

export type BackendChoice = 'auto' | 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';

export interface DatasetPart {
  /** Absolute once resolved. */
  path: string;
  /** How often each row of this file comes in an epoch. */
  weight: number;
}

/** A spec with nothing left open: paths absolute, defaults filled in, LoRA in TRL's flat names. */
export interface ResolvedSpec {
  method: MethodId;
  model_name_or_path: string;
  dataset: DatasetPart[];
  eval_dataset: DatasetPart[];
  output_dir: string;
  backend: BackendChoice;
  seed: number;
  /**
   * Every other parameter of the method by TRL's name, defaults filled in, paths absolute. LoRA is under the flat names whichever way
   * it was written; `lora` keeps only what has no flat name: `{ init }` or null.
   */
  params: Record<string, unknown>;
}

/** A spec as it was read: which keys are given with which values, and where. */
export interface RunSpec {
  root: SpecMap;
  method: MethodId | undefined;
  /** The given keys with good values (LoRA in flat names), before paths are resolved. */
  given: ReadonlyMap<string, { value: unknown; entry: SpecEntry }>;
}

/** File names that are run specs. */
export function isRunSpecName(name: string): boolean {
  return /\.posttrain\.(?:ya?ml|json)$/i.test(name);
}

/** Reads and checks a spec with the overrides on top. `value` is there as soon as the text is a block of keys, errors or not. */
export function parseRunSpec(text: string, options: { json?: boolean; overrides?: readonly string[] } = {}): Parsed<RunSpec> {
  const parsed = parseSpecText(text, options);
  const problems = [...parsed.problems];
  const merged = applyOverrides(parsed.value, options.overrides ?? [], isTextKey);
  problems.push(...merged.problems);
  const root = merged.value;
  if (!root || (root.kind === 'scalar' && root.value === null)) {
    if (problems.length === 0) problems.push(specProblem('spec-empty', 'This run spec is empty. Begin with "method: sft", a model, a dataset and an output_dir.', { start: 0, end: 0 }));
    return { value: undefined, problems };
  }
  if (root.kind !== 'map') {
    problems.push(specProblem('spec-syntax', 'A run spec is made of "key: value" lines, such as "method: sft".', { start: root.start, end: root.kind === 'scalar' ? root.end : root.start + 1 }));
    return { value: undefined, problems };
  }
  // Half a tree after a syntax error would only add follow-up errors.
  const spec = checkSpec(root, hasError(parsed.problems.filter((p) => p.code === 'spec-syntax')) ? [] : problems);
  return { value: spec, problems: problems.sort((a, b) => a.start - b.start) };
}

export interface ResolveOptions {
  /** Paths in the spec are relative to this folder … */
  specDir: string;
  /** … and those of overrides to this one. */
  cwd: string;
  /** For `~/…`; without it a tilde is a name like any other. */
  home?: string;
}

/** Fills in the defaults and makes the paths absolute. Undefined while the spec has an error. */
export function resolveRunSpec(parsed: Parsed<RunSpec>, options: ResolveOptions): ResolvedSpec | undefined {
  const spec = parsed.value;
  if (!spec?.method || hasError(parsed.problems)) return undefined;
  const params: Record<string, unknown> = {};
  for (const param of paramsOf(spec.method)) {
    const given = spec.given.get(param.name);
    params[param.name] = given ? absolutePaths(given.value, given.entry.value, paramSchema(param), options) : param.default;
  }
  const lora = params.lora as Record<string, unknown> | null;
  params.lora = typeof lora?.init === 'string' ? { init: lora.init } : null;
  const { model_name_or_path, dataset, eval_dataset, output_dir, backend, seed, overwrite_output_dir: _, ...rest } = params;
  return {
    method: spec.method,
    model_name_or_path: model_name_or_path as string,
    dataset: datasetParts(dataset),
    eval_dataset: datasetParts(eval_dataset),
    output_dir: output_dir as string,
    backend: backend as BackendChoice,
    seed: seed as number,
    params: rest,
  };
}

/** Whether the spec asks to replace the run that output_dir holds. Not part of the resolved spec: a resumed run must not ask again. */
export function overwritesOutput(spec: RunSpec): boolean {
  return spec.given.get('overwrite_output_dir')?.value === true;
}

/** One path of a spec, absolute. */
export function resolvePathIn(path: string, place: { override?: string }, options: ResolveOptions): string {
  if (options.home !== undefined && /^~[\\/]/.test(path)) return resolveSpecPath(options.home, path.slice(2));
  return resolveSpecPath(place.override === undefined ? options.specDir : options.cwd, path);
}

function datasetParts(value: unknown): DatasetPart[] {
  if (typeof value === 'string') return [{ path: value, weight: 1 }];
  return Array.isArray(value) ? (value as DatasetPart[]) : [];
}

/** Follows the value and its nodes together, because each path may come from the spec or from an override. */
function absolutePaths(value: unknown, node: SpecNode, schema: JsonSchema, options: ResolveOptions): unknown {
  if (typeof value === 'string') return schema.format === 'path' || schema.anyOf?.some((s) => s.type === 'string' && s.format === 'path') ? resolvePathIn(value, node, options) : value;
  if (Array.isArray(value)) {
    const items = schema.items ?? schema.anyOf?.find((s) => s.type === 'array')?.items;
    return items && node.kind === 'list' ? value.map((item, i) => absolutePaths(item, node.items[i]!, items, options)) : value;
  }
  if (typeof value === 'object' && value !== null && node.kind === 'map') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => {
      const [entry, property] = [entryOf(node, key), schema.properties?.[key]];
      return [key, entry && property ? absolutePaths(item, entry.value, property, options) : item];
    }));
  }
  return value;
}

function checkSpec(root: SpecMap, problems: Problem[]): RunSpec {
  const method = readMethod(root, problems);
  const params = method ? paramsOf(method) : [...new Map(methods.ids.flatMap((id) => paramsOf(id).map((p): [string, Param] => [p.name, p]))).values()];
  const byName = new Map(params.map((p) => [p.name, p]));
  const given = new Map<string, { value: unknown; entry: SpecEntry }>();
  for (const entry of root.entries) {
    if (entry.key === 'method') continue;
    const param = byName.get(entry.key);
    if (!param) {
      problems.push(unknownKey(entry, method, byName));
      continue;
    }
    // `eval_dataset: null` is how one says "none" in TRL: nothing is given.
    if (entry.value.kind === 'scalar' && entry.value.value === null && param.default === null && !param.required) continue;
    const value = readValue(entry.value, paramSchema(param), entry.key, problems);
    if (value !== undefined) given.set(entry.key, { value: param.type === 'strings' && typeof value === 'string' && value !== 'all-linear' ? [value] : value, entry });
  }
  for (const param of params) {
    if (param.required && !entryOf(root, param.name)) problems.push(specProblem('spec-missing-key', `"${param.name}" is missing. ${param.description}`, missingPlace(root), { key: param.name }));
  }
  flattenLora(given, problems);
  checkTogether(root, given, problems);
  // A wrong value would be taken for the default, and bring follow-up errors.
  if (method && !hasError(problems)) {
    problems.push(...methodProblems(method, params, given));
    checkBest(method, given, problems);
  }
  return { root, method, given };
}

function readMethod(root: SpecMap, problems: Problem[]): MethodId | undefined {
  const entry = entryOf(root, 'method');
  if (!entry) {
    problems.push(specProblem('spec-missing-key', `"method" is missing. Known: ${methods.ids.join(', ')}.`, missingPlace(root), { key: 'method' }));
    return undefined;
  }
  const value = entry.value.kind === 'scalar' ? entry.value.value : undefined;
  if (typeof value === 'string' && methods.has(value)) return value;
  if (typeof value !== 'string') problems.push(specProblem('spec-wrong-type', `"method" must be one of ${methods.ids.join(', ')}.`, entry.value, { key: 'method' }));
  else problems.push(specProblem('spec-unknown-method', `${trlMethods().includes(value) ? `Method "${value}" is not in this version.` : `There is no method "${value}".${didYouMean(value, methods.ids)}`} Known: ${methods.ids.join(', ')}.`, entry.value, { key: 'method', nearest: nearestName(value, methods.ids), values: methods.ids }));
  return undefined;
}

function unknownKey(entry: SpecEntry, method: MethodId | undefined, known: ReadonlyMap<string, Param>): Problem {
  const place = keyPlace(entry);
  const key = entry.key;
  const nearest = nearestName(key, ['method', ...known.keys()]);
  const data = { key, ...(nearest === undefined ? {} : { nearest }) };
  const fate = trlKeyFate(key);
  const ofTrl = trlMethodsOf(key);
  const others = method === undefined || ofTrl.includes(method) ? [] : [...new Set([...methods.ids.filter((id) => methods.get(id).params.some((p) => p.name === key)), ...ofTrl])];
  if (others.length > 0) {
    return specProblem('spec-other-method-key', `"${key}" belongs to ${others.length > 1 ? `the methods ${others.join(', ')}` : `the method ${others[0]}`}, not to ${method}.${nearest && nearest !== key ? ` Did you mean "${nearest}"?` : ''}`, place, { ...data, methods: others });
  }
  if (fate?.fate === 'removed') {
    const sentence = fate.successor ? `"${key}" is no longer a key of TRL's: use "${fate.successor}".` : `"${key}" is no longer a key of TRL's.`;
    const { nearest: _, ...rest } = data;
    return specProblem('spec-removed-key', fate.reason ? `${sentence} ${capitalised(fate.reason)}` : sentence, place, { ...rest, ...(fate.successor && known.has(fate.successor) ? { successor: fate.successor } : {}) });
  }
  if (fate?.fate === 'ignored' || (fate?.fate === 'refused' && isHarmless(entry.value, fate.harmless ?? []))) {
    const reason = fate.fate === 'ignored' ? fate.reason : 'this is how it is here anyway.';
    return specProblem('spec-ignored-key', `"${key}" is ignored: ${reason}`, place, data, 'info');
  }
  if (fate?.fate === 'refused') return specProblem('spec-refused-key', `"${key}" cannot be honoured: ${fate.reason}`, place, data);
  return specProblem('spec-unknown-key', `There is no key "${key}"${method ? ` in a spec of ${method}` : ''}.${didYouMean(key, ['method', ...known.keys()])}`, place, data);
}

function isHarmless(node: SpecNode, values: readonly unknown[]): boolean {
  if (node.kind !== 'scalar') return (node.kind === 'list' ? node.items : node.entries).length === 0;
  return [false, null, 0, '', 'no', 'none', 'off', ...values].includes(node.value);
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

const flatNames: Readonly<Record<string, string>> = { r: 'lora_r', alpha: 'lora_alpha', dropout: 'lora_dropout', target_modules: 'lora_target_modules', modules_to_save: 'lora_modules_to_save' };

/** `lora: {r: 8}` and `lora_r: 8` are the same; an override beats the file, two different values in one place are a conflict. */
function flattenLora(given: Map<string, { value: unknown; entry: SpecEntry }>, problems: Problem[]): void {
  const block = given.get('lora');
  if (!block || block.entry.value.kind !== 'map') return;
  for (const entry of block.entry.value.entries) {
    const flat = flatNames[entry.key] ?? entry.key;
    if (flat === 'init') continue;
    let value = (block.value as Record<string, unknown>)[entry.key];
    if ((flat === 'lora_target_modules' || flat === 'lora_modules_to_save') && typeof value === 'string' && value !== 'all-linear') value = [value];
    const other = given.get(flat);
    const [mine, theirs] = [entry.value.override !== undefined, other?.entry.value.override !== undefined];
    if (other && mine === theirs && JSON.stringify(other.value) !== JSON.stringify(value)) {
      problems.push(specProblem('spec-conflict', `"lora.${entry.key}" and "${flat}" are the same setting and differ. Keep one of them.`, keyPlace(entry), { key: flat }));
    } else if (!other || mine) given.set(flat, { value, entry });
  }
  const peft = given.get('use_peft');
  if (peft?.value === false) problems.push(specProblem('spec-conflict', '"lora" is given and "use_peft" is false. Remove one of them.', keyPlace(peft.entry), { key: 'use_peft' }));
  else if (!peft) given.set('use_peft', { value: true, entry: block.entry });
}

const loraKeys = ['lora_r', 'lora_alpha', 'lora_dropout', 'lora_target_modules', 'lora_modules_to_save', 'use_dora', 'use_rslora'];

/** What single keys cannot show. */
function checkTogether(root: SpecMap, given: ReadonlyMap<string, { value: unknown; entry: SpecEntry }>, problems: Problem[]): void {
  const value = (key: string) => given.get(key)?.value;
  const at = (key: string): Place => keyPlace(given.get(key)!.entry);
  const evaluates = value('eval_strategy') !== undefined && value('eval_strategy') !== 'no';
  const evalData = entryOf(root, 'eval_dataset')?.value;
  if (evaluates && (!evalData || (evalData.kind === 'scalar' && evalData.value === null))) problems.push(specProblem('spec-conflict', '"eval_strategy" asks for evaluation, but there is no "eval_dataset".', at('eval_strategy'), { key: 'eval_strategy' }));
  if (!evaluates && value('eval_dataset') !== undefined) {
    problems.push(specProblem('spec-no-effect', '"eval_dataset" is never used, because "eval_strategy" is no (TRL\'s default). Write eval_strategy: steps or epoch.', at('eval_dataset'), { key: 'eval_dataset' }, 'info'));
  }
  const schedule = value('lr_scheduler_type');
  if (!evaluates && (schedule === 'reduce_lr_on_plateau' || schedule === 'greedy')) {
    problems.push(specProblem('spec-conflict', `lr_scheduler_type: ${schedule} follows the evaluations, and "eval_strategy" is no. Write eval_strategy: steps or epoch, and an eval_dataset.`, at('lr_scheduler_type'), { key: 'lr_scheduler_type' }));
  }
  if ((value('use_peft') === true || given.has('lora')) && given.has('freeze')) {
    problems.push(specProblem('spec-no-effect', '"freeze" has no effect with use_peft: true, which freezes the whole model anyway.', at('freeze'), { key: 'freeze' }, 'warning'));
  }
  if (value('use_peft') !== true && !given.has('lora')) {
    for (const key of loraKeys) {
      if (given.has(key)) problems.push(specProblem('spec-no-effect', `"${key}" has no effect without use_peft: true.`, at(key), { key }, 'warning'));
    }
  }
}

/** What the method itself says of its settings. */
function methodProblems(method: MethodId, params: readonly Param[], given: RunSpec['given']): Problem[] {
  const values = Object.fromEntries(params.map((param) => [param.name, given.has(param.name) ? given.get(param.name)!.value : param.default]));
  const found = methods.get(method).check?.({ params: values, isGiven: (key) => given.has(key) }) ?? [];
  return found.map(({ key, message, severity }) => specProblem(severity ? 'spec-no-effect' : 'spec-conflict', message, keyPlace(given.get(key)!.entry), { key }, severity));
}

/** Keys whose value on the command line is text even when it looks like a number: `output_dir=2024`. */
function isTextKey(path: string): boolean {
  const [head, ...rest] = path.split('.');
  for (const id of methods.ids) {
    const param = paramsOf(id).find((p) => p.name === head);
    if (!param) continue;
    let schema: JsonSchema | undefined = paramSchema(param);
    for (const part of rest) {
      const list: JsonSchema | undefined = schema?.anyOf?.find((s) => s.type === 'array') ?? schema;
      schema = /^\d+$/.test(part) && list?.items ? list.items : schema?.properties?.[part];
    }
    return schema?.type === 'string' || (schema?.anyOf?.some((s) => s.type === 'string') ?? false);
  }
  return head === 'method';
}
