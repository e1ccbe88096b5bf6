/** What is done to a row as a whole: turns, sides and marks. Each changes the characters concerned and no others. */

import { addKey, findValue, setText, spacing, stringLiteral } from './jsonEdit.ts';
import { insertItem, moveItem, removeItem, removeKey } from './jsonItems.ts';
import { escapeLength } from './rowScan.ts';
import type { RowNode } from './rowSyntax.ts';

/** `key`: where the turns are; `index`: which of them. */
export type RowOp =
  | { op: 'addTurn'; key: string; index: number; role: string }
  | { op: 'deleteTurn'; key: string; index: number }
  | { op: 'moveTurn'; key: string; index: number; to: number }
  /** In two turns of one role, at an offset of its text. */
  | { op: 'splitTurn'; key: string; index: number; at: number }
  | { op: 'setRole'; key: string; index: number; role: string }
  | { op: 'swap'; keys: readonly [string, string] }
  | { op: 'copy'; from: string; to: string }
  | { op: 'setFlag'; key: string; value: boolean };

/** Undefined when the line has no such place (any more). */
export function applyRowOp(line: string, op: RowOp): string | undefined {
  switch (op.op) {
    case 'addTurn':
      return insertItem(line, [op.key], op.index, emptyTurn(line, op.key, op.role));
    case 'deleteTurn':
      return removeItem(line, [op.key], op.index);
    case 'moveTurn':
      return moveItem(line, [op.key], op.index, op.to);
    case 'splitTurn':
      return splitTurn(line, op.key, op.index, op.at);
    case 'setRole':
      return setText(line, [op.key, op.index, 'role'], op.role);
    case 'swap':
      return swap(line, op.keys);
    case 'copy': {
      const from = findValue(line, [op.from]);
      return from && setLiteral(line, op.to, line.slice(from.start, from.end));
    }
    case 'setFlag':
      return setLiteral(line, op.key, String(op.value));
  }
}

function setLiteral(line: string, key: string, literal: string): string | undefined {
  const old = findValue(line, [key]);
  return old ? line.slice(0, old.start) + literal + line.slice(old.end) : addKey(line, [key], literal);
}

function swap(line: string, keys: readonly [string, string]): string | undefined {
  const [a, b] = keys.map((key) => findValue(line, [key]));
  if (!a || !b) return undefined;
  const [first, second] = a.start < b.start ? [a, b] : [b, a];
  const text = ({ start, end }: RowNode) => line.slice(start, end);
  return line.slice(0, first.start) + text(second) + line.slice(first.end, second.start) + text(first) + line.slice(second.end);
}

/** Spelt like a turn beside it. */
function emptyTurn(line: string, key: string, role: string): string {
  const list = findValue(line, [key]);
  const beside = (list?.type === 'array' ? list.items : []).find((item) => item.type === 'object' && ['role', 'content'].every((name) => item.entries.some((entry) => entry.key === name)));
  const { colon, comma } = spacing(beside ? line.slice(beside.start, beside.end) : line);
  const parts = { role: stringLiteral(role, '', line), content: '""' };
  const order = beside?.type === 'object' && beside.entries.findIndex((entry) => entry.key === 'content') < beside.entries.findIndex((entry) => entry.key === 'role') ? (['content', 'role'] as const) : (['role', 'content'] as const);
  return `{${order.map((name) => `"${name}"${colon}${parts[name]}`).join(comma)}}`;
}

/** Thoughts come before what is said and calls after it: each stays with its half; all else (a name, a weight) belongs to both. */
const beforeText = ['reasoning_content', 'reasoning', 'thinking'];
const afterText = ['tool_calls', 'function_call'];

function splitTurn(line: string, key: string, index: number, at: number): string | undefined {
  const turn = findValue(line, [key, index]);
  const content = findValue(line, [key, index, 'content']);
  if (!turn || content?.type !== 'string' || at < 0 || at > String(content.value).length) return undefined;
  const literal = line.slice(content.start, content.end);
  const cut = literalOffset(literal, at);
  const text = line.slice(turn.start, turn.end);
  const withContent = (half: string) => text.slice(0, content.start - turn.start) + half + text.slice(content.end - turn.start);
  const head = afterText.reduce((rest, name) => removeKey(rest, [], name), withContent(`${literal.slice(0, cut)}"`));
  const tail = beforeText.reduce((rest, name) => removeKey(rest, [], name), withContent(`"${literal.slice(cut)}`));
  return insertItem(line.slice(0, turn.start) + head + line.slice(turn.end), [key], index + 1, tail);
}

/** Where in a string literal the character stands that is `at` in its text. */
function literalOffset(literal: string, at: number): number {
  let offset = 1;
  for (let n = 0; n < at; n++) offset += literal[offset] === '\\' ? escapeLength(literal, offset) : 1;
  return offset;
}
