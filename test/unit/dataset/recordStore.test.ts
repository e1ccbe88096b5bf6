/** Rows read through index, store and edits agree with a naive model that splits the bytes, over random files and edits. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bytesSource, type ByteSource } from '../../../src/core/byteSource.ts';
import { createRng, type Rng } from '../../../src/core/rng.ts';
import { composeSteps, EditLog, invertSplices, rowAfter, type Splice } from '../../../src/dataset/editLog.ts';
import { CHECKPOINT_BYTES, LineIndex } from '../../../src/dataset/lineIndex.ts';
import { RecordStore } from '../../../src/dataset/recordStore.ts';

async function open(bytes: Uint8Array): Promise<RecordStore> {
  const source = bytesSource(bytes);
  return new RecordStore(source, await new LineIndex(source.sizeBytes).build(source));
}

function save(log: EditLog): void {
  log.beginSave();
  log.endSave(true);
}

async function written(store: RecordStore): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of store.bytes(store.snapshot())) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** The model: what the rules say, in the plainest way. */
function naiveLines(file: Buffer): { bom: string; lines: string[]; finalNewline: boolean } {
  let text = file.toString('latin1');
  const bom = text.startsWith('\xef\xbb\xbf') ? '\xef\xbb\xbf' : '';
  text = text.slice(bom.length);
  if (text === '') return { bom, lines: [], finalNewline: true };
  const finalNewline = text.endsWith('\n');
  return { bom, lines: (finalNewline ? text.slice(0, -1) : text).split('\n'), finalNewline };
}
const latin1 = (lines: string[]) => lines.map((line) => Buffer.from(line, 'latin1').toString('utf8'));

function randomLine(rng: Rng): string {
  const kinds = ['', '{"a": 1}', '\r', 'déjà vu 漢字 🙂', 'x'.repeat(rng.below(300)), '{"text": "line"}\r', ' '];
  if (rng.below(60) === 0) return 'long '.repeat(30_000);
  return kinds[rng.below(kinds.length)]! + (rng.below(3) === 0 ? String(rng.below(1000)) : '');
}

describe('line index', () => {
  const count = async (text: string) => {
    const store = await open(Buffer.from(text));
    return { rows: store.rows, finalNewline: store.index.finalNewline };
  };
  test('a line ends at LF only; blank lines are lines; a missing last newline is known', async () => {
    assert.deepEqual(await count(''), { rows: 0, finalNewline: true });
    assert.deepEqual(await count('\n'), { rows: 1, finalNewline: true });
    assert.deepEqual(await count('a'), { rows: 1, finalNewline: false });
    assert.deepEqual(await count('a\n'), { rows: 1, finalNewline: true });
    assert.deepEqual(await count('a\r\n\r\nb\rc\u2028d'), { rows: 3, finalNewline: false });
    assert.deepEqual(await count('\ufeff'), { rows: 0, finalNewline: true });
    assert.deepEqual(await count('\ufeffa\n'), { rows: 1, finalNewline: true });
  });

  test('it costs a few checkpoints, not an entry for every line', async () => {
    const bytes = Buffer.from('{"a":1}\n'.repeat(200_000));
    const index = await new LineIndex(bytes.length).build(bytesSource(bytes));
    assert.equal(index.lines, 200_000);
    let checkpoints = 0;
    for (let line = 0; line < index.lines; ) {
      const checkpoint = index.checkpointOf(line);
      checkpoints++;
      line = checkpoint.line + checkpoint.lines;
    }
    assert.ok(checkpoints <= bytes.length / CHECKPOINT_BYTES + 2, `${checkpoints}`);
  });

  test('an aborted build goes on where it stopped, and rows are readable meanwhile', async () => {
    const bytes = Buffer.from(Array.from({ length: 40_000 }, (_, i) => `row ${i} ${'.'.repeat(i % 40)}`).join('\n'));
    const source = bytesSource(bytes);
    const index = new LineIndex(source.sizeBytes);
    const store = new RecordStore(source, index);
    const abort = new AbortController();
    await assert.rejects(index.build(source, { signal: abort.signal, onProgress: () => abort.abort() }), { name: 'Cancelled' });
    assert.ok(index.lines > 0 && !index.complete);
    store.grow();
    assert.match((await store.texts(store.rows - 1, 1))[0]!, new RegExp(`^row ${store.rows - 1} \\.*$`));
    store.apply([{ at: 1, removed: ['row 1 .'], inserted: ['first', 'second'] }]);
    await index.build(source);
    store.grow();
    assert.equal(store.rows, 40_001);
    assert.deepEqual(await store.texts(0, 4), ['row 0 ', 'first', 'second', 'row 2 ..']);
    assert.match((await store.texts(40_000, 1))[0]!, /^row 39999 /);
  });

  test('a line of many megabytes is read only as far as asked', async () => {
    const bytes = Buffer.concat([Buffer.from('a\nb\n'), Buffer.alloc(20_000_000, 'é'), Buffer.from('\nend')]);
    let largest = 0;
    const plain = bytesSource(bytes);
    const source: ByteSource = { ...plain, read: (offset, length) => ((largest = Math.max(largest, length)), plain.read(offset, length)) };
    const store = new RecordStore(source, await new LineIndex(bytes.length).build(source));
    largest = 0;
    const [line] = await store.read(2, 1, 1001);
    assert.deepEqual({ ...line, text: line!.text.length }, { text: 500, sizeBytes: 20_000_000, cut: true });
    assert.deepEqual(await store.texts(3, 1), ['end']);
    assert.ok(largest <= CHECKPOINT_BYTES, `${largest}`);
  });
});

