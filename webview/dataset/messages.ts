/** What the page says to the person: in a bar, and to screen readers. No DOM. */

import type { Bars } from './bars.ts';

export interface Messages {
  tell(text: string): void;
  /** Says why, once for each error: several things may wait for the one that failed. */
  fail(error: unknown): void;
  /** Says why where it fails. */
  run(task: Promise<unknown>): void;
}

export function createMessages(say: Bars['say'], announce: (text: string) => void): Messages {
  let told: unknown;
  const fail = (error: unknown) => {
    if (error === told) return;
    told = error;
    const text = error instanceof Error ? error.message : String(error);
    say(text);
    announce(text);
  };
  return {
    tell(text) {
      announce(text);
      say(text, 'info');
    },
    fail,
    run: (task) => void task.catch(fail),
  };
}
