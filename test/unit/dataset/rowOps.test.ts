/** Turns, sides and marks of a row change; every other character of it stays. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applyRowOp, type RowOp } from '../../../src/dataset/rowOps.ts';

const spaced = '{"id": 1.0, "messages": [{"role": "user", "content": "caf\\u00e9\\nx"},  {"content": "b", "role": "assistant", "tool_calls": [{"a": 1e3}], "name": "n"}] , "big": 12345678901234567890}';
const names = { role: 'role', content: 'content' };

describe('an operation on a row', () => {
  const cases: { name: string; line?: string; op: RowOp; expect: string | undefined }[] = [
    { name: 'adds a turn at the end, with the separator of the others', op: { op: 'addTurn', path: ['messages'], index: 2, role: 'user', names }, expect: spaced.replace('"name": "n"}]', '"name": "n"},  {"role": "user", "content": ""}]') },
    { name: 'adds a turn before another', op: { op: 'addTurn', path: ['messages'], index: 0, role: 'system', names }, expect: spaced.replace('[{"role": "user"', '[{"role": "system", "content": ""},  {"role": "user"') },
    { name: 'adds a first turn in the style of the row', line: '{"messages":[]}', op: { op: 'addTurn', path: ['messages'], index: 0, role: 'user', names }, expect: '{"messages":[{"role":"user","content":""}]}' },
    { name: 'adds a turn with content before role where the others have it so', line: '{"messages": [{"content":"a","role":"user"}]}', op: { op: 'addTurn', path: ['messages'], index: 1, role: 'assistant', names }, expect: '{"messages": [{"content":"a","role":"user"}, {"content":"","role":"assistant"}]}' },
    { name: 'adds a turn under the names of its list', line: '{"conversations":[{"from": "human", "value": "a"}]}', op: { op: 'addTurn', path: ['conversations'], index: 1, role: 'gpt', names: { role: 'from', content: 'value' } }, expect: '{"conversations":[{"from": "human", "value": "a"},{"from": "gpt", "value": ""}]}' },
    { name: 'deletes the first turn', op: { op: 'deleteTurn', path: ['messages'], index: 0 }, expect: spaced.replace('{"role": "user", "content": "caf\\u00e9\\nx"},  ', '') },
    { name: 'deletes the last turn', op: { op: 'deleteTurn', path: ['messages'], index: 1 }, expect: spaced.replace(/, {2}\{"content.*"n"\}/, '') },
    { name: 'deletes the only turn', line: '{"m":[ {"role":"user"} ]}', op: { op: 'deleteTurn', path: ['m'], index: 0 }, expect: '{"m":[  ]}' },
    { name: 'moves a turn and leaves separators where they are', line: '{"m":[{"a":1},  {"a":2} ,{"a":3}]}', op: { op: 'moveTurn', path: ['m'], index: 2, to: 0 }, expect: '{"m":[{"a":3},  {"a":1} ,{"a":2}]}' },
    { name: 'splits a turn between escapes, which stay as they are', op: { op: 'splitTurn', path: ['messages'], index: 0, at: 4, content: 'content' }, expect: spaced.replace('"caf\\u00e9\\nx"},', '"caf\\u00e9"},  {"role": "user", "content": "\\nx"},') },
    { name: 'splits a turn so that its calls stay behind the text', op: { op: 'splitTurn', path: ['messages'], index: 1, at: 1, content: 'content' }, expect: spaced.replace('{"content": "b", "role": "assistant", "tool_calls": [{"a": 1e3}], "name": "n"}', '{"content": "b", "role": "assistant", "name": "n"},  {"content": "", "role": "assistant", "tool_calls": [{"a": 1e3}], "name": "n"}') },
    { name: 'changes a role', op: { op: 'setRole', path: ['messages', 1, 'role'], role: 'tool' }, expect: spaced.replace('"role": "assistant"', '"role": "tool"') },
    { name: 'swaps two sides with their spelling', line: '{"rejected":  "caf\\u00e9", "x": 1.0, "chosen": [1, 2.50]}', op: { op: 'swap', keys: ['chosen', 'rejected'] }, expect: '{"rejected":  [1, 2.50], "x": 1.0, "chosen": "caf\\u00e9"}' },
    { name: 'copies a side across', line: '{"chosen": "caf\\u00e9", "rejected": ""}', op: { op: 'copy', from: 'chosen', to: 'rejected' }, expect: '{"chosen": "caf\\u00e9", "rejected": "caf\\u00e9"}' },
    { name: 'copies a side that the row did not have yet', line: '{"chosen":"a"}', op: { op: 'copy', from: 'chosen', to: 'rejected' }, expect: '{"chosen":"a","rejected":"a"}' },
    { name: 'marks', line: '{"prompt": "a", "label":  true, "id": 12345678901234567890}', op: { op: 'setFlag', path: ['label'], value: false }, expect: '{"prompt": "a", "label":  false, "id": 12345678901234567890}' },
    { name: 'marks what was no mark', line: '{"label": "good"}', op: { op: 'setFlag', path: ['label'], value: true }, expect: '{"label": true}' },
    { name: 'marks without spaces where there are none', line: '{"prompt":"a","completion":"b" }', op: { op: 'setFlag', path: ['label'], value: true }, expect: '{"prompt":"a","completion":"b","label":true }' },
    { name: 'marks one step', line: '{"labels":[true, true]}', op: { op: 'setFlag', path: ['labels', 1], value: false }, expect: '{"labels":[true, false]}' },
    { name: 'marks an empty row', line: '{}', op: { op: 'setFlag', path: ['label'], value: true }, expect: '{"label": true}' },
    { name: 'refuses a turn that is not there', op: { op: 'deleteTurn', path: ['messages'], index: 2 }, expect: undefined },
    { name: 'refuses a move to nowhere', op: { op: 'moveTurn', path: ['messages'], index: 1, to: 2 }, expect: undefined },
    { name: 'refuses a split behind the end', op: { op: 'splitTurn', path: ['messages'], index: 1, at: 2, content: 'content' }, expect: undefined },
    { name: 'refuses a turn among texts', line: '{"messages": "x"}', op: { op: 'addTurn', path: ['messages'], index: 0, role: 'user', names }, expect: undefined },
    { name: 'refuses a swap with nothing', line: '{"chosen": "x"}', op: { op: 'swap', keys: ['chosen', 'rejected'] }, expect: undefined },
    { name: 'leaves a malformed row alone', line: '{"label": true,}', op: { op: 'setFlag', path: ['label'], value: false }, expect: undefined },
  ];
  for (const { name, line = spaced, op, expect } of cases) test(name, () => assert.equal(applyRowOp(line, op), expect));

  test('of any kind and anywhere leaves a row that parses, and says what was meant', () => {
    const turns = (line: string) => (JSON.parse(line) as { messages: { role: string; content: string }[] }).messages;
    for (let at = 0; at <= 6; at++) {
      const halves = turns(applyRowOp(spaced, { op: 'splitTurn', path: ['messages'], index: 0, at, content: 'content' })!);
      assert.equal(halves[0]!.content + halves[1]!.content, 'café\nx');
      assert.equal(halves[0]!.content.length, at);
    }
    for (const [index, to] of [[0, 1], [1, 0]] as const) assert.deepEqual(turns(applyRowOp(spaced, { op: 'moveTurn', path: ['messages'], index, to })!), turns(spaced).toReversed());
  });
});
