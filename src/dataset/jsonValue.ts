/** A JSON value as a person edits it: spread over lines, and put back so that whatever was not touched keeps its spelling. */

import { addKey, findValue, setText, spacing, stringLiteral, type JsonPath } from './jsonEdit.ts';
import { parseRow, type RowEntry, type RowNode } from './rowSyntax.ts';

/** Values that are short and hold no others stay on one line. */
const SHORT = 72;

/** Undefined where the text is no JSON value. */
export function parseJson(text: string): RowNode | undefined {
  const { root, faults } = parseRow(text);
  return faults.length === 0 ? root : undefined;
}

/** The value over lines, numbers as they are spelt and texts as they read. Undefined where the text is no JSON. */
export function formatJson(text: string): string | undefined {
  const node = parseJson(text);
  return node && format(text, node, '');
}

function format(text: string, node: RowNode, indent: string): string {
  const parts = node.type === 'object' ? node.entries.map((entry) => ({ name: `${JSON.stringify(entry.key)}: `, value: entry.value! })) : node.type === 'array' ? node.items.map((value) => ({ name: '', value })) : [];
  if (node.type === 'string') return JSON.stringify(node.value);
  if (parts.length === 0) return text.slice(node.start, node.end); // a scalar, an empty one, or nested too deep to be taken apart
  const [open, close] = node.type === 'object' ? '{}' : '[]';
  if (parts.every(({ value: { type } }) => type !== 'object' && type !== 'array')) {
    const inline = parts.map(({ name, value }) => name + format(text, value, '')).join(', ');
    if (inline.length <= SHORT) return node.type === 'object' ? `{ ${inline} }` : `[${inline}]`;
  }
  const inner = `${indent}  `;
  return `${open}\n${parts.map(({ name, value }) => inner + name + format(text, value, inner)).join(',\n')}\n${indent}${close}`;
}

/**
 * The line with the value at `path` replaced by `text`, a JSON value. Parts that are the same keep their spelling; a missing key is added.
 * Text that is no JSON stands there as it is, on one line: then the line is malformed, as in a text editor. Undefined when there is no such place.
 */
export function setJson(line: string, path: JsonPath, text: string): string | undefined {
  const old = findValue(line, path);
  const next = parseJson(text);
  const flat = text.replace(/[ \t]*[\r\n]+[ \t]*/g, ' ').trim();
  const make = (from: RowNode | undefined) => (next ? merge({ text: line, node: from }, { text, node: next }, { line, ...spacing(line) }) : flat);
  if (!old) return addKey(line, path, make(undefined));
  return line.slice(0, old.start) + make(old) + line.slice(old.end);
}

/** The same for a text that holds JSON, such as the arguments of a call. */
export function setJsonText(line: string, path: JsonPath, text: string): string | undefined {
  const old = findValue(line, path);
  if (old?.type !== 'string') return undefined;
  const was = String(old.value);
  const next = parseJson(text);
  if (!next) return setText(line, path, text);
  return setText(line, path, merge({ text: was, node: parseJson(was) }, { text, node: next }, { line: was, ...spacing(was) }));
}

interface Side<Node> {
  text: string;
  node: Node;
}
interface Style {
  line: string;
  colon: string;
  comma: string;
}

function merge(old: Side<RowNode | undefined>, next: Side<RowNode>, style: Style): string {
  const [was, now] = [old.node, next.node];
  const oldText = was ? old.text.slice(was.start, was.end) : '';
  const newText = next.text.slice(now.start, now.end);
  if (now.type === 'string') return was?.type === 'string' && was.value === now.value ? oldText : stringLiteral(String(now.value), oldText, style.line);
  if (now.type === 'object') {
    const before = was?.type === 'object' ? was.entries : [];
    const values = now.entries.map((entry) => merge({ text: old.text, node: before.findLast(({ key }) => key === entry.key)?.value }, { text: next.text, node: entry.value! }, style));
    if (was && sameKeys(before, now.entries)) return before.length === 0 ? oldText : replaceAll(old.text, was, before.map(({ value }) => value!), values);
    return `{${now.entries.map(({ key }, i) => stringLiteral(key, '', style.line) + style.colon + values[i]!).join(style.comma)}}`;
  }
  if (now.type === 'array') {
    const before = was?.type === 'array' ? [...was.items] : [];
    const sameLength = was?.type === 'array' && before.length === now.items.length;
    // in a list that grew or shrank, an item that is still there keeps its spelling wherever it stands
    const partner = (item: RowNode, index: number) => {
      if (sameLength) return before[index];
      const at = before.findIndex((one) => format(old.text, one, '') === format(next.text, item, ''));
      return at === -1 ? undefined : before.splice(at, 1)[0];
    };
    const values = now.items.map((item, index) => merge({ text: old.text, node: partner(item, index) }, { text: next.text, node: item }, style));
    if (sameLength) return before.length === 0 ? oldText || newText : replaceAll(old.text, was, before, values);
    return `[${values.join(style.comma)}]`;
  }
  return newText;
}

function sameKeys(before: readonly RowEntry[], now: readonly RowEntry[]): boolean {
  return before.length === now.length && before.every(({ key }, i) => key === now[i]!.key);
}

/** The node's text with other texts in the place of the values in it. */
function replaceAll(text: string, node: RowNode, values: readonly RowNode[], texts: readonly string[]): string {
  let result = '';
  let at = node.start;
  for (const [i, { start, end }] of values.entries()) {
    result += text.slice(at, start) + texts[i]!;
    at = end;
  }
  return result + text.slice(at, node.end);
}
