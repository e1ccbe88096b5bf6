/** The row on the card keeps its identity while rows change around it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moveShown, type ShownRow } from '../../../../webview/dataset/shownRow.ts';

const after = (row: number, ...changes: { at: number; removed: number; inserted: number }[]): ShownRow => {
  const shown = { row, revision: 1, gone: false };
  moveShown(shown, changes, 2);
  return shown;
};

test('moves with rows that are added and removed before it, and stays for those behind it', () => {
  assert.deepEqual(after(5, { at: 0, removed: 0, inserted: 2 }, { at: 3, removed: 1, inserted: 0 }), { row: 6, revision: 2, gone: false });
  assert.deepEqual(after(5, { at: 6, removed: 1, inserted: 0 }), { row: 5, revision: 2, gone: false });
  assert.deepEqual(after(5, { at: 5, removed: 1, inserted: 1 }), { row: 5, revision: 2, gone: false });
});

test('once removed, it is no other row, whatever comes', () => {
  const shown = after(5, { at: 5, removed: 1, inserted: 0 });
  moveShown(shown, [{ at: 0, removed: 0, inserted: 1 }], 3);
  assert.deepEqual(shown, { row: 5, revision: 1, gone: true });
  assert.equal(after(6, { at: 5, removed: 2, inserted: 1 }).gone, true);
});
