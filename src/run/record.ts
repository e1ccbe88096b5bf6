/** Reads run.json, which another version or a person may have written: all of it fits this version, or it says what does not. */

import { isObject } from '../core/isObject.ts';
import type { Problem } from '../core/problem.ts';
import { shownValue } from '../core/text.ts';
import { isFingerprint } from '../dataset/fingerprint.ts';
import { methods, paramsOf } from '../methods/index.ts';
import type { BackendUse, Continuation, FileFingerprint, RunOrigin, RunRecord } from './directory.ts';
import type { ResolvedSpec } from './spec.ts';
import { readValue } from './specCheck.ts';
import { paramSchema } from './specSchema.ts';
import { entryOf, nodeOf } from './specNode.ts';

/** What stands in the file, or why it cannot be used: the end of a sentence that begins with its path. */
export type ReadRecord = { record: RunRecord } | { problem: string };

export function parseRunRecord(text: string): ReadRecord {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { problem: 'is not valid JSON' };
  }
  if (!isObject(raw)) return { problem: 'is not an object' };
  if (raw.version !== 1) return { problem: `was written by another version of Posttrain (format ${shownValue(raw.version)}, this one reads 1)` };
  const spec = readSpec(raw.spec);
  if ('problem' in spec) return spec;
  const datasets = raw.datasets ?? [];
  if (!Array.isArray(datasets) || !datasets.every(isFileFingerprint)) return { problem: 'describes its datasets in the way of another version of Posttrain' };
  const { origin, continued } = raw;
  if (origin !== undefined && !isOrigin(origin)) return { problem: 'describes its "origin" in the way of another version of Posttrain' };
  if (continued !== undefined && !(Array.isArray(continued) && continued.every(isContinuation))) return { problem: 'describes how it was "continued" in the way of another version of Posttrain' };
  const weights = raw.weights ?? [];
  if (!Array.isArray(weights) || !weights.every(isFileFingerprint)) return { problem: 'describes its weights in the way of another version of Posttrain' };
  return {
    record: {
      version: 1,
      spec: spec.spec,
      spec_file: typeof raw.spec_file === 'string' ? raw.spec_file : null,
      versions: isObject(raw.versions) ? Object.fromEntries(Object.entries(raw.versions).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {},
      datasets,
      weights,
      device: typeof raw.device === 'string' ? raw.device : null,
      ...(isBackendUse(raw.backend) ? { backend: raw.backend } : {}),
      start: typeof raw.start === 'string' ? raw.start : '',
      ...(origin === undefined ? {} : { origin }),
      ...(continued === undefined ? {} : { continued: continued as Continuation[] }),
    },
  };
}

/** By the rules of the run spec. Keys that an older version did not write have their defaults; keys of a newer one would be left out silently. */
function readSpec(raw: unknown): { spec: ResolvedSpec } | { problem: string } {
  if (!isObject(raw) || typeof raw.method !== 'string' || !isObject(raw.params)) return { problem: 'has no complete "spec"' };
  const { method, params: own, ...shared } = raw;
  if (!methods.has(method)) return { problem: `is of a run with the method ${shownValue(method)}, which this version of Posttrain does not have` };
  const params = paramsOf(method);
  const written: Record<string, unknown> = { ...own, ...shared };
  const unknown = Object.keys(written).find((key) => !params.some(({ name }) => name === key));
  if (unknown !== undefined) return { problem: `was written by another version of Posttrain: this one has no ${shownValue(unknown)}` };
  const tree = nodeOf(written);
  if (tree?.kind !== 'map') return { problem: 'has no complete "spec"' };
  const values: Record<string, unknown> = {};
  for (const param of params) {
    const entry = entryOf(tree, param.name);
    const given = written[param.name];
    const unset = given === undefined || (given === null && param.default === null) || (param.name === 'eval_dataset' && Array.isArray(given) && given.length === 0);
    if (unset && param.required) return { problem: `has no "${param.name}"` };
    const problems: Problem[] = [];
    values[param.name] = !entry || unset ? param.default : readValue(entry.value, paramSchema(param), param.name, problems);
    if (problems[0]) return { problem: `does not fit this version of Posttrain: ${problems[0].message.replace(/\.$/, '')}` };
  }
  const { model_name_or_path, dataset, eval_dataset, output_dir, backend, seed, overwrite_output_dir: _, ...rest } = values;
  if (!Array.isArray(dataset)) return { problem: 'has no "dataset"' };
  return {
    spec: { method, model_name_or_path, dataset, eval_dataset: Array.isArray(eval_dataset) ? eval_dataset : [], output_dir, backend, seed, params: rest } as ResolvedSpec,
  };
}

function isOrigin(value: unknown): value is RunOrigin {
  return isObject(value) && typeof value.checkpoint === 'string' && typeof value.step === 'number';
}

function isBackendUse(value: unknown): value is BackendUse {
  return isObject(value) && typeof value.id === 'string' && typeof value.reason === 'string' && typeof value.threads === 'number' && isObject(value.environment) && Object.values(value.environment).every((setting) => typeof setting === 'string');
}

function isContinuation(value: unknown): value is Continuation {
  return isObject(value) && typeof value.time === 'string' && typeof value.step === 'number' && isObject(value.params) && Object.values(value.params).every((param) => typeof param === 'number');
}

function isFileFingerprint(value: unknown): value is FileFingerprint {
  return isFingerprint(value) && typeof (value as { path?: unknown }).path === 'string';
}
