/** Finding formats from keys: which keys are known, which are slips of the pen, and how sure one can be from them alone. */

import { editDistance } from '../../core/text.ts';
import type { DatasetRow, JsonType } from '../format.ts';
import { jsonType } from './fields.ts';

/**
 * The keys by which formats are told apart, and what is found under them. A key of this list whose value suits it is never taken for a
 * misspelling of another.
 */
const knownKeys: Readonly<Record<string, (value: unknown) => boolean>> = {
  ...Object.fromEntries(
    [
      'text', 'messages', 'prompt', 'chosen', 'rejected', 'tools', 'chat_template_kwargs', 'conversations', 'instruction', 'input', 'output', 'history', 'system',
      'context', 'data_source', 'reward_model', 'preferred_output', 'non_preferred_output',
    ].map((key) => [key, () => true]),
  ),
  completion: (value) => !Array.isArray(value) || value.every((item) => jsonType(item) === 'object' && 'role' in (item as object)),
  completions: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string' || (jsonType(item) === 'object' && 'completion' in (item as object))),
  label: (value) => !Array.isArray(value),
  labels: (value) => Array.isArray(value),
};

/** Whether the row's key is a slip of the pen for the wanted one: one edit in a short key, two in a long one, case aside. */
export function isMisspelling(key: string, wanted: string, value: unknown): boolean {
  const most = wanted.length > 6 ? 2 : 1;
  if (key === wanted || key.length < 3 || Math.abs(key.length - wanted.length) > most) return false;
  if (Object.hasOwn(knownKeys, key) && knownKeys[key]!(value)) return false;
  return editDistance(key.toLowerCase(), wanted) <= most;
}

/**
 * How sure it is that a row with these keys has the required ones: the mean over them of 1 (there, right type), 0.7 (there, wrong type,
 * or misspelt), 0 (missing); much less when a rival key is there, which TRL would look at first or which makes it a richer format.
 */
export function keyConfidence(row: DatasetRow, required: Readonly<Record<string, readonly JsonType[]>>, rivals: readonly string[]): number {
  const keys = Object.keys(row);
  let sum = 0;
  for (const [wanted, types] of Object.entries(required)) {
    if (wanted in row) sum += types.includes(jsonType(row[wanted])) ? 1 : 0.7;
    else if (keys.some((key) => isMisspelling(key, wanted, row[key]))) sum += 0.7;
  }
  const confidence = sum / Object.keys(required).length;
  const rivalled = rivals.some((rival) => (rival in row && row[rival] !== null) || (!(rival in row) && keys.some((key) => isMisspelling(key, rival, row[key]))));
  return rivalled ? confidence * 0.3 : confidence;
}

/** The keys of a list's objects beside these, as paths. */
export function otherKeys(list: unknown, name: string, known: readonly string[]): string[] {
  if (!Array.isArray(list)) return [];
  const others = list.flatMap((item: unknown) => (jsonType(item) === 'object' ? Object.keys(item as object).filter((key) => !known.includes(key)) : []));
  return [...new Set(others)].map((key) => `${name}[].${key}`);
}
