/** Rows are found as a naive model finds them, which parses every line: over random rows, spellings, slices of the file and queries. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng, type Rng } from '../../../src/core/rng.ts';
import { Ledger } from '../../../src/dataset/annotations/ledger.ts';
import { identifyRow } from '../../../src/dataset/annotations/rowIdentity.ts';
import { saidAbout } from '../../../src/dataset/annotations/said.ts';
import { parseQuery } from '../../../src/dataset/find/query.ts';
import type { RowFacts } from '../../../src/dataset/find/rowMatch.ts';
import { RowSearch } from '../../../src/dataset/find/rowSearch.ts';
import { formats } from '../../../src/dataset/formats/index.ts';

const noProblems = () => [];

interface Options {
  regex?: boolean;
  matchCase?: boolean;
  slice?: (rest: number) => number;
  problems?: RowFacts['problems'];
  said?: RowFacts['said'];
}

/** Found in decoded lines, and in bytes: the same. */
function find(file: string | Uint8Array, text: string, options: Options = {}): number[] {
  const rows = findBy(file, text, options);
  assert.deepEqual(findBy(file, text, options, (bytes) => Buffer.from(bytes).toString('latin1')), rows, `${text} in bytes`);
  return rows;
}

function findBy(file: string | Uint8Array, text: string, options: Options, latin1?: (bytes: Uint8Array) => string): number[] {
  const { value, problems } = parseQuery(text, { regex: options.regex ?? false, matchCase: options.matchCase ?? false });
  assert.deepEqual(problems, [], text);
  const rows: number[] = [];
  const search = new RowSearch(value!, { problems: options.problems ?? noProblems, said: options.said ?? (() => []) }, (row) => rows.push(row), latin1);
  const bytes = new Uint8Array(typeof file === 'string' ? Buffer.from(file) : file);
  for (let at = 0; at < bytes.byteLength; ) {
    const length = options.slice?.(bytes.byteLength - at) ?? bytes.byteLength;
    const part = bytes.slice(at, at + length);
    search.feed(part);
    part.fill(0); // whoever feeds may use the memory again
    at += length;
  }
  const sorted = search.end();
  assert.equal(search.rows, Buffer.from(bytes).toString('latin1').replace(/\n$/, '').split('\n').length - (bytes.byteLength === 0 ? 1 : 0));
  return sorted ? [...sorted] : rows;
}

/** A string of JSON in one of its many spellings. */
function spelt(text: string, rng: Rng): string {
  const style = rng.below(4);
  if (style === 0) return JSON.stringify(text);
  if (style === 1) return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  if (style === 2) return JSON.stringify(text).replaceAll('/', '\\/');
  const hex = (unit: string) => unit.charCodeAt(0).toString(16).padStart(4, '0');
  const escaped = (character: string) => character.split('').map((unit) => `\\u${rng.below(2) ? hex(unit) : hex(unit).toUpperCase()}`).join('');
  return `"${Array.from(text, (character) => (rng.below(3) > 0 && !/["\\\u0000-\u001f]/.test(character) ? character : escaped(character))).join('')}"`;
}

const words = ['Paris', 'paris', 'äÖ', 'ÄÖ', '你好', 'a/b', 'say "so"', 'tab\there', 'back\\slash', 'line\nbreak', '🙂', 'x', '42', 'true'];
const oneOf = <T>(items: readonly T[], rng: Rng): T => items[rng.below(items.length)]!;

function randomLine(rng: Rng): string {
  const text = () => spelt(Array.from({ length: rng.below(4) }, () => oneOf(words, rng)).join(' '), rng);
  const lines = [
    () => `{"prompt": ${text()}, "completion":${text()}}`,
    () => `{"messages": [{"role": "user", "content": ${text()}}, {"role": ${spelt(oneOf(['assistant', 'tool'], rng), rng)}, "content": ${text()}}], "score": ${oneOf(['4', '4.0', '42', '1e3', '-1', 'null', 'true'], rng)}}`,
    () => `{"chosen": ${text()}, "rejected": ${text()}, "meta": {"source": ${text()}, "Paris": 1}}`,
    () => `{"prompt": ${oneOf(words, rng).replace('\n', ' ')}`,
    () => oneOf(['', ' ', '\r', '[1]', '"Paris"', 'null'], rng),
  ];
  return oneOf(lines, rng)() + (rng.below(4) === 0 ? '\r' : '');
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}
function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
const has = (texts: string[], needle: string, matchCase: boolean) => texts.some((text) => (matchCase ? text.includes(needle) : text.toLowerCase().includes(needle.toLowerCase())));
const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

