/** Changes one value inside a line of JSON and leaves every other character as it was: order, spacing, escapes, spelling of numbers. */

import { hasEscapedBytes } from './lineText.ts';
import { parseRow, type RowNode } from './rowSyntax.ts';

export type JsonPath = readonly (string | number)[];

/**
 * The value at `path`; undefined when there is none or the line is no JSON. Of a key that is there twice the last one counts, as in
 * JSON.parse.
 */
export function findValue(line: string, path: JsonPath): RowNode | undefined {
  const { root, faults } = parseRow(line);
  let node = faults.length === 0 ? root : undefined;
  for (const step of path) {
    if (typeof step === 'number') node = node?.type === 'array' ? node.items[step] : undefined;
    else node = node?.type === 'object' ? node.entries.findLast((entry) => entry.key === step)?.value : undefined;
  }
  return node;
}

/**
 * The line with the string (or null) at `path` replaced by `text`. A key that is missing in an existing object is added at its end.
 * Undefined when the place does not exist or holds anything but a string or null: that is edited as JSON.
 */
export function setText(line: string, path: JsonPath, text: string): string | undefined {
  const node = findValue(line, path);
  if (!node) return addKey(line, path, stringLiteral(text, '', line));
  if (node.type !== 'string' && node.type !== 'null') return undefined;
  if (node.value === text) return line; // the same text in another spelling is no edit
  return line.slice(0, node.start) + stringLiteral(text, line.slice(node.start, node.end), line) + line.slice(node.end);
}

/** How the line spaces its values: after a colon, and between two. */
export function spacing(line: string): { colon: string; comma: string } {
  const { root } = parseRow(line);
  const [first, second] = root?.type === 'object' ? root.entries : [];
  const colon = first?.value ? line.slice(first.keyEnd, first.value.start) : ': ';
  return { colon, comma: first?.value && second ? line.slice(first.value.end, second.keyStart) : /\s$/.test(colon) ? ', ' : ',' };
}

/** `text` as a JSON string, escaped as its surroundings are: `old` is the literal that it replaces. */
export function stringLiteral(text: string, old: string, line: string): string {
  let literal = JSON.stringify(text);
  if (hasEscapedBytes(old)) literal = keepForeignBytes(literal);
  if (escapesNonAscii(old, line)) {
    const upper = /\\u[0-9a-f]*[A-F]/.test(line) && !/\\u[0-9A-F]*[a-f]/.test(line);
    literal = literal.replace(/[\u007f-\uffff]/g, (unit) => {
      const hex = unit.charCodeAt(0).toString(16).padStart(4, '0');
      return `\\u${upper ? hex.toUpperCase() : hex}`;
    });
  }
  if (old.includes('\\/') && !/[^\\]\//.test(old)) literal = literal.replaceAll('/', '\\/');
  return literal;
}

/** As written by json.dumps with ensure_ascii: the old text shows it, else the rest of the line does. */
function escapesNonAscii(old: string, line: string): boolean {
  for (const place of [old, line]) {
    if (/[\u0080-\uffff]/.test(place)) return false;
    if (/\\u(?!00[0-7])[0-9a-fA-F]{4}/.test(place)) return true;
  }
  return false;
}

/** Bytes that are not UTF-8 (lineText.ts) stay bytes: JSON.stringify would write the lone surrogates that stand for them as escapes. */
function keepForeignBytes(literal: string): string {
  return literal.replace(/\\(?:udc[89a-f][0-9a-f]|.)/g, (escape) => (escape.length === 6 ? String.fromCharCode(parseInt(escape.slice(2), 16)) : escape));
}

/** Adds a key with the literal as its value at the end of an object that is there, in the style of the row. */
export function addKey(line: string, path: JsonPath, literal: string): string | undefined {
  const key = path.at(-1);
  const parent = findValue(line, path.slice(0, -1));
  if (typeof key !== 'string' || parent?.type !== 'object') return undefined;
  const { colon, comma } = spacing(line.slice(parent.start, parent.end));
  const end = parent.entries.at(-1)?.value?.end ?? parent.start + 1;
  return `${line.slice(0, end)}${parent.entries.length === 0 ? '' : comma}${JSON.stringify(key)}${colon}${literal}${line.slice(end)}`;
}
