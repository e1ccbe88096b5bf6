/** What the card shows of rows of every format, and where problems stand. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formats } from '../../../../src/dataset/formats/index.ts';
import { validateLine } from '../../../../src/language/validate.ts';
import { layoutRow, markEdit, placeProblems } from '../../../../webview/dataset/rowLayout.ts';

const lay = (line: string, format: Parameters<typeof formats.get>[0]) => layoutRow(line, formats.get(format).fields)!;

describe('layout of a row', () => {
  test('of every format, all its texts can be edited', () => {
    for (const format of formats.entries) {
      for (const example of format.examples) {
        const layout = layoutRow(JSON.stringify(example), format.fields)!;
        assert.equal(layout.sections.length, format.fields.filter(({ key, optional }) => !optional || key in example).length);
        for (const unit of layout.sections.flatMap((section) => section.units)) {
          assert.ok(unit.range, `${format.id}: ${unit.id}`);
          assert.notEqual(unit.text ?? unit.extras[0], undefined);
        }
      }
    }
  });

  test('turns carry their path, role and what else they have', () => {
    const line = '{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": null, "tool_calls": [{"id": 1}]}], "id": 12345678901234567890}';
    const { sections, others } = lay(line, 'messages');
    const [user, assistant] = sections[0]!.units;
    assert.deepEqual([user!.path, user!.role, user!.text, user!.extras], [['messages', 0, 'content'], 'user', 'hi', []]);
    assert.deepEqual([assistant!.absent, assistant!.text, assistant!.extras.map(({ key }) => key)], [true, '', ['tool_calls']]);
    assert.equal(line.slice(user!.range!.start, user!.range!.end), '{"role": "user", "content": "hi"}');
    assert.deepEqual(others.map(({ key }) => key), ['id']);
  });

  test('a missing key has a place to be written, another type is shown as JSON', () => {
    const { sections } = lay('{"prompt": 5}', 'prompt-completion');
    assert.deepEqual(sections.map(({ units: [unit] }) => [unit!.text, unit!.absent, unit!.extras.length]), [[undefined, false, 1], ['', true, 0]]);
  });

  test('a mark is shown as one, and written without touching anything else', () => {
    const flagOf = (line: string) => lay(line, 'unpaired-preference').sections.find(({ flag }) => flag)!.flag!.value;
    const marked = (line: string, value: boolean) => {
      const edit = markEdit(line, 'label', value);
      return edit && line.slice(0, edit.start) + edit.newText + line.slice(edit.end);
    };
    const line = '{"prompt": "a", "label":  true, "completion": "b", "id": 12345678901234567890}';
    assert.deepEqual([flagOf(line), lay(line, 'unpaired-preference').others.map(({ key }) => key)], [true, ['id']]);
    assert.equal(marked(line, false), line.replace('true', 'false'));
    assert.equal(flagOf('{"prompt": "a", "completion": "b", "label": "good"}'), undefined);
    assert.equal(marked('{"prompt": "a", "completion": "b", "label": "good"}', true), '{"prompt": "a", "completion": "b", "label": true}');
    assert.equal(marked('{"prompt": "a", "completion": "b"}', false), '{"prompt": "a", "completion": "b", "label": false}');
    assert.equal(marked('{"prompt":"a","completion":"b" }', true), '{"prompt":"a","completion":"b","label":true }');
    assert.equal(marked('{}', true), undefined);
    assert.equal(marked('no object', true), undefined);
  });

  test('keys of the prototype are keys', () => {
    const { sections, others } = layoutRow('{"__proto__": "a", "constructor": "b"}', formats.get('text').fields)!;
    assert.deepEqual([sections[0]!.units[0]!.absent, others.map(({ key }) => key)], [true, ['__proto__', 'constructor']]);
  });

  test('what is no object has no layout', () => {
    for (const line of ['', '[1]', '"a"', '{"a":1,}', 'text']) assert.equal(layoutRow(line, []), undefined);
  });

  test('rows of no known format show all their keys', () => {
    assert.deepEqual(layoutRow('{"q": "a", "n": [1]}', [])!.sections.map(({ key, units }) => [key, units[0]!.text]), [['q', 'a'], ['n', undefined]]);
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
