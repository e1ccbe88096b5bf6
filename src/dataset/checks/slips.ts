/** Keys that are there under another name: slips of the pen, and names that other programs give the same thing. */

import { editDistance } from '../../core/text.ts';
import type { JsonSchema } from '../format.ts';
import { jsonType } from '../formats/fields.ts';
import { isMisspelling } from '../formats/keys.ts';
import type { Path, Row } from './row.ts';

export interface Slip {
  /** The object that has the key. */
  path: Path;
  /** As written. */
  key: string;
  /** As the format calls it. */
  wanted: string;
  /** Without `wanted` the row is incomplete. */
  required: boolean;
  /** `misspelt`: nearly `wanted` · `foreign`: a name of other programs. */
  kind: 'misspelt' | 'foreign';
}

/** What other programs call the keys of our formats, the surest name first. */
const foreignNames: Readonly<Record<string, readonly string[]>> = {
  prompt: ['instruction', 'question', 'query', 'input'],
  completion: ['response', 'output', 'answer', 'reply', 'target'],
  messages: ['conversations', 'conversation', 'dialogue', 'dialog', 'turns'],
  text: ['content', 'body'],
  chosen: ['accepted', 'preferred', 'chosen_response', 'better', 'winner'],
  rejected: ['dispreferred', 'rejected_response', 'worse', 'loser'],
  role: ['from', 'speaker', 'author'],
  content: ['value', 'text', 'message'],
  conversations: ['messages', 'conversation', 'dialogue', 'turns'],
  from: ['role', 'speaker'],
  value: ['content', 'text'],
  instruction: ['prompt', 'question', 'query'],
  output: ['response', 'completion', 'answer', 'target'],
  input: ['prompt', 'question', 'context_messages'],
};

/** Every key of the row and of its turns that stands for one that is missing. Asked for every row, so a row without unknown keys costs little. */
export function slipsOf({ record, format }: Row): readonly Slip[] {
  if (!record || !format) return none;
  const slips = [...slipsIn(record, format.schema, [])];
  for (const { key, type } of format.fields) {
    const turns = record[key];
    if (type !== 'content' || !Array.isArray(turns)) continue;
    const schema = turnSchema(format.schema.properties?.[key]);
    if (!schema) continue;
    for (let i = 0; i < turns.length; i++) if (jsonType(turns[i]) === 'object') slips.push(...slipsIn(turns[i] as Record<string, unknown>, schema, [key, i]));
  }
  return slips;
}

const none: readonly Slip[] = [];

function slipsIn(record: Readonly<Record<string, unknown>>, schema: JsonSchema, path: Path): readonly Slip[] {
  const known = schema.properties ?? {};
  const unknown = Object.keys(record).filter((key) => !Object.hasOwn(known, key));
  if (unknown.length === 0) return none;
  const slips: Slip[] = [];
  for (const wanted of Object.keys(known)) {
    if (Object.hasOwn(record, wanted)) continue;
    const required = schema.required?.includes(wanted) === true;
    const free = (key: string) => suits(record[key], known[wanted]!) && !slips.some((slip) => slip.key === key);
    const misspelt = unknown.find((key) => (required ? isSlip(key, wanted, record[key]) : isSurelySlip(key, wanted, record[key])) && free(key));
    if (misspelt !== undefined) slips.push({ path, key: misspelt, wanted, required, kind: 'misspelt' });
    else if (required) {
      const foreign = foreignNames[wanted]?.find((key) => unknown.includes(key) && free(key));
      if (foreign !== undefined) slips.push({ path, key: foreign, wanted, required, kind: 'foreign' });
    }
  }
  return slips;
}

/** Spaces around a name and its case count as slips, too. */
function isSlip(key: string, wanted: string, value: unknown): boolean {
  const bare = key.trim().toLowerCase();
  return bare === wanted || isMisspelling(key, wanted, value);
}

/** For a key that a row may lack: one edit at most and a list or object in it, because an extra column of a similar name is as likely. */
function isSurelySlip(key: string, wanted: string, value: unknown): boolean {
  if (Math.abs(key.length - wanted.length) > 1 || typeof value !== 'object' || value === null) return false;
  return isSlip(key, wanted, value) && editDistance(key.toLowerCase(), wanted) <= 1;
}

/** A value of another type than the wanted key's was hardly meant for it. */
function suits(value: unknown, schema: JsonSchema): boolean {
  if (schema.anyOf) return schema.anyOf.some((one) => suits(value, one));
  const types = schema.type === undefined ? undefined : typeof schema.type === 'string' ? [schema.type] : schema.type;
  return !types || types.includes(jsonType(value));
}

/** The schema of one turn of a field that may hold turns. */
function turnSchema(field: JsonSchema | undefined): JsonSchema | undefined {
  return field?.items ?? field?.anyOf?.find((one) => one.items)?.items;
}
