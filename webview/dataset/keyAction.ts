/** What a key means in the dataset editor, by what has the focus. No DOM. */

import { datasetActions, datasetKeys, type DatasetAction } from '../../src/protocol/datasetKeys.ts';

export interface KeyPlace {
  inField: boolean;
  inList: boolean;
  /** On a text or turn of the card itself. */
  onUnit: boolean;
  /** On the card, or on a text or turn of it. */
  onCard: boolean;
}

type Press = Pick<KeyboardEvent, 'key' | 'isComposing' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

const plain = new Map(datasetActions.flatMap((action) => (datasetKeys[action].plain === undefined ? [] : [[datasetKeys[action].plain!.toLowerCase(), action] as const])));

/** What a key without modifiers means here; undefined: not ours. Chords are VS Code's. */
export function keyAction(event: Press, place: KeyPlace): DatasetAction | 'moveDown' | 'moveUp' | undefined {
  if (event.isComposing || event.key === 'Process' || event.ctrlKey || event.metaKey || event.altKey || place.inField) return undefined;
  if (event.shiftKey && event.key !== '?' && event.key !== '/') return undefined;
  if (place.onCard && event.key === 'Enter') return 'editText';
  if (place.onUnit && event.key === 'ArrowDown') return 'moveDown';
  if (place.onUnit && event.key === 'ArrowUp') return 'moveUp';
  const action = plain.get(event.key.toLowerCase());
  const within = action && datasetKeys[action].within;
  return (within === 'list' && !place.inList) || (within === 'unit' && !place.onUnit) ? undefined : action;
}
