/** The turns of a row, wherever its format keeps them. */

import { actsWithoutContent } from '../formats/fields.ts';
import type { Path, Row } from './row.ts';

export interface Turn {
  role: unknown;
  content: unknown;
  /** It says something otherwise than by content: it calls a tool, or thinks. */
  actsOtherwise: boolean;
  path: Path;
}

export interface Conversation {
  key: string;
  turns: Turn[];
}

/** The fields of the row that hold turns; turns that are no objects are left out. Fields of text are not among them. */
export function conversationsOf(row: Row): readonly Conversation[] {
  let conversations: Conversation[] | undefined;
  for (const { key, type } of row.format?.fields ?? []) {
    const list = row.record?.[key];
    if (type !== 'content' || !Array.isArray(list)) continue;
    const turns: Turn[] = [];
    for (let i = 0; i < list.length; i++) {
      const turn: unknown = list[i];
      if (typeof turn !== 'object' || turn === null || Array.isArray(turn)) continue;
      const message = turn as Record<string, unknown>;
      turns.push({ role: message.role, content: message.content, actsOtherwise: actsWithoutContent(message), path: [key, i] });
    }
    (conversations ??= []).push({ key, turns });
  }
  return conversations ?? none;
}

const none: readonly Conversation[] = [];

export function isEmptyText(value: unknown): boolean {
  return typeof value === 'string' && (value.length === 0 || value.trim() === '');
}
