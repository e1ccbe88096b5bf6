/** What the card shows of rows of every format, and where problems stand. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formats } from '../../../../src/dataset/formats/index.ts';
import { validateLine } from '../../../../src/language/validate.ts';
import { layoutRow, nextRole, placeDrafts, placeProblems } from '../../../../webview/dataset/rowLayout.ts';

const lay = (line: string, format: Parameters<typeof formats.get>[0]) => layoutRow(line, formats.get(format).fields)!;

describe('layout of a row', () => {
  test('of every format, all its texts can be edited', () => {
    for (const format of formats.entries) {
      for (const example of format.examples) {
        const layout = layoutRow(JSON.stringify(example), format.fields)!;
        assert.equal(layout.sections.length, format.fields.filter(({ key, optional }) => !optional || key in example).reduce((sum, field) => sum + ('inside' in field ? field.inside!.length : 1), format.id === 'stepwise' ? -1 : 0));
        for (const unit of layout.sections.flatMap((section) => section.units)) {
          assert.ok(unit.range, `${format.id}: ${unit.id}`);
          assert.notEqual(unit.text ?? unit.parts[0], undefined);
        }
      }
    }
  });

  test('turns carry their path, role and what else they have', () => {
    const line = '{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": null, "tool_calls": [{"id": 1}]}], "id": 12345678901234567890}';
    const { sections, others } = lay(line, 'messages');
    const [user, assistant] = sections[0]!.units;
    assert.deepEqual([user!.path, user!.turn!.speaker, user!.text, user!.parts], [['messages', 0, 'content'], 'user', 'hi', []]);
    assert.deepEqual([assistant!.absent, assistant!.text, assistant!.parts.map(({ label, source }) => [label, source])], [true, '', [['tool_calls 1', '{"id": 1}']]]);
    assert.equal(line.slice(user!.range!.start, user!.range!.end), '{"role": "user", "content": "hi"}');
    assert.deepEqual(others.map(({ id, parts }) => [id, parts[0]!.source]), [['id', '12345678901234567890']]);
  });

  test('a missing key has a place to be written, another type is shown as JSON', () => {
    const { sections } = lay('{"prompt": 5}', 'prompt-completion');
    assert.deepEqual(sections.map(({ units: [unit] }) => [unit!.text, unit!.absent, unit!.parts.length]), [[undefined, false, 1], ['', true, 0]]);
  });

  test('what was typed for a value and is no JSON yet stands at its place', () => {
    const line = '{"prompt": "p", "completion": "c", "meta": {"n": 1}, "n": 2}';
    const layout = lay(line, 'prompt-completion');
    placeDrafts(layout, [{ place: ['meta'], text: '{"n' }, { place: ['gone'], text: '[' }, { place: 'note', text: 'meta' }]);
    assert.deepEqual(layout.others.map(({ id, parts }) => [id, parts[0]!.draft]), [['meta', '{"n'], ['n', undefined]]);
  });

  test('a mark is shown as one', () => {
    const flagOf = (line: string) => lay(line, 'unpaired-preference').sections.find(({ flag }) => flag)!.flag!.value;
    assert.deepEqual(['true', 'false', '"good"'].map((label) => flagOf(`{"prompt": "a", "completion": "b", "label": ${label}}`)), [true, false, undefined]);
  });

  test('calls and results of tools are JSON of their own, spelt as in the file', () => {
    const call = '{"id": "c1", "type": "function", "function": {"name": "warm", "arguments": {"n": 1.0}}}';
    const line = `{"messages": [{"role": "assistant", "content": null, "tool_calls": [${call}, ${call.replace('{"n": 1.0}', '"{\\"n\\": 1.0}"')}, 5]}, {"role": "tool", "content": "{\\"t\\": 2.50}"}, {"role": "tool", "content": "plain"}]}`;
    const [assistant, result, plain] = lay(line, 'messages').sections[0]!.units;
    assert.deepEqual(assistant!.parts.map(({ call: about, path, form, source }) => [about?.name, path.slice(2).join('.'), form, source]), [
      ['warm', 'tool_calls.0.function.arguments', 'json', '{"n": 1.0}'],
      ['warm', 'tool_calls.1.function.arguments', 'jsonText', '{"n": 1.0}'],
      [undefined, 'tool_calls.2', 'json', '5'],
    ]);
    assert.deepEqual([result!.text, result!.parts[0]!.form, result!.parts[0]!.source], [undefined, 'jsonText', '{"t": 2.50}']);
    assert.deepEqual([plain!.text, plain!.parts], ['plain', []]);
  });

  test('the next turn is that of who answers', () => {
    const { units, turns } = lay('{"messages": [{"role": "system", "content": ""}, {"role": "user", "content": ""}, {"role": "assistant", "content": ""}, {"role": "assistant", "content": "", "tool_calls": [{}]}, {"role": "tool", "content": ""}]}', 'messages').sections[0]!;
    assert.deepEqual([-1, 0, 1, 2, 3, 4].map((index) => nextRole(turns!, units[index])), ['user', 'user', 'assistant', 'user', 'tool', 'assistant']);
  });

  test('turns under other names are turns, with the words of their format', () => {
    const { turns, units } = lay('{"conversations": [{"from": "human", "value": "hi"}, {"from": "function_call", "value": "{\\"name\\": \\"x\\", \\"arguments\\": {}}"}]}', 'sharegpt').sections[0]!;
    assert.deepEqual([units[0]!.path, units[0]!.turn!.rolePath], [['conversations', 0, 'value'], ['conversations', 0, 'from']]);
    assert.deepEqual([turns!.names.role, turns!.names.content], ['from', 'value']);
    assert.deepEqual(units.map(({ turn, text, parts }) => [turn!.role, turn!.speaker, text, parts.map(({ form }) => form)]), [['human', 'user', 'hi', []], ['function_call', 'assistant', undefined, ['jsonText']]]);
    assert.deepEqual([nextRole(turns!, units[0]), nextRole(turns!, units[1])], ['gpt', 'observation']);
    assert.ok(units[0]!.turn!.choices.includes('function_call') && units[0]!.turn!.choices.includes('gpt'));
  });

  test('turns deep in a value are turns, and what stands beside them is a table', () => {
    const { sections, others } = lay('{"context": [{"role": "user", "content": "q"}], "completions": [{"rank": 0, "completion": [{"role": "assistant", "content": "a"}]}, {"rank": 1.0, "completion": [{"role": "assistant", "content": "b"}]}]}', 'nemo-rl');
    assert.deepEqual(sections.map(({ key, label, units }) => [key, label, units[0]!.id]), [['context', 'Context', 'context.0'], ['completions.0.completion', 'Completions 1', 'completions.0.completion.0'], ['completions.1.completion', 'Completions 2', 'completions.1.completion.0']]);
    assert.deepEqual(others.map(({ id, parts }) => [id, parts[0]!.source]), [['completions.0.rank', '0'], ['completions.1.rank', '1.0']]);
  });

  test('steps are texts with their marks, unless there are more or fewer marks', () => {
    const { sections } = lay('{"prompt": "p", "completions": ["one", "two"], "labels": [true, false]}', 'stepwise');
    assert.deepEqual(sections[1]!.units.map(({ path, text, flag }) => [path, text, flag]), [[['completions', 0], 'one', { path: ['labels', 0], value: true }], [['completions', 1], 'two', { path: ['labels', 1], value: false }]]);
    assert.deepEqual(sections.map(({ key }) => key), ['prompt', 'completions']);
    assert.deepEqual(lay('{"prompt": "p", "completions": ["one", "two"], "labels": [true]}', 'stepwise').sections.map(({ key }) => key), ['prompt', 'completions', 'labels']);
  });

  test('an empty conversation is one, and a row of no format a table', () => {
    assert.deepEqual(lay('{"messages": []}', 'messages').sections.map(({ turns, units }) => [turns?.path, units.length]), [[['messages'], 0]]);
    const { sections, others } = layoutRow('{"question": "q", "score": 1.0, "none": null, "talk": [{"role": "user", "content": "a"}], "list": []}', [])!;
    assert.deepEqual(sections.map(({ key, turns }) => [key, turns?.names.role]), [['talk', 'role']]);
    assert.deepEqual(others.map(({ id, text, parts }) => [id, text, parts[0]?.source]), [['question', 'q', undefined], ['score', undefined, '1.0'], ['none', undefined, 'null'], ['list', undefined, '[]']]);
  });

  test('keys of the prototype are keys', () => {
    const { sections, others } = layoutRow('{"__proto__": "a", "constructor": "b"}', formats.get('text').fields)!;
    assert.deepEqual([sections[0]!.units[0]!.absent, others.map(({ id }) => id)], [true, ['__proto__', 'constructor']]);
  });

  test('what is no object has no layout', () => {
    for (const line of ['', '[1]', '"a"', '{"a":1,}', 'text']) assert.equal(layoutRow(line, []), undefined);
  });
});

test('problems stand beside the text they are about, the others below', () => {
  const format = formats.get('prompt-completion');
  const line = '{"prompt": "a", "completion": ""}';
  const placed = placeProblems(layoutRow(line, format.fields), validateLine(line, format));
  assert.deepEqual([[...placed.at.keys()], placed.rest], [['completion'], []]);
  const broken = '{"prompt": "a",}';
  assert.equal(placeProblems(layoutRow(broken, format.fields), validateLine(broken, format)).rest.length, 1);
});
