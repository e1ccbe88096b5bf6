/** Every key of TRL's settings is ours with its default, or is said to be ignored, refused or gone. Recorded by test/parity/record/defaults.py. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { methods, paramsOf, type MethodId } from '../../src/methods/index.ts';
import { trlKeyFate } from '../../src/run/trlKeys.ts';

interface Recording {
  /** SFT's. */
  defaults: Record<string, unknown>;
  /** The other trainers: keys with another default or that SFT does not have, and keys of SFT's that they do not have. */
  others: Record<string, { keys: Record<string, unknown>; without: string[] }>;
}
const { defaults: sft, others } = JSON.parse(readFileSync(join('test', 'parity', 'defaults.json'), 'utf8')) as Recording;
/** A spec of another method says to which methods such a key belongs. */
const ofSome = new Set(methods.ids.flatMap((id) => paramsOf(id).map(({ name }) => name)));
const trainers: Record<string, Record<string, unknown>> = { sft };
for (const [method, { keys, without }] of Object.entries(others)) {
  trainers[method] = { ...Object.fromEntries(Object.entries(sft).filter(([name]) => !without.includes(name))), ...keys };
}

/** Keys that TRL's settings do not have; early stopping is a callback of transformers'. */
const ownKeys = ['dataset', 'eval_dataset', 'overwrite_output_dir', 'backend', 'trainable_token_indices', 'freeze', 'lora', 'samples', 'on_nonfinite', 'early_stopping_patience', 'early_stopping_threshold'];

for (const [method, defaults] of Object.entries(trainers)) {
  const params = new Map(paramsOf(method as MethodId).map((param) => [param.name, param]));
  describe(`keys of TRL's ${method} settings`, () => {
    test('have the same defaults', () => {
      for (const [name, param] of params) if (!ownKeys.includes(name)) assert.deepEqual([name, param.default], [name, defaults[name]]);
    });
    test('are all answered', () => {
      assert.deepEqual(Object.keys(defaults).filter((name) => !params.has(name) && !ofSome.has(name) && !trlKeyFate(name)), []);
    });
  });
}

test("keys that SFT honours are not said to be refused", () => {
  assert.deepEqual(paramsOf('sft').filter(({ name }) => trlKeyFate(name)), []);
});
