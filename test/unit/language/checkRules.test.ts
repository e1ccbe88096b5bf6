/** How bad what checks find is taken to be: read from settings and words, and the same in a stream and in an open document. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSlicer } from '../../../src/core/slice.ts';
import { CheckRules, levelsOf, parseLevels, rowKey } from '../../../src/language/checkRules.ts';
import { RowDocument } from '../../../src/language/rowDocument.ts';
import { validateFile, type LineProblem } from '../../../src/language/validate.ts';

test('a setting counts as far as it can be read', () => {
  assert.deepEqual(levelsOf({ bom: 'off', secret: 'error', 'no-such-check': 'off', 'blank-line': 'loud', 'empty-answer': 1 }), { bom: 'off', secret: 'error' });
  for (const value of [undefined, null, 'off', 3, ['off']]) assert.deepEqual(levelsOf(value), {});
});

test('a slip in a terminal is told, the last word about a check counts', () => {
  assert.deepEqual(parseLevels(['bom=off', 'secret=info', 'bom=error']), { bom: 'error', secret: 'info' });
  for (const word of ['bom', 'bom=', 'bom=hint', 'bom=off=info', '=off', '']) assert.throws(() => parseLevels([word]), /is no CODE=LEVEL|There is no check/, word);
  assert.throws(() => parseLevels(['secrte=off']), /Did you mean "secret"\?/);
});

test('an open document and a stream of its lines say the same by the same rules, also of the file and of rows taken together', async () => {
  const copy = '{"prompt": "a", "completion": "b", "extra": 1}';
  const lines = [copy, '', '{"promt": "a", "completion": ""}', copy, copy];
  const rules = new CheckRules({ 'duplicate-row': 'error', 'blank-line': 'off', 'misspelt-key': 'warning', 'missing-key': 'off' });
  const stream = async (by?: CheckRules) => {
    const found: LineProblem[] = [];
    const summary = await validateFile([lines], { across: { known: {}, again: () => [lines] }, rules: by, onProblem: (one) => found.push(one) });
    return { found, summary };
  };
  const plain = await stream();
  const { found, summary } = await stream(rules);
  const said = (all: readonly LineProblem[]) => all.map(({ line, problem }) => `${line} ${problem.code} ${problem.severity}`);
  assert.ok(said(plain.found).includes('2 blank-line info') && said(plain.found).includes('3 misspelt-key error'));
  assert.ok(said(found).includes('3 misspelt-key warning') && said(found).includes('4 duplicate-row error') && !said(found).some((one) => one.includes('blank-line')));
  assert.equal(summary.total, found.length);
  assert.equal(summary.counts.error, found.filter(({ problem }) => problem.severity === 'error').length);

  const document = new RowDocument('file:///a.jsonl', 'jsonl', 1, `${lines.join('\n')}\n`);
  document.setAcross(plain.found.filter(({ problem }) => problem.code === 'duplicate-row'));
  const shown = await document.validate({ maxProblems: 100, rules }, createSlicer(1000));
  const kept = (all: readonly LineProblem[]) => said(all).filter((one) => !/same-prompt|near-duplicates|type-drift/.test(one)).sort();
  assert.deepEqual(kept(shown.problems), kept(found));
  assert.equal(shown.total, shown.problems.length);
  assert.deepEqual(document.problemsOf(1, undefined, rules), []);

  // the copies say the same, so what is fine in one is fine in all
  const fine = new CheckRules({}, { [rowKey(copy)!]: ['duplicate-row'] });
  const rest = said((await stream(fine)).found);
  assert.deepEqual(rest, said(plain.found).filter((one) => !/^[^1] duplicate-row/.test(one)));
  assert.deepEqual(kept((await document.validate({ maxProblems: 100, rules: fine }, createSlicer(1000))).problems), kept((await stream(fine)).found));

  const odd = new RowDocument('file:///b.jsonl', 'jsonl', 1, '{"question": "a"}\n');
  assert.deepEqual((await odd.validate({ maxProblems: 9, rules: new CheckRules({ 'unknown-format': 'off' }) }, createSlicer(1000))).problems, []);
});
