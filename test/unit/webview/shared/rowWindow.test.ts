/** The list's arithmetic: what is on screen, and exact scrolling of lists that are taller than a browser allows. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clampTop, contentTop, rowWindow, scrollGeometry, scrollTopFor, topToReveal } from '../../../../webview/shared/rowWindow.ts';

test('only rows near the viewport exist', () => {
  assert.deepEqual(rowWindow(0, 520, 26, 1_000_000), { from: 0, count: 28 });
  assert.deepEqual(rowWindow(26_000, 520, 26, 1_000_000), { from: 992, count: 36 });
  assert.deepEqual(rowWindow(0, 520, 26, 3), { from: 0, count: 3 });
  assert.deepEqual(rowWindow(0, 520, 26, 0), { from: 0, count: 0 });
});

test('a short list scrolls pixel by pixel; a very long one reaches both ends', () => {
  const short = scrollGeometry(1000, 26, 500);
  assert.equal(contentTop(short, 1234), 1234);
  const long = scrollGeometry(100_000_000, 26, 500);
  assert.ok(long.trackPx <= 8_000_000);
  assert.equal(contentTop(long, 0), 0);
  assert.equal(contentTop(long, long.trackPx - 500), long.contentPx - 500);
  for (const top of [0, 26, 1_300_000_000, long.contentPx - 500]) assert.ok(Math.abs(contentTop(long, scrollTopFor(long, top)) - top) < 1e-3);
  assert.equal(clampTop(long, 1e15), long.contentPx - 500);
  assert.equal(clampTop(scrollGeometry(2, 26, 500), 40), 0);
});

test('a row comes into view with the least movement, or in the middle from afar', () => {
  assert.equal(topToReveal(10, 200, 500, 26, true), 200);
  assert.equal(topToReveal(5, 200, 500, 26, false), 130);
  assert.equal(topToReveal(27, 200, 500, 26, true), 27 * 26 + 26 - 500);
  assert.equal(topToReveal(1000, 200, 500, 26, true), 26_000 - 237);
});
