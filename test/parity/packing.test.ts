/** Packing against TRL's pack_dataset and the positions of its collator, recorded by test/parity/record/packing.py. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { collateCausal } from '../../src/train/batch.ts';
import { packRows } from '../../src/train/packing.ts';
import { createRowStore } from '../../src/train/rowStore.ts';

interface Recording {
  lengths: number[];
  cases: { strategy: 'bfd' | 'bfd_split'; length: number; rows: [row: number, count: number][][] }[];
  positions: { first: number; length: number; rows: number[][] };
}

const recording = JSON.parse(readFileSync(join('test', 'parity', 'packing.json'), 'utf8')) as Recording;

/** A token is the number of its row, so that a packed row tells where it came from. */
function storeOf(lengths: readonly number[]) {
  const store = createRowStore(lengths.length, 'rows');
  lengths.forEach((length, row) => store.add({ line: row + 1, problems: [], sides: [{ side: 'row', ids: Array.from({ length }, () => row), trained: Array.from({ length }, () => 1), promptLength: 0, truncatedFrom: null, dropped: null }] }));
  return store;
}

function runs(ids: Iterable<number>): [number, number][] {
  const found: [number, number][] = [];
  for (const id of ids) {
    if (found.at(-1)?.[0] === id) found.at(-1)![1]++;
    else found.push([id, 1]);
  }
  return found;
}

describe('rows are packed as TRL packs them', () => {
  for (const { strategy, length, rows } of recording.cases) {
    test(`${strategy}, ${length} tokens`, () => {
      const packed = packRows(storeOf(recording.lengths), length, strategy);
      assert.deepEqual(Array.from({ length: packed.count }, (_, row) => runs(packed.sequence(row).ids)), rows);
    });
  }

  test('positions begin anew with each sequence', () => {
    const { first, length, rows } = recording.positions;
    const packed = packRows(storeOf(recording.lengths.slice(0, first)), length, 'bfd_split');
    const all = Array.from({ length: packed.count }, (_, row) => row);
    assert.equal(packed.count, rows.length);
    for (const row of all) {
      const { places } = collateCausal(packed, [row], 0).inputs;
      assert.deepEqual([...places!.data].slice(0, packed.length(row)), rows[row]);
    }
  });
});
