/** Which rows the list shows, against a naive model that keeps every row by name: found in pieces, edited meanwhile, in any order. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng } from '../../../../src/core/rng.ts';
import type { RowChange } from '../../../../src/protocol/datasetView.ts';
import { hasPart, sortOf, togglePart, withSort } from '../../../../webview/dataset/queryText.ts';
import { createRowView } from '../../../../webview/dataset/rowView.ts';

const rowsOf = (view: ReturnType<typeof createRowView>) => view.slice(0, view.count);

describe('the rows in view', () => {
  test('all of them, until something is looked for', () => {
    const view = createRowView(5);
    assert.deepEqual([view.filtered, view.count, view.rowAt(4), view.rowAt(5), view.rowAt(-1), view.indexOf(3), view.indexOf(5)], [false, 5, 4, -1, -1, 3, -1]);
    view.clear();
    view.append([1, 3]);
    view.append([4]);
    assert.deepEqual([view.filtered, rowsOf(view), view.indexOf(3), view.indexOf(2), view.rowAt(2)], [true, [1, 3, 4], 1, -1, 4]);
    assert.equal(view.include(2), 1);
    assert.deepEqual(rowsOf(view), [1, 2, 3, 4]);
    view.order([4, 1]);
    assert.deepEqual([rowsOf(view), view.indexOf(1), view.include(3), rowsOf(view)], [[4, 1], 1, 2, [4, 1, 3]]);
    view.showAll(6);
    assert.deepEqual([view.filtered, view.count], [false, 6]);
  });

  test('follow edits: rows that were added are shown, removed ones go, all others keep their text', () => {
    const rng = createRng(5);
    for (let round = 0; round < 200; round++) {
      let names = Array.from({ length: 40 }, (_, i) => `r${i}`);
      let next = 40;
      const view = createRowView(names.length);
      view.clear();
      let shown = names.filter(() => rng.below(3) === 0);
      const later = shown.slice(shown.length / 2);
      shown = shown.slice(0, shown.length / 2);
      view.append(shown.map((name) => names.indexOf(name)));
      for (let edit = 0; edit < 4; edit++) {
        const changes: RowChange[] = [];
        const after: string[] = [];
        for (let row = 0; row < names.length; ) {
          if (rng.below(12) > 0) {
            after.push(names[row++]!);
            continue;
          }
          const removed = Math.min(rng.below(3), names.length - row);
          const inserted = rng.below(3);
          changes.push({ at: row, removed, inserted });
          for (let i = 0; i < inserted; i++) {
            if (i < removed) after.push(names[row + i]!); // a row in the place of another is that row, edited
            else {
              after.push(`n${next++}`);
              shown.push(after.at(-1)!);
            }
          }
          row += removed;
          if (removed === 0) after.push(names[row++]!);
        }
        view.follow(changes, after.length);
        names = after;
        shown = shown.filter((name) => names.includes(name));
        assert.deepEqual(rowsOf(view), shown.map((name) => names.indexOf(name)).sort((a, b) => a - b));
      }
      // what a search finds later comes into its place
      const found = later.filter((name) => names.includes(name)).map((name) => names.indexOf(name)).sort((a, b) => a - b);
      view.append(found);
      const expected = [...new Set([...shown.map((name) => names.indexOf(name)), ...found])].sort((a, b) => a - b);
      assert.deepEqual(rowsOf(view), expected);
    }
  });
});

test('parts of what is typed are put in and taken out, quotes and all', () => {
  assert.equal(togglePart('capital "of france"', 'problem:any'), 'capital "of france" problem:any');
  assert.equal(togglePart('capital "problem:any x" problem:any', 'problem:any'), 'capital "problem:any x"');
  assert.deepEqual([hasPart('a role:tool', 'role:tool'), hasPart('a "role:tool"', 'role:tool')], [true, false]);
  assert.deepEqual([sortOf('a sort:-length'), sortOf('sorted'), withSort('a sort:x b', '-turns'), withSort('sort:x', '')], ['-length', '', 'a b sort:-turns', '']);
});