describe('rows with edits against a naive model', () => {
  for (let seed = 1; seed <= 60; seed++) {
    test(`seed ${seed}`, async () => {
      const rng = createRng(seed);
      const bom = rng.below(4) === 0 ? '\ufeff' : '';
      const file = Buffer.from(bom + Array.from({ length: rng.below(80) }, () => randomLine(rng)).join('\n') + (rng.below(2) ? '\n' : ''));
      const naive = naiveLines(file);
      const model = latin1(naive.lines);
      const store = await open(file);
      assert.deepEqual(await store.texts(0, 1e9), model);
      assert.ok((await written(store)).equals(file), 'an untouched file is written back to the byte');

      const log = new EditLog();
      const history: string[][] = [[...model]];
      let rows = [...model];
      for (let step = 0; step < 40; step++) {
        const action = rng.below(10);
        if (action < 6 || log.position === 0) {
          const splices = randomSplices(rng, rows);
          store.apply(log.add('edit', splices).splices);
          for (const { at, removed, inserted } of [...splices].reverse()) rows.splice(at, removed.length, ...inserted);
          history.length = log.position;
          history.push([...rows]);
        } else {
          const target = log.applied[rng.below(log.position)]!;
          const undoing = log.undo(target.id);
          for (const splices of undoing) store.apply(splices);
          assert.deepEqual(log.undo(target.id), [], 'undoing twice does nothing');
          rows = [...history[log.position]!];
          if (rng.below(2)) {
            for (const splices of log.redo(target.id)) store.apply(splices);
            assert.deepEqual(log.redo(target.id), [], 'redoing twice does nothing');
            rows = [...history[log.position]!];
          }
        }
        if (rng.below(8) === 0) save(log);
        const from = rng.below(rows.length + 1);
        assert.deepEqual(await store.texts(from, 7), rows.slice(from, from + 7));
        assert.equal(store.rows, rows.length);
      }
      assert.deepEqual(await store.texts(0, 1e9), rows);
      const lines = naive.finalNewline || rows.at(-1) === '' ? rows.map((row) => `${row}\n`).join('') : rows.join('\n');
      assert.equal((await written(store)).toString(), bom + lines);

      // what a journal would hold leads from the start to the same rows in one step
      const fresh = await open(file);
      fresh.apply(composeSteps(log.applied.map((edit) => edit.splices)));
      assert.deepEqual(await fresh.texts(0, 1e9), rows);
    });
  }

  function randomSplices(rng: Rng, rows: readonly string[]): Splice[] {
    const splices: Splice[] = [];
    let at = 0;
    for (let n = 1 + rng.below(3); n > 0 && at <= rows.length; n--) {
      at += rng.below(rows.length - at + 1);
      const removed = rows.slice(at, at + rng.below(3));
      const inserted = Array.from({ length: rng.below(3) }, () => randomLine(rng));
      if (removed.length + inserted.length > 0) splices.push({ at, removed, inserted });
      at += removed.length + 1;
    }
    return splices;
  }
});

