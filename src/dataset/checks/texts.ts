/** Every text of a row that is shown to a model: its plain fields, and what its turns say. */

import type { Path, Row } from './row.ts';
import type { Turn } from './turns.ts';

export interface RowText {
  text: string;
  path: Path;
  /** Whose words they are; undefined where the field is plain text. */
  turn?: Turn;
}

export function textsOf(row: Row): readonly RowText[] {
  const texts: RowText[] = [];
  const add = (text: unknown, path: Path, turn?: Turn) => {
    if (typeof text === 'string' && text.length > 0) texts.push({ text, path, ...(turn && { turn }) });
  };
  for (const { key, type } of row.format?.fields ?? []) {
    const value = row.record?.[key];
    if (type === 'flag') continue;
    add(value, [key]);
    if (Array.isArray(value)) value.forEach((item: unknown, i) => add(item, [key, i]));
  }
  for (const { turns, keys } of row.conversations) {
    for (const turn of turns) {
      const path = [...turn.path, keys.content];
      add(turn.content, path, turn);
      if (Array.isArray(turn.content)) turn.content.forEach((part: { text?: unknown } | null, i) => add(part?.text, [...path, i, 'text'], turn));
    }
  }
  return texts;
}
