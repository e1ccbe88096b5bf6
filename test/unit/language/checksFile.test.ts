/** The file of checks beside a dataset: read as far as it can be, with a sentence about what means nothing, and written without losing what is there. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowKey } from '../../../src/language/checkRules.ts';
import { readRules, withIgnored } from '../../../src/language/checksFile.ts';

const line = '{"prompt": "a", "completion": ""}';
const problem = (code: string, end = 3) => ({ code, severity: 'error' as const, message: 'm', start: 0, end });
const faults = (text: string) => readRules({}, text, 'a.checks.json').ofFile([]).map(({ message }) => message);

test('what it says goes before what is said of all', () => {
  const rules = readRules({ bom: 'error', secret: 'off' }, '{"checks": {"bom": "off"}}', 'a.checks.json');
  assert.deepEqual(rules.levels, { bom: 'off', secret: 'off' });
  assert.deepEqual(readRules({ bom: 'off' }, undefined, 'a.checks.json').levels, { bom: 'off' });
  assert.deepEqual(rules.ofFile([]), []);
});

test('a row is known by what it says, whatever its spelling, and file-wide problems stay', () => {
  const text = withIgnored(undefined, 'a.checks.json', { code: 'empty-answer', row: rowKey(line) });
  const rules = readRules({}, text, 'a.checks.json');
  const left = (row: string, ...problems: ReturnType<typeof problem>[]) => rules.of(problems, row).map(({ code }) => code);
  for (const same of [line, `\uFEFF${line}\r`, '{"completion":"","prompt":"\\u0061"}']) assert.deepEqual(left(same, problem('empty-answer'), problem('secret')), ['secret'], same);
  assert.deepEqual(left('{"prompt": "b", "completion": ""}', problem('empty-answer')), ['empty-answer']);
  assert.deepEqual(left('', problem('empty-answer')), ['empty-answer']);
  assert.deepEqual(left(line, problem('empty-answer', 0)), ['empty-answer']);
});

test('what is there stays when more is ignored', () => {
  const first = withIgnored('{"checks": {"bom": "info"}, "note": "ours"}', 'a.checks.json', { code: 'secret', row: 'r' });
  const second = withIgnored(withIgnored(first, 'a.checks.json', { code: 'bom', row: 'r' }), 'a.checks.json', { code: 'bom', row: 'r' });
  assert.deepEqual(JSON.parse(withIgnored(second, 'a.checks.json', { code: 'blank-line', row: undefined })), {
    checks: { bom: 'info', 'blank-line': 'off' },
    note: 'ours',
    rows: { r: ['secret', 'bom'] },
  });
  assert.throws(() => withIgnored('[]', 'a.checks.json', { code: 'bom', row: undefined }), /a\.checks\.json is no JSON object/);
  assert.throws(() => withIgnored(undefined, 'a.checks.json', { code: 'bomb', row: undefined }), /Did you mean "bom"/);
});

test('what means nothing is told by name, and the rest counts', () => {
  for (const text of ['', 'x', '[]', 'null', '"off"', '{']) assert.match(faults(text).join(), /^a\.checks\.json is no JSON object/, text);
  assert.deepEqual(faults('{"check": {}}'), ['"check" in a.checks.json counts for nothing: it is neither "checks" nor "rows".']);
  assert.match(faults('{"checks": ["bom"]}').join(), /"checks" in a\.checks\.json/);
  assert.match(faults('{"rows": null}').join(), /"rows" in a\.checks\.json/);
  assert.match(faults('{"rows": {"r": "bom"}}').join(), /Row "r".* no list of codes/);
  assert.match(faults('{"rows": {"r": ["secrte"]}}').join(), /"secrte".*Did you mean "secret"\?/);
  assert.match(faults('{"checks": {"bom": "hint"}}').join(), /one of error, warning, info, off/);
  const rules = readRules({}, '{"checks": {"bom": "off", "bomb": "off", "__proto__": "off"}, "rows": {"__proto__": ["bom"], "r": ["secret"]}}', 'a.checks.json');
  assert.deepEqual([rules.levels, rules.rows.r], [{ bom: 'off' }, ['secret']]);
});
