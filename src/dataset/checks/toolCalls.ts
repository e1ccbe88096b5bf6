/** The calls of tools in a row, as its format writes them. */

import { isObject } from '../../core/isObject.ts';
import { callers } from '../formats/shareGptTurns.ts';
import type { Path, Row } from './row.ts';

export interface ToolCall {
  name: string | undefined;
  given: unknown;
  /** Where the name stands, or what holds it. */
  path: Path;
  argumentsPath: Path;
}

/** Only of turns that the format understands; a call that is no object is left out. */
export function toolCallsOf(row: Row): ToolCall[] {
  if (!row.text.includes('_call')) return [];
  return row.conversations.flatMap(({ turns, keys }) =>
    turns.flatMap(({ role, content, path }) => (callers.includes(role) ? writtenCalls(content, [...path, keys.content]) : listedCalls(valueAt(row, path), path))),
  );
}

/** `tool_calls: [{function: {name, arguments}}]`, or without the `function` around it. */
function listedCalls(turn: unknown, path: Path): ToolCall[] {
  const list = (turn as { tool_calls?: unknown }).tool_calls;
  if (!Array.isArray(list)) return [];
  return list.flatMap((call: unknown, i) => {
    const at = [...path, 'tool_calls', i];
    if (!isObject(call)) return [];
    return isObject(call.function) ? callOf(call.function, [...at, 'function']) : callOf(call, at);
  });
}

/** A call, or a list of them, as JSON in a text. */
function writtenCalls(text: unknown, path: Path): ToolCall[] {
  try {
    const read: unknown = JSON.parse(String(text));
    return (Array.isArray(read) ? (read as unknown[]) : [read]).filter(isObject).map((call) => ({ ...callOf(call, path), path, argumentsPath: path }));
  } catch {
    return [];
  }
}

function callOf(call: Readonly<Record<string, unknown>>, path: Path): ToolCall {
  const { name } = call;
  return { name: typeof name === 'string' ? name : undefined, given: call.arguments, path: [...path, 'name'], argumentsPath: [...path, 'arguments'] };
}

function valueAt(row: Row, path: Path): unknown {
  return path.reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], row.value);
}
