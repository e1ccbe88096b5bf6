/** A merged folder answers as its base with the adapter applied; base and adapter stay as they are. */

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend, type Backend } from '../../../src/backend/index.ts';
import { createRng } from '../../../src/core/rng.ts';
import type { Dtype } from '../../../src/model/weights/numbers.ts';
import { attachLora, type LoraSpec } from '../../../src/nn/lora.ts';
import { hidden, loadModel, logits, trainableVariables, type Model } from '../../../src/nn/model.ts';
import { attachTokenRows } from '../../../src/nn/tokenRows.ts';
import { mergeAdapterFolder } from '../../../src/node/mergeAdapter.ts';
import { openModelFolder } from '../../../src/node/modelFolder.ts';
import { writeWeightsFile } from '../../../src/node/weightsFile.ts';
import { writeModelFolder } from '../../../src/node/writeModelFolder.ts';
import { modelContent } from '../../../src/train/checkpoint.ts';
import { temporaryFolder } from '../../trainerRun.ts';

const ids = [1, 200, 3, 77, 2, 45, 310];
const said = (model: Model) => tf.tidy(() => logits(model, hidden(model, tf.tensor2d(ids, [1, ids.length], 'int32'))).dataSync()) as Float32Array;
const furthest = (a: Float32Array, b: Float32Array) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

interface Kind {
  base: 'tied' | 'untied';
  lora?: Partial<LoraSpec>;
  tokenRows?: number[];
  untied?: boolean;
}
const kinds: Record<string, Kind> = {
  LoRA: { base: 'tied', lora: {} },
  'rank-stabilised LoRA of single layers': { base: 'untied', lora: { rslora: true, targetModules: ['1.self_attn.o_proj', 'down_proj'] } },
  DoRA: { base: 'untied', lora: { dora: true } },
  'DoRA with trained token rows': { base: 'tied', lora: { dora: true, targetModules: ['q_proj'] }, tokenRows: [77, 3] },
  'token rows alone, untied': { base: 'untied', tokenRows: [45] },
  'copied norms and head': { base: 'untied', lora: { modulesToSave: ['norm', 'lm_head'] } },
  'a copy of a tied head': { base: 'tied', lora: { modulesToSave: ['lm_head'] }, untied: true },
  'a copy of a tied embedding': { base: 'tied', lora: { modulesToSave: ['embed_tokens'], targetModules: ['v_proj'] }, untied: true },
};

describe('merging', () => {
  let backend: Backend;
  before(async () => void (backend = await openBackend('wasm', { threads: 1 })));
  after(() => backend.dispose());

  /** Writes an adapter with random numbers in everything that trains. Returns what the model says with it. */
  async function writeAdapter(folder: string, base: string, kind: Kind): Promise<Float32Array> {
    const opened = await openModelFolder(base);
    const model = await loadModel(opened.config, opened.weights);
    if (kind.lora) await attachLora(model, { r: 4, alpha: 8, dropout: 0.1, targetModules: 'all-linear', rslora: false, ...kind.lora }, { seed: 1 });
    if (kind.tokenRows) await attachTokenRows(model, kind.tokenRows, { freezeRest: true });
    const rng = createRng(5);
    for (const variable of trainableVariables(model).values()) {
      const moved = tf.tidy(() => tf.add(variable, tf.tensor(Float32Array.from({ length: variable.size }, () => 0.05 * rng.normal()), variable.shape)));
      variable.assign(moved);
      moved.dispose();
    }
    await writeModelFolder(folder, modelContent(model, base), base);
    await opened.close();
    const answer = said(model);
    model.dispose();
    return answer;
  }

  async function sayOf(folder: string): Promise<Float32Array> {
    const opened = await openModelFolder(folder);
    const model = await loadModel(opened.config, opened.weights);
    await opened.close();
    const answer = said(model);
    model.dispose();
    return answer;
  }

  for (const [name, kind] of Object.entries(kinds)) {
    test(`merged is applied: ${name}`, async (t: TestContext) => {
      const folder = await temporaryFolder(t);
      const base = resolve('test/parity/models', kind.base);
      const applied = await writeAdapter(join(folder, 'adapter'), base, kind);
      const untouched = await sayOf(base);
      assert.ok(furthest(applied, untouched) > 0.01, 'the adapter says something else than its base');
      const steps: number[] = [];
      await mergeAdapterFolder(join(folder, 'adapter'), join(folder, 'merged'), { progress: (done) => void steps.push(done) });
      const merged = await sayOf(join(folder, 'merged'));
      t.diagnostic(`logits differ by up to ${furthest(applied, merged).toExponential(1)}`);
      assert.ok(furthest(applied, merged) < 1e-5, `logits differ by ${furthest(applied, merged)}`);
      assert.deepEqual(await sayOf(base), untouched);
      const { config, weights, close } = await openModelFolder(join(folder, 'merged'));
      assert.equal(config.tieWordEmbeddings, kind.base === 'tied' && !kind.untied);
      assert.equal(steps.at(-1), weights.names.length);
      await close();
      assert.equal(await readFile(join(folder, 'merged/tokenizer.json'), 'utf8'), await readFile(join(base, 'tokenizer.json'), 'utf8'));
    });
  }

  test('the result is stored in the types of the base', async (t) => {
    const folder = await temporaryFolder(t);
    const source = resolve('test/parity/models/tied');
    const opened = await openModelFolder(source);
    const base = join(folder, 'base');
    await mkdir(base);
    await writeFile(join(base, 'config.json'), await readFile(join(source, 'config.json')));
    const typeOf = (name: string): Dtype => (name.includes('mlp') ? 'F16' : name.includes('norm') ? 'F32' : 'BF16');
    await writeWeightsFile(join(base, 'model.safetensors'), { ...opened.weights, dtype: typeOf });
    await opened.close();
    await writeAdapter(join(folder, 'adapter'), base, { base: 'tied', lora: {} });
    await mergeAdapterFolder(join(folder, 'adapter'), join(folder, 'merged'));
    const merged = await openModelFolder(join(folder, 'merged'));
    for (const name of merged.weights.names) assert.equal(merged.weights.dtype(name), typeOf(name), name);
    await merged.close();
  });

  test('what cannot be merged is named, and nothing is written', async (t) => {
    const folder = await temporaryFolder(t);
    const base = resolve('test/parity/models/tied');
    const adapter = join(folder, 'adapter');
    await writeAdapter(adapter, base, { base: 'tied', lora: {} });
    const refused = (from: string, message: RegExp, to = join(folder, 'merged')) => assert.rejects(mergeAdapterFolder(from, to), (error: Error) => error.name === 'UserError' && message.test(error.message));
    await refused(base, /tied is a whole model: there is no adapter to merge/);
    await refused(adapter, /adapter is there already\. Name a folder that is not/, adapter);
    const config = JSON.parse(await readFile(join(adapter, 'adapter_config.json'), 'utf8')) as Record<string, unknown>;
    const rewrite = (changes: Record<string, unknown>) => writeFile(join(adapter, 'adapter_config.json'), JSON.stringify({ ...config, ...changes }));
    await rewrite({ r: 5 });
    await refused(adapter, /lora_A\.weight" in .* has shape \[4, 64\]; needed: \[5, 64\]/);
    await rewrite({ use_dora: true });
    await refused(adapter, /lora_magnitude_vector" in .* is missing/);
    await rewrite({ modules_to_save: ['q_proj'] });
    await refused(adapter, /q_proj.*(cannot be merged|is missing)/);
    await rewrite({});
    await mkdir(join(folder, 'merged'));
    await refused(adapter, /merged is there already/);
  });
});
