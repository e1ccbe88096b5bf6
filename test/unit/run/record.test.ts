/** run.json as this version, an older one, a newer one and a person may have written it. */

import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { parseRunRecord } from '../../../src/run/record.ts';
import type { RunRecord } from '../../../src/run/directory.ts';
import { parseRunSpec, resolveRunSpec } from '../../../src/run/spec.ts';

const spec = resolveRunSpec(parseRunSpec('method: sft\nmodel_name_or_path: m\ndataset: [{path: d, weight: 2}]\noutput_dir: o\ntrainable_token_indices: [7, "<end>"]\nlora: {r: 4, init: a.safetensors}\nsamples: {prompts: p.jsonl}\n'), { specDir: '/s', cwd: '/c' })!;
const record: RunRecord = { version: 1, spec, spec_file: '/s/x.posttrain.yaml', versions: { posttrain: '1' }, datasets: [{ path: '/s/d', sizeBytes: 3, modifiedMs: 1, hash: 'x' }], weights: [], device: null, start: '2026-01-01T00:00:00.000Z' };
const read = (change: object) => parseRunRecord(JSON.stringify({ ...record, ...change }));
const problem = (change: object): string => {
  const got = read(change);
  assert.ok('problem' in got, JSON.stringify(change));
  return got.problem;
};

describe('run.json', () => {
  test('reads back as it was written', () => {
    assert.deepEqual(parseRunRecord(JSON.stringify(record)), { record });
    const branch = { ...record, origin: { checkpoint: '/r/checkpoints/step-000004', step: 4 }, continued: [{ time: '2026-01-02T00:00:00.000Z', step: 9, params: { max_steps: 20 } }] };
    assert.deepEqual(parseRunRecord(JSON.stringify(branch)), { record: branch });
    for (const wrong of [{ origin: 'x' }, { origin: { checkpoint: 3, step: 4 } }]) assert.match(problem(wrong), /"origin"/);
    for (const wrong of [{ continued: {} }, { continued: [{ time: 'x', step: 4, params: { max_steps: 'many' } }] }]) assert.match(problem(wrong), /"continued"/);
    const pretrain = { ...record, spec: resolveRunSpec(parseRunSpec('method: pretrain\nmodel_name_or_path: m\ndataset: d\noutput_dir: o\n'), { specDir: '/s', cwd: '/c' })! };
    assert.deepEqual(parseRunRecord(JSON.stringify(pretrain)), { record: pretrain });
  });
  test('keys that an older version did not have get their defaults', () => {
    const { warmup_steps: _, lora_r: __, ...params } = spec.params;
    const got = read({ spec: { ...spec, params } });
    assert.ok('record' in got);
    assert.deepEqual([got.record.spec.params.warmup_steps, got.record.spec.params.lora_r], [0, 16]);
  });
  test('what a newer version wrote is named, not left out', () => {
    assert.match(problem({ version: 2 }), /another version/);
    assert.match(problem({ spec: { ...spec, method: 'dreaming' } }), /the method "dreaming", which this version/);
    assert.match(problem({ spec: { ...spec, method: 'constructor' } }), /"constructor"/);
    assert.match(problem({ spec: { ...spec, params: { ...spec.params, router_aux: 1 } } }), /no "router_aux"/);
    assert.match(problem({ spec: { ...spec, params: { ...spec.params, lr_scheduler_type: 'wsd' } } }), /does not fit .*"wsd"/);
    for (const datasets of [['/s/d'], [{ path: '/s/d' }], [{ ...record.datasets[0], path: 3 }], {}]) assert.match(problem({ datasets }), /datasets/);
  });
  test('what is broken is named', () => {
    assert.deepEqual(parseRunRecord('{'), { problem: 'is not valid JSON' });
    for (const text of ['null', '3', '[]']) assert.deepEqual(parseRunRecord(text), { problem: 'is not an object' });
    for (const broken of [undefined, null, {}, { ...spec, method: 3 }, { ...spec, params: null }]) assert.match(problem({ spec: broken }), /no complete "spec"/);
    assert.match(problem({ spec: { ...spec, output_dir: undefined } }), /no "output_dir"/);
    assert.match(problem({ spec: { ...spec, dataset: null } }), /no "dataset"/);
    assert.match(problem({ spec: { ...spec, dataset: ['/s/d'] } }), /does not fit .*dataset/);
    assert.match(problem({ spec: { ...spec, params: { ...spec.params, learning_rate: 'fast' } } }), /"learning_rate" must be a number/);
  });
  test('small things that nobody needs may be anything', () => {
    const got = read({ versions: { posttrain: 1, node: '20' }, device: 7, start: null, spec_file: {} });
    assert.ok('record' in got);
    assert.deepEqual([got.record.versions, got.record.device, got.record.start, got.record.spec_file], [{ node: '20' }, null, '', null]);
  });
});
