/** What a view remembers: every letter as soon as it is typed, and nothing of another version. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

interface Memory {
  draft: string;
  asked: string[];
}
const initial: Memory = { draft: '', asked: [] };
const isMemory = (stored: Record<string, unknown>) => typeof stored.draft === 'string';

let kept: unknown;
Object.assign(globalThis, { acquireVsCodeApi: () => ({ getState: () => kept, setState: (state: unknown) => (kept = structuredClone(state)), postMessage: () => undefined }) });

test('a page that ends right after a letter has kept it', async () => {
  const { openViewState } = await import('../../../../webview/shared/viewState.ts');
  const first = openViewState(1, initial, isMemory);
  assert.deepEqual(first.value, initial);
  first.update({ asked: ['one'] });
  for (const draft of ['W', 'Wh', 'Who']) first.update({ draft });
  assert.deepEqual(openViewState(1, initial, isMemory).value, { draft: 'Who', asked: ['one'] });
  assert.deepEqual(openViewState(2, initial, isMemory).value, initial);
  kept = { version: 1, value: { draft: 3 } };
  assert.deepEqual(openViewState(1, initial, isMemory).value, initial);
});
