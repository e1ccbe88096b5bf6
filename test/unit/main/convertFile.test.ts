/** Converting files: every kind of file there and back, what is lost told first, nothing half-written, memory that does not grow. */

import assert from 'node:assert/strict';
import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { formats } from '../../../src/dataset/formats/index.ts';
import { lostIn, sameValue } from '../../../src/dataset/convert/lost.ts';
import { choicesFor, surveyFile, writeFile } from '../../../src/main/convert/convertFile.ts';
import type { ConvertRequest, RefusedRow } from '../../../src/protocol/convert.ts';

let folder: string;
beforeEach(async () => void (folder = await fs.mkdtemp(join(tmpdir(), 'posttrain-convert-'))));
afterEach(() => fs.rm(folder, { recursive: true, force: true }));

const path = (name: string) => join(folder, name);
const jsonl = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

async function convert(input: string, output: string, request: Partial<ConvertRequest> & { to: string }, signal = new AbortController().signal) {
  const refused: RefusedRow[] = [];
  const fractions: number[] = [];
  const hooks = { signal, progress: (fraction: number) => void fractions.push(fraction), refused: (row: RefusedRow) => void refused.push(row) };
  const full = { input: path(input), output: path(output), ...request };
  const surveyed = await surveyFile(full, hooks);
  const { rows } = await writeFile(full, surveyed, hooks);
  return { survey: surveyed.survey, rows, refused, fractions };
}
const rowsIn = async (name: string) => (await fs.readFile(path(name), 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);

describe('kinds of files', () => {
  for (const format of formats.entries) {
    for (const container of ['json', 'csv', 'parquet']) {
      test(`${format.id} rows come back from .${container} as they were`, async () => {
        await fs.writeFile(path('a.jsonl'), jsonl(format.examples));
        const there = await convert('a.jsonl', `b.${container}`, { to: format.id, from: format.id });
        assert.deepEqual([there.survey.refused, there.rows], [0, format.examples.length]);
        await convert(`b.${container}`, 'c.jsonl', { to: format.id, from: format.id });
        const back = await rowsIn('c.jsonl');
        const lost = new Set(there.survey.losses.map(({ key }) => key));
        for (const [i, row] of format.examples.entries()) for (const [key, value] of Object.entries(row)) if (!lost.has(key) && !(container === 'csv' && key === 'tools')) assert.ok(sameValue(back[i]![key], value), `${key}: ${JSON.stringify(back[i]![key])}`);
        for (const [i, row] of format.examples.entries()) assert.deepEqual(lostIn(format.toExample(row).value!, format.toExample(back[i]!).value!), []);
        assert.deepEqual([...lost].filter((key) => key in (format.schema.properties ?? {})), []);
        assert.equal((await choicesFor({ input: path(`b.${container}`) }, new AbortController().signal)).from?.id, (await choicesFor({ input: path('a.jsonl') }, new AbortController().signal)).from?.id);
      });
    }
  }

  test('texts of all sorts survive each of them', async () => {
    const texts = ['', ' ', 'a,b', '"quoted"', 'two\nlines', 'crlf\r\nend', '😀 \u2028', '=1+1', '[1]', '{"a": 1}', 'true', '12', 'null', '\t', '\\"', 'a\u0000b', "'", 'x'.repeat(70_000)];
    await fs.writeFile(path('a.jsonl'), jsonl(texts.map((text) => ({ prompt: 'p', completion: text, note: text }))));
    for (const container of ['json', 'csv', 'parquet']) {
      const there = await convert('a.jsonl', `b.${container}`, { to: 'prompt-completion', overwrite: true });
      assert.deepEqual(there.survey.losses, [], container);
      await convert(`b.${container}`, `c.jsonl`, { to: 'prompt-completion', overwrite: true });
      assert.deepEqual((await rowsIn('c.jsonl')).map(({ completion }) => completion), texts, container);
      assert.deepEqual((await rowsIn('c.jsonl')).map(({ note }) => note), texts, container);
    }
  });

  test('in CSV other columns are text, and that is told', async () => {
    await fs.writeFile(path('a.jsonl'), jsonl([{ prompt: 'a', completion: 'b', score: 3, tags: ['x'] }, { prompt: 'c', completion: 'd', missing: null }]));
    const { survey } = await convert('a.jsonl', 'b.csv', { to: 'prompt-completion' });
    assert.deepEqual(survey.losses.map(({ key, rows }) => [key, rows]), [['score', 1], ['tags', 1]]);
    assert.equal(await fs.readFile(path('b.csv'), 'utf8'), 'prompt,completion,score,tags,missing\na,b,3,"[""x""]",\nc,d,,,\n');
  });

  test('in Parquet turns are lists of structs, and numbers stay numbers', async () => {
    const rows = [{ messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b', name: 'n' }], score: 1.5, count: 3, flags: [true, false], meta: { deep: { x: [1, 2] } } }, { messages: [{ role: 'user', content: 'c' }, { role: 'assistant', content: null, tool_calls: [{ id: '1', function: { name: 'f', arguments: { a: 1 } } }] }] }];
    await fs.writeFile(path('a.jsonl'), jsonl(rows));
    const { survey } = await convert('a.jsonl', 'b.parquet', { to: 'messages' });
    assert.deepEqual(survey.losses, []);
    await convert('b.parquet', 'c.jsonl', { to: 'messages' });
    assert.ok(sameValue(await rowsIn('c.jsonl'), rows), JSON.stringify(await rowsIn('c.jsonl')));
  });

  test('a list over many lines is read entry by entry, with the line of each', async () => {
    await fs.writeFile(path('a.json'), '\uFEFF[\n  {"text": "a]},[{\\""},\n  3,\n  {"text":\n    "b"}, {"text" 1}\n]\n');
    const { survey, refused } = await convert('a.json', 'b.jsonl', { to: 'text' });
    assert.deepEqual([survey.rows, survey.made], [4, 2]);
    assert.deepEqual(refused.map(({ place }) => place), [3, 5]);
    assert.deepEqual((await rowsIn('b.jsonl')).map(({ text }) => text), ['a]},[{"', 'b']);
  });

  test('a list that is cut off keeps what was whole and says so', async () => {
    await fs.writeFile(path('a.json'), '[{"text": "a"}, {"text": "b');
    const { survey, refused } = await convert('a.json', 'b.json', { to: 'text' });
    assert.deepEqual([survey.made, refused.map(({ reason }) => reason)], [1, ['The list has no end: the file was cut off.']]);
    assert.deepEqual(JSON.parse(await fs.readFile(path('b.json'), 'utf8')), [{ text: 'a' }]);
  });

  test('an entry larger than a piece of the file is read whole', async () => {
    const long = 'x'.repeat(3_000_000);
    await fs.writeFile(path('a.json'), JSON.stringify([{ text: long }, { text: 'b' }], null, 1));
    await convert('a.json', 'b.jsonl', { to: 'text' });
    assert.deepEqual((await rowsIn('b.jsonl')).map(({ text }) => (text as string).length), [long.length, 1]);
  });

  test('rows a line in a file called .json are rows', async () => {
    await fs.writeFile(path('a.json'), jsonl([{ text: 'a' }]));
    assert.equal((await convert('a.json', 'b.jsonl', { to: 'text' })).rows, 1);
  });

  test('a row of a CSV file with another number of cells is told with its line', async () => {
    await fs.writeFile(path('a.csv'), 'prompt,completion\na,b\nc\nd,"e\nf"\n');
    const { survey, refused } = await convert('a.csv', 'b.jsonl', { to: 'prompt-completion' });
    assert.deepEqual([survey.made, refused.map(({ place }) => place)], [2, [3]]);
    assert.match(refused[0]!.reason, /no row of this table/);
  });

  test('a damaged Parquet file ends in one sentence', async () => {
    await fs.writeFile(path('a.parquet'), 'PAR1 nothing');
    await assert.rejects(convert('a.parquet', 'b.jsonl', { to: 'text' }), /cannot be read as Parquet/);
  });

  test('another ending is refused with those that are known', async () => {
    await fs.writeFile(path('a.txt'), 'x');
    await assert.rejects(convert('a.txt', 'b.jsonl', { to: 'text' }), /\.jsonl, \.ndjson, \.json, \.csv, \.parquet/);
  });
});

describe('what is lost', () => {
  test('is told by key with the number of rows, and the rows that cannot be converted with line and reason', async () => {
    await fs.writeFile(path('a.jsonl'), `${jsonl([{ prompt: 'a', completion: ' b', label: true }, { prompt: 'a', completion: ' c', label: false }])}\n{"prompt": \n${jsonl([{ prompt: 'd', completion: ' e', label: true, tools: [{ name: 'f' }] }])}`);
    const { survey, refused, rows } = await convert('a.jsonl', 'b.jsonl', { to: 'prompt-completion' });
    assert.deepEqual([survey.from, survey.rows, survey.made, rows], ['unpaired-preference', 4, 2, 2]);
    assert.deepEqual(survey.losses, [{ key: 'label', what: 'left out: only good answers are kept', rows: 2 }]);
    assert.deepEqual(refused.slice(0, 2).map(({ place }) => place), [2, 4]);
    assert.match(refused[0]!.reason, /marked as bad/);
    assert.match(refused[1]!.reason, /not JSON/);
  });

  test('numbers with more digits than can be kept are copied where rows stay as they are, and told where they do not', async () => {
    await fs.writeFile(path('a.jsonl'), '{"text": "a", "id": 12345678901234567890}\n');
    await convert('a.jsonl', 'b.json', { to: 'text' });
    assert.match(await fs.readFile(path('b.json'), 'utf8'), /12345678901234567890/);
    await fs.writeFile(path('c.jsonl'), '{"prompt": "a", "completion": "b", "id": 12345678901234567890}\n');
    const { survey } = await convert('c.jsonl', 'd.jsonl', { to: 'text' });
    assert.deepEqual(survey.losses.map(({ key }) => key).sort(), ['id', 'prompt']);
  });

  test('formats without a way between them are refused with those that there is a way to', async () => {
    await fs.writeFile(path('a.jsonl'), jsonl([{ text: 'a' }]));
    await assert.rejects(convert('a.jsonl', 'b.jsonl', { to: 'messages' }), /text rows cannot become messages rows\. They can become text\./);
  });

  test('a pair becomes two rows where each stands for itself', async () => {
    await fs.writeFile(path('a.jsonl'), jsonl([{ prompt: 'a', chosen: ' b', rejected: ' c' }]));
    const { rows } = await convert('a.jsonl', 'b.jsonl', { to: 'unpaired-preference' });
    assert.deepEqual([rows, await rowsIn('b.jsonl')], [2, [{ prompt: 'a', completion: ' b', label: true }, { prompt: 'a', completion: ' c', label: false }]]);
  });
});

describe('plain text', () => {
  test('becomes turns, which is told as a change', async () => {
    await fs.writeFile(path('a.jsonl'), jsonl([{ prompt: 'a', completion: 'b' }]));
    for (const to of ['messages', 'alpaca', 'sharegpt', 'openai-chat']) {
      const { survey } = await convert('a.jsonl', `${to}.jsonl`, { to });
      assert.ok(survey.losses.length > 0 && survey.losses.every(({ change }) => change), to);
    }
  });
});

describe('the new file', () => {
  const rows = jsonl(Array.from({ length: 2000 }, (_, i) => ({ prompt: `p${i}`, completion: 'x'.repeat(200) })));

  test('never replaces another one unless asked, also when that came meanwhile', async () => {
    await fs.writeFile(path('a.jsonl'), rows);
    await fs.writeFile(path('b.jsonl'), 'mine');
    await assert.rejects(convert('a.jsonl', 'b.jsonl', { to: 'text' }), /there already\. Give another name, or --overwrite/);
    assert.equal(await fs.readFile(path('b.jsonl'), 'utf8'), 'mine');
    const hooks = { signal: new AbortController().signal, progress: () => undefined, refused: () => undefined };
    const request = { input: path('a.jsonl'), output: path('c.jsonl'), to: 'text' };
    const surveyed = await surveyFile(request, hooks);
    await fs.writeFile(path('c.jsonl'), 'mine');
    await assert.rejects(writeFile(request, surveyed, hooks), /there already/);
    assert.equal(await fs.readFile(path('c.jsonl'), 'utf8'), 'mine');
    assert.equal((await convert('a.jsonl', 'b.jsonl', { to: 'text', overwrite: true })).rows, 2000);
  });

  test('may replace the file that it is made from', async () => {
    await fs.writeFile(path('a.jsonl'), rows);
    await convert('a.jsonl', 'a.jsonl', { to: 'text', overwrite: true });
    assert.equal((await rowsIn('a.jsonl')).length, 2000);
    assert.deepEqual(await fs.readdir(folder), ['a.jsonl']);
  });

  test('is not there when it is cancelled', async () => {
    await fs.writeFile(path('a.jsonl'), rows);
    const abort = new AbortController();
    const request = { input: path('a.jsonl'), output: path('b.jsonl'), to: 'text' };
    const quiet = { signal: abort.signal, refused: () => undefined };
    const surveyed = await surveyFile(request, { ...quiet, progress: () => undefined });
    await assert.rejects(writeFile(request, surveyed, { ...quiet, progress: () => abort.abort() }), { name: 'Cancelled' });
    assert.deepEqual(await fs.readdir(folder), ['a.jsonl']);
  });

  test('is not written when the old one changed after it was surveyed', async () => {
    await fs.writeFile(path('a.jsonl'), rows);
    const hooks = { signal: new AbortController().signal, progress: () => undefined, refused: () => undefined };
    const request = { input: path('a.jsonl'), output: path('b.jsonl'), to: 'text' };
    const surveyed = await surveyFile(request, hooks);
    await fs.appendFile(path('a.jsonl'), rows);
    await assert.rejects(writeFile(request, surveyed, hooks), /changed while it was read/);
    assert.deepEqual(await fs.readdir(folder), ['a.jsonl']);
  });
});
