/** events.jsonl on disk: the one writer that appends whole lines, and readers that follow the file without ever reading a byte twice. */

import { closeSync, fstatSync, openSync, promises as fs, readSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { isCancelled, sleep } from '../core/abort.ts';
import { createEventReader, eventLine, type EventReader, type RunEvent } from '../run/event.ts';
import { diskError, isMissing } from './files.ts';

export interface EventWriter {
  /** Appends one line, on disk when this returns (not synced: a power cut may lose it, a killed process does not). */
  append(event: RunEvent): void;
  close(): void;
}

/** Opens for appending. A torn last line of a killed writer is closed with a newline first, so that it harms only itself. */
export function openEventWriter(path: string): EventWriter {
  let fd: number;
  try {
    fd = openSync(path, 'a+');
    const size = fstatSync(fd).size;
    const last = Buffer.alloc(1);
    if (size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 10) writeSync(fd, '\n');
  } catch (error) {
    throw diskError(error, path);
  }
  let torn = false;
  return {
    append(event) {
      try {
        const data = Buffer.from(`${torn ? '\n' : ''}${eventLine(event)}\n`, 'utf8');
        for (let done = 0; done < data.length; ) {
          torn = true; // stays so when the disk is full in mid-line
          done += writeSync(fd, data, done);
        }
        torn = false;
      } catch (error) {
        throw diskError(error, path);
      }
    },
    close: () => closeSync(fd),
  };
}

export interface TailOptions {
  /** Begin at this byte instead of the first: the start of a line, such as the size of the file earlier. */
  from?: number;
  /** How often to look for more, in ms. Network file systems send no change events, so this polls. */
  pollMs?: number;
  /** Called once, when everything that was there at the start has been delivered. */
  onCaughtUp?: () => void;
  /** Called when the file became shorter (copied over, truncated): what was delivered so far is void and all of it comes again. */
  onReset?: () => void;
  /** Gets every line that is a JSON object as it stands in the file, also of a type that this version does not know. */
  onLine?: (line: string) => void;
  /** Called when lines were read past: unknown types, broken lines. */
  onSkipped?: (reader: EventReader) => void;
  /** Ends by itself when this says so, asked after each delivery and each poll. */
  until?: () => boolean | Promise<boolean>;
  /** Bytes per read. A slice is parsed in a few milliseconds, then the thread is given back. */
  sliceBytes?: number;
}

/**
 * Follows an event file from its beginning: delivers batches in order until the signal aborts (then it returns, without an error) or
 * `until` says so. A missing file is waited for.
 */
export async function tailEvents(path: string, onEvents: (events: RunEvent[]) => void, signal?: AbortSignal, options: TailOptions = {}): Promise<void> {
  const buffer = Buffer.allocUnsafe(options.sliceBytes ?? 128 * 1024);
  let position = options.from ?? 0;
  let size = -1;
  let head: Buffer = Buffer.alloc(0);
  let reader = createEventReader(options.onLine);
  let decoder = new StringDecoder('utf8');
  let caughtUp = false;
  const reset = () => {
    position = 0;
    head = Buffer.alloc(0);
    reader = createEventReader(options.onLine);
    decoder = new StringDecoder('utf8');
    options.onReset?.();
  };
  try {
    while (!signal?.aborted) {
      const handle = await fs.open(path, 'r').catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw diskError(error, path);
      });
      if (handle) {
        try {
          const stat = await handle.stat();
          if (stat.size !== size) {
            // Another file in its place begins with another time. (Inodes would tell as well, but not on every network file system.)
            if (stat.size < position || !(await readHead(handle, head.length)).equals(head)) reset();
            size = stat.size;
            if (head.length < headBytes) head = await readHead(handle, Math.min(headBytes, size));
          }
          while (!signal?.aborted) {
            const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
            if (bytesRead === 0) break;
            position += bytesRead;
            const skipped = reader.skipped;
            const events = reader.feed(decoder.write(buffer.subarray(0, bytesRead)));
            if (events.length > 0) onEvents(events);
            if (reader.skipped > skipped) options.onSkipped?.(reader);
          }
        } finally {
          await handle.close();
        }
      } else if (position > 0) {
        reset();
      }
      if (signal?.aborted) return;
      if (!caughtUp) {
        caughtUp = true;
        options.onCaughtUp?.();
      }
      if (await options.until?.()) return;
      await sleep(options.pollMs ?? 250, signal);
    }
  } catch (error) {
    if (isCancelled(error)) return;
    throw error;
  }
}

const headBytes = 256;

async function readHead(handle: fs.FileHandle, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
  return buffer.subarray(0, bytesRead);
}

/** Every event of a file, once. For tests and short runs; views fold `tailEvents` instead. */
export async function readEvents(path: string): Promise<RunEvent[]> {
  const all: RunEvent[] = [];
  await tailEvents(path, (events) => void all.push(...events), undefined, { until: () => true });
  return all;
}

/** The first events of a file. */
export async function readFirstEvents(path: string, maxBytes = 64 * 1024): Promise<RunEvent[]> {
  const handle = await fs.open(path, 'r').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw diskError(error, path);
  });
  if (!handle) return [];
  try {
    return createEventReader().feed((await readHead(handle, maxBytes)).toString('utf8'));
  } finally {
    await handle.close();
  }
}

/** The last events of a file, read backwards from its end: enough for a status without reading a long run. Oldest first. */
export async function readLastEvents(path: string, maxBytes = 256 * 1024): Promise<RunEvent[]> {
  const handle = await fs.open(path, 'r').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw diskError(error, path);
  });
  if (!handle) return [];
  try {
    const { size } = await handle.stat();
    for (let bytes = maxBytes; ; bytes *= 4) {
      const from = Math.max(0, size - bytes);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
      const data = buffer.subarray(0, bytesRead);
      // Not at the start of the file: the first line is probably only the end of one.
      const start = from === 0 ? 0 : data.indexOf(10) + 1;
      const events = from > 0 && start === 0 ? [] : createEventReader().feed(`${data.toString('utf8', start)}\n`);
      if (events.length > 0 || from === 0) return events; // else one line is longer than all that: look further back
    }
  } finally {
    await handle.close();
  }
}
