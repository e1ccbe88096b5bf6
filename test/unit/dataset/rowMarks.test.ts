/** Rows with one answer that is good or bad: the mark in the list, and in a new row. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyRow } from '../../../src/dataset/emptyRow.ts';
import { unpairedPreference } from '../../../src/dataset/formats/unpairedPreference.ts';
import { summariseRow } from '../../../src/dataset/rowSummary.ts';

const summary = (text: string) => summariseRow({ text, cut: false, sizeBytes: text.length }, unpairedPreference.fields);

test('the list tells good from bad, where the label is one', () => {
  assert.deepEqual(['true', 'false', '"good"'].map((label) => summary(`{"prompt": "a", "completion": "b", "label": ${label}}`).flag), [true, false, undefined]);
});

test('a new row has a label, so that it can be used once it is written', () => {
  assert.equal(emptyRow(unpairedPreference.fields, '{"prompt":"a","completion":"b","label":false}'), '{"prompt":"","completion":"","label":true}');
});
