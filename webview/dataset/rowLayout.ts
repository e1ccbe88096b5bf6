/** What the card shows of a row: sections by format, texts and turns with their place in the line, and the problems beside them. No DOM. */

import type { Problem } from '../../src/core/problem.ts';
import type { FieldView } from '../../src/dataset/format.ts';
import { roles } from '../../src/dataset/formats/conversation.ts';
import { parseRecord } from '../../src/dataset/lineText.ts';
import { lengthOf } from '../../src/dataset/rowSummary.ts';
import { parseRow, type RowEntry, type RowNode } from '../../src/dataset/rowSyntax.ts';
import type { JsonPath, RowDetail, TextForm } from '../../src/protocol/datasetView.ts';

/** One thing that takes the focus: a text, a turn of a conversation, or a value that is no text. */
export interface Unit {
  /** The path as text: equal for the same place in every row of this shape. */
  id: string;
  label: string;
  /** Where its text is. */
  path: JsonPath;
  /** Undefined: there is no text, only `parts`. */
  text: string | undefined;
  /** The key is not there yet, or null; typing puts it there. */
  absent: boolean;
  /** Of a turn; undefined for anything else. */
  turn?: TurnPlace;
  /** What is edited as JSON: what else the turn has (tool calls, a name), or the value itself where it is no text. */
  parts: JsonPart[];
  /** Of a step: whether it is right, and where that stands. */
  flag?: { path: JsonPath; value: boolean };
  /** Its place in the line, key included. */
  range: { start: number; end: number } | undefined;
}

export interface TurnPlace {
  /** Undefined: a turn that stands alone, in no list. */
  list: TurnList | undefined;
  index: number;
  count: number;
  /** As the file calls who speaks; '' where it does not. */
  role: string;
  /** What that means: one of the roles that chat templates know, or the same word. */
  speaker: string;
  rolePath: JsonPath;
  /** What the role can be changed to, itself included. */
  choices: readonly string[];
}

/** A conversation: where its turns are, what they call their speaker and their words, and how each speaker is called. */
export interface TurnList {
  path: JsonPath;
  names: TurnNames;
  words: Readonly<Record<string, string>>;
}

export interface JsonPart {
  id: string;
  label: string;
  path: JsonPath;
  form: Exclude<TextForm, 'text'>;
  /** As it stands in the file. */
  source: string;
  /** What someone began to type for it, which is no JSON yet. */
  draft?: string;
  /** Of the arguments of a tool call. */
  call?: { name: string; id: string };
}

export interface Section {
  key: string;
  label: string;
  side?: 'chosen' | 'rejected';
  /** Shown as A or B; nothing may tell which side it is. */
  blind?: true;
  units: Unit[];
  /** Of a conversation; undefined for texts and values. */
  turns: TurnList | undefined;
  chars: number;
  /** Where the field is a mark, true or false, and no text; `value` is undefined while it is neither. */
  flag?: { value: boolean | undefined };
}

export interface RowLayout {
  sections: Section[];
  /** Keys that the format does not know, one below the other. */
  others: Unit[];
}

/** Undefined when the line is no JSON object: then there is only the line itself. */
export function layoutRow(line: string, fields: readonly FieldView[]): RowLayout | undefined {
  const record = parseRecord(line);
  if (!record) return undefined;
  const { root } = parseRow(line);
  const entries = root?.type === 'object' ? root.entries : [];
  const entryOf = (key: string) => entries.findLast((entry) => entry.key === key);
  const own = (key: string) => (Object.hasOwn(record, key) ? record[key] : undefined);
  // of an unknown format, conversations are conversations and all else a table
  const shown = fields.length > 0 ? fields.filter((field) => !field.optional || own(field.key) !== undefined) : Object.keys(record).filter((key) => areTurns(own(key), usualNames)).map((key): FieldView => ({ key, label: key, type: 'content' }));
  const known = new Set(shown.map((field) => field.key));
  const laid = withMarks(shown.map((field) => fieldSections(line, field, own(field.key), entryOf(field.key))), own);
  const rest = Object.keys(record).filter((key) => !known.has(key)).map((key) => plainUnit(line, { path: [key], label: key, isField: false }, own(key), entryOf(key)));
  return { sections: laid.flatMap(({ sections }) => sections), others: [...laid.flatMap(({ beside }) => beside), ...rest] };
}

