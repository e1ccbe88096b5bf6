/** A row as tokens: what the trainer would make of it, by the spec's method and settings, and clear words where that cannot be. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { formats } from '../../../src/dataset/formats/index.ts';
import { createRowTokenizer } from '../../../src/host/datasetEditor/rowTokens.ts';
import { paramsOf } from '../../../src/methods/index.ts';

const dir = resolve('media', 'models', 'tiny-base');
const source = { dir, model: 'tiny-base' };
const tokenizer = createRowTokenizer(resolve('dist', 'tokenWorker.js'));
after(() => tokenizer.forget());

const pair = { prompt: [{ role: 'user', content: 'What is the capital of Chad?' }], completion: [{ role: 'assistant', content: "N'Djamena." }] };
const row = { number: 1, text: JSON.stringify(pair), format: formats.get('prompt-completion') };
const never = () => new AbortController().signal;
const joined = (texts: readonly string[]) => texts.join('').replaceAll('Ġ', ' ');

test('the answer is what is trained on', async () => {
  const { sides: [side], method, spec } = await tokenizer.read(source, row, never());
  assert.deepEqual([method, spec], ['Supervised fine-tuning (SFT)', undefined]);
  const learnt = joined(side!.texts.filter((_, i) => side!.trained[i] === 1));
  assert.ok(learnt.startsWith("N'Djamena.") && !learnt.includes('capital'), learnt);
  assert.match(joined(side!.texts.slice(0, side!.promptLength)), /What is the capital of Chad\?/);
  assert.deepEqual([side!.total, side!.trainedTotal, side!.truncatedFrom], [side!.ids.length, side!.trained.filter((flag) => flag === 1).length, null]);
});

test("a spec's settings count: the cut, and both answers of a pair", async () => {
  const params = (method: 'sft' | 'dpo', own: object) => ({ ...Object.fromEntries(paramsOf(method).map((param) => [param.name, param.default])), ...own });
  const cut = await tokenizer.read({ ...source, spec: { name: 'a.posttrain.yaml', method: 'sft', params: params('sft', { max_length: 4 }) } }, row, never());
  assert.deepEqual([cut.spec, cut.sides[0]!.total, cut.problems.map(({ severity }) => severity)], ['a.posttrain.yaml', 4, ['warning']]);
  assert.ok(cut.sides[0]!.truncatedFrom! > 4);
  const preference = { number: 1, text: '{"prompt": "a", "chosen": " good", "rejected": " bad"}', format: formats.get('preference') };
  const both = await tokenizer.read({ ...source, spec: { name: 'b.posttrain.yaml', method: 'dpo', params: params('dpo', {}) } }, preference, never());
  assert.deepEqual(both.sides.map(({ side }) => side), ['chosen', 'rejected']);
});

test('texts are counted by themselves, without the template around them', async () => {
  const texts = ['What is the capital of Chad?', '', "N'Djamena.", 'a\uDCFFb 漢字'];
  const counts = await tokenizer.count(source, texts, never());
  const { sides: [side] } = await tokenizer.read(source, row, never());
  assert.equal(counts[1], 0);
  assert.ok(counts.every((count, i) => (texts[i] === '') === (count === 0)), JSON.stringify(counts));
  assert.ok(counts[0]! + counts[2]! < side!.total, JSON.stringify([counts, side!.total]));
});

test('a row that cannot be tokens says why', async () => {
  const broken = await tokenizer.read(source, { ...row, text: '{"prompt": 1}' }, never());
  assert.deepEqual([broken.sides, broken.problems.length > 0], [[], true]);
  await assert.rejects(tokenizer.read(source, { ...row, format: undefined }, never()), { code: 'unknown-format' });
  const empty = mkdtempSync(join(tmpdir(), 'posttrain-tokens-'));
  await assert.rejects(tokenizer.read({ dir: empty, model: 'x' }, row, never()), { code: 'no-tokenizer' });
  rmSync(empty, { recursive: true });
});

test('a long row shows its beginning and counts the rest; a cancelled one answers nothing', async () => {
  const long = await tokenizer.read(source, { number: 1, text: JSON.stringify({ text: 'capital '.repeat(6000) }), format: formats.get('text') }, never());
  assert.ok(long.sides[0]!.total > 4000 || long.sides[0]!.truncatedFrom! > 4000, JSON.stringify(long.sides[0]!.total));
  assert.ok(long.sides[0]!.texts.length <= 4000);
  const abort = new AbortController();
  const reading = tokenizer.read(source, row, abort.signal);
  abort.abort();
  await assert.rejects(reading, { name: 'Cancelled' });
});
