/** Sends what is typed in a field to the extension: a moment after a key, not faster than it is taken, and as one step of undo. */

export interface Stroke {
  /** Names this stay in the field; changes of rows that it causes carry it. */
  readonly id: string;
  /** Text that the extension does not have yet. */
  readonly pending: boolean;
  type(text: string): void;
  /** Sends at once what is left; settles when it is there. */
  end(): Promise<void>;
}

const SEND_AFTER_MS = 150;
let strokes = 0;
// two pages of one document must not share a stroke
const page = Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(16).padStart(2, '0')).join('');

export function beginStroke(send: (text: string, stroke: string) => Promise<void>): Stroke {
  const id = `${page}-${++strokes}`;
  let unsent: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending = 0;
  let last: Promise<void> = Promise.resolve();

  // requests arrive in the order they are sent, so the last one need not wait for those before it
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (unsent === undefined) return last;
    const text = unsent;
    unsent = undefined;
    sending++;
    last = send(text, id).finally(() => sending--);
    return last;
  };
  const later = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (sending > 0) later(); // the extension is busy: one request at a time is enough for typing
      else void flush().catch(() => undefined); // `send` has told the person
    }, SEND_AFTER_MS);
  };

  return {
    id,
    get pending() {
      return unsent !== undefined || sending > 0;
    },
    type(text) {
      unsent = text;
      later();
    },
    end: () => flush().catch(() => undefined),
  };
}