/** Gives every value what was typed for it. */
export function placeDrafts(layout: RowLayout, drafts: RowDetail['drafts']): void {
  if (drafts.length === 0) return;
  const texts = new Map(drafts.map(({ place, text }) => [JSON.stringify(place), text]));
  for (const { parts } of [...layout.sections.flatMap(({ units }) => units), ...layout.others]) {
    for (const part of parts) {
      const draft = texts.get(JSON.stringify(part.path));
      if (draft !== undefined) part.draft = draft;
    }
  }
}

export interface PlacedProblems {
  /** By unit id. */
  at: Map<string, Problem[]>;
  /** About the row as a whole, or about a key that the card has no place for. */
  rest: Problem[];
}

export function placeProblems(layout: RowLayout | undefined, problems: readonly Problem[]): PlacedProblems {
  const placed: PlacedProblems = { at: new Map(), rest: [] };
  const units = [...(layout?.sections.flatMap((each) => each.units) ?? []), ...(layout?.others ?? [])];
  for (const problem of problems) {
    const unit = units.find(({ range }) => range && problem.start >= range.start && problem.end <= range.end);
    if (!unit) placed.rest.push(problem);
    else placed.at.set(unit.id, [...(placed.at.get(unit.id) ?? []), problem]);
  }
  return placed;
}

/** How the list calls who speaks after this turn, most likely. */
export function nextRole(list: TurnList, before: Unit | undefined): string {
  const speaker = before?.turn?.speaker;
  const calls = before?.parts.some(({ path }) => path.includes('tool_calls')) || /_call$/.test(before?.turn?.role ?? '');
  const next = speaker === undefined || speaker === 'system' || speaker === 'developer' ? 'user' : speaker === 'assistant' ? (calls ? 'tool' : 'user') : 'assistant';
  return list.words[next] ?? next;
}

interface Laid {
  sections: Section[];
  /** What stands beside turns that are deeper in the field's value. */
  beside: Unit[];
}

/** One section for a field, or one for each conversation inside its value. */
function fieldSections(line: string, field: FieldView, value: unknown, entry: RowEntry | undefined): Laid {
  const base = { label: field.label, ...(field.side && { side: field.side }) };
  if (field.type === 'flag') return { sections: [{ ...base, key: field.key, turns: undefined, units: [], chars: 0, flag: { value: typeof value === 'boolean' ? value : undefined } }], beside: [] };
  const inside = (field.inside ?? [[]]).map((inner) => ({ inner, ...follow(value, entry?.value, inner) }));
  if (field.type === 'content' && inside.some((one) => areTurns(one.value, field.turns ?? usualNames) || isEmptyConversation(one.value, field))) {
    const sections = inside.flatMap(({ inner, value: turns, node }, i) => {
      if (!Array.isArray(turns)) return [];
      const path = [field.key, ...inner];
      const found = turnUnits(line, field, path, turns, node);
      return [{ ...base, key: path.join('.'), label: inside.length > 1 ? `${field.label} ${i + 1}` : field.label, chars: lengthOf(turns), ...found }];
    });
    return { sections, beside: inside.flatMap(({ inner }) => (inner.length === 0 ? [] : siblings(line, field.key, inner, value, entry))) };
  }
  if (field.turns && isObject(value) && areTurns([value], field.turns)) {
    return { sections: [{ ...base, key: field.key, turns: undefined, chars: lengthOf(value), units: [turnUnit(line, field, { list: undefined, names: field.turns, path: [field.key], index: 0, all: [value] }, value, entry?.value)] }], beside: [] };
  }
  // steps of an answer: one text each
  if (field.type === 'content' && Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string')) {
    const items = entry?.value?.type === 'array' ? entry.value.items : [];
    const units = value.map((text, i): Unit => ({ id: `${field.key}.${i}`, label: `${field.label} ${i + 1}`, path: [field.key, i], text, absent: false, parts: [], range: items[i] && { start: items[i].start, end: items[i].end } }));
    return { sections: [{ ...base, key: field.key, turns: undefined, units, chars: value.reduce((sum, text: string) => sum + text.length, 0) }], beside: [] };
  }
  return { sections: [{ ...base, key: field.key, turns: undefined, chars: lengthOf(value), units: [plainUnit(line, { path: [field.key], label: field.label, isField: true }, value, entry)] }], beside: [] };
}

