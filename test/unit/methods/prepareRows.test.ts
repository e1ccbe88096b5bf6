/** Lines of a file to prepared rows: what is said about each, and what ends the whole. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { detectFormat } from '../../../src/dataset/formats/index.ts';
import { methods, paramsOf, type MethodId } from '../../../src/methods/index.ts';
import { prepareLines } from '../../../src/methods/prepareRows.ts';
import { loadTokenizerFiles } from '../../../src/node/tokenizerFiles.ts';
import { createTokenizer, type TokenizerFiles } from '../../../src/tokens/tokenizer.ts';

const load = async (name: string) => createTokenizer(await loadTokenizerFiles(join('test', 'parity', 'prepare', name)));

async function prepare(rows: (object | string)[], settings: Record<string, unknown> = {}, { tokenizer = 'chatml', method = 'sft' as MethodId, format }: { tokenizer?: string; method?: MethodId; format?: string } = {}) {
  const params = { ...Object.fromEntries(paramsOf(method).map((param) => [param.name, param.default])), ...settings };
  const lines = rows.map((row, i) => ({ line: i + 1, text: typeof row === 'string' ? row : JSON.stringify(row) }));
  return [...prepareLines(lines, await load(tokenizer), { method, params, format: format ?? detectFormat(rows.filter((row) => typeof row === 'object') as Record<string, unknown>[])!.format.id })];
}

const chat = { messages: [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: 'Hello' }] };

describe('a row', () => {
  test('that is fine has no problem', async () => {
    const [row] = await prepare([{ prompt: 'The cat', completion: ' likes apples.' }]);
    assert.deepEqual(row!.problems, []);
    assert.equal(row!.sides[0]!.trained[0], 0);
    assert.equal(row!.sides[0]!.trained.at(-1), 1);
  });
  test('that is no JSON, or no object, or lacks a key, has no sides', async () => {
    const rows = await prepare(['{"prompt": ', '[1]', { prompt: 'a' }, { prompt: 'a', completion: 'b' }], {}, { format: 'prompt-completion' });
    assert.deepEqual(rows.map((row) => row.sides.length), [0, 0, 0, 1]);
    assert.deepEqual(rows.flatMap((row) => row.problems.map((p) => p.code)), ['malformed-json', 'malformed-json', 'missing-key']);
    assert.deepEqual(rows.map((row) => row.line), [1, 2, 3, 4]);
  });
  test('that is not UTF-8 is left out, not learnt with other letters', async () => {
    const [bad, good] = await prepare(['{"text": "caf\udce9"}', '{"text": "caf\uFFFD 😀"}'], {}, { format: 'text' });
    assert.deepEqual([bad!.sides.length, bad!.problems[0]!.code, good!.sides.length], [0, 'invalid-utf8', 1]);
  });
  test('that shows a picture, or is of a kind that the method does not take, is left out alone', async () => {
    const picture = { messages: [{ role: 'user', content: [{ type: 'image' }] }, { role: 'assistant', content: 'A cat.' }] };
    const rows = await prepare([picture, chat]);
    assert.deepEqual(rows.map((row) => [row.sides.length, row.problems[0]?.code]), [[0, 'media-content'], [1, undefined]]);
    const mixed = await prepare([{ input: 'a', label: '5' }, { input: 'a', output: 'b' }], {}, { format: 'openrlhf' });
    assert.deepEqual(mixed.map((row) => [row.sides.length, row.problems[0]?.code]), [[0, 'format-not-accepted'], [1, undefined]]);
  });
  test('that is cut says how much', async () => {
    const [row] = await prepare([{ text: 'The cat likes apples and the river and the night sky.' }], { max_length: 4 });
    assert.equal(row!.problems[0]!.code, 'row-truncated');
    assert.match(row!.problems[0]!.message, /^This row is cut from \d+ to 4 tokens \(max_length\); \d+ of those cut off were to be learnt\.$/);
    assert.equal(row!.problems[0]!.severity, 'warning');
    assert.deepEqual(row!.problems[0]!.data, { method: 'sft', side: 'row' });
  });
  test('that loses only a part of its prompt is told as a fact', async () => {
    const [row] = await prepare([{ prompt: 'The cat likes apples and the river', completion: ' today' }], { max_length: 4, truncation_mode: 'keep_end' });
    assert.deepEqual(row!.problems.map((p) => [p.code, p.severity]), [['row-truncated', 'info']]);
  });
  test('whose prompt fills max_length is left out, in words', async () => {
    const [row] = await prepare([{ prompt: 'The cat likes apples and the river and the night sky', completion: ' today' }], { max_length: 4 });
    assert.match(row!.sides[0]!.dropped!, /what is to be learnt comes after that$/);
    assert.match(row!.problems[0]!.message, /^This row is left out: its \d+ tokens are cut to max_length 4/);
  });
  test('whose prompt ends inside a token says so', async () => {
    const [row] = await prepare([{ prompt: 'The cat ', completion: 'likes apples.' }]);
    assert.equal(row!.sides[0]!.lostPrompt, ' ');
    assert.equal(row!.problems[0]!.code, 'prompt-split');
    assert.equal(row!.problems[0]!.severity, 'info');
  });
  test('whose words the template or the tokenizer changes says which', async () => {
    const turns = (content: string) => ({ messages: [{ role: 'user', content }, { role: 'assistant', content: 'Hello' }] });
    const files = await loadTokenizerFiles(join('test', 'parity', 'prepare', 'chatml'));
    const params = Object.fromEntries(paramsOf('sft').map((param) => [param.name, param.default]));
    const codes = (row: object, change: Partial<TokenizerFiles>, more: { training?: boolean } = {}) => [...prepareLines([{ line: 1, text: JSON.stringify(row) }], createTokenizer({ ...files, ...change }), { format: detectFormat([row as Record<string, unknown>])!.format.id, method: 'sft', params, ...more })][0]!.problems;
    const trims = { chatTemplate: "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] | trim }}{% endfor %}" };
    assert.deepEqual(codes(turns('Hi there'), trims), []);
    const [trimmed] = codes(turns('  Hi there'), trims);
    assert.deepEqual([trimmed!.code, trimmed!.severity, trimmed!.data], ['row-rewritten', 'info', { method: 'sft', side: 'row' }]);
    assert.deepEqual(codes(turns('  Hi there'), trims, { training: true }), [], 'a training does not ask');
    assert.match(trimmed!.message, /^This row is not learnt as it is written: .*"  Hi there"/);
    assert.deepEqual(codes({ prompt: turns('  Hi').messages.slice(0, 1), completion: turns('').messages.slice(1) }, trims).map((p) => p.code), ['row-rewritten']);
    const lowers = { tokenizerJson: JSON.stringify({ ...JSON.parse(files.tokenizerJson), normalizer: { type: 'Lowercase' } }) };
    assert.deepEqual(codes({ prompt: 'the cat', completion: ' likes apples' }, lowers), []);
    assert.deepEqual(codes({ prompt: 'The cat', completion: ' likes apples' }, lowers).map((p) => p.code), ['row-rewritten']);
    assert.deepEqual(codes({ text: 'The cat' }, lowers).map((p) => p.code), ['row-rewritten']);
  });
  test('of a pair says on which side', async () => {
    const [row] = await prepare([{ prompt: 'The cat', chosen: ' likes \ud800', rejected: ' likes apples' }], {}, { method: 'dpo' });
    assert.deepEqual(row!.problems.filter((p) => p.code === 'row-rewritten').map((p) => p.data), [{ method: 'dpo', side: 'chosen' }]);
  });
  test('that the template refuses is left out with its words', async () => {
    const [row] = await prepare([{ messages: [{ role: 'assistant', content: 'first' }] }], {}, { tokenizer: 'strict' });
    assert.match(row!.sides[0]!.dropped!, /refuses these turns: Roles must alternate/);
  });
  test('without a turn of the assistant is left out when only those count', async () => {
    const [row] = await prepare([{ messages: [{ role: 'user', content: 'Hi' }] }], { assistant_only_loss: true });
    assert.match(row!.sides[0]!.dropped!, /no word of the assistant/);
  });
});

describe('what TRL does otherwise with a row that is left out is said', () => {
  test('it stops where a template refuses, where the assistant says nothing and where no prompt is found', async () => {
    const rows = [
      ...(await prepare([{ messages: [{ role: 'assistant', content: 'first' }] }], {}, { tokenizer: 'strict' })),
      ...(await prepare([{ messages: [{ role: 'user', content: 'Hi' }] }], { assistant_only_loss: true })),
      ...(await prepare([{ chosen: '', rejected: 'a' }], {}, { method: 'dpo' })),
      ...(await prepare([{ chosen: '', rejected: 'a' }], {}, { method: 'kto' })),
    ];
    for (const { problems } of rows) {
      assert.match(problems[0]!.message, /\. TRL stops the whole training at such a row\.$/);
      assert.equal(problems[0]!.data!.trl, 'stops');
    }
  });
  test('it trains on no number where a prompt fills a row of ORPO; it leaves out what max_length takes, as here', async () => {
    const pair = { prompt: 'The cat likes apples and the river', chosen: ' yes', rejected: ' no' };
    const [orpo] = await prepare([pair], { max_length: 4 }, { method: 'orpo' });
    assert.match(orpo!.problems[0]!.message, / TRL trains on it, and the loss is no number\.$/);
    const [dpo] = await prepare([pair], { max_length: 4 }, { method: 'dpo' });
    assert.deepEqual(dpo!.problems.map(({ code, data }) => [code, data]), [['row-dropped', { method: 'dpo', side: 'row' }]]);
  });
  test('a pair is told as one row, with the answer that it is left out for', async () => {
    const [row] = await prepare([{ prompt: 'a', chosen: ' The cat likes apples and the river', rejected: ' no' }], { max_length: 6 }, { method: 'reward' });
    assert.match(row!.problems[0]!.message, /^This row is left out because of its chosen answer: it has \d+ tokens/);
    assert.equal(row!.problems.length, 1);
  });
});

test('where the prompt of plain answers ends is said, with the words that it takes from them', async () => {
  const [row] = await prepare([{ chosen: 'Q: who? I am Bob', rejected: 'Q: who? I am Alice' }], {}, { method: 'dpo' });
  const [found] = row!.problems;
  assert.equal(found!.code, 'prompt-found');
  assert.match(found!.message, /it ends with "Q: who\? I am"; the chosen answer is " Bob", the rejected one " Alice"/);
  const codes = async (example: object, method: MethodId) => (await prepare([example], {}, { method }))[0]!.problems.map(({ code }) => code);
  assert.deepEqual(await codes({ chosen: 'a b', rejected: 'a c' }, 'reward'), []);
  assert.deepEqual(await codes({ prompt: 'a', chosen: ' b', rejected: ' c' }, 'dpo'), []);
});

describe('what cannot work for any row', () => {
  const fails: [string, () => Promise<unknown>, RegExp][] = [
    ['turns without a chat template', () => prepare([chat], {}, { tokenizer: 'plain' }), /prepare.plain has no chat template/],
    ['assistant_only_loss without marks', () => prepare([chat], { assistant_only_loss: true }, { tokenizer: 'strict' }), /marks the assistant's words with \{% generation %\}/],
    ['assistant_only_loss with plain text', () => prepare([{ text: 'a' }], { assistant_only_loss: true }), /needs rows made of turns/],
    ['rows of another kind', () => prepare([{ prompt: 'a', chosen: 'b', rejected: 'c' }]), /The method "sft" takes text, messages, prompt-completion rows, and these are preference/],
    ['a format that is not known', () => prepare([chat], {}, { format: 'mesages' }), /Did you mean "messages"\?/],
  ];
  for (const [name, run, message] of fails) test(name, () => assert.rejects(run, { name: 'UserError', message }));
});

test('pre-training learns every token of a whole row', async () => {
  for (const row of [{ text: 'The cat' }, chat, { prompt: 'a', completion: 'b' }]) {
    const [prepared] = await prepare([row], { max_length: 2 }, { method: 'pretrain' });
    const [side] = prepared!.sides;
    assert.equal(side!.truncatedFrom, null);
    assert.ok(side!.ids.length > 2);
    assert.ok(side!.trained.every((flag) => flag === 1));
  }
});

test('a row without tokens is left out', async () => {
  const noEnd = createTokenizer({ ...(await loadTokenizerFiles(join('test', 'parity', 'prepare', 'chatml'))), tokenizerConfig: '{}' });
  const params = Object.fromEntries(paramsOf('sft').map((param) => [param.name, param.default]));
  const [row] = [...prepareLines([{ line: 1, text: '{"text":""}' }], noEnd, { format: 'text', method: 'sft', params })];
  assert.equal(row!.sides[0]!.dropped, 'it has no token');
  assert.ok(methods.has('sft'));
});
