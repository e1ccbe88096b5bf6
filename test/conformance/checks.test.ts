/** Every check of the registry keeps to its own examples: marked where they say, mended as they say, and quiet on the counter-examples. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CheckExample, CounterExample, RowCheck } from '../../src/dataset/checks/check.ts';
import { checks, fileChecks, rowChecks } from '../../src/dataset/checks/index.ts';
import { formats } from '../../src/dataset/formats/index.ts';
import { readFileHead } from '../../src/language/fileHead.ts';
import { applyFixes } from '../../src/language/fixes.ts';
import { validateLine } from '../../src/language/validate.ts';

const formatOf = (example: CounterExample) => (example.format === undefined ? undefined : formats.find(example.format));

for (const check of rowChecks) {
  describe(check.id, () => {
    described(check);
    check.examples.forEach((example: CheckExample, i) => {
      test(`finds example ${i + 1}: ${JSON.stringify(example.line)}`, () => {
        const found = validateLine(example.line, formatOf(example), example.options).filter(({ code }) => code === check.id);
        assert.ok(found.length > 0, 'nothing was found');
        const start = typeof example.marks === 'string' ? example.line.indexOf(example.marks) : example.marks[0];
        const end = typeof example.marks === 'string' ? start + example.marks.length : example.marks[1];
        assert.ok(found.some((p) => p.start === start && p.end === end), `marked ${found.map((p) => `${p.start}-${p.end}`).join(', ')} instead of ${start}-${end}`);
        assert.equal(found[0]!.severity, example.severity ?? check.severity);
        for (const { message } of found) assert.match(message, /^[^\n]{20,250}[.]$/, message);
        if (example.fixed === undefined) return assert.ok(found.every((p) => p.data?.fix === undefined), 'the example should show what its fix does');
        assert.equal(applyFixes(example.line, found), example.fixed);
        const left = example.fixed.split('\n').flatMap((line) => validateLine(line, formatOf(example), example.options));
        if (check.id !== 'blank-line') assert.deepEqual(left.filter(({ code }) => code === check.id).map(({ message }) => message), [], 'the fix leaves the problem');
      });
    });
    check.counterExamples.forEach((example: CounterExample, i) => {
      test(`is quiet on counter-example ${i + 1}: ${JSON.stringify(example.line)}`, () => {
        const found = validateLine(example.line, formatOf(example), example.options).filter(({ code }) => code === check.id);
        assert.deepEqual(found.map(({ message }) => message), []);
      });
    });
  });
}

for (const check of fileChecks) {
  describe(check.id, () => {
    described(check);
    const codes = (lines: readonly string[]) => readFileHead(lines).problems.map(({ code }) => code);
    check.examples.forEach(({ lines }, i) => test(`finds example ${i + 1}`, () => assert.ok(codes(lines).includes(check.id))));
    check.counterExamples.forEach(({ lines }, i) => test(`is quiet on counter-example ${i + 1}`, () => assert.ok(!codes(lines).includes(check.id))));
  });
}

function described(check: RowCheck | (typeof fileChecks)[number]) {
  test('has a code, words and examples of both kinds', () => {
    assert.match(check.id, /^[a-z]+(-[a-z0-9]+)*$/);
    assert.ok(check.title.length > 10 && !check.title.endsWith('.'));
    assert.match(check.effect, /[.)]$/);
    assert.ok(check.examples.length > 0 && check.counterExamples.length > 0);
  });
}

describe('rows of the formats', () => {
  for (const format of formats.entries) {
    test(`no check objects to an example of ${format.id}`, () => {
      for (const example of format.examples) assert.deepEqual(validateLine(JSON.stringify(example), format).map(({ message }) => message), []);
    });
    test(`some check explains every row that ${format.id} cannot read`, () => {
      for (const example of format.counterExamples) assert.ok(validateLine(JSON.stringify(example), format).some(({ severity }) => severity === 'error'), JSON.stringify(example));
    });
    test(`every problem that ${format.id} reports has a check of that code`, () => {
      for (const example of format.counterExamples) for (const { code } of format.toExample(example).problems) assert.ok(checks.has(code), code);
    });
  }
});
