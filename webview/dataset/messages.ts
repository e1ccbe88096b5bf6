/** What the page says to the person: in a bar, and to screen readers. */

import { announce } from '../shared/announce.ts';
import type { Bars } from './bars.ts';

export interface Messages {
  tell(text: string): void;
  fail(error: unknown): void;
  /** Says why where it fails. */
  run(task: Promise<unknown>): void;
}

export function createMessages(bars: Pick<Bars, 'say'>): Messages {
  const fail = (error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    bars.say(text);
    announce(text);
  };
  return {
    tell(text) {
      announce(text);
      bars.say(text, 'info');
    },
    fail,
    run: (task) => void task.catch(fail),
  };
}
