/** A pair whose sides nobody shall know: order, names, problems and figures tell nothing. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formats } from '../../../../src/dataset/formats/index.ts';
import type { RowDetail, RowItem } from '../../../../src/protocol/datasetView.ts';
import { blindDetail, blindItem, blindLayout } from '../../../../webview/dataset/blind.ts';
import { layoutRow } from '../../../../webview/dataset/rowLayout.ts';

const line = '{"prompt": "p", "chosen": "one", "rejected": "two"}';
const layout = layoutRow(line, formats.get('preference').fields)!;

describe('a blind pair', () => {
  test('is A and B in the drawn order, and everything else stays in its place', () => {
    for (const [first, texts] of [['chosen', ['one', 'two']], ['rejected', ['two', 'one']]] as const) {
      const [prompt, ...sides] = blindLayout(layout, first).sections;
      assert.equal(prompt, layout.sections[0]);
      assert.deepEqual(sides.map(({ label, blind, units: [unit] }) => [label, blind, unit!.label, unit!.text]), [['A', true, 'A', texts[0]], ['B', true, 'B', texts[1]]]);
      assert.deepEqual(sides.map(({ side }) => side).sort(), ['chosen', 'rejected'], 'edits still reach the right key');
    }
  });

  test('is only made of pairs', () => {
    const single = layoutRow('{"prompt": "p", "completion": "c"}', formats.get('prompt-completion').fields)!;
    assert.equal(blindLayout(single, 'chosen'), single);
    assert.equal(blindLayout(layout, undefined), layout);
  });

  test('tells no problem that names a side, and no figure', () => {
    const problems = ['"chosen" is empty', 'Rejected ends with a stock phrase', 'The prompt is empty'].map((message) => ({ message }));
    assert.deepEqual(blindDetail({ problems } as RowDetail, ['chosen', 'rejected']).problems.map(({ message }) => message), ['The prompt is empty']);
    assert.deepEqual(blindItem({ text: 'p', delta: 5, severity: 'error', problems: 2 } as RowItem), { text: 'p', severity: undefined, problems: 0 });
  });
});
