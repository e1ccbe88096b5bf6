/** Every method with every way to train: the loss stays sane, what is frozen stays, and what is saved, loaded or merged says the same. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend, type Backend } from '../../src/backend/index.ts';
import { detectFormat } from '../../src/dataset/formats/index.ts';
import { folderFor, openReferenceModel, openServedModel, openTrainingModel, readTrainables, type Trainables } from '../../src/main/trainer/openModel.ts';
import { methods, paramsOf, prepareExample, type MethodId } from '../../src/methods/index.ts';
import { loadModel, type Model } from '../../src/nn/model.ts';
import { mergeAdapterFolder } from '../../src/node/mergeAdapter.ts';
import { openModelFolder, type ModelFolder } from '../../src/node/modelFolder.ts';
import { loadTokenizerFiles } from '../../src/node/tokenizerFiles.ts';
import type { TokenWorker } from '../../src/node/tokenWorker.ts';
import { writeModelFolder } from '../../src/node/writeModelFolder.ts';
import { createTokenizer, type Tokenizer } from '../../src/tokens/tokenizer.ts';
import { modelContent } from '../../src/train/checkpoint.ts';
import { createEvaluation } from '../../src/train/evaluate.ts';
import { losses } from '../../src/train/losses/index.ts';
import { trainLoop } from '../../src/train/loop.ts';
import { packRows } from '../../src/train/packing.ts';
import { planTraining } from '../../src/train/plan.ts';
import { liveReference } from '../../src/train/reference.ts';
import { createRowStore, joinRows, type Rows } from '../../src/train/rowStore.ts';
import { trainSettings } from '../../src/train/settings.ts';
import type { Metrics } from '../../src/run/event.ts';
import { temporaryFolder } from '../trainerRun.ts';

const base = resolve('test/parity/models/tied');
const signal = new AbortController().signal;
const lora = { use_peft: true, lora_r: 4, lora_alpha: 8, lora_dropout: 0.1, lora_target_modules: ['q_proj', 'v_proj', 'down_proj'] };
const kinds: Record<string, Record<string, unknown>> = {
  'all weights': {},
  'all but frozen parts': { freeze: ['embed_tokens', 'layers.0', 'self_attn'] },
  LoRA: lora,
  'rank-stabilised LoRA with token rows': { ...lora, use_rslora: true, trainable_token_indices: [1, 2] },
  DoRA: { ...lora, use_dora: true },
  'DoRA with copied norms': { ...lora, use_dora: true, lora_modules_to_save: ['norm'] },
};
const data = resolve('test/parity/data');

let backend: Backend;
let tokenizer: Tokenizer;
before(async () => {
  backend = await openBackend('wasm', { threads: 1 });
  tokenizer = createTokenizer(await loadTokenizerFiles(base));
});
after(() => backend.dispose());

/** Four rows of the first data file that the method takes. */
function rowsFor(id: MethodId, params: Readonly<Record<string, unknown>>): Rows {
  const method = methods.get(id);
  for (const file of readdirSync(data).sort()) {
    const rows = readFileSync(join(data, file), 'utf8').trim().split('\n').slice(0, 4).map((line) => JSON.parse(line) as Record<string, unknown>);
    const found = detectFormat(rows);
    if (!found || !(method.accepts as readonly string[]).includes(found.format.id)) continue;
    const store = createRowStore(tokenizer.vocabSize, file);
    rows.forEach((row, i) => {
      const sides = prepareExample(found.format.toExample(row).value!, id, tokenizer, params);
      if (sides.every((side) => side.dropped === null)) store.add({ line: i + 1, problems: [], sides });
    });
    const strategy = method.packing?.(params);
    return joinRows([strategy ? packRows(store, params.max_length as number, strategy) : store]);
  }
  throw new Error(`No data file of test/parity/data is for ${id}.`);
}

/** What a folder holds, as it is asked; a reward model, which nobody asks, as it is trained on. */
async function load(dir: string, from: ModelFolder, trainables: Trainables): Promise<Model> {
  const folder = await openModelFolder(dir);
  try {
    if (folder.config.head === 'lm') return (await openServedModel(dir, undefined, () => Promise.resolve(backend), signal)).model;
    if (folder.adapter) return await openTrainingModel(from, { ...trainables, loraInit: join(dir, 'adapter_model.safetensors') }, 7, undefined, signal);
    return await loadModel(folder.config, folder.weights);
  } finally {
    await folder.close();
  }
}