/** A list of true and false beside as many steps is their marks. */
function withMarks(laid: readonly Laid[], own: (key: string) => unknown): readonly Laid[] {
  const steps = laid.flatMap(({ sections }) => sections).find(({ units }) => units.some(({ path }) => typeof path.at(-1) === 'number'));
  const isMarks = ({ key }: Section) => Array.isArray(own(key)) && (own(key) as unknown[]).length === steps?.units.length && (own(key) as unknown[]).every((value) => typeof value === 'boolean');
  const marks = steps && !steps.turns ? laid.flatMap(({ sections }) => sections).find(isMarks) : undefined;
  if (!marks) return laid;
  for (const [i, unit] of steps!.units.entries()) unit.flag = { path: [marks.key, i], value: (own(marks.key) as boolean[])[i]! };
  return laid.map((one) => ({ ...one, sections: one.sections.filter((section) => section !== marks) }));
}

/** A field of the format that is null waits for a text; of another key, null is its value. */
function plainUnit(line: string, { path, label, isField }: { path: JsonPath; label: string; isField: boolean }, value: unknown, entry: RowEntry | undefined): Unit {
  const isText = typeof value === 'string' || value === undefined || (value === null && isField);
  return {
    id: path.join('.'),
    label,
    path,
    text: isText ? (value ?? '') : undefined,
    absent: value === undefined || value === null,
    parts: isText ? [] : [part(line, path, '', entry?.value)],
    range: entry && { start: entry.keyStart, end: entry.value?.end ?? entry.keyEnd },
  };
}

/** The other keys of the object that holds a conversation: a rank, tools. */
function siblings(line: string, key: string, inner: readonly (string | number)[], value: unknown, entry: RowEntry | undefined): Unit[] {
  const place = inner.slice(0, -1);
  const { value: holder, node } = follow(value, entry?.value, place);
  if (!isObject(holder) || node?.type !== 'object') return [];
  return Object.keys(holder).filter((name) => name !== inner.at(-1)).map((name) => {
    const path = [key, ...place, name];
    return plainUnit(line, { path, label: path.join('.'), isField: false }, holder[name], node.entries.findLast((one) => one.key === name));
  });
}

function turnUnits(line: string, field: FieldView, path: JsonPath, turns: unknown[], node: RowNode | undefined): Pick<Section, 'turns' | 'units'> {
  const names = namesOf(turns, field);
  const list: TurnList = { path, names, words: wordsOf(names === usualNames ? undefined : field) };
  const items = node?.type === 'array' ? node.items : [];
  return { turns: list, units: turns.map((turn, index) => turnUnit(line, field, { list, names, path: [...path, index], index, all: turns }, isObject(turn) ? turn : {}, items[index])) };
}

interface TurnAt {
  list: TurnList | undefined;
  names: TurnNames;
  path: JsonPath;
  index: number;
  all: readonly unknown[];
}

function turnUnit(line: string, field: FieldView, { list, names, path, index, all }: TurnAt, value: Record<string, unknown>, node: RowNode | undefined): Unit {
  const content = value[names.content];
  const role = typeof value[names.role] === 'string' ? (value[names.role] as string) : '';
  const meaning: Readonly<Record<string, string>> = field.turns?.roles ?? {};
  const speaker = Object.hasOwn(meaning, role) ? meaning[role]! : role;
  const isValue = (speaker === 'tool' || /_call$/.test(role)) && typeof content === 'string' && isJsonText(content);
  const isText = !isValue && (typeof content === 'string' || content === null || content === undefined);
  const entries = node?.type === 'object' ? node.entries.filter((entry, i, same) => same.findLastIndex(({ key }) => key === entry.key) === i) : [];
  const parts = entries.flatMap(({ key, value: child }): JsonPart[] => {
    const at = [...path, key];
    if (key === names.role && typeof value[names.role] === 'string') return [];
    if (key === names.content) return isValue ? [{ id: at.join('.'), label: '', path: at, form: 'jsonText', source: content }] : isText ? [] : [part(line, at, key, child)];
    if (key === 'tool_calls' && child?.type === 'array' && Array.isArray(value.tool_calls)) return child.items.map((item, i) => callPart(line, [...at, i], item, (value.tool_calls as unknown[])[i]));
    return [part(line, at, key, child)];
  });
  const used = all.flatMap((turn) => (isObject(turn) && typeof turn[names.role] === 'string' ? [turn[names.role] as string] : []));
  const words = Object.values(list?.words ?? wordsOf(field));
  return {
    id: path.join('.'),
    label: role === '' ? '?' : role,
    path: [...path, names.content],
    text: isText ? (content ?? '') : undefined,
    absent: content === null || content === undefined,
    turn: { list, index, count: all.length, role, speaker, rolePath: [...path, names.role], choices: [...new Set([...(role === '' ? [''] : []), ...words, ...used])] },
    parts,
    range: node && { start: node.start, end: node.end },
  };
}

