/** What makes two rows the same: all of it, the prompt that they begin with, or the value of one key. */

import { canonical, parseExactly } from '../canonical.ts';
import type { Content, Example } from '../example.ts';
import { valueAt } from '../find/values.ts';
import type { Format } from '../format.ts';
import { withoutCr } from '../lineText.ts';

/** `row`, `prompt`, or a key (with dots for keys inside). */
export type RowKey = (line: string) => string;

/** Rows without the prompt or key that is asked for are told apart by all of their text. */
export function rowKey(by: string, format: Format | undefined): RowKey {
  return (line) => {
    const text = withoutCr(line);
    const record = parseExactly(text);
    if (!record) return `line ${text}`;
    if (by === 'row') return `row ${canonical(record) ?? text}`;
    if (by === 'prompt') {
      const prompt = promptOf(record, format);
      return prompt === undefined ? `row ${canonical(record) ?? text}` : `prompt ${prompt}`;
    }
    const value = valueAt(record, by.split('.'));
    return value === undefined ? `row ${canonical(record) ?? text}` : `value ${canonical(value) ?? text}`;
  };
}

/** What is asked, in whatever way the format writes it; undefined where a row has no such part. */
function promptOf(record: Record<string, unknown>, format: Format | undefined): string | undefined {
  const example = format?.toExample(record).value;
  const content = example && promptContent(example);
  if (content !== undefined) return said(content);
  return typeof record.prompt === 'string' ? record.prompt.trim() : undefined;
}

function promptContent(example: Example): Content | undefined {
  switch (example.kind) {
    case 'text':
      return undefined;
    case 'messages':
      return beforeAnswer(example.messages);
    case 'preference-implicit':
      return typeof example.chosen === 'string' || typeof example.rejected === 'string' ? commonStart(String(example.chosen), String(example.rejected)) : beforeAnswer(example.chosen);
    default:
      return example.prompt;
  }
}

function beforeAnswer(messages: Exclude<Content, string>): Content {
  const answer = messages.findIndex(({ role }) => role === 'assistant');
  return answer < 0 ? messages : messages.slice(0, answer);
}

function commonStart(a: string, b: string): string {
  let end = 0;
  while (end < a.length && a[end] === b[end]) end++;
  return a.slice(0, end);
}

/** One question of a user is the same as text and as a turn. */
function said(content: Content): string {
  if (typeof content === 'string') return content.trim();
  if (content.length === 1 && content[0]!.role === 'user') return String(content[0]!.content).trim();
  return content.map(({ role, content: text }) => `${role}: ${String(text).trim()}`).join('\n');
}
