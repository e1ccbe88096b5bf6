/** A new row with nothing in it yet: the keys of its format, spelt like the row beside it. */

import type { FieldView } from './format.ts';
import { parseRecord } from './lineText.ts';

const defaultFields: readonly FieldView[] = [
  { key: 'prompt', label: 'Prompt', type: 'content' },
  { key: 'completion', label: 'Completion', type: 'content' },
];

/** `neighbour` is the line of a row whose way is followed: turns or plain text, spaces or none. */
export function emptyRow(fields: readonly FieldView[] | undefined, neighbour: string | undefined): string {
  const beside = neighbour === undefined ? undefined : parseRecord(neighbour);
  const shown = fields && fields.length > 0 ? fields : defaultFields;
  const record: Record<string, unknown> = {};
  for (const field of shown) if (!field.optional || (beside && field.key in beside)) record[field.key] = emptyValue(field, beside?.[field.key]);
  const compact = neighbour !== undefined && /^\s*\{"(?:[^"\\]|\\.)*":\S/.test(neighbour);
  return compact ? JSON.stringify(record) : spaced(record);
}

function emptyValue(field: FieldView, beside: unknown): unknown {
  if (field.type === 'flag') return true;
  const whole = field.key === 'messages' || field.key === 'conversations';
  const turns = whole || Array.isArray(beside);
  if (field.type === 'text' || !turns) return '';
  const roles = whole || (field.side && !Array.isArray(beside)) ? ['user', 'assistant'] : field.asks ? ['user'] : ['assistant'];
  const named = (role: string) => Object.keys(field.turns!.roles).find((name) => field.turns!.roles[name] === role)!;
  return roles.map((role) => (field.turns ? { [field.turns.role]: named(role), [field.turns.content]: '' } : { role, content: '' }));
}

/** As Python's json.dumps writes it, which is how most datasets are made. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${spaced(item)}`).join(', ')}}`;
  return JSON.stringify(value);
}
