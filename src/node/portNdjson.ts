/** A port over two byte streams: one JSON object a line, both ways. Between a client and a trainer that serves, over stdin and stdout. */

import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { stringifyJson } from '../core/text.ts';
import type { Port } from '../protocol/rpc.ts';

export interface NdjsonOptions {
  /** A line longer than this ends the connection: the other side is broken, or is not ours. */
  maxLineChars?: number;
  /** Called with a line that is no JSON object (a library that prints to stdout); it is read past. */
  onForeign?: (line: string) => void;
  /** Called once, when the other side closed its end or the line became too long. */
  onClosed?: (reason: string) => void;
}

export function ndjsonPort(input: Readable, output: Writable, options: NdjsonOptions = {}): Port {
  const maxLineChars = options.maxLineChars ?? 64 * 1024 * 1024;
  const listeners = new Set<(message: unknown) => void>();
  const decoder = new StringDecoder('utf8');
  let rest: string[] = [];
  let restChars = 0;
  let closed = false;
  // What arrives before anybody listens waits: the peer may be connected a little later than its process.
  let early: unknown[] = [];

  const close = (reason: string) => {
    if (closed) return;
    closed = true;
    options.onClosed?.(reason);
  };
  const deliver = (line: string) => {
    if (line.trim() === '') return;
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      return options.onForeign?.(line);
    }
    if (typeof message !== 'object' || message === null) return options.onForeign?.(line);
    if (listeners.size === 0) early.push(message);
    for (const listener of [...listeners]) listener(message);
  };
  input.on('data', (chunk: Buffer | string) => {
    if (closed) return;
    const text = typeof chunk === 'string' ? chunk : decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      rest.push(text.slice(start, end));
      const line = rest.length === 1 ? rest[0]! : rest.join('');
      rest = [];
      restChars = 0;
      start = end + 1;
      deliver(line);
    }
    if (start < text.length) {
      rest.push(text.slice(start));
      restChars += text.length - start;
      if (restChars > maxLineChars) close(`A message is longer than ${maxLineChars} characters.`);
    }
  });
  input.on('end', () => close('The other side closed the connection.'));
  input.on('close', () => close('The other side closed the connection.'));
  input.on('error', (error) => close(error.message));
  output.on('error', (error) => close(error.message)); // EPIPE: the reader is gone

  return {
    post(message) {
      if (!closed && output.writable) output.write(`${stringifyJson(message)}\n`);
    },
    listen(onMessage) {
      listeners.add(onMessage);
      if (early.length > 0) {
        const waiting = early;
        early = [];
        // The caller gets its unlisten function before the first message.
        queueMicrotask(() => waiting.forEach((message) => listeners.has(onMessage) && onMessage(message)));
      }
      return () => void listeners.delete(onMessage);
    },
  };
}
