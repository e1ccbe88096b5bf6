/** Replays TRL's runs with NEFTune, with the noise that it drew: the loop and the loss in this process, because no setting of a run may bring noise. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { openBackend } from '../../src/backend/index.ts';
import { methods, paramsOf, prepareExample, type MethodId } from '../../src/methods/index.ts';
import { detectFormat } from '../../src/dataset/formats/index.ts';
import { loadModel } from '../../src/nn/model.ts';
import { openModelFolder } from '../../src/node/modelFolder.ts';
import { loadTokenizerFiles } from '../../src/node/tokenizerFiles.ts';
import type { Metrics } from '../../src/run/event.ts';
import { createTokenizer } from '../../src/tokens/tokenizer.ts';
import { losses } from '../../src/train/losses/index.ts';
import { trainLoop } from '../../src/train/loop.ts';
import { planTraining } from '../../src/train/plan.ts';
import { packRows } from '../../src/train/packing.ts';
import { liveReference } from '../../src/train/reference.ts';
import { createRowStore } from '../../src/train/rowStore.ts';
import { trainSettings } from '../../src/train/settings.ts';
import { readTensors } from '../trainerRun.ts';

const here = resolve('test/parity');
const lines = async (path: string) => (await readFile(path, 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
const relative: Record<string, number> = { grad_norm: 1e-4 };
const { cases } = JSON.parse(readFileSync(join(here, 'traces/provenance.json'), 'utf8')) as { cases: string[] };

for (const name of cases.filter((name) => existsSync(join(here, 'traces', name, 'noise.safetensors')))) test(`TRL's ${name}: metrics and weights agree`, () => replay(join(here, 'traces', name)));

async function replay(trace: string): Promise<void> {
  const spec = JSON.parse(await readFile(join(trace, 'spec.json'), 'utf8')) as { method: MethodId; model: string; dataset: string; params: Record<string, unknown> };
  const { method } = spec;
  const params: Record<string, unknown> = { ...Object.fromEntries(paramsOf(method).map((param) => [param.name, param.default])), ...spec.params };
  const backend = await openBackend('wasm', { threads: 1 });
  const folder = await openModelFolder(join(here, 'models', spec.model));
  const model = await loadModel(folder.config, folder.weights);
  const tokenizer = createTokenizer(await loadTokenizerFiles(join(here, 'models', spec.model)));
  const store = createRowStore(folder.config.vocabSize, 'rows');
  for (const [i, row] of (await lines(join(here, 'data', `${spec.dataset}.jsonl`))).entries()) {
    const sides = prepareExample(detectFormat([row])!.format.toExample(row).value!, method, tokenizer, params);
    if (sides.every(({ dropped }) => dropped === null)) store.add({ line: i + 1, problems: [], sides });
  }
  const strategy = methods.get(method).packing?.(params);
  const rows = strategy ? packRows(store, params.max_length as number, strategy) : store;
  const loss = losses[method](params);
  const original = loss.reference && (await loadModel(folder.config, folder.weights));
  const drawn = [...(await readTensors(join(trace, 'noise.safetensors')))].sort(([a], [b]) => Number(a) - Number(b)).map(([, numbers]) => numbers);
  const settings = trainSettings(params, 42);
  const parts = [{ count: rows.count, weight: 1 }];
  const logged = new Map<number, Metrics>();
  const nothing = () => undefined;
  let used = 0;
  const { status } = await trainLoop({
    model, rows, parts, settings, loss, padId: folder.config.padTokenId ?? 0,
    ...(original && { reference: liveReference(loss, original) }),
    plan: planTraining({ parts, batchSize: settings.batchSize, accumulation: settings.accumulation, epochs: settings.epochs, maxSteps: settings.maxSteps }),
    // TRL pads to the longest row, here rows are padded a little further.
    drawNoise(_microBatch, [sequences, time, hidden]) {
      const recorded = drawn[used++]!;
      const length = recorded.length / sequences / hidden;
      assert.ok(Number.isInteger(length) && length <= time);
      const numbers = new Float32Array(sequences * time * hidden);
      for (let s = 0; s < sequences; s++) numbers.set(recorded.subarray(s * length * hidden, (s + 1) * length * hidden), s * time * hidden);
      return numbers;
    },
    hooks: { metrics: (step, _epoch, metrics) => void logged.set(step, metrics), evaluation: nothing, warning: (_code, message) => assert.fail(message), paused: nothing, resumed: nothing, save: async () => undefined, requests: async () => [] },
  });
  assert.equal(status, 'completed');
  assert.equal(used, drawn.length, 'as many draws as there were');
  let compared = 0;
  for (const { step, epoch: _epoch, train_loss, ...theirs } of (await lines(join(trace, 'metrics.jsonl'))) as Record<string, number>[]) {
    if (train_loss !== undefined) continue;
    for (const [name, value] of Object.entries(theirs)) {
      const ours = logged.get(step!)![name]!;
      const floor = floorOf(name, params, logged.get(step!)!);
      assert.ok(Math.abs(ours - value) <= (relative[name] ?? 1e-5) * Math.max(Math.abs(ours), Math.abs(value)) + floor, `step ${step}: ${name} is ${ours}, TRL's ${value}`);
      compared++;
    }
  }
  assert.ok(compared >= 30);
  const weights = JSON.parse(await readFile(join(trace, 'weights_final.json'), 'utf8')) as Record<string, { at: number[]; values: number[] }>;
  for (const [name, { at, values }] of Object.entries(weights)) {
    const mine = await model.params.get(name)!.data();
    at.forEach((place, i) => assert.ok(Math.abs(mine[place]! - values[i]!) <= 3e-5, `${name}[${place}] is ${mine[place]}, torch's ${values[i]}`));
  }
  model.dispose();
  original?.dispose();
  await folder.close();
  await backend.dispose();
}

/** As in trl.test.ts. */
function floorOf(name: string, { beta }: Record<string, unknown>, values: Metrics): number {
  if (name === 'mean_token_accuracy') return 0.02;
  if (name.endsWith('accuracies')) return 0.25;
  return name.startsWith('rewards/') ? (beta as number) * 1e-6 * (Math.abs(values['logps/chosen'] ?? 0) + Math.abs(values['logps/rejected'] ?? 0)) : 2e-6;
}
