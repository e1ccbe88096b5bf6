/** Logits against transformers' own: grouped heads, tied and untied head, both spellings of the rotary keys. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend } from '../../src/backend/index.ts';
import { hidden, loadModel, logits } from '../../src/nn/model.ts';
import { openModelFolder } from '../../src/node/modelFolder.ts';
import { loadTokenizerFiles } from '../../src/node/tokenizerFiles.ts';
import { createTokenizer } from '../../src/tokens/tokenizer.ts';

interface Row {
  text: string;
  ids: number[];
  norm: number;
  at: number[];
  values: number[];
  argmax: number[];
}
const recorded = JSON.parse(readFileSync(resolve('test/parity/traces/logits.json'), 'utf8')) as Record<string, Row[]>;

before(async () => void (await openBackend('wasm', { threads: 1 })));

for (const [name, rows] of Object.entries(recorded)) {
  test(`${name}: tokens and logits are those of transformers`, async (t) => {
    const folder = resolve('test/parity/models', name);
    const opened = await openModelFolder(folder);
    const model = await loadModel(opened.config, opened.weights);
    const tokenizer = createTokenizer(await loadTokenizerFiles(folder));
    let furthest = 0;
    // All rows at once, padded on the right: padding must change nothing.
    const time = Math.max(...rows.map(({ ids }) => ids.length)) + 3;
    const z = tf.tidy(() => logits(model, hidden(model, tf.tensor2d(rows.map(({ ids }) => [...ids, ...new Array<number>(time - ids.length).fill(0)]), undefined, 'int32'))).dataSync()) as Float32Array;
    const vocab = model.config.vocabSize;
    rows.forEach((row, r) => {
      assert.deepEqual(tokenizer.encode(row.text), row.ids);
      const mine = z.subarray(r * time * vocab, (r * time + row.ids.length) * vocab);
      row.at.forEach((at, i) => {
        furthest = Math.max(furthest, Math.abs(mine[at]! - row.values[i]!));
        assert.ok(Math.abs(mine[at]! - row.values[i]!) <= 1e-5 * Math.abs(row.values[i]!) + 5e-6, `logit ${at} is ${mine[at]}, transformers' ${row.values[i]}`);
      });
      let squares = 0;
      for (const value of mine) squares += value * value;
      const norm = Math.sqrt(squares);
      assert.ok(Math.abs(norm - row.norm) <= 1e-5 * row.norm);
      assert.deepEqual(row.ids.map((_, i) => mine.subarray(i * vocab, (i + 1) * vocab).indexOf(Math.max(...mine.subarray(i * vocab, (i + 1) * vocab)))), row.argmax);
    });
    t.diagnostic(`largest deviation of a logit: ${furthest.toExponential(1)}`);
    model.dispose();
    await opened.close();
  });
}