/** The tokens that the folder of a reward model asks for. */
const worker = { info: () => Promise.resolve({ padId: 0, eosId: 2 }) } as unknown as TokenWorker;
const bits = (model: Model) => new Map([...model.params].map(([name, variable]) => [name, (variable.dataSync() as Float32Array).slice()]));

for (const id of methods.ids) {
  describe(id, () => {
    for (const [name, extra] of Object.entries(kinds)) {
      test(name, async (t) => {
        const folder = await temporaryFolder(t);
        const params = { ...Object.fromEntries(paramsOf(id).map((param) => [param.name, param.default])), ...methods.get(id).smoke, ...extra };
        const loss = losses[id](params);
        const rows = rowsFor(id, params);
        const settings = trainSettings(params, 1);
        const opened = await folderFor(id, await openModelFolder(base), worker, 1);
        const trainables = await readTrainables(params, worker, id);
        const model = await openTrainingModel(opened, trainables, 1, undefined, signal);
        const start = bits(model);
        const reference = loss.reference && liveReference(loss, await openReferenceModel(opened, trainables, model, undefined, signal));
        // A model of its own to measure against, whatever becomes of the one that trains.
        const apart = loss.reference && liveReference(loss, await loadModel(opened.config, opened.weights));
        const measure = async (one: Model): Promise<Metrics> => {
          const metrics = await createEvaluation({ model: one, loss, rows, batchSize: settings.evalBatchSize, padId: 0, reference: apart, attend: () => Promise.resolve() }).run();
          return Object.fromEntries(Object.entries(metrics).filter(([key]) => !/runtime|per_second/.test(key)));
        };
        const same = (one: Metrics, other: Metrics, what: string) => {
          assert.deepEqual(Object.keys(one), Object.keys(other));
          for (const [key, value] of Object.entries(one)) assert.ok(Math.abs(value - other[key]!) <= 2e-5 * Math.max(1, Math.abs(value)), `${what}: ${key} is ${value} and ${other[key]}`);
        };

        const untrained = await measure(model);
        const plan = planTraining({ parts: [{ count: rows.count, weight: 1 }], batchSize: settings.batchSize, accumulation: settings.accumulation, epochs: settings.epochs, maxSteps: settings.maxSteps });
        const seen: number[] = [];
        await trainLoop({
          model, loss, rows, parts: [{ count: rows.count, weight: 1 }], plan, settings, padId: 0, reference,
          hooks: { metrics: (_step, _epoch, metrics) => void seen.push(metrics.loss!, metrics.grad_norm!), evaluation: () => undefined, warning: (_code, message) => assert.fail(message), paused: () => undefined, resumed: () => undefined, save: () => Promise.resolve(), requests: () => Promise.resolve([]) },
        });
        const trained = await measure(model);
        assert.equal(seen.length, 2 * plan.totalSteps);
        assert.ok([...seen, ...Object.values(trained)].every(Number.isFinite), JSON.stringify(seen));
        assert.ok(trained.eval_loss! < untrained.eval_loss!, `the loss falls: ${untrained.eval_loss} → ${trained.eval_loss}`);

        for (const [key, values] of bits(model)) {
          if (model.frozen.has(key)) assert.deepEqual(values, start.get(key), `${key} is frozen`);
          else assert.notDeepEqual(values, start.get(key), `${key} trains`);
        }
        await writeModelFolder(join(folder, 'final'), modelContent(model, base), base);
        const loaded = await load(join(folder, 'final'), opened, trainables);
        same(trained, await measure(loaded), 'loaded');
        loaded.dispose();
        if (trainables.lora) {
          await mergeAdapterFolder(join(folder, 'final'), join(folder, 'merged'));
          const merged = await load(join(folder, 'merged'), opened, trainables);
          same(trained, await measure(merged), 'merged');
          merged.dispose();
        }
        await opened.close();
        model.dispose();
        tf.disposeVariables();
      });
    }
  });
}
