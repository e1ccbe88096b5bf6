/** Streamed text arrives in order, never half a character, and together it is the whole text. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTokenStream } from '../../../src/main/trainer/tokenStream.ts';

/** One token a byte. */
const bytes = { decode: (ids: readonly number[]) => new Promise<string>((resolve) => setImmediate(() => resolve(Buffer.from(ids).toString('utf8')))) };

async function stream(texts: string[], finish: ('stop' | 'length')[], pause: boolean) {
  const sent: { row: number; text: string; done: boolean }[] = [];
  const tokens = createTokenStream(bytes, texts.length, (row, text, done) => void sent.push({ row, text, done }));
  const rows = texts.map((text, row) => [...Buffer.from(text), ...(finish[row] === 'stop' ? [0xff] : [])]);
  for (let i = 0; i < Math.max(...rows.map((row) => row.length)); i++) {
    rows.forEach((ids, row) => {
      if (i < ids.length) tokens.add(row, ids[i]!);
    });
    if (pause) await new Promise((resolve) => setTimeout(resolve, 3));
  }
  await tokens.end(finish);
  return sent;
}

for (const pause of [false, true]) {
  test(`rows of text ${pause ? 'as they come' : 'all at once'}`, async () => {
    const texts = ['héllo 日本 🎉!', 'short', ''];
    const sent = await stream(texts, ['stop', 'length', 'stop'], pause);
    texts.forEach((text, row) => {
      const mine = sent.filter((piece) => piece.row === row);
      assert.equal(mine.map((piece) => piece.text).join(''), text);
      assert.deepEqual(mine.map(({ done }) => done), [...mine.slice(1).map(() => false), true], 'the last piece says that it is the last');
      assert.ok(mine.every((piece) => !piece.text.includes('\uFFFD')));
    });
    if (pause) assert.ok(sent.filter(({ row }) => row === 0).length > 3, 'in several pieces');
  });
}