describe('edit log', () => {
  const set = (at: number, before: string, after: string): Splice[] => [{ at, removed: [before], inserted: [after] }];

  test('typing in one field is one edit, until something comes between', () => {
    const log = new EditLog();
    assert.equal(log.add('Edit', set(3, 'a', 'ab'), 'field').isNew, true);
    const more = log.add('Edit', set(3, 'ab', 'abc'), 'field');
    assert.equal(more.isNew, false);
    assert.deepEqual(more.edit.splices, set(3, 'a', 'abc'));
    log.seal();
    assert.equal(log.add('Edit', set(3, 'abc', 'abcd'), 'field').isNew, true);
    assert.equal(log.add('Edit', set(4, 'x', 'y'), 'other').isNew, true);
    assert.deepEqual(log.undo(log.applied.at(-1)!.id), [[{ at: 4, removed: ['y'], inserted: ['x'] }]]);
    assert.equal(log.add('Edit', set(3, 'abcd', 'abcde'), 'field').isNew, true, 'an undo ends the stroke');
  });

  test('undo goes on behind a save, and dirty follows', () => {
    const log = new EditLog();
    const { edit } = log.add('one', set(0, 'a', 'b'));
    assert.equal(log.dirty, true);
    save(log);
    assert.equal(log.dirty, false);
    assert.deepEqual(log.undo(edit.id), [set(0, 'b', 'a')]);
    assert.equal(log.dirty, true);
    assert.deepEqual(composeSteps(log.sinceSave()), set(0, 'b', 'a'));
    // the saved edit is dropped for a new one: the way back to the file is still known
    log.add('two', set(1, 'x', 'y'));
    assert.deepEqual(composeSteps(log.sinceSave()), [...set(0, 'b', 'a'), ...set(1, 'x', 'y')]);
    assert.equal(log.revert(), undefined);
  });

  test('edits made while a save is under way stay unsaved', () => {
    const log = new EditLog();
    log.add('one', set(0, 'a', 'b'));
    log.beginSave();
    log.add('two', set(0, 'b', 'c'));
    log.endSave(true);
    assert.deepEqual(log.sinceSave(), [set(0, 'b', 'c')]);
    log.beginSave();
    log.undo(log.applied[0]!.id);
    log.add('three', set(1, 'x', 'y'));
    log.endSave(true);
    assert.deepEqual(composeSteps(log.sinceSave()), [...set(0, 'c', 'a'), ...set(1, 'x', 'y')]);
    log.beginSave();
    log.endSave(false);
    assert.equal(log.dirty, true);
  });

  test('revert goes back to the save and keeps what was before it', () => {
    const log = new EditLog();
    const first = log.add('one', set(0, 'a', 'b')).edit;
    save(log);
    const second = log.add('two', set(0, 'b', 'c')).edit;
    assert.deepEqual(log.revert(), [set(0, 'c', 'b')]);
    assert.equal(log.dirty, false);
    assert.deepEqual(log.redo(second.id), []);
    assert.deepEqual(log.undo(first.id), [set(0, 'b', 'a')]);
  });

  test('rows are followed through splices and back', () => {
    const splices: Splice[] = [
      { at: 1, removed: ['b'], inserted: [] },
      { at: 3, removed: ['d'], inserted: ['D'] },
      { at: 5, removed: [], inserted: ['x', 'y'] },
    ];
    assert.deepEqual([0, 1, 2, 3, 4, 5].map((row) => rowAfter(splices, row)), [0, undefined, 1, 2, 3, 6]);
    assert.deepEqual(invertSplices(splices).map((splice) => splice.at), [1, 2, 4]);
  });
});
