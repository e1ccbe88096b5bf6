/** Replays recorded TRL runs in this process, the loop and the loss without the trainer around them: with the noise that TRL drew, or a few steps only. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
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
import { compareMoments, finalWeights, metricComparison, recordedOf, type Moments, type Note } from './replayTrace.ts';
import type { Deviations, Tolerances } from './tolerances.ts';

const here = resolve('test/parity');
const lines = async (path: string) => (await readFile(path, 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);

/** Replays a run, or its first `steps` steps, on the backend that is open. */
export async function replayHere(name: string, allowed: Tolerances, steps = Infinity): Promise<Deviations> {
  const trace = join(here, 'traces', name);
  const worst: Deviations = {};
  const note: Note = (kind, difference) => void (worst[kind] = Math.max(worst[kind] ?? 0, difference));
  const spec = await recordedOf(name);
  const method = spec.method as MethodId;
  const params: Record<string, unknown> = { ...Object.fromEntries(paramsOf(method).map((param) => [param.name, param.default])), ...spec.params };
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
  const noise = join(trace, 'noise.safetensors');
  const drawn = existsSync(noise) ? [...(await readTensors(noise))].sort(([a], [b]) => Number(a) - Number(b)).map(([, numbers]) => numbers) : [];
  const settings = trainSettings({ ...params, eval_strategy: 'no', save_strategy: 'steps', save_steps: 1 }, 42);
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
    hooks: {
      metrics: (step, epoch, metrics) => void logged.set(step, { ...metrics, epoch }), evaluation: nothing, warning: (_code, message) => assert.fail(message), paused: nothing, resumed: nothing,
      async save(step, _state, optimizer) {
        if (step !== 1) return;
        const { first } = JSON.parse(await readFile(join(trace, 'moments.json'), 'utf8')) as { first: Moments };
        const moments = new Map<string, Float32Array>();
        for (const [moment, { read }] of optimizer.state()) moments.set(moment, await read());
        compareMoments(moments, first, { when: 'after step 1', kind: 'firstMoments', allowed, note });
      },
      requests: (step) => Promise.resolve(step >= steps ? ['stop'] : []),
    },
  });
  assert.equal(status, steps === Infinity ? 'completed' : 'stopped');
  if (steps === Infinity) assert.equal(used, drawn.length, 'as many draws as there were');
  let compared = 0;
  const compare = metricComparison(spec.params, allowed, note);
  for (const { step, ...theirs } of (await lines(join(trace, 'metrics.jsonl'))) as Record<string, number>[]) {
    if ('train_loss' in theirs || 'eval_loss' in theirs || step! > steps) continue;
    for (const metric of Object.keys(theirs)) compare(`step ${step}`, metric, logged.get(step!)![metric], theirs);
    compared++;
  }
  assert.equal(compared, Math.min(steps, logged.size));
  if (steps === Infinity) {
    for (const [parameter, values] of await finalWeights(trace)) {
      const mine = await model.params.get(parameter)!.data();
      for (const [at, value] of values) note('weights', Math.abs(mine[at]! - value));
    }
    assert.ok(worst.weights! <= allowed.weights, `final weights differ by up to ${worst.weights}`);
  }
  model.dispose();
  original?.dispose();
  await folder.close();
  return worst;
}
