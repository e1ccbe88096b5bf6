/** The end of a run's log.txt. */

import { promises as fs } from 'node:fs';
import { runPaths } from '../../run/directory.ts';

/** At most `maxBytes`, beginning with a whole line; empty while there is no log. */
export async function readLogTail(dir: string, maxBytes: number): Promise<{ text: string; cut: boolean }> {
  const handle = await fs.open(runPaths(dir).log, 'r').catch(() => undefined);
  if (!handle) return { text: '', cut: false };
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - maxBytes);
    const buffer = Buffer.alloc(size - from);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    const data = buffer.subarray(0, bytesRead);
    const start = from === 0 ? 0 : data.indexOf(10) + 1;
    // What programs print for a terminal (colours, a bar that redraws itself) is noise here.
    const text = data.toString('utf8', start).replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/^.*\r(?!\n)/gm, '');
    return { text: text.trimEnd(), cut: from > 0 };
  } finally {
    await handle.close();
  }
}
