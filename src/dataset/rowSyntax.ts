/** Reads one line as JSON and keeps the place of everything, also when it is malformed: what is wrong comes back as faults, each with its place. */

import { controlName, endOfCurlyQuoted, endOfSingleQuoted, endOfString, endOfText, escapeLength, unescape } from './rowScan.ts';

export type RowNode = ObjectNode | ArrayNode | ScalarNode;

export interface ObjectNode {
  type: 'object';
  start: number;
  end: number;
  entries: RowEntry[];
}
export interface ArrayNode {
  type: 'array';
  start: number;
  end: number;
  items: RowNode[];
}
export interface ScalarNode {
  type: 'string' | 'number' | 'boolean' | 'null';
  start: number;
  end: number;
  value: string | number | boolean | null;
}
/** `keyStart` and `keyEnd` include the quotes; `colon` is -1 where there is none. */
export interface RowEntry {
  key: string;
  keyStart: number;
  keyEnd: number;
  colon: number;
  value: RowNode | undefined;
}

export type FaultReason =
  | 'trailing-comma' | 'extra-comma' | 'missing-comma' | 'missing-colon' | 'missing-value' | 'missing-key'
  | 'non-finite' | 'foreign-literal' | 'single-quotes' | 'curly-quotes' | 'unquoted' | 'text-after-string'
  | 'unclosed-string' | 'unclosed' | 'wrong-bracket' | 'control-character' | 'bad-escape' | 'bad-number' | 'comment'
  | 'comma-after-row' | 'several-rows' | 'text-after-row' | 'unexpected';

/** One thing that JSON forbids. `found` is the offending text where it is short, `edit` what mends it where one can be sure. */
export interface RowFault {
  reason: FaultReason;
  start: number;
  end: number;
  found?: string;
  edit?: { start: number; end: number; newText: string };
}

export interface RowTree {
  root: RowNode | undefined;
  faults: RowFault[];
}

/** Deeper containers are kept as one opaque node, so that no nesting can exhaust the stack. */
const deepest = 400;
const mostFaults = 20;

const QUOTE = 34;
const BACKSLASH = 92;

