/** A text or a regular expression to look for, ready to be looked for: in values, in raw lines, and in many lines at once. */

import type { Pattern } from './query.ts';

/** Both kinds as one expression. `g` is added where all places are wanted. */
export function expressionOf({ text, regex, matchCase }: Pattern, flags = ''): RegExp {
  // without `u` a text is found by the letter: under `iu` a K would be found in a Kelvin sign
  if (!regex) return new RegExp(literal(text), `${matchCase ? '' : 'i'}${flags}`);
  return new RegExp(text, `mu${matchCase ? '' : 'i'}${flags}`);
}

export function tester(pattern: Pattern): (text: string) => boolean {
  if (!pattern.regex && pattern.matchCase) return (text) => text.includes(pattern.text);
  const expression = expressionOf(pattern);
  return (text) => expression.test(text);
}

/**
 * Finds the places in lines of JSON where a value may hold the text, however JSON spells it: every line that holds it has such a place,
 * and few others do. Answers the next place at or after `from`, or -1.
 */
export function finder({ text, matchCase }: Pattern, lines: string): (from: number) => number {
  const ascii = /^[\x20\x21\x23-\x2e\x30-\x5b\x5d-\x7e]*$/.test(text); // all but quote, slash and backslash, which are written with a backslash
  const plain = ascii ? !lines.includes('\\u00') : !lines.includes('\\');
  if (plain && matchCase) return (from) => lines.indexOf(text, from);
  const expression = new RegExp(plain ? literal(text) : [...Array(text.length).keys()].map((i) => spellings(text[i]!, matchCase)).join(''), `g${matchCase ? '' : 'i'}`);
  return (from) => {
    expression.lastIndex = from;
    return expression.exec(lines)?.index ?? -1;
  };
}

const short: Readonly<Record<string, string>> = { '"': '\\\\"', '\\': '\\\\\\\\', '/': '\\\\\\/', '\b': '\\\\b', '\f': '\\\\f', '\n': '\\\\n', '\r': '\\\\r', '\t': '\\\\t' };

/** One UTF-16 unit as JSON may write it, and as it stands in a line that is no JSON. */
function spellings(unit: string, matchCase: boolean): string {
  const cased = !matchCase && unit.toLowerCase() !== unit.toUpperCase();
  const hex = [...unit.charCodeAt(0).toString(16).padStart(4, '0')].map((digit) => (/[a-f]/.test(digit) ? `[${digit}${digit.toUpperCase()}]` : digit)).join('');
  return `(?:${literal(unit)}${short[unit] ? `|${short[unit]}` : ''}|\\\\u${cased ? '[0-9a-fA-F]{4}' : hex})`;
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
