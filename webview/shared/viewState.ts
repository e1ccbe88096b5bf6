/** What a view remembers of itself while it is hidden, across window reloads: one typed object with a version, written at every change. */

import { vscodeApi } from './connect.ts';

export interface ViewState<T> {
  /** Restored when the view starts; what was stored by another version, or fails the check, counts as never stored. */
  readonly value: Readonly<T>;
  update(change: Partial<T>): void;
}

export function openViewState<T extends object>(version: number, initial: T, isValid: (stored: Record<string, unknown>) => boolean): ViewState<T> {
  let value: T = initial;
  const stored = vscodeApi.getState() as { version?: unknown; value?: unknown } | undefined;
  if (stored?.version === version && typeof stored.value === 'object' && stored.value !== null && isValid(stored.value as Record<string, unknown>)) {
    value = { ...initial, ...(stored.value as T) };
  }
  return {
    get value() {
      return value;
    },
    update(change) {
      value = { ...value, ...change };
      // At once: a window that reloads gives its views no further turn, and takes the last letters typed with it.
      vscodeApi.setState({ version, value });
    },
  };
}
