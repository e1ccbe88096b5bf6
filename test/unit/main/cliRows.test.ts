/** `posttrain rows`: what a person or a script gets, and that nothing is overwritten or left behind. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { identifyRow } from '../../../src/dataset/annotations/rowIdentity.ts';

const folder = mkdtempSync(join(tmpdir(), 'posttrain-rows-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const rows = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('dist', 'cli.js'), 'rows', ...args], { cwd: folder, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
};
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const line = (i: number) => JSON.stringify({ prompt: `Question ${i % 100}`, completion: `Answer ${i}` });
const lines = Array.from({ length: 400 }, (_, i) => line(i));
write('data.jsonl', `\ufeff${lines.join('\r\n')}`);

describe('posttrain rows', () => {
  test('filter prints, counts, writes and sorts', () => {
    assert.deepEqual(rows('filter', 'data.jsonl', '--where', 'completion:"answer 7"', '--count'), { code: 0, out: '11\n', err: '' });
    assert.equal(rows('filter', 'data.jsonl', '--where', 'completion="Answer 7"').out, `${lines[7]}\r\n`);
    assert.deepEqual(JSON.parse(rows('filter', 'data.jsonl', '--where', '^question 12$', '--regex', '--json').out.split('\n')[1]!), { row: 113, text: `${lines[112]}\r` });
    assert.equal(rows('filter', 'data.jsonl', '--where', 'completion:39 sort:-completion', '--output', 'sorted.jsonl').out, 'sorted.jsonl: 14 rows\n');
    assert.ok(read('sorted.jsonl').startsWith(`${lines[399]}\n${lines[398]}\r\n`)); // the last line of the file ends without CR
    assert.match(rows('filter', 'data.jsonl', '--where', '/(/').err, /^posttrain: This is no regular expression: .*\n$/);
  });

  test('filter asks the annotations beside the file, of everybody or of one person', () => {
    write('judged.jsonl', `${lines.slice(0, 3).join('\n')}\n`);
    const said = (row: number, annotator: string, choice: string) => JSON.stringify({ row: identifyRow(lines[row]!)!.hash, annotator, time: '2026-03-01T09:30:00.000Z', choice });
    write('judged.jsonl.annotations.jsonl', `${said(0, 'Ann', 'good')}\nno annotation\n${said(1, 'Ben', 'skip')}\n`);
    const found = (where: string, ...more: string[]) => rows('filter', 'judged.jsonl', '--where', where, ...more).out;
    assert.equal(found('annotation:unlabelled'), `${lines[2]}\n`);
    assert.equal(found('annotation:unlabelled', '--annotator', 'Ann', '--count'), '2\n');
    assert.equal(found('annotation:skipped'), `${lines[1]}\n`);
    write('judged.jsonl.annotations.jsonl', '');
    assert.equal(found('annotation:unlabelled', '--count'), '3\n');
  });

  test('filter finds no problems that are ignored beside the file, and those that count as bad as they do', () => {
    const empty = (i: number) => JSON.stringify({ prompt: `Question ${i}`, completion: '' });
    write('ignored.jsonl', `${empty(0)}\n${empty(1)}\n\n${line(1)}\n`);
    const found = (where: string) => rows('filter', 'ignored.jsonl', '--where', where, '--json').out.split('\n').slice(0, -1).map((one) => (JSON.parse(one) as { row: number }).row);
    assert.deepEqual([found('problem:empty-answer'), found('problem:any')], [[1, 2], [1, 2]]);
    write('ignored.jsonl.checks.json', JSON.stringify({ checks: { 'blank-line': 'error' }, rows: { [identifyRow(empty(0))!.hash]: ['empty-answer'] } }));
    assert.deepEqual([found('problem:empty-answer'), found('problem:error')], [[2], [2, 3]]);
  });

  test('replace shows what would change, or writes a file that differs in those lines alone', () => {
    const shown = rows('replace', 'data.jsonl', '--find', 'question 3', '--with', 'Ask 3', '--json');
    assert.equal(shown.out.split('\n').length - 1, 44);
    assert.equal(rows('replace', 'data.jsonl', '--find', 'n 7"', '--with', 'x').err, 'Nothing to replace.\n');
    assert.equal(rows('replace', 'data.jsonl', '--find', 'question (3)$', '--regex', '--with', 'Ask $1', '--output', 'replaced.jsonl').out, 'replaced.jsonl: 4 of 400 rows changed\n');
    assert.equal(read('replaced.jsonl'), read('data.jsonl').replaceAll('"Question 3"', '"Ask 3"'));
    assert.match(rows('replace', 'data.jsonl', '--find', 'a', '--with', 'b', '--key', 'prompt', '--output', 'data.jsonl').err, /is there already/);
  });

  test('split keeps a prompt in one part, and the parts are the file', () => {
    assert.deepEqual(rows('split', 'data.jsonl', '--share', '0.25', '--output', 'test.jsonl', '--rest', 'train.jsonl', '--seed', '3'), { code: 0, out: 'train.jsonl: 300 of 400 rows\ntest.jsonl: 100 of 400 rows\n', err: '' });
    const prompts = (name: string) => new Set(read(name).match(/Question \d+/g));
    assert.equal(prompts('test.jsonl').size, 25);
    assert.equal(prompts('train.jsonl').size, 75);
    assert.equal(new Set((read('test.jsonl') + read('train.jsonl')).match(/Answer \d+/g)).size, 400);
  });

  test('shuffle, sample, dedupe, concat and merge', () => {
    assert.equal(rows('shuffle', 'data.jsonl', '--output', 'shuffled.jsonl', '--seed', '1').code, 0);
    assert.deepEqual(read('shuffled.jsonl').replaceAll('\r', '').split('\n').slice(0, -1).sort(), [...lines].sort());
    assert.deepEqual(JSON.parse(rows('sample', 'data.jsonl', '--rows', '20', '--output', 'sample.jsonl', '--json').out), { read: 400, written: [20] });
    assert.equal(rows('dedupe', 'data.jsonl', '--by', 'prompt', '--output', 'distinct.jsonl').out, 'distinct.jsonl: 100 of 400 rows\n');
    assert.equal(rows('concat', 'sample.jsonl', 'distinct.jsonl', '--output', 'joined.jsonl').out, 'joined.jsonl: 120 of 120 rows\n');
    assert.equal(read('joined.jsonl'), read('sample.jsonl') + read('distinct.jsonl'));
    assert.equal(rows('merge', 'sample.jsonl', 'distinct.jsonl', '--output', 'mixed.jsonl').code, 0);
    assert.deepEqual(read('mixed.jsonl').split('\n').sort(), read('joined.jsonl').split('\n').sort());
  });

  test('bad usage is one line, overwrites nothing and leaves nothing behind', () => {
    const before = readdirSync(folder);
    const cases: [string[], RegExp][] = [
      [['shuffle', 'data.jsonl'], /needs --output FILE/],
      [['shufle', 'data.jsonl'], /knows no "shufle"\. Known: filter, replace, shuffle/],
      [['split', 'data.jsonl', '--output', 'x.jsonl', '--rest', 'y.jsonl'], /needs --share/],
      [['split', 'data.jsonl', '--share', '2', '--output', 'x.jsonl', '--rest', 'y.jsonl'], /--share must be between 0 and 1/],
      [['split', 'data.jsonl', '--share', '0.5', '--output', 'x.jsonl', '--rest', 'x.jsonl'], /named twice/],
      [['sample', 'data.jsonl', '--output', 'x.jsonl'], /one of --rows N and --share/],
      [['dedupe', 'data.jsonl', '--seed', '3', '--output', 'x.jsonl'], /has no option --seed/],
      [['shuffle', 'data.jsonl', 'test.jsonl', '--output', 'x.jsonl'], /takes one file/],
      [['shuffle', 'data.jsonl', '--output', 'test.jsonl'], /test\.jsonl is there already\. Name a file that is not, such as .*test-2\.jsonl/],
      [['concat', 'nothing.jsonl', '--output', 'x.jsonl'], /nothing\.jsonl: no such file/],
      [['filter', 'data.jsonl', '--where', 'a', '--output', 'x.jsonl', '--json'], /leave out --json/],
    ];
    for (const [args, expected] of cases) {
      const { code, out, err } = rows(...args);
      assert.ok(code === 2 || code === 1, args.join(' '));
      assert.equal(out, '', args.join(' '));
      assert.match(err, expected);
      assert.equal(err.trim().split('\n').length, 1);
    }
    assert.deepEqual(readdirSync(folder), before);
  });
});
