/** `posttrain annotations`: what a person and a script get, on a file with a byte order mark, CRLF, blank lines and rows that say the same. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { identifyRow } from '../../../src/dataset/annotations/rowIdentity.ts';

const folder = mkdtempSync(join(tmpdir(), 'posttrain-annotations-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const annotations = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('dist', 'cli.js'), 'annotations', ...args], { cwd: folder, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
};
const pairs = [0, 1, 2, 0].map((n) => `{"prompt": "p${n}", "chosen": "a${n}", "rejected": "b${n}"}`);
writeFileSync(join(folder, 'pairs.jsonl'), `\ufeff${pairs.join('\r\n')}\r\n\r\n`);
const said = (n: number, annotator: string, prefers: 'chosen' | 'rejected', minute: number) => {
  const { hash, answers } = identifyRow(pairs[n]!)!;
  return JSON.stringify({ row: hash, annotator, time: `2026-01-01T00:0${minute}:00Z`, choice: 'b', shown: prefers === 'chosen' ? [answers!.rejected, answers!.chosen] : [answers!.chosen, answers!.rejected] });
};
writeFileSync(join(folder, 'pairs.jsonl.annotations.jsonl'), `${[said(0, 'ann', 'chosen', 0), 'not one of ours', said(1, 'ann', 'rejected', 5), said(0, 'bob', 'chosen', 1), said(1, 'bob', 'chosen', 2)].join('\n')}\n`);

describe('posttrain annotations', () => {
  test('says how much is done and how far people agree', () => {
    const { code, out, err } = annotations('pairs.jsonl');
    assert.equal(err, '');
    assert.equal(code, 0);
    assert.match(out, /^4 rows\./);
    assert.match(out, /\| ann +\| 3 +\| 0 +\| 1 +\| chosen 2, rejected 1 +\|/);
    assert.match(out, /\| ann, bob \| Cohen's +\| 3 +\| 66\.7 % /);
    assert.match(out, /1 line of pairs\.jsonl\.annotations\.jsonl is no annotation\./);
  });

  test('as one object, and row by row', () => {
    const whole = JSON.parse(annotations('pairs.jsonl', '--json').out);
    assert.deepEqual([whole.rows, whole.unread, whole.fleiss, whole.cohen.length], [4, 1, null, 1]);
    assert.deepEqual(whole.annotators.map(({ annotator, done, left, perHour }: Record<string, unknown>) => [annotator, done, left, perHour]), [['ann', 3, 1, 12], ['bob', 3, 1, 60]]);
    const rows = annotations('pairs.jsonl', '--rows').out.trimEnd().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(rows.map(({ row }) => row), [1, 2, 4]);
    assert.equal(rows[0].hash, rows[2].hash);
    assert.deepEqual(rows[1].annotations, [
      { annotator: 'ann', choice: 'rejected', labels: [], note: '', time: '2026-01-01T00:05:00.000Z' },
      { annotator: 'bob', choice: 'chosen', labels: [], note: '', time: '2026-01-01T00:02:00.000Z' },
    ]);
  });

  test('without a sidecar nobody has annotated, and a missing file is one line', () => {
    writeFileSync(join(folder, 'new.jsonl'), '{"text":"t"}');
    assert.match(annotations('new.jsonl').out, /^1 row\.\n\nNobody/);
    const missing = annotations('none.jsonl');
    assert.equal(missing.code, 1);
    assert.match(missing.err, /^posttrain: .*none\.jsonl.*\n$/);
  });
});
