/** Model folders: single file, shards, adapters; and a message for each way in which one can be broken. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { newLlamaConfig } from '../../../src/model/config.ts';
import { writeSafetensors } from '../../../src/model/weights/safetensors.ts';
import { initialWeights } from '../../../src/model/weights/source.ts';
import { openModelFolder } from '../../../src/node/modelFolder.ts';

const root = mkdtempSync(join(os.tmpdir(), 'posttrain-model-folder-'));
after(() => rmSync(root, { recursive: true, force: true }));

const config = newLlamaConfig({ vocab_size: 7, hidden_size: 8, intermediate_size: 12, num_hidden_layers: 1, num_attention_heads: 2, tie_word_embeddings: true });
const weights = initialWeights(config, 1);

async function file(names: readonly string[]): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const tensors = await Promise.all(names.map(async (name) => ({ name, shape: weights.shape(name)!, data: await weights.read(name) })));
  await writeSafetensors(tensors.map(({ name, shape, data }) => ({ name, shape, read: () => data })), (bytes) => void parts.push(bytes.slice()));
  return Buffer.concat(parts);
}

let next = 0;
function folder(files: Record<string, string | Buffer>): string {
  const path = join(root, `m${next++}`);
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

const configJson = JSON.stringify(config.raw);

describe('openModelFolder', () => {
  test('one file', async () => {
    const model = await openModelFolder(folder({ 'config.json': configJson, 'model.safetensors': await file(weights.names) }));
    assert.equal(model.config.hiddenSize, 8);
    assert.equal(model.adapter, undefined);
    assert.deepEqual(await model.weights.read('model.norm.weight'), await weights.read('model.norm.weight'));
    await model.close();
    await assert.rejects(model.weights.read('model.norm.weight'));
  });

  test('shards', async () => {
    const [first, ...rest] = weights.names;
    const map = { weight_map: Object.fromEntries(weights.names.map((name) => [name, name === first ? 'a.safetensors' : 'b.safetensors'])) };
    const path = folder({ 'config.json': configJson, 'a.safetensors': await file([first!]), 'b.safetensors': await file(rest), 'model.safetensors.index.json': JSON.stringify(map) });
    const model = await openModelFolder(path);
    assert.deepEqual([...model.weights.names].sort(), [...weights.names].sort());
    await model.close();
    rmSync(join(path, 'b.safetensors'));
    await assert.rejects(openModelFolder(path), /lacks the file b\.safetensors/);
  });

  test('an adapter brings its base', async () => {
    const base = folder({ 'config.json': configJson, 'model.safetensors': await file(weights.names) });
    const adapter = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj'], base_model_name_or_path: base };
    const path = folder({ 'adapter_config.json': JSON.stringify(adapter), 'adapter_model.safetensors': await file([weights.names[0]!]) });
    const model = await openModelFolder(path);
    assert.equal(model.baseFolder, base);
    assert.equal(model.adapter!.config.lora!.r, 2);
    await model.close();
    const lost = folder({ 'adapter_config.json': JSON.stringify({ ...adapter, base_model_name_or_path: 'gone' }), 'adapter_model.safetensors': await file([]) });
    await assert.rejects(openModelFolder(lost), /belongs to the base model "gone", which is not there.*correct base_model_name_or_path in .*adapter_config\.json/);
    await (await openModelFolder(lost, { baseModel: base })).close();
  });

  test('a run directory names the model in it', async () => {
    const run = folder({ 'run.json': '{}' });
    await assert.rejects(openModelFolder(run), /has saved no model yet/);
    for (const step of ['step-000002', 'step-999999', 'step-1000000', 'step-1000001.tmp']) mkdirSync(join(run, 'checkpoints', step), { recursive: true });
    await assert.rejects(openModelFolder(run), (error: Error) => error.message.includes(`newest checkpoint is ${join(run, 'checkpoints', 'step-1000000')}.`));
    mkdirSync(join(run, 'final'));
    await assert.rejects(openModelFolder(run), (error: Error) => error.message.includes(`its result is ${join(run, 'final')}.`));
  });

  test('what is broken is named', async () => {
    const good = { 'config.json': configJson, 'model.safetensors': await file(weights.names) };
    const cases: [Record<string, string | Buffer>, RegExp][] = [
      [{}, /has no config\.json/],
      [{ 'config.json': configJson }, /has no weights: neither/],
      [{ 'config.json': configJson, 'pytorch_model.bin': 'x' }, /pytorch_model\.bin is a pickle, .*save_pretrained/],
      [{ 'config.json': configJson, 'pytorch_model-00001-of-00002.bin': 'x' }, /00001-of-00002\.bin is a pickle/],
      [{ 'config.json': configJson, 'model.safetensors': Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0, 0, 0, 0]) }, /model\.safetensors is a pickle, which can run any code/],
      [{ 'config.json': configJson, 'model.safetensors': Buffer.from([0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8]) }, /model\.safetensors is a pickle/],
      [{ 'adapter_config.json': JSON.stringify({ peft_type: 'LORA', r: 1, lora_alpha: 1, target_modules: ['q_proj'], base_model_name_or_path: 'x' }), 'adapter_model.bin': 'x' }, /adapter_model\.bin is a pickle/],
      [{ ...good, 'config.json': '{' }, /config\.json: .*no JSON object/],
      [{ ...good, 'config.json': '{"model_type":"gpt2"}' }, /no architecture "gpt2"/],
      [{ ...good, 'model.safetensors': good['model.safetensors'].subarray(0, -9) }, /model\.safetensors is no complete safetensors file: tensor .* cut off/],
      [{ 'config.json': configJson, 'model.safetensors.index.json': '{}' }, /no index of safetensors/],
      [{ 'adapter_config.json': '{"peft_type":"IA3"}' }, /adapter_config\.json: .*IA3/],
      [{ 'adapter_config.json': JSON.stringify({ peft_type: 'LORA', r: 1, lora_alpha: 1, target_modules: ['q_proj'], base_model_name_or_path: 'x' }) }, /lacks the file adapter_model\.safetensors/],
    ];
    for (const [files, message] of cases) {
      await assert.rejects(openModelFolder(folder(files)), (error: Error) => {
        assert.equal(error.name, 'UserError', String(error.stack));
        assert.match(error.message, message);
        return true;
      });
    }
    await assert.rejects(openModelFolder(join(root, 'nowhere')), /does not exist/);
    const path = folder(good);
    await assert.rejects(openModelFolder(join(path, 'model.safetensors')), /is a file; give the folder/);
    const pickled = folder({ 'model.pt': 'x' });
    await assert.rejects(openModelFolder(join(pickled, 'model.pt')), /model\.pt is a pickle/);
    // A header whose length begins like a pickle.
    const long = { __metadata__: { note: 'x'.repeat(0x80) } };
    long.__metadata__.note += 'x'.repeat(0x10380 - JSON.stringify(long).length);
    const header = Buffer.from(JSON.stringify(long));
    const bytes = Buffer.concat([Buffer.from([0x80, 0x03, 0x01, 0, 0, 0, 0, 0]), header]);
    await assert.rejects(openModelFolder(folder({ 'config.json': configJson, 'model.safetensors': bytes })).then(async (model) => { await model.close(); throw new Error('opened'); }), /opened/);
  });
});
