/** The turns of a row, wherever and however its format writes them. */

import { isObject } from '../../core/isObject.ts';
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

const wholeField: readonly (readonly (string | number)[])[] = [[]];

/** The fields of the row that hold turns; turns that are no objects are left out. Fields of text are not among them. Asked for every row. */
export function conversationsOf(row: Row): readonly Conversation[] {
  let conversations: Conversation[] | undefined;
  for (const field of row.format?.fields ?? []) {
    const value = row.record?.[field.key];
    if (field.type !== 'content' || typeof value !== 'object' || value === null) continue;
    for (const inner of field.inside ?? wholeField) {
      const found = inner.reduce<unknown>((at, step) => (at as Record<string | number, unknown> | null | undefined)?.[step], value);
      const path = [field.key, ...inner];
      const turns: Turn[] = [];
      const keys = keysIn(found, field);
      if (Array.isArray(found)) {
        for (let i = 0; i < found.length; i++) if (isObject(found[i])) turns.push(turnOf(found[i] as Record<string, unknown>, keys, [...path, i]));
        // A list of other things is no conversation; one without anything is an empty one.
        if (turns.length === 0 && found.length > 0) continue;
      } else if (field.turns && isObject(found)) turns.push(turnOf(found, keys, path)); // single turns, where a format has them
      else continue;
      (conversations ??= []).push({ field, path, keys, turns });
    }
  }
  return conversations ?? none;
}

/** Turns of a format with keys of its own are sometimes written with the usual ones all the same. */
function keysIn(found: unknown, { turns }: FieldView): TurnKeys {
  if (!turns) return usualKeys;
  const first: unknown = Array.isArray(found) ? found[0] : found;
  return isObject(first) && 'role' in first && !(turns.role in first) ? { role: 'role', content: 'content', roles: turns.roles } : turns;
}

function turnOf(turn: Record<string, unknown>, keys: TurnKeys, path: Path): Turn {
  const role = turn[keys.role];
  const content = turn[keys.content];
  return {
    role,
    speaker: typeof role === 'string' && Object.hasOwn(keys.roles, role) ? keys.roles[role] : undefined,
    content,
    actsOtherwise: actsWithoutContent(turn) || (Array.isArray(content) && content.length > 0),
    path,
  };
}

const none: readonly Conversation[] = [];

export function isEmptyText(value: unknown): boolean {
  return typeof value === 'string' && (value.length === 0 || value.trim() === '');
}
