/** What a key does to the row on the card: the operation, and where the focus is then. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formats } from '../../../../src/dataset/formats/index.ts';
import { planChange, type RowAction } from '../../../../webview/dataset/rowActions.ts';
import { layoutRow } from '../../../../webview/dataset/rowLayout.ts';

const conversation = layoutRow('{"messages": [{"role": "user", "content": "ab"}, {"role": "assistant", "content": "c"}]}', formats.get('messages').fields)!;
const pair = layoutRow('{"prompt": "p", "chosen": "c", "rejected": "r"}', formats.get('preference').fields)!;
const marked = layoutRow('{"prompt": "p", "completion": "c", "label": true}', formats.get('unpaired-preference').fields)!;
const steps = layoutRow('{"prompt": "p", "completions": ["a", "b"], "labels": [true, false]}', formats.get('stepwise').fields)!;
const turn = (index: number) => conversation.sections[0]!.units[index];
const names = { role: 'role', content: 'content' };

describe('an action', () => {
  const cases: [string, ReturnType<typeof planChange>, unknown][] = [
    ['adds a turn after the one with the focus, and edits it', planChange('addTurn', conversation, turn(0), undefined), { op: { op: 'addTurn', path: ['messages'], index: 1, role: 'assistant', names }, focus: { id: 'messages.1', edit: true } }],
    ['adds a turn at the end without a focus', planChange('addTurn', conversation, undefined, undefined), { op: { op: 'addTurn', path: ['messages'], index: 2, role: 'user', names }, focus: { id: 'messages.2', edit: true } }],
    ['deletes a turn, and the focus stays near', planChange('deleteTurn', conversation, turn(1), undefined), { op: { op: 'deleteTurn', path: ['messages'], index: 1 }, focus: { id: 'messages.0', edit: false } }],
    ['moves a turn, and the focus with it', planChange('moveTurnDown', conversation, turn(0), undefined), { op: { op: 'moveTurn', path: ['messages'], index: 0, to: 1 }, focus: { id: 'messages.1', edit: false } }],
    ['does not move a turn out of its row', planChange('moveTurnUp', conversation, turn(0), undefined), 'at-the-end'],
    ['splits a turn at the cursor', planChange('splitTurn', conversation, turn(0), 1), { op: { op: 'splitTurn', path: ['messages'], index: 0, at: 1, content: 'content' }, focus: { id: 'messages.1', edit: false } }],
    ['splits nothing without a cursor', planChange('splitTurn', conversation, turn(0), undefined), 'no-cursor'],
    ['swaps the sides', planChange('swapAnswers', pair, undefined, undefined), { op: { op: 'swap', keys: ['chosen', 'rejected'] } }],
    ['copies the side with the focus', planChange('copyAcross', pair, pair.sections[2]!.units[0], undefined), { op: { op: 'copy', from: 'rejected', to: 'chosen' } }],
    ['asks which side is to be copied', planChange('copyAcross', pair, pair.sections[0]!.units[0], undefined), 'no-side'],
    ['marks', planChange('markBad', marked, undefined, undefined), { op: { op: 'setFlag', path: ['label'], value: false } }],
    ['marks the step with the focus', planChange('markGood', steps, steps.sections[1]!.units[1], undefined), { op: { op: 'setFlag', path: ['labels', 1], value: true } }],
    ['does not mark twice', planChange('markGood', marked, undefined, undefined), 'already'],
  ];
  for (const [name, planned, expect] of cases) test(name, () => assert.deepEqual(planned, expect));

  test('says where a row has no place for it', () => {
    const nothing = (action: RowAction, layout = pair) => planChange(action, layout, layout.sections[0]!.units[0], 0);
    assert.deepEqual([nothing('addTurn'), nothing('deleteTurn'), nothing('moveTurnUp'), nothing('splitTurn'), nothing('swapAnswers', marked), nothing('markGood')], ['no-turns', 'no-turn', 'no-turn', 'no-turn', 'no-sides', 'no-flag']);
  });
});
