/** What is done to a row as a whole: turns, sides and marks. Each changes the characters concerned and no others. */

import { addKey, findValue, setText, spacing, stringLiteral, type JsonPath } from './jsonEdit.ts';
import { insertItem, moveItem, removeItem, removeKey } from './jsonItems.ts';
import { escapeLength } from './rowScan.ts';
import type { RowNode } from './rowSyntax.ts';

/** `path`: of the list of turns; `index`: which of them. */
export type RowOp =
  /** `role`, under the names that the turns of this list have for who speaks and for what is said. */
  | { op: 'addTurn'; path: JsonPath; index: number; role: string; names: { role: string; content: string } }
  | { op: 'deleteTurn'; path: JsonPath; index: number }
  | { op: 'moveTurn'; path: JsonPath; index: number; to: number }
  /** In two turns of one role, at an offset of the text under the key `content`. */
  | { op: 'splitTurn'; path: JsonPath; index: number; at: number; content: string }
  /** `path`: of the role itself. */
  | { op: 'setRole'; path: JsonPath; role: string }
  | { op: 'swap'; keys: readonly [string, string] }
  | { op: 'copy'; from: string; to: string }
  | { op: 'setFlag'; path: JsonPath; value: boolean };

/** Undefined when the line has no such place (any more). */
export function applyRowOp(line: string, op: RowOp): string | undefined {
  switch (op.op) {
    case 'addTurn':
      return insertItem(line, op.path, op.index, emptyTurn(line, op.path, op.role, op.names));
    case 'deleteTurn':
      return removeItem(line, op.path, op.index);
    case 'moveTurn':
      return moveItem(line, op.path, op.index, op.to);
    case 'splitTurn':
      return splitTurn(line, op.path, op.index, op.at, op.content);
    case 'setRole':
      return setText(line, op.path, op.role);
    case 'swap':
      return swap(line, op.keys);
    case 'copy': {
      const from = findValue(line, [op.from]);
      return from && setLiteral(line, [op.to], line.slice(from.start, from.end));
    }
    case 'setFlag':
      return setLiteral(line, op.path, String(op.value));
  }
}

function setLiteral(line: string, path: JsonPath, literal: string): string | undefined {
  const old = findValue(line, path);
  return old ? line.slice(0, old.start) + literal + line.slice(old.end) : addKey(line, path, literal);
}

function swap(line: string, keys: readonly [string, string]): string | undefined {
  const [a, b] = keys.map((key) => findValue(line, [key]));
  if (!a || !b) return undefined;
  const [first, second] = a.start < b.start ? [a, b] : [b, a];
  const text = ({ start, end }: RowNode) => line.slice(start, end);
  return line.slice(0, first.start) + text(second) + line.slice(first.end, second.start) + text(first) + line.slice(second.end);
}

/** Spelt like a turn beside it. */
function emptyTurn(line: string, path: JsonPath, role: string, names: { role: string; content: string }): string {
  const list = findValue(line, path);
  const place = (turn: RowNode, name: string) => (turn.type === 'object' ? turn.entries.findIndex((entry) => entry.key === name) : -1);
  const beside = (list?.type === 'array' ? list.items : []).find((turn) => place(turn, names.role) >= 0 && place(turn, names.content) >= 0);
  const { colon, comma } = spacing(beside ? line.slice(beside.start, beside.end) : line);
  const parts = [{ name: names.role, literal: stringLiteral(role, '', line) }, { name: names.content, literal: '""' }];
  if (beside && place(beside, names.content) < place(beside, names.role)) parts.reverse();
  return `{${parts.map(({ name, literal }) => `${JSON.stringify(name)}${colon}${literal}`).join(comma)}}`;
}

/** Thoughts come before what is said and calls after it: each stays with its half; all else (a name, a weight) belongs to both. */
const beforeText = ['reasoning_content', 'reasoning', 'thinking'];
const afterText = ['tool_calls', 'function_call'];

function splitTurn(line: string, path: JsonPath, index: number, at: number, key: string): string | undefined {
  const turn = findValue(line, [...path, index]);
  const content = findValue(line, [...path, index, key]);
  if (!turn || content?.type !== 'string' || at < 0 || at > String(content.value).length) return undefined;
  const literal = line.slice(content.start, content.end);
  const cut = literalOffset(literal, at);
  const text = line.slice(turn.start, turn.end);
  const withContent = (half: string) => text.slice(0, content.start - turn.start) + half + text.slice(content.end - turn.start);
  const head = afterText.reduce((rest, name) => removeKey(rest, [], name), withContent(`${literal.slice(0, cut)}"`));
  const tail = beforeText.reduce((rest, name) => removeKey(rest, [], name), withContent(`"${literal.slice(cut)}`));
  return insertItem(line.slice(0, turn.start) + head + line.slice(turn.end), path, index + 1, tail);
}

/** Where in a string literal the character stands that is `at` in its text. */
function literalOffset(literal: string, at: number): number {
  let offset = 1;
  for (let n = 0; n < at; n++) offset += literal[offset] === '\\' ? escapeLength(literal, offset) : 1;
  return offset;
}
