/** What the rows of an open dataset say when they are held against each other: looked for in a thread, once editing rests. */

import { createAcrossPass } from '../../node/acrossPass.ts';
import { startRowThread, type RowThreadOptions } from '../../node/rowThread.ts';
import type { RowProblems } from './rowProblems.ts';

/** A row that is longer is not looked at again, so nothing is said of it. */
const ROW_BYTES = 1024 * 1024;

/** Until it is disposed of, `problems` is told what was found, and again after changes. */
export function followAcrossRows(problems: RowProblems, onError: (error: unknown) => void, options: RowThreadOptions & { restMs?: number } = {}): { dispose(): void } {
  const { document } = problems;
  const pass = createAcrossPass({
    startThread: () => startRowThread(options),
    onError,
    restMs: options.restMs,
    async open(signal) {
      if (!problems.counts || document.head.now.stop) return undefined;
      const { revision, bytes, stale } = await document.content(signal);
      return {
        chunks: bytes,
        format: document.format?.id,
        async again(lines) {
          const texts: string[] = [];
          for (const line of lines) texts.push((await document.read(line, 1, ROW_BYTES))[0]?.text ?? '');
          return texts;
        },
        isStale: () => stale() || document.revision !== revision,
      };
    },
    onFound: (found) => problems.setAcross(found),
  });
  const again = () => pass.restart();
  const stops = [problems.restarted.on(again), document.rowsChanged.on(again), document.grown.on(again)];
  return {
    dispose() {
      for (const stop of stops) stop();
      pass.dispose();
    },
  };
}
