/** Replaces a text in the texts of a row: what people wrote, never keys, roles, numbers or the way that the line is spelt. */

import type { Format } from '../format.ts';
import { setText, type JsonPath } from '../jsonEdit.ts';
import { parseRecord, withoutCr } from '../lineText.ts';
import { expressionOf } from './pattern.ts';
import type { Pattern } from './query.ts';

export interface Replacement {
  pattern: Pattern;
  /** For an expression `$1` and `$&` mean what was found, `\n` and `\t` a line break and a tab; else it is taken as it is. */
  with: string;
  /** The keys whose texts may change; none: every text of the row. */
  keys: readonly string[];
}

/** Where in a text something changes, with a little around it. */
export interface ReplacePreview {
  places: number;
  before: string;
  found: string;
  with: string;
  after: string;
}

/** The keys of a format under which people write; none where the format is not known. */
export function replaceableKeys(format: Format | undefined): string[] {
  return (format?.fields ?? []).filter(({ type }) => type !== 'flag').map(({ key }) => key);
}

/** The texts of a row that may be changed: strings, the words of turns, and text among their parts. */
export function replaceableTexts(record: Readonly<Record<string, unknown>>, keys: readonly string[]): { path: JsonPath; text: string }[] {
  const texts: { path: JsonPath; text: string }[] = [];
  for (const key of keys.length > 0 ? keys : Object.keys(record)) addTexts(texts, [key], record[key], 0);
  return texts;
}

/** The line with all of them replaced; undefined when that changes nothing. */
export function replaceInLine(line: string, replacement: Replacement): string | undefined {
  const text = withoutCr(line);
  const record = parseRecord(text);
  if (!record) return undefined;
  const expression = expressionOf(replacement.pattern, 'g');
  let edited = text;
  for (const { path, text: before } of replaceableTexts(record, replacement.keys)) {
    const after = before.replace(expression, replacementText(replacement));
    if (after !== before) edited = setText(edited, path, after) ?? edited;
  }
  return edited === text ? undefined : edited + line.slice(text.length);
}

const AROUND = 40;

/** What would change in a line: the first place, and how many there are. */
export function previewReplace(line: string, replacement: Replacement): ReplacePreview | undefined {
  const record = parseRecord(withoutCr(line));
  if (!record) return undefined;
  const expression = expressionOf(replacement.pattern, 'g');
  let preview: ReplacePreview | undefined;
  for (const { text } of replaceableTexts(record, replacement.keys)) {
    for (const { 0: found, index } of text.matchAll(expression)) {
      preview ??= {
        places: 0,
        before: `${index > AROUND ? '…' : ''}${text.slice(Math.max(0, index - AROUND), index)}`,
        found: shortened(found),
        with: shortened(replacedAt(text, index, replacement)),
        after: text.slice(index + found.length, index + found.length + 2 * AROUND),
      };
      preview.places++;
    }
  }
  return preview;
}

/** What the match at `index` becomes, with everything around it in sight of the expression. */
function replacedAt(text: string, index: number, replacement: Replacement): string {
  const one = expressionOf(replacement.pattern, 'y');
  one.lastIndex = index;
  const before = one.exec(text)?.[0].length ?? 0;
  one.lastIndex = index;
  const whole = text.replace(one, replacementText(replacement));
  return whole.slice(index, whole.length - (text.length - index - before));
}

/** For String.replace. */
function replacementText({ pattern, with: text }: Replacement): string {
  if (!pattern.regex) return text.replaceAll('$', '$$$$');
  return text.replace(/\\([nt\\])/g, (_all, c: string) => (c === 'n' ? '\n' : c === 't' ? '\t' : '\\'));
}

function shortened(text: string): string {
  return text.length > 3 * AROUND ? `${text.slice(0, 3 * AROUND)}…` : text;
}

const NAMES = new Set(['role', 'from', 'type', 'id', 'name', 'tool_call_id']);

/** `depth` 0: the value of a key of the row. Below, keys that name things are left alone. */
function addTexts(texts: { path: JsonPath; text: string }[], path: JsonPath, value: unknown, depth: number): void {
  if (depth > 6) return; // nothing that people write is nested so deep
  if (typeof value === 'string') texts.push({ path, text: value });
  else if (Array.isArray(value)) value.forEach((item, i) => addTexts(texts, [...path, i], item, depth + 1));
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) if (!NAMES.has(key)) addTexts(texts, [...path, key], item, depth + 1);
  }
}