describe('finding rows', () => {
  test('a text is found in values, in every spelling, and nowhere else', () => {
    const rng = createRng(7);
    for (let round = 0; round < 150; round++) {
      const lines = Array.from({ length: rng.below(30) + 1 }, () => randomLine(rng));
      const file = lines.join('\n') + (rng.below(2) || lines.at(-1) === '' ? '\n' : '');
      const needle = oneOf([...words, 'ari', 'SAY', 'break', 'so" '], rng);
      const matchCase = rng.below(2) === 0;
      const slice = rng.below(2) ? (rest: number) => Math.min(rest, 1 + rng.below(40)) : undefined;
      const expected = lines.flatMap((line, i) => (has(parsed(line) ? strings(parsed(line)) : [line.replace(/\r$/, '')], needle, matchCase) ? [i] : []));
      assert.deepEqual(find(file, quoted(needle), { matchCase, slice }), expected, `${round}: ${needle}`);
      assert.deepEqual(find(file, `-${quoted(needle)}`, { matchCase, slice }), lines.flatMap((_, i) => (expected.includes(i) ? [] : [i])), `${round}: not ${needle}`);
      const source = lines.flatMap((line, i) => {
        const meta = parsed(line)?.meta as { source?: string } | undefined;
        return meta && has([meta.source!], needle, matchCase) ? [i] : [];
      });
      assert.deepEqual(find(file, `meta.source:${quoted(needle)}`, { matchCase, slice }), source, `${round}: source ${needle}`);
      const score = lines.flatMap((line, i) => (parsed(line)?.score !== undefined && String(parsed(line)!.score).includes('4') ? [i] : []));
      assert.deepEqual(find(file, 'score:4', { slice }), score);
      const tools = lines.flatMap((line, i) => ((parsed(line)?.messages as { role: string }[] | undefined)?.some(({ role }) => role === 'tool') ? [i] : []));
      assert.deepEqual(find(file, 'role:tool', { slice }), tools);
    }
  });

  test('a problem of rows taken together is not looked for row by row: that is said', () => {
    const { problems } = parseQuery('a problem:duplicate-row', { regex: false, matchCase: false });
    assert.deepEqual(problems.map(({ code, start, end }) => [code, start, end]), [['rows-together', 2, 23]]);
    assert.match(problems[0]!.message, /posttrain validate/);
    assert.deepEqual(parseQuery('problem:empty-answer duplicate-row', { regex: false, matchCase: false }).problems, []);
  });

  test('several words all have to be there; expressions, lengths, keys and problems', () => {
    const rows = [
      { prompt: 'What is the capital of France?', completion: 'Paris.', source: 'web', n: 1 },
      { prompt: 'What is 2 + 2?', completion: 'It is four, and it has always been.', source: 'book', n: 10 },
      { chosen: 'long answer', rejected: 'short', n: 2, tags: [] },
      { messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Hi' }, { role: 'assistant', content: 'Hello, capital letters' }] },
      { conversations: [{ from: 'human', value: 'Hi' }] },
      { 'a.b': 'dotted', a: { b: 'nested' }, tags: ['x'] },
    ];
    const file = rows.map((row) => JSON.stringify(row)).join('\n');
    const cases: [string, number[]][] = [
      ['', [0, 1, 2, 3, 4, 5]],
      ['capital france', [0]],
      ['"capital of"', [0]],
      ['what -france', [1]],
      ['/^what is \\d/', [1]],
      ['prompt:/france\\?$/', [0]],
      ['completion:paris', [0]],
      ['prompt:paris', []],
      ['source=web', [0]],
      ['source=we', []],
      ['source:we', [0]],
      ['n > 1', [1, 2]],
      ['n>=10', [1]],
      ['-n>1', [0, 3, 4, 5]],
      ['completion.length > prompt.length', [1]],
      ['chosen.length>rejected.length', [2]],
      ['delta=6', [2]],
      ['turns=3', [3]],
      ['turns < 2', [4]],
      ['role:system', [3]],
      ['role:human', [4]],
      ['has:tags', [5]],
      ['has:chosen', [2]],
      ['a.b:dotted', [5]],
      ['problem:any', [1, 3]],
      ['problem:error', [1]],
      ['problem:too-long', [3]],
      ['problem:any -turns=3', [1]],
      ['length > 20 sort:-length', [1, 0, 3]],
      ['sort:n', [0, 2, 1, 3, 4, 5]],
      ['sort:-n', [1, 2, 0, 3, 4, 5]],
      ['sort:source', [1, 0, 2, 3, 4, 5]],
      ['-', []],
    ];
    const problems = (_text: string, row: number) => (row === 1 ? [{ code: 'empty-answer', severity: 'error' }] : row === 3 ? [{ code: 'too-long', severity: 'warning' }] : []);
    for (const [text, expected] of cases) assert.deepEqual(find(file, text, { problems }), expected, text);
    assert.deepEqual(find(file, 'hi'), [3, 4]);
    assert.deepEqual(find(file, 'hi', { matchCase: true }), []);
    assert.deepEqual(find(file, 'capital (of|letters)', { regex: true }), [0, 3]);
  });

  test('in a file of any size, in slices of any size, also where a row is longer than what is decoded at once', () => {
    const lines = Array.from({ length: 3000 }, (_, i) => (i % 700 === 3 ? `{"prompt": "${'long é '.repeat(30_000)}${i % 1400 === 3 ? 'needle' : ''}"}` : i % 500 === 9 ? '' : `{"prompt": "row ${i}${i % 100 === 7 ? ' needle' : ''}", "n": ${i % 7}}`));
    const expected = lines.flatMap((line, i) => (line.includes('needle') ? [i] : []));
    for (const slice of [undefined, 50_000, 64 * 1024, 1 << 20]) {
      const options = slice === undefined ? {} : { slice: (rest: number) => Math.min(rest, slice) };
      assert.deepEqual(find(lines.join('\n'), 'needle', options), expected);
      assert.deepEqual(find(`${lines.join('\n')}\n`, 'n=3 prompt:row', options), lines.flatMap((line, i) => (line.endsWith('"n": 3}') ? [i] : [])));
      assert.deepEqual(find(lines.join('\n'), 'needle sort:-n', options).slice(0, 2), [expected.find((i) => i % 7 === 6), expected.filter((i) => i % 7 === 6)[1]]);
    }
  });

  test('bytes that are no UTF-8, a byte order mark, and rows nested deeper than a stack', () => {
    const deep = `{"a":${'['.repeat(100_000)}"found"${']'.repeat(100_000)}}`;
    const file = Buffer.concat([Buffer.from('\ufeff{"a":"found"}\n'), Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d, 10]), Buffer.from(deep)]);
    assert.deepEqual(find(file, 'found'), [0, 2]);
    assert.deepEqual(find(file, 'a=found'), [0]);
  });

  test('what is wrong with an expression is said with its place', () => {
    for (const [text, start] of [['/a(b/', 1], ['hi prompt:/[z/', 11]] as const) {
      const { problems } = parseQuery(text, { matchCase: false, regex: false });
      assert.equal(problems.length, 1, text);
      assert.match(problems[0]!.message, /^This is no regular expression: .+\.$/);
      assert.equal(problems[0]!.start, start);
    }
    assert.equal(parseQuery('(', { matchCase: false, regex: true }).problems.length, 1);
    assert.equal(parseQuery('(', { matchCase: false, regex: false }).problems.length, 0);
  });
});

