/** Columns of the list: by format, as many as there is room for. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formats } from '../../../../src/dataset/formats/index.ts';
import { summariseRow } from '../../../../src/dataset/rowSummary.ts';
import { checkedLayout } from '../../../../src/host/datasetEditor/gridLayout.ts';
import { clampWidth, COLUMN, columnsFor, columnsThatFit } from '../../../../webview/dataset/gridColumns.ts';

const keys = (format: Parameters<typeof formats.get>[0], row: string[] = []) => {
  const { main, columns } = columnsFor(formats.get(format).fields, row);
  return [main, ...columns.map(({ key }) => key)];
};

describe('columns of the list', () => {
  test('are those of the format, then the other keys of the first row', () => {
    assert.deepEqual(keys('preference', ['prompt', 'chosen', 'rejected', 'margin']), ['Prompt', 'chosen', 'rejected', 'margin']);
    assert.deepEqual(keys('unpaired-preference'), ['Prompt', 'completion']);
    assert.deepEqual(keys('prompt-only', ['prompt', 'answer']), ['Prompt', 'answer']);
    assert.deepEqual([keys('sharegpt', ['conversations', 'tools']), keys('sharegpt', ['system', 'conversations'])], [['Conversation', 'tools'], ['System', 'conversations']]);
    assert.deepEqual(columnsFor([], ['question', 'answer']), { main: 'question', columns: [{ key: 'answer', label: 'answer' }] });
    assert.deepEqual(columnsFor([], []), { main: '', columns: [] });
  });

  test('go from the last one on where the list is narrow', () => {
    const columns = ['a', 'b', 'c'].map((key) => ({ key, label: key }));
    const shown = (px: number, width = 100) => columnsThatFit(columns, () => width, px).map(({ key }) => key).join('');
    assert.deepEqual([shown(320), shown(380), shown(500), shown(600), shown(600, 300)], ['', 'a', 'ab', 'abc', 'a']);
  });

  test('have the beginning of each value of a row', () => {
    const text = JSON.stringify({ prompt: 'p', chosen: [{ role: 'assistant', content: 'c\nc' }], score: 1.5, none: null, deep: { a: [1] }, empty: '' });
    assert.deepEqual(summariseRow({ text, sizeBytes: text.length, cut: false }, []).cells, { prompt: 'p', chosen: 'c c', score: '1.5', none: 'null', deep: '{"a":[1]}', empty: '' });
  });

  test('have numbers as they are spelt', () => {
    const text = '{"a": 1.0, "b":12345678901234567890, "c\\"(": -2.50e+1, "d": {"a": 7}}';
    assert.deepEqual(summariseRow({ text, sizeBytes: text.length, cut: false }, []).cells, { a: '1.0', b: '12345678901234567890', 'c"(': '-2.50e+1', d: '{"a":7}' });
  });

  test('are never too narrow to be found again', () => assert.deepEqual([-5, 99.6, 9999].map((px) => clampWidth(px, COLUMN)), [60, 100, 1200]));
});

describe('widths that were stored', () => {
  test('come back, without what is none', () => {
    assert.deepEqual(checkedLayout({ listPx: 500, columns: { preference: { chosen: 200, rejected: 'wide', x: -1 }, text: 5 } }), { listPx: 500, columns: { preference: { chosen: 200 }, text: {} } });
    assert.deepEqual([checkedLayout(undefined), checkedLayout({ listPx: 3 }), checkedLayout({ listPx: null, columns: {} })], [undefined, undefined, { columns: {} }]);
  });
});
