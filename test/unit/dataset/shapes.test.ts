/** Files made of the rows of others: nothing lost, nothing twice, to the byte; the seed decides; one prompt never lands in both parts. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bytesSource, textSource, type ByteSource } from '../../../src/core/byteSource.ts';
import { createRng } from '../../../src/core/rng.ts';
import { formats } from '../../../src/dataset/formats/index.ts';
import { rowKey } from '../../../src/dataset/shape/rowKey.ts';
import { rowBytes } from '../../../src/dataset/shape/rows.ts';
import { SeenTexts } from '../../../src/dataset/shape/seenTexts.ts';
import { distinctRows, joinedRows, mixedRows, sampledRows, shuffledRows, splitRows, type Spill } from '../../../src/dataset/shape/shapes.ts';

async function written(batches: AsyncIterable<readonly string[]>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const bytes of rowBytes(batches)) parts.push(bytes);
  return Buffer.concat(parts).toString('latin1');
}
const rowsOf = async (batches: AsyncIterable<readonly string[]>) => (await written(batches)).split('\n').slice(0, -1);

function memorySpill(): Spill & { most: number } {
  const parts: Uint8Array[][] = [];
  return {
    most: 0,
    async add(part, bytes) {
      (parts[part] ??= []).push(bytes.slice());
    },
    async read(part) {
      const bytes = Buffer.concat(parts[part] ?? []);
      this.most = Math.max(this.most, bytes.byteLength);
      return bytes;
    },
  };
}

const numbered = (n: number) => Array.from({ length: n }, (_, i) => `{"n": ${i}}`);
const file = (rows: readonly string[]) => textSource(rows.join('\n'));
const sorted = (rows: readonly string[]) => [...rows].sort();

describe('shuffling', () => {
  test('keeps every row to the byte, leaves out blank lines and the mark, and depends on the seed alone', async () => {
    const bytes = Buffer.concat([Buffer.from('\ufeff{"a":1}\r\n\n  \n'), Buffer.from([0x7b, 0xff, 0x7d, 10]), Buffer.from('{"b": "é"}\r\n{"c":3}')]);
    const expected = ['{"a":1}\r', '{\xff}', Buffer.from('{"b": "é"}\r').toString('latin1'), '{"c":3}'];
    for (const partBytes of [undefined, 8]) {
      const shuffled = (seed: number) => rowsOf(shuffledRows(bytesSource(bytes), memorySpill(), { seed, partBytes }));
      const orders = await Promise.all([...Array(30).keys()].map(shuffled));
      for (const order of orders) assert.deepEqual(sorted(order), sorted(expected));
      assert.deepEqual(await shuffled(3), orders[3]);
      assert.ok(new Set(orders.map((order) => order.join())).size > 10);
    }
  });

  test('every order of few rows comes about as often, also through parts', async () => {
    for (const partBytes of [undefined, 10]) {
      const counts = new Map<string, number>();
      for (let seed = 0; seed < 1200; seed++) {
        const order = (await rowsOf(shuffledRows(file(numbered(3)), memorySpill(), { seed, partBytes }))).join();
        counts.set(order, (counts.get(order) ?? 0) + 1);
      }
      assert.equal(counts.size, 6);
      for (const count of counts.values()) assert.ok(count > 140 && count < 260, `${count} of 200`);
    }
  });

  test('a part is all that is in memory', async () => {
    const source = file(numbered(20_000));
    const spill = memorySpill();
    assert.equal((await rowsOf(shuffledRows(source, spill, { seed: 1, partBytes: 20_000 }))).length, 20_000);
    assert.ok(spill.most > 0 && spill.most < 30_000, String(spill.most));
  });
});

describe('splitting', () => {
  test('to the row where prompts differ; the parts are the file', async () => {
    const rows = numbered(1000);
    for (const [share, size] of [[0.1, 100], [0, 0], [1, 1000], [0.333, 333]] as const) {
      const split = await splitRows(file(rows), rowKey('row', undefined), { share, seed: 5 });
      const [first, second] = [await rowsOf(split.part('first')), await rowsOf(split.part('second'))];
      assert.equal(second.length, size);
      assert.deepEqual(sorted([...first, ...second]), sorted(rows));
      assert.deepEqual(first, rows.filter((row) => first.includes(row)), 'in order');
    }
    const second = async (seed: number) => rowsOf((await splitRows(file(rows), rowKey('row', undefined), { share: 0.1, seed })).part('second'));
    assert.deepEqual(await second(1), await second(1));
    assert.notDeepEqual(await second(1), await second(2));
  });

  test('one prompt is never in both parts, however it is written', async () => {
    const prompt = (i: number) => `Question ${i % 40}`;
    const ways: Record<string, (i: number) => unknown> = {
      'prompt-completion': (i) => (i % 2 ? { prompt: prompt(i), completion: `a${i}` } : { completion: `b${i}`, prompt: ` ${prompt(i)} ` }),
      preference: (i) => ({ prompt: [{ role: 'user', content: prompt(i) }], chosen: [{ role: 'assistant', content: `a${i}` }], rejected: [{ role: 'assistant', content: 'b' }] }),
      messages: (i) => ({ messages: [{ role: 'user', content: prompt(i) }, { role: 'assistant', content: `a${i}` }] }),
      'preference-implicit': (i) => ({ chosen: [{ role: 'user', content: prompt(i) }, { role: 'assistant', content: `a${i}` }], rejected: [{ role: 'user', content: prompt(i) }, { role: 'assistant', content: 'b' }] }),
    };
    for (const [id, row] of Object.entries(ways)) {
      const rows = Array.from({ length: 200 }, (_, i) => JSON.stringify(row(i)));
      const split = await splitRows(file(rows), rowKey('prompt', formats.find(id)), { share: 0.25, seed: 3 });
      const prompts = (part: string[]) => new Set(part.map((line) => /Question \d+/.exec(line)![0]));
      const [first, second] = [prompts(await rowsOf(split.part('first'))), prompts(await rowsOf(split.part('second')))];
      assert.equal(second.size, 10, id);
      assert.equal(new Set([...first, ...second]).size, 40, id);
      assert.equal(first.size + second.size, 40, id);
    }
  });
});

describe('sampling', () => {
  test('takes so many, in order, each row equally often', async () => {
    const taken = new Map<string, number>();
    for (let seed = 0; seed < 600; seed++) {
      const sample = await rowsOf(sampledRows(file(numbered(10)), () => 3, { seed }));
      assert.equal(sample.length, 3);
      assert.deepEqual(sample, sorted(sample));
      for (const row of sample) taken.set(row, (taken.get(row) ?? 0) + 1);
    }
    for (const count of taken.values()) assert.ok(count > 130 && count < 230, `${count} of 180`);
    assert.equal((await rowsOf(sampledRows(file(numbered(5)), (rows) => rows * 2, { seed: 1 }))).length, 5);
  });
});

describe('leaving out doubles', () => {
  const distinct = (rows: readonly string[], by: string, format?: Parameters<typeof rowKey>[1]) => rowsOf(distinctRows(file(rows), rowKey(by, format)));
  test('by all of the row: order of keys and spaces do not count, values do', async () => {
    const rows = ['{"a":1,"b":[{"x":1,"y":2}]}', '{"b": [{"y": 2, "x": 1}], "a": 1}', '{"a":"1","b":[{"x":1,"y":2}]}', '{"a":1', '{"a":1', '{"id":9007199254740993}', '{"id":9007199254740992}'];
    assert.deepEqual(await distinct(rows, 'row'), [rows[0], rows[2], rows[3], rows[5], rows[6]]);
  });
  test('by the prompt and by a key; rows without it stay', async () => {
    const rows = ['{"prompt":"a","completion":"1","m":{"id":1}}', '{"prompt":"a ","completion":"2","m":{"id":2}}', '{"prompt":"b","completion":"1","m":{"id":1}}', '{"x":1}', '{"x":2}'];
    assert.deepEqual(await distinct(rows, 'prompt', formats.get('prompt-completion')), [rows[0], rows[2], rows[3], rows[4]]);
    assert.deepEqual(await distinct(rows, 'm.id'), [rows[0], rows[1], rows[3], rows[4]]);
  });
  test('the memory of texts grows and forgets none', () => {
    const seen = new SeenTexts();
    const rng = createRng(2);
    const naive = new Set<string>();
    for (let i = 0; i < 20_000; i++) {
      const text = `text ${rng.below(8000)}`;
      assert.equal(seen.add(text), !naive.has(text));
      naive.add(text);
    }
  });
});

describe('joining and mixing', () => {
  const sources = (): ByteSource[] => [textSource('{"a":1}\n{"a":2}'), textSource('\ufeff{"b":1}\r\n'), textSource(''), file(numbered(300))];
  test('one after the other, with a newline between them', async () => {
    assert.deepEqual(await rowsOf(joinedRows(sources())), ['{"a":1}', '{"a":2}', '{"b":1}\r', ...numbered(300)]);
  });
  test('mixed: all rows, each file in its own order, spread over the whole', async () => {
    const mixed = await rowsOf(mixedRows([file(numbered(3000)), textSource(Array.from({ length: 300 }, (_, i) => `{"m": ${i}}`).join('\n'))], { seed: 4 }));
    assert.deepEqual(mixed.filter((row) => row.startsWith('{"n"')), numbered(3000));
    const places = mixed.flatMap((row, i) => (row.startsWith('{"m"') ? [i] : []));
    assert.equal(places.length, 300);
    assert.ok(places[149]! > 1350 && places[149]! < 1950, `the middle one is at ${places[149]} of 3300`);
    assert.deepEqual(mixed.filter((row) => row.startsWith('{"m"')), Array.from({ length: 300 }, (_, i) => `{"m": ${i}}`));
  });
});