describe('finding rows by what was said about them', () => {
  const rows = ['{"prompt": "p", "chosen": "a", "rejected": "b"}', '{"prompt": "q", "completion": "c", "label": false}', '', '{"text": "t"}', '{"text": "u"}'];
  const ledger = new Ledger();
  const hash = (row: number) => identifyRow(rows[row]!)!.hash;
  const { chosen, rejected } = identifyRow(rows[0]!)!.answers!;
  const time = '2026-03-01T09:30:00.000Z';
  for (const annotation of [
    { row: hash(0), annotator: 'Ann', time, choice: 'b' as const, shown: [rejected, chosen] as const, labels: ['too long'] },
    { row: hash(0), annotator: 'Ben', time, choice: 'tie' as const },
    { row: hash(3), annotator: 'Ann', time, choice: 'skip' as const, note: 'why' },
    { row: hash(4), annotator: 'Ben', time, labels: ['tie'] },
  ]) ledger.add(annotation);
  const cases: [query: string, of: (annotator: string | undefined) => number[]][] = [
    ['annotation:labelled', () => [0, 1]],
    ['annotation:unlabelled', (name) => (name === 'Ben' ? [3, 4] : [4])],
    ['-annotation:unlabelled', (name) => (name === 'Ben' ? [0, 1, 2] : [0, 1, 2, 3])],
    ['annotation:skipped', (name) => (name === 'Ben' ? [] : [3])],
    ['annotation:note text:t', (name) => (name === 'Ben' ? [] : [3])],
    ['annotation:chosen', (name) => (name === 'Ben' ? [] : [0])],
    ['annotation:rejected', () => []],
    ['annotation:tie', (name) => (name === 'Ann' ? [] : [0])],
    ['annotation:bad', () => [1]],
    ['annotation:"Too long"', (name) => (name === 'Ben' ? [] : [0])],
  ];
  for (const annotator of ['Ann', 'Ben', undefined]) {
    test(`by ${annotator ?? 'anybody'}`, () => {
      const said = (line: string) => saidAbout(line, ledger, formats.get('unpaired-preference'), annotator);
      for (const [query, of] of cases) assert.deepEqual(find(rows.join('\n'), query, { said }), of(annotator), query);
    });
  }
});
