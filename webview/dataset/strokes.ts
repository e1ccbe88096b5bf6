/** Sends what is typed in a field to the extension: a moment after the last key, one request at a time, as one step of undo. */

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
  let sending: Promise<void> | undefined;

  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (unsent === undefined) return sending ?? Promise.resolve();
    if (sending) return sending.then(flush);
    const text = unsent;
    unsent = undefined;
    sending = send(text, id).finally(() => (sending = undefined));
    return sending.then(() => (unsent === undefined ? undefined : flush()));
  };

  return {
    id,
    get pending() {
      return unsent !== undefined || sending !== undefined;
    },
    type(text) {
      unsent = text;
      timer ??= setTimeout(() => {
        timer = undefined;
        void flush().catch(() => undefined); // `send` has told the person
      }, SEND_AFTER_MS);
    },
    end: () => flush().catch(() => undefined),
  };
}
