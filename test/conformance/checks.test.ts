/** Every check of the registry keeps to its own examples: marked where they say, mended as they say, and quiet on the counter-examples. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BenchmarkTexts } from '../../src/dataset/across/benchmarkTexts.ts';
import { EvalQuestions } from '../../src/dataset/across/evalQuestions.ts';
import { RowFacts } from '../../src/dataset/across/rowFacts.ts';
import type { CheckExample, CounterExample, RowCheck, SetExample } from '../../src/dataset/checks/check.ts';
import { checks, fileChecks, rowChecks, setChecks } from '../../src/dataset/checks/index.ts';
import { Row } from '../../src/dataset/checks/row.ts';
import { formats } from '../../src/dataset/formats/index.ts';
import { readFileHead } from '../../src/language/fileHead.ts';
import { applyFixes } from '../../src/language/fixes.ts';
import { validateFile, validateLine, type LineProblem } from '../../src/language/validate.ts';

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

for (const check of setChecks) {
  describe(check.id, () => {
    described(check);
    check.examples.forEach((example, i) =>
      test(`finds example ${i + 1}`, async () => {
        const found = await acrossRows(example, check.id);
        for (const { problem } of found) assert.match(problem.message, /^[^\n]{20,250}[.]$/, problem.message);
        const wanted = Object.entries(example.marks).map(([line, mark]) => {
          const start = example.lines[Number(line) - 1]!.indexOf(mark);
          return `${line}:${start}-${start + mark.length}`;
        });
        assert.deepEqual(found.map(({ line, problem: { start, end } }) => `${line}:${start}-${end}`), wanted.length === 0 ? ['1:0-0'] : wanted);
        if (wanted.length > 0) for (const { problem } of found) assert.equal(problem.severity, check.severity);
      }),
    );
    check.counterExamples.forEach((example, i) => test(`is quiet on counter-example ${i + 1}`, async () => assert.deepEqual((await acrossRows(example, check.id)).map(({ problem }) => problem.message), [])));
  });
}

async function acrossRows({ lines, format: id, evals, benchmark }: Omit<SetExample, 'marks'>, code: string): Promise<LineProblem[]> {
  const format = formats.find(id);
  const known: { evals?: EvalQuestions; benchmarks?: BenchmarkTexts } = {};
  if (evals) {
    known.evals = new EvalQuestions();
    known.evals.open('eval.jsonl');
    const evalFormat = readFileHead(evals).format;
    for (const text of evals) {
      const row = new Row(text, evalFormat);
      known.evals.add(row.record && new RowFacts(row));
    }
  }
  if (benchmark) {
    known.benchmarks = new BenchmarkTexts();
    known.benchmarks.open('benchmark.jsonl');
    for (const text of benchmark) known.benchmarks.add(text);
  }
  const found: LineProblem[] = [];
  await validateFile([lines], { format, across: { known, again: () => [lines] }, onProblem: (one) => found.push(one) });
  return found.filter(({ problem }) => problem.code === code);
}

function described(check: RowCheck | (typeof fileChecks)[number] | (typeof setChecks)[number]) {
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
