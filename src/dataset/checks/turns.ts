/** The turns of a row, wherever and however its format writes them. */

import type { FieldView, TurnKeys } from '../format.ts';
import { actsWithoutContent, roles } from '../formats/conversation.ts';
import type { Path, Row } from './row.ts';

export interface Turn {
  /** As it is written. */
  role: unknown;
  /** What that means to a chat template; undefined where it means nothing. */
  speaker: string | undefined;
  content: unknown;
  /** It says something otherwise than by content: it calls a tool, or thinks. */
  actsOtherwise: boolean;
  path: Path;
}

export interface Conversation {
  field: FieldView;
  /** Where the list is. */
  path: Path;
  keys: TurnKeys;
  turns: Turn[];
}

const usualKeys: TurnKeys = { role: 'role', content: 'content', roles: Object.fromEntries(roles.map((role) => [role, role])) };

/** The fields of the row that hold turns; turns that are no objects are left out. Fields of text are not among them. */
export function conversationsOf(row: Row): readonly Conversation[] {
  let conversations: Conversation[] | undefined;
  for (const field of row.format?.fields ?? []) {
    const value = row.record?.[field.key];
    if (field.type !== 'content' || typeof value !== 'object' || value === null) continue;
    for (const inner of field.inside ?? [[]]) {
      const found = inner.reduce<unknown>((at, step) => (at as Record<string | number, unknown> | null | undefined)?.[step], value);
      const path = [field.key, ...inner];
      // Where a format has single turns, an object is one.
      const list = Array.isArray(found) ? found.map((turn: unknown, i) => ({ turn, path: [...path, i] })) : field.turns && isObject(found) ? [{ turn: found, path }] : undefined;
      if (!list || (list.length > 0 && !list.some(({ turn }) => isObject(turn)))) continue;
      const keys = field.turns && !list.some(({ turn }) => isObject(turn) && 'role' in turn && !('from' in turn)) ? field.turns : usualKeys;
      const turns = list.flatMap((one) => (isObject(one.turn) ? turnOf(one.turn, field.turns ? { ...keys, roles: field.turns.roles } : keys, one.path) : []));
      (conversations ??= []).push({ field, path, keys: field.turns ? { ...keys, roles: field.turns.roles } : keys, turns });
    }
  }
  return conversations ?? none;
}

function turnOf(turn: Record<string, unknown>, keys: TurnKeys, path: Path): Turn {
  const role = turn[keys.role];
  return {
    role,
    speaker: typeof role === 'string' && Object.hasOwn(keys.roles, role) ? keys.roles[role] : undefined,
    content: turn[keys.content],
    actsOtherwise: actsWithoutContent(turn) || (Array.isArray(turn[keys.content]) && (turn[keys.content] as unknown[]).length > 0),
    path,
  };
}

const none: readonly Conversation[] = [];

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isEmptyText(value: unknown): boolean {
  return typeof value === 'string' && (value.length === 0 || value.trim() === '');
}
