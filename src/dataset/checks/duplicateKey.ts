/** One key given twice in an object. */

import type { RowNode } from '../rowSyntax.ts';
import type { RowCheck } from './check.ts';

export const duplicateKey = {
  id: 'duplicate-key',
  severity: 'error',
  title: 'A key is given twice',
  effect: '`datasets` stops ("Column was specified twice"); inside a turn, and in most other programs, the last one wins in silence.',
  on: 'record',
  check(row, report) {
    if (keysWritten(row.text) === keysRead(row.record)) return;
    const waiting: RowNode[] = row.tree.root ? [row.tree.root] : [];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      if (node.type === 'array') waiting.push(...node.items);
      if (node.type !== 'object') continue;
      const seen = new Set<string>();
      for (const { key, keyStart, keyEnd, value } of node.entries) {
        if (seen.has(key)) report({ at: { start: keyStart, end: keyEnd }, message: `"${key}" is given twice in one object: loading stops here, or the first one is lost.` });
        seen.add(key);
        if (value) waiting.push(value);
      }
    }
  },
  examples: [
    { line: '{"text": "a", "text":"b"}', marks: [14, 20] },
    { line: '{"messages": [{"role": "user", "content": "a", "\\u0072ole": "user"}]}', marks: '"\\u0072ole"' },
  ],
  counterExamples: [
    { line: '{"text": "\\"text\\": ", "Text": {"text": ["text:", "text"]}}' },
    { line: '{"a": [{"b": 1}, {"b": 2}], "b" : 3, "__proto__": {"b": 4}}' },
  ],
} as const satisfies RowCheck;

/** How many keys stand in valid JSON: every string that a colon follows. Jumps from quote to quote, so it costs little. */
function keysWritten(text: string): number {
  let keys = 0;
  for (let open = text.indexOf('"'); open >= 0; ) {
    let close = text.indexOf('"', open + 1);
    while (text.charCodeAt(close - 1) === 92 && isEscaped(text, close)) close = text.indexOf('"', close + 1);
    let next = close + 1;
    let c = text.charCodeAt(next);
    while (c === 32 || c === 9 || c === 13) c = text.charCodeAt(++next);
    if (c === 58) keys++;
    open = text.indexOf('"', next);
  }
  return keys;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === 92) first--;
  return (at - first) % 2 === 1;
}

/** How many keys the parsed value has: fewer when one was given twice. Without recursion, for any depth. */
function keysRead(value: unknown): number {
  let keys = 0;
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (Array.isArray(next)) {
      for (const item of next) if (typeof item === 'object') waiting.push(item);
      continue;
    }
    for (const key of Object.keys(next)) {
      keys++;
      const inner = (next as Record<string, unknown>)[key];
      if (typeof inner === 'object') waiting.push(inner);
    }
  }
  return keys;
}
