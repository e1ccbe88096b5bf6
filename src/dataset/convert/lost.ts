/** What of a row's meaning is not in the row that was made of it: found by reading that row again, so that no format has to say what it cannot hold. */

import { isObject } from '../../core/isObject.ts';
import type { ContentPart, Example, Message } from '../example.ts';
import { framed, type Loss } from './kinds.ts';

/** One entry for each key, however often it is lost in the row. */
export function lostIn(meant: Example, read: Example): Loss[] {
  const lost = new Map<string, string>();
  if (meant.kind === 'prompt-completion' && read.kind !== meant.kind && typeof meant.prompt === 'string') lost.set('prompt', framed.what);
  const [a, b] = meant.kind === read.kind ? [meant, read] : [asTurns(meant), asTurns(read)];
  compare(a, b, '', (key, what) => void (lost.has(key) || lost.set(key, what)));
  return [...lost].map(([key, what]) => ({ key, what, ...(what === framed.what && framed) }));
}

/** A prompt with its answer and the conversation of both say the same where the answer is all that is learnt. */
function asTurns(example: Example): Example {
  if (example.kind !== 'prompt-completion') return example;
  const turns = (content: string | Message[], role: string) => (typeof content === 'string' ? [{ role, content }] : content);
  const { prompt, completion, kind: _kind, ...inputs } = example;
  return { ...inputs, kind: 'messages', messages: [...turns(prompt, 'user'), ...turns(completion, 'assistant')] };
}

function compare(meant: unknown, read: unknown, key: string, report: (key: string, what: string) => void): void {
  if (isNothing(meant) || meant === read) return;
  if (isNothing(read)) return report(key, 'left out');
  if (typeof meant === 'string' && isTurns(read)) return report(key, framed.what);
  const [a, b] = [withoutParts(meant), withoutParts(read)];
  if (a === b) return;
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return report(key, 'changed');
    for (const [i, item] of a.entries()) compare(item, b[i], key.endsWith(']') || key === '' ? key : `${key}[]`, report);
  } else if (isObject(a) && isObject(b)) {
    for (const name of Object.keys(a)) if (name !== 'kind') compare(a[name], b[name], key === '' ? name : `${key}.${name}`, report);
    if (key === '' && a.kind !== b.kind) report('kind', 'changed');
  } else report(key, 'changed');
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function isTurns(value: unknown): boolean {
  return Array.isArray(value) && value.some((turn) => isObject(turn) && 'role' in turn);
}

/** Parts that are all text say no more than their text. */
function withoutParts(value: unknown): unknown {
  return Array.isArray(value) && value.length > 0 && value.every((part) => isObject(part) && part.type === 'text' && typeof part.text === 'string') ? (value as ContentPart[]).map(({ text }) => text).join('') : value;
}

/** Whether two values are the same, but for keys that are null in one and absent in the other. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b || ((a ?? null) === null && (b ?? null) === null)) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
  return isObject(a) && isObject(b) && [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => sameValue(a[key], b[key]));
}
