/** The run spec in an editor: problems with files, completion from lines that are not yet YAML, hover, and mending of names. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lrSchedulers } from '../../../src/methods/shared.ts';
import { specCompletions, specFixOf, specHover, validateSpec } from '../../../src/language/runSpec.ts';

function complete(marked: string, json = false) {
  return specCompletions(marked.replace('|', ''), marked.indexOf('|'), { json });
}
const labels = (marked: string, json = false) => complete(marked, json).map(({ label }) => label);

describe('completion', () => {
  test('offers the keys that are not there yet, with their defaults', () => {
    const items = complete('method: sft\nlea|\nseed: 1\n');
    const rate = items.find(({ label }) => label === 'learning_rate')!;
    assert.equal(rate.newText, 'learning_rate: ${1:0.00002}');
    assert.match(rate.documentation, /default 0.00002, above 0/);
    assert.ok(!items.some(({ label }) => label === 'seed' || label === 'method'));
    assert.equal(items[0]!.sort[0], '0');
  });

  test('offers the keys of the method that is named', () => {
    assert.ok(labels('method: sft\n|').includes('assistant_only_loss'));
    assert.ok(!labels('method: pretrain\n|').includes('assistant_only_loss'));
  });

  test('offers values', () => {
    assert.deepEqual(labels('method: |'), ['pretrain', 'sft', 'dpo', 'orpo', 'cpo', 'kto', 'reward']);
    assert.deepEqual(labels('lr_scheduler_type: co|\n'), [...lrSchedulers]);
    assert.deepEqual(labels('use_peft: |'), ['true', 'false']);
    assert.deepEqual(labels('max_length: |'), ['1024', 'null']);
    assert.deepEqual(labels('output_dir: |'), []);
  });

  test('offers keys and values of blocks, however they are written', () => {
    assert.ok(labels('lora:\n  r: 8\n  |').includes('dropout'));
    assert.ok(!labels('lora:\n  r: 8\n  |').includes('r'));
    assert.deepEqual(labels('lora:\n  use_rslora: |'), ['true', 'false']);
    assert.ok(labels('lora: {r: 8, |}').includes('dropout'));
    assert.deepEqual(labels('samples: {|}').sort(), labels('samples:\n  |').sort());
    for (const list of ['dataset:\n  - |', 'dataset:\n- |', 'dataset:\n  - path: a\n    |', 'dataset:\n- path: a\n  |', 'dataset:\n  - {path: a, |}']) assert.ok(labels(list).includes('weight'), list);
    assert.ok(labels('lora:\n  r: 8\n|').includes('seed'));
  });

  test('keeps the colon that is there, and quiet in comments and texts', () => {
    assert.equal(complete('see|: 1\n').find(({ label }) => label === 'seed')!.newText, 'seed');
    assert.deepEqual(labels('# see|'), []);
    assert.deepEqual(labels('output_dir: runs/a b|'), []);
  });

  test('serves JSON as well', () => {
    assert.ok(labels('{"method": "sft", "|"}', true).includes('learning_rate'));
    assert.deepEqual(labels('{\n  "method": "|"\n}', true), ['pretrain', 'sft', 'dpo', 'orpo', 'cpo', 'kto', 'reward']);
  });
});

test('hover explains keys, also in blocks and lists', () => {
  const hover = (marked: string) => specHover(marked.replace('|', ''), marked.indexOf('|'))?.markdown;
  assert.match(hover('lr_sched|uler_type: linear')!, /^\*\*lr_scheduler_type\*\* \(text, default "linear", one of `linear`/);
  assert.match(hover('lora:\n  r|: 8')!, /\*\*r\*\*/);
  assert.match(hover('dataset:\n  - {path: a, wei|ght: 2}')!, /above 0/);
  assert.equal(hover('method: s|ft'), undefined);
  assert.equal(hover('nonsense|: 1'), undefined);
});

test('problems come with their place, also those of files', async () => {
  const text = 'method: sft\nmodel_name_or_path: m\ndataset: gone.jsonl\noutput_dir: out\nlearning_rat: 1\n';
  const files = { specDir: '/projects', exists: (path: string) => Promise.resolve(path.startsWith('/projects/m/') ? ('file' as const) : path === '/projects/m' ? ('folder' as const) : undefined) };
  const found = await validateSpec(text, {}, files);
  assert.deepEqual(found.map(({ code, start, end }) => [code, text.slice(start, end)]), [['spec-missing-file', 'gone.jsonl'], ['spec-unknown-key', 'learning_rat']]);
  assert.deepEqual((await validateSpec(text)).map(({ code }) => code), ['spec-unknown-key']);
  assert.deepEqual(specFixOf(found[1]!), { title: 'Write "learning_rate"', start: text.indexOf('learning_rat'), end: text.indexOf('learning_rat') + 12, newText: 'learning_rate' });
});
