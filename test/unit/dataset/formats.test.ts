/** What rows of other programs mean here, as those programs read them. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formats, type FormatId } from '../../../src/dataset/formats/index.ts';
import { mediaOf } from '../../../src/dataset/media.ts';
import { conversionHint, methodsFor, usualMethod } from '../../../src/methods/index.ts';
import { layoutRow } from '../../../webview/dataset/rowLayout.ts';
import { emptyRow } from '../../../src/dataset/emptyRow.ts';
import { summariseRow } from '../../../src/dataset/rowSummary.ts';

const meaning = (id: FormatId, row: Record<string, unknown>) => formats.get(id).toExample(row).value;
const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });

describe('Alpaca', () => {
  test('the input stands in a line of its own below the instruction', () => {
    assert.deepEqual(meaning('alpaca', { instruction: 'Add.', input: '2 3', output: '5' }), { kind: 'prompt-completion', prompt: [user('Add.\n2 3')], completion: [assistant('5')] });
  });
  test('with earlier rounds all answers are learnt', () => {
    const value = meaning('alpaca', { instruction: 'c', output: 'd', system: 's', history: [['a', 'b']] });
    assert.deepEqual(value, { kind: 'messages', messages: [{ role: 'system', content: 's' }, user('a'), assistant('b'), user('c'), assistant('d')] });
  });
});

describe('ShareGPT', () => {
  test('calls become calls, observations results with the name of the tool', () => {
    const value = meaning('sharegpt', { conversations: [{ from: 'human', value: 'a' }, { from: 'function_call', value: '[{"name": "f", "arguments": {}}, {"name": "g", "arguments": {"x": 1}}]' }, { from: 'observation', value: '1' }, { from: 'observation', value: '2' }, { from: 'gpt', value: 'b' }] });
    assert.deepEqual(value?.kind === 'messages' && value.messages, [
      user('a'),
      { role: 'assistant', content: null, tool_calls: [{ type: 'function', function: { name: 'f', arguments: {} } }, { type: 'function', function: { name: 'g', arguments: { x: 1 } } }] },
      { role: 'tool', content: '1', name: 'f' },
      { role: 'tool', content: '2', name: 'g' },
      assistant('b'),
    ]);
  });
  test('a system prompt beside the turns is the first turn', () => {
    const value = meaning('sharegpt', { system: 's', conversations: [{ from: 'human', value: 'a' }, { from: 'gpt', value: 'b' }] });
    assert.deepEqual(value?.kind === 'messages' && value.messages[0], { role: 'system', content: 's' });
  });
});

describe('OpenAI', () => {
  const turns = [user('a'), { ...assistant('b'), weight: 0 }, user('c'), { ...assistant('d'), weight: 1 }];
  test('what is not to be learnt becomes the prompt where only the last answer is', () => {
    assert.deepEqual(meaning('openai-chat', { messages: turns }), { kind: 'prompt-completion', prompt: [user('a'), assistant('b'), user('c')], completion: [assistant('d')] });
  });
  test('an answer in the middle cannot be left out, and the row says so', () => {
    const { problems } = formats.get('openai-chat').toExample({ messages: [...turns.slice(0, 3), assistant('d'), user('e'), assistant('f')] });
    assert.deepEqual(problems.map(({ code, data }) => [code, data?.path]), [['unlearnt-turn', ['messages', 1, 'weight']]]);
  });
  test('old function calls and arguments as text are read', () => {
    const value = meaning('openai-chat', { messages: [user('a'), { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"x":1}' } }, { role: 'function', name: 'f', content: '1' }, assistant('b')], functions: [{ name: 'f' }] });
    assert.deepEqual(value?.kind === 'messages' && [value.messages[1]?.tool_calls, value.messages[2]?.role, value.tools], [[{ type: 'function', function: { name: 'f', arguments: { x: 1 } } }], 'tool', [{ type: 'function', function: { name: 'f' } }]]);
  });
});

describe('pairs', () => {
  const pair = { kind: 'preference', prompt: [user('a')], chosen: [assistant('b')], rejected: [assistant('c')] };
  test('of LLaMA-Factory, in turns and in texts', () => {
    assert.deepEqual(meaning('llamafactory-ranking', { conversations: [{ from: 'human', value: 'a' }], chosen: { from: 'gpt', value: 'b' }, rejected: { from: 'gpt', value: 'c' } }), pair);
    assert.deepEqual(meaning('llamafactory-ranking', { instruction: 'a', input: '', chosen: 'b', rejected: 'c' }), pair);
  });
  test('of NeMo RL: the lower rank is the better one, wherever it stands', () => {
    assert.deepEqual(meaning('nemo-rl', { context: [user('a')], completions: [{ rank: 1, completion: [assistant('c')] }, { rank: 0, completion: [assistant('b')] }] }), pair);
  });
});

describe('OpenRLHF', () => {
  const kind = (row: Record<string, unknown>) => meaning('openrlhf', row)?.kind;
  test('is what its keys make of it', () => {
    assert.equal(kind({ input: 'a', output: 'b' }), 'prompt-completion');
    assert.equal(kind({ input: 'a', output: 'b', label: 0 }), 'unpaired-preference');
    assert.equal(kind({ input: 'a', label: '5' }), 'prompt-only');
    assert.equal(kind({ input: [user('a'), assistant('b')] }), 'messages');
  });
});

describe('methods', () => {
  test('take rows of other programs as they are', () => {
    assert.deepEqual([usualMethod(formats.get('sharegpt')), usualMethod(formats.get('alpaca')), usualMethod(formats.get('nemo-rl'))], ['sft', 'sft', 'dpo']);
    assert.deepEqual(methodsFor(formats.get('llamafactory-ranking')), methodsFor(formats.get('preference')));
  });
  test('where none does, the conversion that helps is named', () => {
    assert.deepEqual(methodsFor(formats.get('stepwise')), []);
    assert.match(conversionHint(formats.get('stepwise')), /convert FILE NEW_FILE --to unpaired-preference\./);
    assert.match(conversionHint(formats.get('preference'), ['sft']), /--to prompt-completion\./);
    assert.equal(conversionHint(formats.get('prompt-only'), ['dpo']), '');
  });
});

describe('pictures', () => {
  test('are named wherever they stand', () => {
    const shown = { role: 'user', content: [{ type: 'image' }, { type: 'text', text: 'a' }] };
    assert.equal(mediaOf({ kind: 'messages', messages: [shown, assistant('b')] }), 'an image');
    assert.equal(mediaOf({ kind: 'preference', prompt: [user('a')], chosen: [assistant('b')], rejected: [{ role: 'assistant', content: [{ type: 'input_audio' }] }] }), 'a part of type "input_audio"');
    assert.equal(mediaOf(meaning('sharegpt', { conversations: [{ from: 'human', value: '<image>' }, { from: 'gpt', value: 'b' }], images: ['a.png', 'b.png'] })!), '2 images');
    assert.equal(mediaOf({ kind: 'prompt-only', prompt: [{ role: 'user', content: [{ type: 'text', text: 'a' }] }] }), undefined);
  });
});

describe('in the editor', () => {
  const line = JSON.stringify({ conversations: [{ from: 'human', value: 'hi' }, { from: 'gpt', value: 'hello' }] });
  const { fields } = formats.get('sharegpt');
  test('turns of ShareGPT are texts with their speakers', () => {
    const units = layoutRow(line, fields)!.sections[0]!.units;
    assert.deepEqual(units.map(({ turn, text, path }) => [turn!.role, text, path]), [['human', 'hi', ['conversations', 0, 'value']], ['gpt', 'hello', ['conversations', 1, 'value']]]);
    assert.deepEqual(summariseRow({ text: line, cut: false, sizeBytes: 1 }, fields), { text: 'hi', blank: false, raw: false, turns: 2, cells: { conversations: 'hi' }, sizeBytes: 1 });
  });
  test('a new row has the turns of its format, and optional keys only where its neighbour has them', () => {
    assert.equal(emptyRow(fields, undefined), '{"conversations": [{"from": "human", "value": ""}, {"from": "gpt", "value": ""}]}');
    assert.equal(emptyRow(formats.get('alpaca').fields, '{"instruction":"a","input":"b","output":"c"}'), '{"instruction":"","input":"","output":""}');
  });
});
