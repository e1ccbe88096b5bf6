/** What a branch must have in common with the run of its checkpoint: the model, and what of it trains, or weights would be left behind there. */

import { methods, paramsOf } from '../methods/index.ts';
import type { ResolvedSpec } from './spec.ts';

/** Keys that say which weights train. `freeze` is not among them: a branch may freeze more. */
const adapterKeys = ['lora_r', 'lora_target_modules', 'lora_modules_to_save', 'use_dora'];

/** Why a run as `now` cannot begin at a checkpoint (`folder`) of one as `before`; undefined when it can. */
export function branchProblem(before: ResolvedSpec, now: ResolvedSpec, folder: string): string | undefined {
  if (before.model_name_or_path !== now.model_name_or_path) {
    return `"model_name_or_path": ${folder} is of a run that began with ${before.model_name_or_path}, and this spec says ${now.model_name_or_path}. A branch begins with the same model.`;
  }
  if (methods.get(before.method).head !== methods.get(now.method).head) {
    const reward = methods.get(before.method).head === 'score';
    return `"method": ${folder} is of a run of ${before.method} and holds ${reward ? 'a reward model' : 'a model that writes'}; ${now.method} trains ${reward ? 'a model that writes' : 'a reward model'}. Name a model folder as model_name_or_path instead.`;
  }
  const value = (spec: ResolvedSpec, key: string) => spec.params[key] ?? paramsOf(spec.method).find(({ name }) => name === key)?.default ?? null;
  for (const key of ['use_peft', ...(now.params.use_peft === true ? adapterKeys : []), 'trainable_token_indices']) {
    const [was, is] = [value(before, key), value(now, key)];
    if (sorted(was) !== sorted(is)) return sameParts(key, folder, was, is);
  }
  const [was, is] = [namesOf(value(before, 'freeze')), namesOf(value(now, 'freeze'))];
  if (now.params.use_peft !== true && was.some((name) => !is.includes(name))) return sameParts('freeze', folder, was, is);
  if (now.params.sync_ref_model === true && before.params.sync_ref_model !== true) {
    return `"sync_ref_model": ${folder} is of a run whose reference model stayed as it was, so there is none that follows to go on with. Leave sync_ref_model out, or begin a new run.`;
  }
  return undefined;
}

function sameParts(key: string, folder: string, was: unknown, is: unknown): string {
  return `"${key}": ${folder} is of a run with ${key}: ${JSON.stringify(was)}, and this spec says ${JSON.stringify(is)}. A branch trains the same parts of the model. To train others, begin with a finished model (an adapter merged first) as model_name_or_path.`;
}

function namesOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === null ? [] : [value];
}

/** The order of names means nothing, nor does an empty list. */
function sorted(value: unknown): string {
  const names = typeof value === 'object' || typeof value === 'string' ? namesOf(value) : [value];
  return JSON.stringify(names.map((name) => JSON.stringify(name)).sort());
}
