/** A journal brings unsaved edits back to the file they belong to, and never writes over rows that someone else changed. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { textSource } from '../../../src/core/byteSource.ts';
import type { Splice } from '../../../src/dataset/editLog.ts';
import { compareFingerprints, fingerprintOf } from '../../../src/dataset/fingerprint.ts';
import { closedLine, draftParts, headerLine, matchSplices, parseJournal, savingLine, stepParts, stepsSince, type JournalHeader } from '../../../src/dataset/journal.ts';
import { LineIndex } from '../../../src/dataset/lineIndex.ts';
import { RecordStore } from '../../../src/dataset/recordStore.ts';

const header: JournalHeader = { journal: 1, uri: 'file:///data/train.jsonl', session: 's1', base: { sizeBytes: 3, modifiedMs: 12.5, hash: 'ab' } };
const stepLine = (splices: readonly Splice[]) => [...stepParts(splices)].join('');
const step: Splice[] = [{ at: 2, removed: ['x'], inserted: ['y \udcff', ''] }];

async function open(lines: string[]): Promise<RecordStore> {
  const source = textSource(lines.map((line) => `${line}\n`).join(''));
  return new RecordStore(source, await new LineIndex(source.sizeBytes).build(source));
}

describe('journal text', () => {
  test('what was written is read', () => {
    const drafts = [{ row: 3, line: '{"a": 1}', place: ['a', 0], text: '{"b": "\n\ud83d' }, { row: 0, line: '', place: 'note' as const, text: '' }];
    const text = headerLine(header) + [...draftParts([...drafts, ...drafts])].join('') + stepLine(step) + savingLine(header.base) + [...draftParts(drafts)].join('') + closedLine;
    assert.deepEqual(parseJournal(text).value, { header, steps: [step], closed: true, saves: [{ steps: 1, file: header.base }], drafts });
    assert.deepEqual(parseJournal(headerLine(header) + [...stepParts(step, drafts)].join('')).value, { header, steps: [step], closed: false, saves: [], drafts });
    assert.deepEqual(parseJournal(headerLine(header) + [...draftParts(drafts)].join('') + stepLine(step)).value?.drafts, [], 'a change says what there is after it');
  });
  test('a long step is read as it was, and never spelled in one go', () => {
    const long: Splice[] = [{ at: 0, removed: ['"\\\u0007'.repeat(300_000)], inserted: [`a${'🙂'.repeat(100_000)}`, ''] }, { at: 7, removed: [], inserted: Array.from({ length: 1000 }, (_, i) => String(i)) }];
    const parts = [...stepParts(long)];
    assert.ok(parts.every(({ length }) => length <= 6 * 64 * 1024));
    assert.deepEqual(parseJournal(headerLine(header) + parts.join('')).value?.steps, [long]);
    assert.equal(stepLine(step), `${JSON.stringify({ splices: step })}\n`);
  });
  test('what a save has put into the file is not brought back from it', () => {
    const saved = { sizeBytes: 4, modifiedMs: 20, hash: 'cd' };
    const later: Splice[] = [{ at: 0, removed: [], inserted: ['made during the save'] }];
    const { value } = parseJournal(headerLine(header) + stepLine(step) + savingLine(saved) + stepLine(later));
    assert.deepEqual(stepsSince(value!, header.base), [step, later], 'it did not take place');
    assert.deepEqual(stepsSince(value!, saved), [later], 'it did');
    assert.deepEqual(stepsSince(value!, { ...saved, modifiedMs: 30 }), [later], 'it did, by writing in place');
    assert.deepEqual(stepsSince(value!, { ...saved, hash: 'ef' }), [step, later], 'someone else wrote the file');
    const alike = parseJournal(headerLine(header) + stepLine(step) + savingLine({ ...header.base, modifiedMs: 20 })).value!;
    assert.deepEqual([stepsSince(alike, header.base), stepsSince(alike, { ...header.base, modifiedMs: 20 })], [[step], []], 'a change where nothing was sampled is told by the time');
  });
  test('a torn last line is left out', () => {
    const text = headerLine(header) + stepLine(step) + stepLine(step).slice(0, -8);
    assert.equal(parseJournal(text).value?.steps.length, 1);
  });
  for (const [name, text] of [
    ['an empty file', ''],
    ['another file', '{"a":1}\n'],
    ['a header without fingerprint', '{"journal":1,"uri":"x","session":"s"}\n'],
    ['a future version', `${JSON.stringify({ ...header, journal: 2 })}\n`],
    ['a damaged line in the middle', `${headerLine(header)}{"splices":[{"at":0}]}\n${stepLine(step)}`],
    ['a line break inside a row', headerLine(header) + stepLine([{ at: 0, removed: [], inserted: ['a\nb'] }])],
    ['rows out of order', headerLine(header) + stepLine([{ at: 5, removed: ['a'], inserted: [] }, { at: 5, removed: ['b'], inserted: [] }])],
  ] as const) {
    test(`${name} is an error, never no edits`, () => {
      const { value, problems } = parseJournal(text);
      assert.equal(value, undefined);
      assert.equal(problems[0]!.severity, 'error');
    });
  }
});

describe('fingerprint', () => {
  test('tells another content, another size, and a touched file', async () => {
    const text = 'row\n'.repeat(100_000);
    const one = await fingerprintOf(textSource(text), 1);
    assert.equal(compareFingerprints(one, await fingerprintOf(textSource(text), 1)), 'same');
    assert.equal(compareFingerprints(one, await fingerprintOf(textSource(text), 2)), 'perhaps');
    assert.equal(compareFingerprints(one, await fingerprintOf(textSource(`${text}x`), 1)), 'different');
    assert.equal(compareFingerprints(one, await fingerprintOf(textSource(`Row${text.slice(3)}`), 1)), 'different');
    assert.equal(compareFingerprints(one, await fingerprintOf(textSource(`${text.slice(0, -2)}x\n`), 1)), 'different');
  });
});

describe('edits on a file that changed', () => {
  const rows = Array.from({ length: 50 }, (_, i) => `row ${i}`);
  const edits: Splice[] = [
    { at: 3, removed: ['row 3'], inserted: ['mine 3'] },
    { at: 10, removed: [], inserted: ['new'] },
    { at: 20, removed: ['row 20', 'row 21'], inserted: [] },
  ];
  test('an unchanged file takes them all', async () => {
    assert.deepEqual(await matchSplices(edits, await open(rows)), { matching: edits, lost: [] });
  });
  test('rows that moved are found', async () => {
    const { matching, lost } = await matchSplices(edits, await open(['a', 'b', ...rows]));
    assert.deepEqual(matching.map((splice) => splice.at), [5, 12, 22]);
    assert.deepEqual(lost, []);
  });
  test('a row that the other side changed is not overwritten', async () => {
    const theirs = rows.map((row, i) => (i === 3 || i === 21 ? 'theirs' : row));
    const { matching, lost } = await matchSplices(edits, await open(theirs));
    assert.deepEqual(matching, [edits[1]]);
    assert.deepEqual(lost, [edits[0], edits[2]]);
  });
  test('a shorter file keeps what fits', async () => {
    const { matching, lost } = await matchSplices(edits, await open(rows.slice(0, 5)));
    assert.deepEqual(matching, [edits[0], { ...edits[1], at: 5 }]);
    assert.deepEqual(lost, [edits[2]]);
  });
});
