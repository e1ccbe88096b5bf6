/** Every byte survives being a line of text. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { decodeLine, encodeLine, hasEscapedBytes } from '../../../src/dataset/lineText.ts';

const roundTrip = (bytes: readonly number[]) => [...encodeLine(decodeLine(Uint8Array.from(bytes)))];

test('invalid UTF-8 comes back to the byte', () => {
  for (const bytes of [[0x80], [0xff, 0x41], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0x41, 0xe2, 0x82, 0x41], [0xf0, 0x9f, 0x99, 0x82, 0xf0, 0x9f], [0xef, 0xbb, 0xbf, 0x41]]) {
    assert.deepEqual(roundTrip(bytes), bytes);
  }
  const rng = createRng(7);
  for (let i = 0; i < 2000; i++) {
    const bytes = Array.from({ length: rng.below(24) }, () => (rng.below(3) ? 0x7e + rng.below(130) : rng.below(128)));
    assert.deepEqual(roundTrip(bytes.map((byte) => byte & 255)), bytes.map((byte) => byte & 255));
  }
});

test('what is valid between bytes that are not is read and written as ever', () => {
  const rng = createRng(11);
  const text = Array.from({ length: 20_000 }, () => String.fromCodePoint([rng.below(0x80), 0x80 + rng.below(0x780), 0x800 + rng.below(0xd000), 0xe000 + rng.below(0x2000), 0x10000 + rng.below(0x100000)][rng.below(5)]!)).join('');
  const bytes = Buffer.concat([Buffer.of(0xff), Buffer.from(text), Buffer.of(0xc3)]);
  assert.equal(decodeLine(bytes), `\udcff${text}\udcc3`);
  assert.ok(Buffer.from(encodeLine(`\udcff${text}\udcc3`)).equals(bytes));
  assert.deepEqual([...encodeLine('\ud800\udc80\udc80\ud800')], [...Buffer.from('\ud800\udc80'), 0x80, ...Buffer.from('\ufffd')], 'half a character is no byte');
});

test('valid text is plain text', () => {
  const text = 'déjà 漢字 🙂 \u2028 \u{10ffff} \udbff\udfff';
  assert.equal(decodeLine(Buffer.from(text)), text);
  assert.equal(hasEscapedBytes(text), false);
  assert.equal(hasEscapedBytes(decodeLine(Uint8Array.of(0x41, 0xfe))), true);
});
