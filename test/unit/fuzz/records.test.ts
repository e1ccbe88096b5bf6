/** Damaged config.json, adapter_config.json, run.json, events.jsonl and checkpoint states: told in words, and nothing in them makes a reader slow or large. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { UserError } from '../../../src/core/problem.ts';
import { parseAdapterConfig } from '../../../src/model/adapter.ts';
import { parseGenerationConfig, requireModelConfig } from '../../../src/model/config.ts';
import { estimateTraining } from '../../../src/model/memory.ts';
import { parameterCount, parameterShapes } from '../../../src/model/shapes.ts';
import { createEventReader, eventLine, type RunEvent } from '../../../src/run/event.ts';
import { parseLock } from '../../../src/node/lock.ts';
import { parseRunRecord } from '../../../src/run/record.ts';
import { createRunView } from '../../../src/run/series.ts';
import { parseRunSpec, resolveRunSpec } from '../../../src/run/spec.ts';
import { freshState, parseState, stateJson } from '../../../src/train/metricWindow.ts';
import { fuzz, mutateBytes, mutateJsonText } from '../../fixtures/fuzz.ts';

const told = (message: string) => {
  throw new UserError(message, 'fuzz');
};

test('config.json', async () => {
  const text = readFileSync('test/parity/models/tied/config.json', 'utf8');
  const scaled = JSON.stringify({ ...(JSON.parse(text) as object), rope_parameters: { rope_type: 'llama3', rope_theta: 1e4, factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 512 } });
  const tally = await fuzz(2500, (rng, seed) => {
    const config = requireModelConfig(mutateJsonText(seed % 2 ? text : scaled, rng), '/m/config.json');
    assert.ok(parameterShapes(config).size < 100_000);
    assert.ok(parameterCount(config) > 0);
    estimateTraining(config, { batch: 2, time: 16, fused: true, lora: undefined, tokenRows: undefined, reference: false });
  });
  assert.ok(tally.told > 150 && tally.good > 20, JSON.stringify(tally));
});

test('adapter_config.json and generation_config.json', async () => {
  const adapter = JSON.stringify({ peft_type: 'LORA', task_type: 'CAUSAL_LM', base_model_name_or_path: '/m/base', r: 8, lora_alpha: 16, lora_dropout: 0.1, target_modules: ['q_proj', 'v_proj'], bias: 'none', modules_to_save: null, rank_pattern: {}, alpha_pattern: {}, trainable_token_indices: [1, 2] });
  const tally = await fuzz(1500, (rng) => {
    const { value, problems } = parseAdapterConfig(mutateJsonText(adapter, rng));
    if (!value) told(problems.map(({ message }) => message).join(' '));
  });
  assert.ok(tally.told > 150 && tally.good > 20, JSON.stringify(tally));
  await fuzz(1000, (rng) => parseGenerationConfig(mutateJsonText('{"eos_token_id": [1, 2], "temperature": 0.6}', rng)));
});

test('run.json', async () => {
  const spec = resolveRunSpec(parseRunSpec('method: sft\nmodel_name_or_path: m\ndataset: d.jsonl\noutput_dir: o\nuse_peft: true\n'), { specDir: '/s', cwd: '/c' });
  const record = JSON.stringify({ version: 1, spec, spec_file: '/s/x', versions: { posttrain: '1' }, datasets: [{ path: '/s/d', sizeBytes: 3, modifiedMs: 1, hash: 'x' }], device: null, start: '2026-01-01T00:00:00.000Z', origin: { checkpoint: '/c', step: 3 }, continued: [{ time: 'x', step: 3, params: { max_steps: 4 } }] });
  const tally = await fuzz(1500, (rng) => {
    const read = parseRunRecord(mutateJsonText(record, rng));
    if ('problem' in read) told(`/r/run.json ${read.problem}`);
  });
  assert.ok(tally.told > 200 && tally.good > 20, JSON.stringify(tally));
});

const time = '2026-01-01T00:00:00.000Z';
const events: RunEvent[] = [
  { type: 'preparing', time, what: 'rows', path: '/d', rows: 3, total: 9 },
  { type: 'started', time, pid: 1, host: 'h', method: 'sft', backend: 'wasm', device: 'd', reason: '', versions: { a: '1' }, total_steps: 9, resumed_from: null },
  ...Array.from({ length: 6 }, (_, i): RunEvent => ({ type: 'metrics', time: `2026-01-01T00:00:0${i}.000Z`, step: i + 1, epoch: 0.1 * i, metrics: { loss: 3 - i / 10, grad_norm: NaN, num_tokens: 100 * i } })),
  { type: 'evaluation', time, step: 6, epoch: 0.6, metrics: { eval_loss: 2 } },
  { type: 'sample', time, step: 6, index: 0, prompt: 'a', completion: 'b' },
  { type: 'checkpoint', time, step: 6, path: 'checkpoints/step-000006' },
  { type: 'warning', time, code: 'c', message: 'm', step: 6 },
  { type: 'paused', time, step: 6 },
  { type: 'resumed', time, from_step: 6 },
  { type: 'finished', time, status: 'completed', step: 9, message: '', metrics: { train_loss: 1 } },
];

test('events.jsonl: lines are read or read past, and what was read can be shown', async () => {
  const text = events.map((event) => `${eventLine(event)}\n`).join('');
  await fuzz(900, (rng, seed) => {
    const damaged = seed % 3 === 0 ? new TextDecoder().decode(mutateBytes(new TextEncoder().encode(text), rng)) : events.map((event) => `${rng.below(3) === 0 ? mutateJsonText(eventLine(event), rng) : eventLine(event)}\n`).join('');
    const reader = createEventReader();
    const view = createRunView();
    const cut = rng.below(damaged.length);
    for (const chunk of [damaged.slice(0, cut), damaged.slice(cut)]) view.add(reader.feed(chunk));
    view.summary();
    for (const name of view.metricNames()) {
      const { steps, values } = view.points(name, 50);
      assert.ok(steps.length === values.length && steps.length <= 110, `${name}: ${steps.length} points`);
    }
    assert.ok(reader.problems.length <= 20 && reader.problems.every(({ problem }) => problem.length < 300));
  });
});

test('the state in a checkpoint, and the lock', async () => {
  const state = stateJson({ ...freshState(), step: 7, window: { steps: 1, loss: 2, tokens: 3, seconds: 4, metrics: { entropy: { sum: 1, count: 1 } } } }, { optimizerSteps: 7 });
  const tally = await fuzz(1500, (rng) => {
    const { value, problems } = parseState(mutateJsonText(state, rng));
    if (!value) return told(`trainer_state.json ${problems[0]!.message}`);
    assert.ok(typeof value.step === 'number' && typeof value.window.loss === 'number' && typeof value.best.waited === 'number');
  });
  assert.ok(tally.told > 150 && tally.good > 20, JSON.stringify(tally));
  await fuzz(1000, (rng) => parseLock(mutateJsonText(JSON.stringify({ host: 'h', pid: 3, processStart: '1', space: 's', token: 't', heartbeat: 5 }), rng)));
});

test('values that are no objects at all', () => {
  for (const text of ['null', '3', '"x"', '[]', 'true', '', '{', `${'['.repeat(100_000)}`]) {
    assert.ok('problem' in parseRunRecord(text));
    assert.equal(parseAdapterConfig(text).value, undefined);
    assert.equal(parseState(text).value, undefined);
    assert.throws(() => requireModelConfig(text, '/m/config.json'), { name: 'UserError' });
    assert.equal(parseLock(text), undefined);
  }
});
