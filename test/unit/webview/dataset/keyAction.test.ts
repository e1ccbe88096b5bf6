/** What keys mean, by one table: plain ones outside fields only, never while an input method composes; no key twice. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { keybindings } from '../../../../src/host/manifest/keybindings.ts';
import { datasetActions, datasetKeys } from '../../../../src/protocol/datasetKeys.ts';
import { keyAction, type KeyPlace } from '../../../../webview/dataset/keyAction.ts';

const press = (key: string, more: object = {}) => ({ key, isComposing: false, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });
const place = (at: Partial<KeyPlace> = {}): KeyPlace => ({ inField: false, inList: false, onUnit: false, onCard: false, ...at });

describe('keys of the dataset editor', () => {
  test('do what the table says, wherever that is', () => {
    for (const action of datasetActions) {
      const { plain, within } = datasetKeys[action];
      if (plain === undefined) continue;
      const there = place(within === 'list' ? { inList: true } : within === 'unit' ? { onUnit: true, onCard: true } : {});
      assert.equal(keyAction(press(plain, { shiftKey: plain === '?' }), there), action);
      if (within) assert.equal(keyAction(press(plain), place()), undefined, plain);
    }
  });

  test('are letters in a text, with a modifier, and while an input method composes', () => {
    for (const [event, at] of [[press('n'), place({ inField: true })], [press('n', { ctrlKey: true }), place()], [press('n', { altKey: true }), place()], [press('N', { shiftKey: true }), place()], [press('n', { isComposing: true }), place()], [press('Process'), place()], [press('Backspace'), place({ inField: true, onUnit: true })]] as const) assert.equal(keyAction(event, at), undefined);
  });

  test('move and edit on a text of the card', () => {
    const onUnit = place({ onUnit: true, onCard: true });
    assert.deepEqual(['Enter', 'ArrowDown', 'ArrowUp'].map((key) => keyAction(press(key), onUnit)), ['editText', 'moveDown', 'moveUp']);
    assert.equal(keyAction(press('Enter'), place()), undefined);
  });

  test('are each there once, and every chord is a keybinding of VS Code', () => {
    const plain = datasetActions.map((action) => datasetKeys[action].plain).filter((key) => key !== undefined);
    const chords = datasetActions.map((action) => datasetKeys[action].chord).filter((key) => key !== undefined);
    for (const keys of [plain, chords]) assert.equal(new Set(keys).size, keys.length);
    assert.deepEqual(keybindings.map(({ key }) => key), chords);
    assert.ok(chords.every((chord) => /^f\d|\+/.test(chord)), 'a chord works in text fields, so it is no letter');
  });
});
