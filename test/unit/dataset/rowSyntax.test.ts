/** The row parser agrees with JSON.parse about what is valid and what it means, places everything, and survives any text. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { parseRow, type RowNode } from '../../../src/dataset/rowSyntax.ts';

/** The value that a tree stands for. */
function valueOf(node: RowNode): unknown {
  if (node.type === 'array') return node.items.map(valueOf);
  if (node.type === 'object') {
    const object: Record<string, unknown> = {};
    // As JSON.parse does it: "__proto__" is a key like any other.
    for (const { key, value } of node.entries) Object.defineProperty(object, key, { value: valueOf(value!), enumerable: true, writable: true, configurable: true });
    return object;
  }
  return node.value;
}

const rows = [
  '{"prompt": "What is \\"2 + 3\\"?", "completion": "5", "n": [1, -2.5e3, 0], "ok": true, "none": null, "deep": {"a": [{"b": []}]}}',
  '{"messages":[{"role":"user","content":"caf\\u00e9 \\ud83d\\ude00\\n\\t"},{"role":"assistant","content":"\\/\\\\"}],"tools":"[]"}',
  ' [ "a" , 1 , { } , [ ] ] ',
  '"text"',
  '-0.5E-7',
  '{"__proto__": {"a": 1}, "": "empty", "a": 1, "a": 2}',
];

test('reads valid rows as JSON.parse does, each part in its place', () => {
  for (const text of rows) {
    const { root, faults } = parseRow(text);
    assert.deepEqual(faults, []);
    assert.deepEqual(valueOf(root!), JSON.parse(text));
    const check = (node: RowNode): void => {
      assert.deepEqual(valueOf(node), JSON.parse(text.slice(node.start, node.end)));
      if (node.type === 'array') node.items.forEach(check);
      if (node.type !== 'object') return;
      for (const { key, keyStart, keyEnd, colon, value } of node.entries) {
        assert.equal(JSON.parse(text.slice(keyStart, keyEnd)), key);
        assert.equal(text[colon], ':');
        check(value!);
      }
    };
    check(root!);
  }
});

test('has a fault exactly where JSON.parse has one, in rows with random damage', () => {
  const rng = createRng(7);
  const pieces = ['"', '\\', '{', '}', '[', ']', ',', ':', ' ', '0', '1', '.', '-', 'e', 'null', 'true', 'NaN', "'", '“', 'a', '\t', '\u0001', '\\u12', '//', '/*', '*/', '#', '\u00a0', '\ufeff', '😀', '\ud800', '\n'];
  let valid = 0;
  for (let round = 0; round < 60_000; round++) {
    let text = rows[rng.below(rows.length)]!;
    for (let edits = rng.below(4); edits >= 0; edits--) {
      const at = rng.below(text.length + 1);
      text = text.slice(0, at) + (rng.below(3) > 0 ? pieces[rng.below(pieces.length)]! : '') + text.slice(at + rng.below(3));
    }
    let parsed: { value: unknown } | undefined;
    try {
      parsed = { value: JSON.parse(text) as unknown };
    } catch {
      parsed = undefined;
    }
    const { root, faults } = parseRow(text);
    const blank = text.trim() === '';
    assert.equal(faults.length > 0 || blank || root === undefined, parsed === undefined, `${JSON.stringify(text)} ${JSON.stringify(faults)}`);
    for (const { start, end } of faults) assert.ok(start >= 0 && start < end && end <= text.length, `${JSON.stringify(text)} has a fault at ${start}-${end}`);
    if (!parsed) continue;
    valid++;
    assert.deepEqual(valueOf(root!), parsed.value);
  }
  assert.ok(valid > 1000, String(valid));
});

test('edits of faults mend one kind of mistake completely', () => {
  const mends: [string, string][] = [
    ["{'a': 'it''s', 'b': [True, None,],}", '{"a": "it\'\'s", "b": [true, null]}'],
    ['{a: 1, b_c: "x",}', '{"a": 1, "b_c": "x"}'],
    ['{“a”: “x”}', '{"a": "x"}'],
    ['{"a": 1 "b": 2, /* why */ "c": 3}', '{"a": 1, "b": 2,  "c": 3}'],
    ['{"a": "tab\there", "b": "C:\\data"}', '{"a": "tab\\there", "b": "C:\\\\data"}'],
    ['[1,, 2,]', '[1, 2]'],
  ];
  for (const [broken, mended] of mends) {
    const edits = parseRow(broken).faults.map(({ edit }) => edit!).sort((a, b) => b.start - a.start);
    assert.equal(edits.reduce((text, { start, end, newText }) => text.slice(0, start) + newText + text.slice(end), broken), mended);
    JSON.parse(mended);
  }
});

describe('bad input', () => {
  const within = (ms: number, run: () => void) => {
    const before = performance.now();
    run();
    const took = performance.now() - before;
    assert.ok(took < ms, `took ${took.toFixed(0)} ms`);
  };

  test('no nesting exhausts the stack', () => {
    const deep = 200_000;
    assert.deepEqual(parseRow(`${'['.repeat(deep)}${']'.repeat(deep)}`).faults, []);
    assert.deepEqual(parseRow(`${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`).faults, []);
    for (const text of ['['.repeat(deep), '{"a":'.repeat(deep), '[{'.repeat(deep), ']'.repeat(deep)]) assert.ok(parseRow(text).faults.length > 0);
  });

  test('a row of 10 MB is read in a moment', () => {
    const text = JSON.stringify({ text: 'a"b\\c\n'.repeat(1_000_000), n: 1 });
    within(5000, () => assert.deepEqual(parseRow(text).faults, []));
    within(5000, () => assert.equal(parseRow(text.slice(0, -2)).faults.length, 1));
  });

  test('no text makes it slow', () => {
    const n = 200_000;
    for (const text of ["'".repeat(n), '"\\'.repeat(n), `{${"'a' ".repeat(n)}`, '\\'.repeat(n), `"${'\\'.repeat(n)}`, ','.repeat(n), `{${','.repeat(n)}`, '{"a" '.repeat(n), ' '.repeat(n), `'${' '.repeat(n)}x`, `{"a": '${"' ".repeat(n)}`, '/*'.repeat(n), '“'.repeat(n), '1e'.repeat(n), `[${'1 '.repeat(n)}`]) {
      within(3000, () => void parseRow(text));
    }
  });
});