function part(line: string, path: JsonPath, label: string, node: RowNode | undefined): JsonPart {
  return { id: path.join('.'), label, path, form: 'json', source: node ? line.slice(node.start, node.end) : 'null' };
}

/** Of a call as chat templates know it, its arguments under its name; of any other, all of it. */
function callPart(line: string, path: JsonPath, node: RowNode, value: unknown): JsonPart {
  const call = value as { id?: unknown; function?: { name?: unknown; arguments?: unknown } } | null;
  const name = call?.function?.name;
  const given = call?.function?.arguments;
  const argumentsPath = [...path, 'function', 'arguments'];
  const about = { id: path.join('.'), label: 'tool_calls', path: argumentsPath, call: { name: String(name), id: typeof call?.id === 'string' ? call.id : '' } };
  const inside = entryValue(entryValue(node, 'function'), 'arguments');
  if (typeof name !== 'string' || !inside) return part(line, path, `tool_calls ${Number(path.at(-1)) + 1}`, node);
  if (typeof given === 'string' && isJsonText(given)) return { ...about, form: 'jsonText', source: given };
  return inside.type === 'object' ? { ...about, form: 'json', source: line.slice(inside.start, inside.end) } : part(line, path, `tool_calls ${Number(path.at(-1)) + 1}`, node);
}

function entryValue(node: RowNode | undefined, key: string): RowNode | undefined {
  return node?.type === 'object' ? node.entries.findLast((entry) => entry.key === key)?.value : undefined;
}

function isJsonText(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

interface TurnNames {
  role: string;
  content: string;
}

const usualNames: TurnNames = { role: 'role', content: 'content' };
/** Keys whose empty list is a conversation that has not begun. */
const conversations = ['messages', 'conversations', 'prompt', 'completion', 'chosen', 'rejected'];

function isEmptyConversation(value: unknown, { key, turns }: FieldView): boolean {
  return Array.isArray(value) && value.length === 0 && (turns !== undefined || conversations.includes(key));
}

/** Turns of the usual names are read in formats that have others, too. */
function areTurns(value: unknown, names: TurnNames): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((turn) => isObject(turn) && [names.role, names.content, 'role', 'content'].some((name) => name in turn));
}

function namesOf(turns: readonly unknown[], field: FieldView): TurnNames {
  return field.turns && !turns.some((turn) => isObject(turn) && 'role' in turn && !(field.turns!.role in turn)) ? field.turns : usualNames;
}

/** How each speaker is called: the first of the names that mean it. */
function wordsOf(field: FieldView | undefined): Record<string, string> {
  if (!field?.turns) return Object.fromEntries(roles.map((role) => [role, role]));
  const words: Record<string, string> = {};
  for (const [word, speaker] of Object.entries(field.turns.roles)) words[speaker] ??= word;
  return words;
}

function follow(value: unknown, node: RowNode | undefined, path: readonly (string | number)[]): { value: unknown; node: RowNode | undefined } {
  for (const step of path) {
    value = (value as Record<string | number, unknown> | null | undefined)?.[step];
    node = typeof step === 'number' ? (node?.type === 'array' ? node.items[step] : undefined) : entryValue(node, step);
  }
  return { value, node };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
