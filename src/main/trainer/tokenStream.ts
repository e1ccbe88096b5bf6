/** Text of completions as their tokens come: decoded in the token worker, in order, never half a character. */

import type { TokenWorker } from '../../node/tokenWorker.ts';

export interface TokenStream {
  add(row: number, id: number): void;
  /** Sends what is left of every row, marked as done. `finish` says whose last token is an end token, which is not text. */
  end(finish: readonly ('stop' | 'length')[]): Promise<void>;
}

export function createTokenStream(worker: Pick<TokenWorker, 'decode'>, rows: number, send: (row: number, text: string, done: boolean) => void): TokenStream {
  const ids: number[][] = Array.from({ length: rows }, () => []);
  const sent = new Array<number>(rows).fill(0);
  const waiting = new Set<number>();
  let sending: Promise<void> | undefined;

  /** One decode at a time: while it runs, more tokens gather and go with the next one. */
  const pump = async () => {
    for (const row of waiting) {
      waiting.delete(row);
      // The newest token waits: it may be the end token, which only the generator knows.
      const text = await worker.decode(ids[row]!.slice(0, -1));
      // Bytes of an unfinished character decode to the replacement character.
      if (text.endsWith('\uFFFD')) continue;
      if (text.length > sent[row]!) send(row, text.slice(sent[row]), false);
      sent[row] = Math.max(sent[row]!, text.length);
    }
    sending = undefined;
  };
  return {
    add(row, id) {
      ids[row]!.push(id);
      waiting.add(row);
      sending ??= pump();
      sending.catch(() => undefined);
    },
    async end(finish) {
      await sending;
      for (let row = 0; row < rows; row++) {
        const text = await worker.decode(finish[row] === 'stop' ? ids[row]!.slice(0, -1) : ids[row]!);
        send(row, text.slice(sent[row]), true);
      }
    },
  };
}