const spaces = /[ \t\r\n]*/y;
const word = /[^\s,:{}[\]"'“”„]+/y;
const numberLike = /[-+.]?\d[\w.+-]*|[-+]\./y;
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

const foreignLiterals: Readonly<Record<string, string>> = { True: 'true', TRUE: 'true', False: 'false', FALSE: 'false', None: 'null', NULL: 'null', Null: 'null', nil: 'null', undefined: 'null' };
const nonFinite = /^[-+]?(?:nan|inf|infinity)$/i;

/** Never throws. Without faults the line is valid JSON, and `root` is its value. */
export function parseRow(text: string, from = 0): RowTree {
  const faults: RowFault[] = [];
  let at = from;
  /** Set where it is no longer clear what the rest of the line means. */
  let lost = false;

  const fault = (reason: FaultReason, start: number, end: number, more: { found?: string; replacement?: string; edit?: RowFault['edit'] } = {}) => {
    if (faults.length >= mostFaults) return;
    const { found, replacement, edit = replacement === undefined ? undefined : { start, end, newText: replacement } } = more;
    faults.push({ reason, start, end, ...(found !== undefined && { found }), ...(edit && { edit }) });
  };
  const lose = (reason: FaultReason, start: number, end: number, more?: { found?: string }) => {
    fault(reason, start, end, more);
    lost = true;
  };
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) return '';
    at = pattern.lastIndex;
    return match[0];
  };
  const skip = () => {
    take(spaces);
    while (!lost && (text[at] === '#' || (text[at] === '/' && (text[at + 1] === '/' || text[at + 1] === '*')))) {
      const start = at;
      const close = text[at + 1] === '*' ? text.indexOf('*/', at + 2) : -1;
      at = close < 0 ? text.length : close + 2;
      fault('comment', start, at, close < 0 ? {} : { replacement: '' });
      take(spaces);
    }
  };

  /** A string in double quotes. */
  const string = (): ScalarNode => {
    const start = at++;
    const before = faults.length;
    let escaped = false;
    for (;;) {
      const c = text.charCodeAt(at);
      if (c === QUOTE) break;
      if (c === BACKSLASH) {
        escaped = true;
        const length = escapeLength(text, at);
        if (length === 0) {
          const found = text.slice(at, at + (text[at + 1] === 'u' ? 6 : 2));
          fault('bad-escape', at, at + found.length, { found, replacement: found === "\\'" ? "'" : `\\${found}` });
        }
        at += length || 2;
      } else if (c < 32) {
        const raw = text[at]!;
        fault('control-character', at, at + 1, { found: controlName(raw), replacement: JSON.stringify(raw).slice(1, -1) });
        at++;
      } else if (at < text.length) at++;
      else {
        at = text.length;
        lose('unclosed-string', start, at);
        return { type: 'string', start, end: at, value: text.slice(start + 1) };
      }
    }
    at++;
    const inner = text.slice(start + 1, at - 1);
    if (!escaped) return { type: 'string', start, end: at, value: inner };
    return { type: 'string', start, end: at, value: faults.length === before && before < mostFaults ? (JSON.parse(text.slice(start, at)) as string) : unescape(inner) };
  };

  /** A string in other quotes: read to its end where one can be found, so that one edit mends it. */
  const foreignString = (): ScalarNode => {
    const start = at;
    const single = text[at] === "'";
    const reason = single ? 'single-quotes' : 'curly-quotes';
    const end = single ? endOfSingleQuoted(text, start) : endOfCurlyQuoted(text, start);
    if (end < 0) {
      at = text.length;
      lose(reason, start, start + 1);
      return { type: 'string', start, end: at, value: text.slice(start + 1) };
    }
    at = end;
    const value = unescape(text.slice(start + 1, end - 1));
    fault(reason, start, at, { replacement: JSON.stringify(value) });
    return { type: 'string', start, end: at, value };
  };

  /** Something that is no string and no container: a number, a literal, or what JSON does not have. */
  const bare = (): ScalarNode | undefined => {
    const start = at;
    const number = take(numberLike);
    if (number && !/^[-+]?\d+[A-Za-z_]{2}/.test(number)) {
      if (!jsonNumber.test(number)) fault('bad-number', start, at, { found: number });
      return { type: 'number', start, end: at, value: Number(number) };
    }
    at = start;
    const found = take(word);
    const scalar = (type: ScalarNode['type'], value: ScalarNode['value']): ScalarNode => ({ type, start, end: at, value });
    if (found === 'true' || found === 'false') return scalar('boolean', found === 'true');
    if (found === 'null') return scalar('null', null);
    if (nonFinite.test(found)) {
      fault('non-finite', start, at, { found, replacement: 'null' });
      return scalar('number', NaN);
    }
    const literal = Object.hasOwn(foreignLiterals, found) ? foreignLiterals[found]! : undefined;
    if (literal) {
      fault('foreign-literal', start, at, { found, replacement: literal });
      return literal === 'null' ? scalar('null', null) : scalar('boolean', literal === 'true');
    }
    if (found) lose('unquoted', start, at, { found: found.slice(0, 40) });
    else lose('unexpected', start, ++at, { found: text.slice(start, at) });
    return undefined;
  };

  const value = (depth: number): RowNode | undefined => {
    const c = text[at];
    if (c === '{' || c === '[') {
      if (depth >= deepest) return opaque(c);
      return c === '{' ? object(depth + 1) : array(depth + 1);
    }
    if (c === '"') return string();
    if (c === "'" || c === '“' || c === '”' || c === '„') return foreignString();
    return bare();
  };

  /** After a value: takes the comma. False when the container ends here or the rest is lost. */
  const another = (close: '}' | ']', previous: RowNode | undefined): boolean => {
    skip();
    const c = text[at];
    if (lost || c === undefined || c === close) return false;
    if (c === ',') {
      const comma = at++;
      skip();
      while (text[at] === ',') {
        fault('extra-comma', at, at + 1, { replacement: '' });
        at++;
        skip();
      }
      if (text[at] !== close) return true;
      fault('trailing-comma', comma, comma + 1, { replacement: '' });
      return false;
    }
    if (c === '}' || c === ']') return lose('wrong-bracket', at, at + 1, { found: c }), false;
    const start = at;
    if (previous?.type === 'string' && !/["{[\d-]/.test(c)) {
      take(word);
      lose('text-after-string', start, Math.max(at, start + 1), { found: text.slice(start, Math.min(at, start + 40)) });
      return false;
    }
    if (c === ':') return lose('unexpected', at, at + 1, { found: c }), false;
    const end = c === '"' ? endOfString(text, start) : start + 1;
    fault('missing-comma', start, end, previous && { edit: { start: previous.end, end: previous.end, newText: ',' } });
    return true;
  };

  const closing = (node: ObjectNode | ArrayNode, bracket: '}' | ']') => {
    if (!lost && text[at] === bracket) at++;
    else if (!lost) lose('unclosed', Math.max(node.start, endOfText(text) - 1), endOfText(text), { found: text[node.start]! });
    node.end = lost ? text.length : at;
  };

  const object = (depth: number): ObjectNode => {
    const node: ObjectNode = { type: 'object', start: at++, end: text.length, entries: [] };
    skip();
    if (text[at] === ',') {
      fault('extra-comma', at, at + 1, { replacement: '' });
      at++;
      skip();
    }
    if (text[at] !== '}' && at < text.length) {
      for (;;) {
        const entry = key();
        if (!entry) break;
        node.entries.push(entry);
        if (lost) break;
        skip();
        if (text[at] === ':') {
          entry.colon = at++;
          skip();
        } else if (at >= text.length) break;
        else if (/[,}]/.test(text[at]!)) fault('missing-colon', entry.keyStart, entry.keyEnd);
        else if (/["'{[\d-]|[tfn]/.test(text[at]!)) fault('missing-colon', entry.keyStart, entry.keyEnd);
        else {
          const start = at;
          take(word);
          lose('text-after-string', start, Math.max(at, start + 1), { found: text.slice(start, Math.min(at, start + 40)) });
          break;
        }
        if (entry.colon >= 0 && (at >= text.length || /[,}\]]/.test(text[at]!))) {
          if (at < text.length) fault('missing-value', entry.keyStart, entry.colon + 1);
        } else if (!(entry.colon < 0 && /[,}]/.test(text[at]!))) entry.value = value(depth);
        if (lost || !another('}', entry.value)) break;
      }
    }
    closing(node, '}');
    return node;
  };

  const key = (): RowEntry | undefined => {
    const start = at;
    const c = text[at];
    if (c === undefined) return undefined;
    if (c === '"' || c === "'" || c === '“' || c === '”' || c === '„') {
      const node = c === '"' ? string() : foreignString();
      return { key: String(node.value), keyStart: node.start, keyEnd: node.end, colon: -1, value: undefined };
    }
    const found = take(word);
    if (found && /^\s*:/.test(text.slice(at, at + 20))) {
      fault('unquoted', start, at, { found: found.slice(0, 40), replacement: JSON.stringify(found) });
      return { key: found, keyStart: start, keyEnd: at, colon: -1, value: undefined };
    }
    lose('missing-key', start, Math.max(at, start + 1), { found: found.slice(0, 40) || c });
    return undefined;
  };

  const array = (depth: number): ArrayNode => {
    const node: ArrayNode = { type: 'array', start: at++, end: text.length, items: [] };
    skip();
    if (text[at] === ',') {
      fault('extra-comma', at, at + 1, { replacement: '' });
      at++;
      skip();
    }
    if (text[at] !== ']' && at < text.length) {
      for (;;) {
        if (at >= text.length) break;
        const item = value(depth);
        if (item) node.items.push(item);
        if (lost || !another(']', item)) break;
      }
    }
    closing(node, ']');
    return node;
  };

  /** Too deep to be anybody's row: only its end is looked for. */
  const opaque = (open: '{' | '['): ObjectNode | ArrayNode => {
    const start = at;
    for (let depth = 0; at < text.length; ) {
      const c = text[at]!;
      if (c === '"') at = Math.max(at, endOfString(text, at) - 1);
      else if (c === '{' || c === '[') depth++;
      else if (c === '}' || c === ']') depth--;
      at++;
      if (depth === 0) return open === '{' ? { type: 'object', start, end: at, entries: [] } : { type: 'array', start, end: at, items: [] };
    }
    lose('unclosed', text.length - 1, text.length, { found: open });
    return open === '{' ? { type: 'object', start, end: at, entries: [] } : { type: 'array', start, end: at, items: [] };
  };

  /** What follows the row: nothing, if all is well. */
  const endOfRow = (row: RowNode | undefined) => {
    const rowEnd = at;
    const end = endOfText(text);
    skip();
    const c = text[at];
    if (lost || c === undefined) return;
    if (c === ',') {
      const comma = at++;
      skip();
      if (at >= text.length) fault('comma-after-row', comma, comma + 1, { replacement: '' });
      else if (text[at] === '{') fault('several-rows', at, end, { edit: { start: rowEnd, end: at, newText: '\n' } });
      else fault('text-after-row', comma, end);
    } else if (c === '{' || c === '[') fault('several-rows', at, end, { edit: { start: rowEnd, end: at, newText: '\n' } });
    else if (c === '}' || c === ']') fault('wrong-bracket', at, at + 1, { found: c });
    else fault(row?.type === 'string' ? 'text-after-string' : 'text-after-row', at, end);
  };

  skip();
  if (at >= text.length) return { root: undefined, faults };
  const root = value(0);
  if (!lost) endOfRow(root);
  return { root, faults };
}
