/** Python's behaviour for the values of a template: how they print, compare, become JSON, and what methods strings have. */

import { Environment, type Interpreter } from '@huggingface/jinja';

/** A value inside the template interpreter: `type` names its kind, `value` holds it. */
export type Value = ReturnType<Interpreter['evaluate']>;
type Native = (args: Value[]) => Value;

export function raise(message: string): never {
  throw new Error(message);
}

export function toValue(native: unknown): Value {
  return new Environment().set('value', native);
}

/** A function whose arguments arrive as values; keyword arguments come last, as one value. */
export function functionValue(call: Native): Value {
  const value = toValue(() => null);
  (value as { value: unknown }).value = call;
  return value;
}

export function listValue(items: Value[]): Value {
  const value = toValue([]);
  (value as { value: Value[] }).value = items;
  return value;
}

export function dictValue(entries: Map<string, Value>): Value {
  const value = toValue({});
  (value as { value: Map<string, Value> }).value = entries;
  return value;
}

export const isUndefined = (value: Value): boolean => value.type === 'UndefinedValue';
export const isNone = (value: Value): boolean => value.type === 'NullValue';
export const isString = (value: Value): boolean => value.type === 'StringValue';
export const isList = (value: Value): boolean => value.type === 'ArrayValue' || value.type === 'TupleValue';
export const isDict = (value: Value): boolean => value.type === 'ObjectValue' || value.type === 'KeywordArgumentsValue';
export const isNumber = (value: Value): boolean => value.type === 'IntegerValue' || value.type === 'FloatValue' || value.type === 'BooleanValue';

export const textOf = (value: Value): string => value.value as string;
export const itemsOf = (value: Value): Value[] => value.value as Value[];
export const entriesOf = (value: Value): Map<string, Value> => value.value as Map<string, Value>;

/** What `for x in value` goes through; undefined where Python would not iterate. An undefined value is empty, as in Jinja. */
export function iterate(value: Value): Value[] | undefined {
  if (isList(value)) return itemsOf(value);
  if (isDict(value)) return [...entriesOf(value).keys()].map(toValue);
  if (isString(value)) return Array.from(textOf(value), toValue);
  return isUndefined(value) ? [] : undefined;
}

/** `str(value)`, and nothing for an undefined one. */
export function pythonStr(value: Value): string {
  if (isString(value)) return textOf(value);
  return isUndefined(value) ? '' : pythonRepr(value);
}

function pythonRepr(value: Value): string {
  switch (value.type) {
    case 'StringValue':
      return quote(textOf(value));
    case 'NullValue':
      return 'None';
    case 'UndefinedValue':
      return 'Undefined';
    case 'BooleanValue':
      return value.value ? 'True' : 'False';
    case 'IntegerValue':
      return String(value.value);
    case 'FloatValue':
      return floatRepr(value.value as number);
    case 'ArrayValue':
      return `[${itemsOf(value).map(pythonRepr).join(', ')}]`;
    case 'TupleValue':
      return `(${itemsOf(value).map(pythonRepr).join(', ')}${itemsOf(value).length === 1 ? ',' : ''})`;
    case 'ObjectValue':
    case 'KeywordArgumentsValue':
      return `{${[...entriesOf(value)].map(([key, item]) => `${quote(key)}: ${pythonRepr(item)}`).join(', ')}}`;
    default:
      return `<${value.type}>`;
  }
}

function floatRepr(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return `${Object.is(value, -0) ? '-0' : value}.0`;
  return String(value).replace(/e([-+])(\d)$/, 'e$10$2');
}

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  let body = '';
  for (const char of text) {
    const code = char.codePointAt(0)!;
    if (char === '\\' || char === mark) body += `\\${char}`;
    else if (char === '\n') body += '\\n';
    else if (char === '\r') body += '\\r';
    else if (char === '\t') body += '\\t';
    else if (code < 0x20 || (code >= 0x7f && code <= 0xa0) || code === 0xad) body += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (/[\p{C}\p{Zl}\p{Zp}\p{Zs}]/u.test(char) && char !== ' ') body += code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
    else body += char;
  }
  return mark + body + mark;
}

/** `a == b`: by value, and never between kinds, except numbers and booleans. */
export function pythonEquals(a: Value, b: Value): boolean {
  if (isNumber(a) && isNumber(b)) return Number(a.value) === Number(b.value);
  if (a.type !== b.type) return false;
  if (isList(a)) return itemsOf(a).length === itemsOf(b).length && itemsOf(a).every((item, i) => pythonEquals(item, itemsOf(b)[i]!));
  if (isDict(a)) return entriesOf(a).size === entriesOf(b).size && [...entriesOf(a)].every(([key, item]) => entriesOf(b).has(key) && pythonEquals(item, entriesOf(b).get(key)!));
  return a.value === b.value;
}

