/** Every pair of formats, there and back: where nothing is said to be lost nothing is, and what cannot be said is told in words. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lostIn } from '../../src/dataset/convert/lost.ts';
import { convertRow, targetsOf } from '../../src/dataset/convert/rows.ts';
import type { DatasetRow, Format } from '../../src/dataset/format.ts';
import { detectFormat, formats } from '../../src/dataset/formats/index.ts';

/** More rows than the formats' own examples: what conversions stumble over. */
const more: Readonly<Record<string, readonly DatasetRow[]>> = {
  messages: [
    { messages: [{ role: 'system', content: 's' }, { role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }, { role: 'user', content: 'c' }, { role: 'assistant', content: 'd' }], id: 7, source: 'x' },
    { messages: [{ role: 'user', content: [{ type: 'image' }, { type: 'text', text: 'a' }] }, { role: 'assistant', content: 'b' }], images: ['a.png'] },
  ],
  'prompt-only': [{ prompt: [{ role: 'user', content: 'a' }], answer: '72', data_source: 'openai/gsm8k', ability: 'math' }],
  'prompt-completion': [{ prompt: [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }, { role: 'user', content: 'c' }], completion: [{ role: 'assistant', content: 'd' }], label: 'good' }],
  'openai-chat': [{ messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b', weight: 1 }] }],
  openrlhf: [{ input: [{ role: 'user', content: 'a' }], label: '5', data_source: 'sums' }],
  preference: [{ prompt: 'Who? I am', chosen: ' Bob', rejected: ' Alice', margin: 2 }],
};
const rowsOf = (format: Format) => [...format.examples, ...(more[format.id] ?? [])];

for (const from of formats.entries) {
  describe(`from ${from.id}`, () => {
    for (const to of targetsOf(from)) {
      test(`to ${to.id} and back`, () => {
        for (const row of rowsOf(from)) {
          const there = convertRow(row, from, to);
          if (typeof there === 'string') {
            assert.match(there, /^[A-Z"][^\n]+\.$/);
            continue;
          }
          assert.ok(there.rows.length > 0);
          for (const made of there.rows) assert.deepEqual(to.toExample(made).problems, []);
          for (const { key, what } of there.lost) assert.ok(key && what && !what.endsWith('.'), `${key}: ${what}`);
          if (there.lost.length > 0) continue;
          assert.equal(there.rows.length, 1);
          const back = convertRow(there.rows[0]!, to, from);
          assert.ok(typeof back !== 'string', String(back));
          const [before, after] = [from.toExample(row).value!, from.toExample(back.rows[0]!).value!];
          assert.deepEqual(lostIn(before, after), [], JSON.stringify(back.rows[0]));
          const others = Object.entries(row).filter(([key]) => !(key in (from.schema.properties ?? {})));
          for (const [key, value] of others) assert.deepEqual(back.rows[0]![key], value, key);
        }
      });
    }

    test('rows keep their format whatever columns go along', () => {
      for (const to of targetsOf(from)) {
        if (to === from) continue;
        for (const row of rowsOf(from)) {
          const there = convertRow({ ...row, text: 'x', prompt_id: 3 }, from, to);
          if (typeof there === 'string') continue;
          const bare = convertRow(row, from, to);
          for (const [i, made] of there.rows.entries()) assert.equal(detectFormat([made])?.format.id, detectFormat([(bare as { rows: DatasetRow[] }).rows[i]!])?.format.id, JSON.stringify(made));
        }
      }
    });
  });
}

describe('pairs of formats', () => {
  /** What goes over whole, at least for some row: the meaning is kept there and back. */
  const lossless = (from: Format, to: Format) => rowsOf(from).some((row) => ((made) => typeof made !== 'string' && made.lost.length === 0)(convertRow(row, from, to)));
  const kept = formats.entries.flatMap((from) => formats.entries.filter((to) => to !== from && lossless(from, to)).map((to) => `${from.id} > ${to.id}`));

  test('those that keep their meaning are these', () => {
    const both = (...ids: string[]) => ids.flatMap((a) => ids.filter((b) => b !== a).map((b) => `${a} > ${b}`));
    const expected = new Set([
      ...both('messages', 'sharegpt', 'openai-chat', 'prompt-completion', 'alpaca', 'openrlhf'),
      ...both('preference', 'preference-implicit', 'openai-preference', 'llamafactory-ranking', 'nemo-rl'),
      ...both('prompt-only', 'verl', 'openrlhf'), ...both('unpaired-preference', 'openrlhf'),
    ]);
    assert.deepEqual([...expected].filter((pair) => !kept.includes(pair)), [], 'no longer kept');
    assert.deepEqual(kept.filter((pair) => !expected.has(pair)), [], 'new');
  });
});
