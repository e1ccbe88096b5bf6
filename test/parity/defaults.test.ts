/** Every key of TRL's SFT settings is ours with its default, or is said to be ignored, refused or gone. Recorded by test/parity/record/defaults.py. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { paramsOf } from '../../src/methods/index.ts';
import { trlKeyFate } from '../../src/run/trlKeys.ts';

const { defaults } = JSON.parse(readFileSync(join('test', 'parity', 'defaults.json'), 'utf8')) as { defaults: Record<string, unknown> };
const params = new Map(paramsOf('sft').map((param) => [param.name, param]));

/** Keys that TRL does not have. */
const ownKeys = ['dataset', 'eval_dataset', 'overwrite_output_dir', 'backend', 'trainable_token_indices', 'freeze', 'lora', 'samples'];

describe("keys of TRL's SFT settings", () => {
  test('have the same defaults', () => {
    for (const [name, param] of params) if (!ownKeys.includes(name)) assert.deepEqual([name, param.default], [name, defaults[name]]);
  });
  test('are all answered', () => {
    assert.deepEqual(Object.keys(defaults).filter((name) => !params.has(name) && !trlKeyFate(name)), []);
  });
  test('are not refused when they are honoured', () => {
    assert.deepEqual([...params.keys()].filter((name) => trlKeyFate(name)), []);
  });
});
