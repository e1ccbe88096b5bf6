/** A reward model's folder: which method makes one, what its new head begins with, and who refuses it. */

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { before, describe, test } from 'node:test';
import { openBackend } from '../../../src/backend/index.ts';
import { folderFor, openServedModel } from '../../../src/main/trainer/openModel.ts';
import { scoreName } from '../../../src/model/shapes.ts';
import { openModelFolder } from '../../../src/node/modelFolder.ts';
import type { TokenWorker } from '../../../src/node/tokenWorker.ts';

const models = resolve('test/parity/models');
const worker = { info: () => Promise.resolve({ padId: null, eosId: 2 }) } as unknown as TokenWorker;

describe('reward models', () => {
  before(async () => void (await openBackend('cpu')));

  test('begin with a head drawn from the seed, as wide as the config says, and with the end token to pad', async () => {
    const folder = await openModelFolder(`${models}/tied`);
    const read = async (seed: number) => (await folderFor('reward', folder, worker, seed)).weights.read(scoreName);
    const [first, again, other] = [await read(1), await read(1), await read(2)];
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, other);
    const spread = Math.sqrt(first.reduce((sum, x) => sum + x * x, 0) / first.length);
    assert.ok(Math.abs(spread - folder.config.initializerRange) < 0.3 * folder.config.initializerRange, String(spread));
    const { config } = await folderFor('reward', folder, worker, 1);
    assert.deepEqual([config.raw.architectures, config.raw.id2label, config.raw.pad_token_id], [['LlamaForSequenceClassification'], { 0: 'LABEL_0' }, 2]);
    await folder.close();
  });

  test('go on with the head that they have', async () => {
    const folder = await openModelFolder(`${models}/reward`);
    assert.equal(folder.config.head, 'score');
    assert.deepEqual(await (await folderFor('reward', folder, worker, 1)).weights.read(scoreName), await folder.weights.read(scoreName));
    await folder.close();
  });

  test('are refused in words by methods that train a model to write, and where somebody asks one', async () => {
    const folder = await openModelFolder(`${models}/reward`);
    await assert.rejects(folderFor('sft', folder, worker, 1), /reward is a reward model: it scores answers and does not write any, so method "sft" cannot train it\. .* take method: reward/);
    await folder.close();
    await assert.rejects(openServedModel(`${models}/reward`, undefined, () => assert.fail('no backend is needed to know that'), new AbortController().signal), /is a reward model: it scores answers and does not write any\. Ask the model that it was made from/);
  });
});