/** `needle in container`. */
export function pythonIn(needle: Value, container: Value): boolean {
  if (isList(container)) return itemsOf(container).some((item) => pythonEquals(item, needle));
  if (isDict(container)) return isString(needle) && entriesOf(container).has(textOf(needle));
  if (isUndefined(container)) return false;
  if (isString(container) && isString(needle)) return textOf(container).includes(textOf(needle));
  throw new Error(`cannot look for ${kindName(needle)} in ${kindName(container)}`);
}

export function kindName(value: Value): string {
  return { NullValue: 'none', UndefinedValue: 'something undefined', StringValue: 'text', ArrayValue: 'a list', TupleValue: 'a tuple', ObjectValue: 'a mapping', BooleanValue: 'a boolean', IntegerValue: 'a number', FloatValue: 'a number' }[value.type] ?? value.type;
}

export interface JsonOptions {
  indent: number | string | null;
  separators: [item: string, key: string] | null;
  sortKeys: boolean;
  ensureAscii: boolean;
}

/** `json.dumps(value, …)`. */
export function pythonJson(value: Value, opts: JsonOptions, depth = 0): string {
  const [itemMark, keyMark] = opts.separators ?? [opts.indent === null ? ', ' : ',', ': '];
  const string = (text: string) => {
    const json = JSON.stringify(text);
    return opts.ensureAscii ? json.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`) : json;
  };
  const block = (open: string, parts: string[], close: string) => {
    if (opts.indent === null || parts.length === 0) return open + parts.join(itemMark) + close;
    const indent = typeof opts.indent === 'number' ? ' '.repeat(opts.indent) : opts.indent;
    const inner = `\n${indent.repeat(depth + 1)}`;
    return `${open}${inner}${parts.join(itemMark + inner)}\n${indent.repeat(depth)}${close}`;
  };
  if (isString(value)) return string(textOf(value));
  if (isNone(value)) return 'null';
  if (value.type === 'BooleanValue') return value.value ? 'true' : 'false';
  if (value.type === 'IntegerValue') return String(value.value);
  if (value.type === 'FloatValue') return Number.isFinite(value.value) ? floatRepr(value.value as number) : String(value.value);
  if (isList(value)) return block('[', itemsOf(value).map((item) => pythonJson(item, opts, depth + 1)), ']');
  if (isDict(value)) {
    const entries = [...entriesOf(value)];
    if (opts.sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return block('{', entries.map(([key, item]) => string(key) + keyMark + pythonJson(item, opts, depth + 1)), '}');
  }
  throw new Error(`${kindName(value)} cannot be written as JSON`);
}

const pythonSpace = /[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** `text.strip(chars)`: without chars, Python's white space, which is not quite JavaScript's. */
export function pythonStrip(text: string, chars: string | null, side: 'both' | 'left' | 'right' = 'both'): string {
  const points = Array.from(text);
  const strips = (char: string | undefined) => char !== undefined && (chars === null ? pythonSpace.test(char) : chars.includes(char));
  let from = 0;
  let to = points.length;
  if (side !== 'right') while (from < to && strips(points[from])) from++;
  if (side !== 'left') while (to > from && strips(points[to - 1])) to--;
  return points.slice(from, to).join('');
}

/** `text.replace(from, to, count)`; a result longer than `longest` is refused before it is made. */
export function pythonReplace(text: string, from: string, to: string, count: number, longest: number): string {
  // An empty `from` stands before each character and at the end.
  const most = from === '' ? Array.from(text).length + 1 : occurrences(text, from);
  const replaced = count < 0 ? most : Math.min(count, most);
  if (text.length + replaced * (to.length - from.length) > longest) throw new Error('text grew too long');
  const parts = from === '' ? ['', ...text, ''] : text.split(from);
  return parts.slice(0, replaced).map((part) => part + to).join('') + parts.slice(replaced).join(from);
}

function occurrences(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++;
  return count;
}

/** The methods of `str` that the library lacks or has otherwise; undefined for the others. Texts stay shorter than `longest`. */
export function stringMethod(text: string, name: string, longest: number): Value | undefined {
  const strip = (side: 'both' | 'left' | 'right') =>
    functionValue(([chars]) => toValue(pythonStrip(text, chars === undefined || isNone(chars) ? null : textOf(chars), side)));
  const found = (find: (sub: string) => number) =>
    functionValue(([sub]) => {
      const index = find(textOf(sub!));
      return toValue(index < 0 ? -1 : Array.from(text.slice(0, index)).length);
    });
  const whole = (pattern: RegExp) => functionValue(() => toValue(pattern.test(text)));
  switch (name) {
    case 'strip':
      return strip('both');
    case 'lstrip':
      return strip('left');
    case 'rstrip':
      return strip('right');
    case 'split':
      return functionValue((args) => {
        const [separator, limit] = splitArguments(args);
        return toValue(separator === null ? splitSpace(text, limit) : splitAt(text, separator, limit));
      });
    case 'rsplit':
      return functionValue((args) => {
        const [separator, limit] = splitArguments(args);
        const reversed = (t: string) => Array.from(t).reverse().join('');
        const parts = separator === null ? splitSpace(reversed(text), limit) : splitAt(reversed(text), reversed(separator), limit);
        return toValue(parts.map(reversed).reverse());
      });
    case 'replace':
      return functionValue((args) => {
        const keywords = args.at(-1)?.type === 'KeywordArgumentsValue' ? entriesOf(args.at(-1)!) : undefined;
        const count = keywords?.get('count') ?? (args[2]?.type === 'IntegerValue' ? args[2] : undefined);
        return toValue(pythonReplace(text, textOf(args[0]!), textOf(args[1]!), count === undefined ? -1 : Number(count.value), longest));
      });
    case 'splitlines':
      return functionValue(() => toValue(text === '' ? [] : text.replace(/(\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])$/, '').split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/)));
    case 'join':
      return functionValue(([items]) => toValue((iterate(items!) ?? []).map((item) => textOf(item)).join(text)));
    case 'find':
      return found((sub) => text.indexOf(sub));
    case 'rfind':
      return found((sub) => text.lastIndexOf(sub));
    case 'count':
      return functionValue(([sub]) => toValue(textOf(sub!) === '' ? Array.from(text).length + 1 : occurrences(text, textOf(sub!))));
    case 'removeprefix':
      return functionValue(([prefix]) => toValue(text.startsWith(textOf(prefix!)) ? text.slice(textOf(prefix!).length) : text));
    case 'removesuffix':
      return functionValue(([suffix]) => toValue(textOf(suffix!) !== '' && text.endsWith(textOf(suffix!)) ? text.slice(0, -textOf(suffix!).length) : text));
    case 'capitalize':
      return functionValue(() => toValue(capitalize(text)));
    case 'title':
      return functionValue(() => toValue(text.replace(/\p{L}+/gu, capitalize)));
    case 'isdigit':
      return whole(/^\p{Nd}+$/u);
    case 'isalpha':
      return whole(/^\p{L}+$/u);
    case 'isspace':
      return functionValue(() => toValue(text !== '' && pythonStrip(text, null) === ''));
    default:
      return undefined;
  }
}

export function capitalize(text: string): string {
  const [first = '', ...rest] = text;
  return first.toUpperCase() + rest.join('').toLowerCase();
}

function splitArguments(args: Value[]): [separator: string | null, limit: number] {
  const keywords = args.at(-1)?.type === 'KeywordArgumentsValue' ? entriesOf(args.at(-1)!) : new Map<string, Value>();
  const positional = args.filter((arg) => arg.type !== 'KeywordArgumentsValue');
  const separator = positional[0] ?? keywords.get('sep');
  const limit = positional[1] ?? keywords.get('maxsplit');
  return [separator === undefined || isNone(separator) ? null : textOf(separator), limit === undefined ? -1 : Number(limit.value)];
}

function splitAt(text: string, separator: string, limit: number): string[] {
  if (separator === '') throw new Error('empty separator');
  const parts = text.split(separator);
  return limit < 0 || parts.length <= limit + 1 ? parts : [...parts.slice(0, limit), parts.slice(limit).join(separator)];
}

function splitSpace(text: string, limit: number): string[] {
  const parts: string[] = [];
  let rest = pythonStrip(text, null, 'left');
  while (rest !== '') {
    if (limit >= 0 && parts.length === limit) {
      parts.push(rest);
      break;
    }
    const gap = Array.from(rest).findIndex((char) => pythonSpace.test(char));
    const points = Array.from(rest);
    parts.push(gap < 0 ? rest : points.slice(0, gap).join(''));
    rest = gap < 0 ? '' : pythonStrip(points.slice(gap).join(''), null, 'left');
  }
  return parts;
}
