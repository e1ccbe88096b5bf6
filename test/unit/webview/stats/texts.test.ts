/** What the statistics page and `posttrain stats` say: amounts beside the ranges that work, tokens, time, advice. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Feed, TokenStats } from '../../../../src/methods/datasetStats.ts';
import { adviceText, barText, feedText, timeText, tokenFacts } from '../../../../src/run/statsText.ts';
import type { StatsState } from '../../../../src/protocol/statsView.ts';
import { placeOnTrack, summaryText } from '../../../../webview/stats/texts.ts';

const t = (text: string, ...args: (string | number)[]) => text.replace(/\{(\d)\}/g, (_, i: string) => String(args[Number(i)]));
const feed = (change: Partial<Feed>): Feed => ({ id: 'sft', label: 'SFT', unit: 'tokens', amount: 34_000, counted: true, convertTo: undefined, range: [1e3, 1e9], verdict: 'within', ...change });

test('a feed says how much, from what, and whether that is known to work', () => {
  assert.equal(feedText(feed({}), t), '34k learnt tokens, within the 1k–1B known to work');
  assert.equal(feedText(feed({ counted: false, convertTo: 'prompt-completion', amount: 12, verdict: 'few' }), t), 'about 12 learnt tokens once converted to prompt-completion, too few: 1k–1B are known to work');
  assert.equal(feedText(feed({ unit: 'prompts', amount: 2e7, range: [1e3, 1e7], verdict: 'many' }), t), '20M prompts, more than the 1k–10M known to work');
  assert.equal(feedText(feed({ amount: null, verdict: 'none' }), t), 'No conversion leads there.');
});

test('its mark lies on the track as in the range', () => {
  const range = [1e3, 1e9] as const;
  assert.equal(placeOnTrack(1e6, range), 50);
  assert.deepEqual([placeOnTrack(0, range), placeOnTrack(1e12, range)], [0, 100]);
  assert.ok(placeOnTrack(999, range) < placeOnTrack(1e3, range));
});

test('the tokens of a method, in pairs of name and number', () => {
  const tokens: TokenStats = { method: 'sft', maxLength: 512, usable: 90, dropped: 10, truncated: 5, total: 1000, trained: 400, cut: 30, cutTrained: 20, length: undefined, filled: { padded: 0.5, packed: 0.98, batch: 8 } };
  assert.deepEqual(tokenFacts(tokens, t), [
    ['Rows used', '90, 10 left out'],
    ['Tokens an epoch', '1,000'],
    ['Of them learnt', '400 (40 %)'],
    ['Cut at max_length 512', '5 rows: 30 tokens, 20 of them to be learnt'],
    ['Batches of 8', '50 % tokens, the rest is padding'],
    ['Packed rows', '98 % full'],
  ]);
  assert.deepEqual(tokenFacts({ ...tokens, dropped: 0, truncated: 0, maxLength: null, filled: { ...tokens.filled, packed: null } }, t).map(([name, value]) => `${name}: ${value}`), ['Rows used: 90', 'Tokens an epoch: 1,000', 'Of them learnt: 400 (40 %)', 'Cut: none', 'Batches of 8: 50 % tokens, the rest is padding']);
});

test('time, advice and bars', () => {
  assert.equal(timeText(100, { tokensPerSecond: 2500 }, t), 'About 1m 40s at 2.5k tokens/s.');
  assert.match(timeText(8, { gflops: 98, parameters: 7.4e6 }, t), /^At best 8s: 98 GFLOP\/s in a matrix product, 7\.4M weights\./);
  for (const code of ['nothing-usable', 'by-heart', 'many-epochs', 'few-tokens', 'cut', 'padding'] as const) assert.doesNotMatch(adviceText({ code, values: [0.1, 2, 3] }, t), /undefined|NaN|\{/);
  assert.equal(adviceText({ code: 'cut', values: [0.105, 1024, 3000] }, t), '10.5 % of what is to be learnt is cut off at max_length 1024. 3,000 keeps everything.');
  assert.deepEqual([barText({ from: 3, to: 3, count: 1 }), barText({ from: 1024, to: 2047, count: 1 })], ['3', '1k–2k']);
});

test('the line at the top: how far the count is, why it ended, what the file is', () => {
  const state: StatsState = { name: 'a.jsonl', model: '', choices: { method: null, maxLength: 1024, epochs: 3, tokensPerSecond: null }, counted: null, advice: [], seconds: { given: null, best: null }, fraction: 0.42, error: '', probe: null, measuring: false };
  assert.equal(summaryText(state, t), 'Counting… 42 %');
  assert.equal(summaryText({ ...state, fraction: null, error: 'It is gone.' }, t), 'It is gone.');
  const stats = { bytes: 3_100_000, rows: 1200, blank: 12, invalid: 3, format: 'preference', formats: {}, content: { kinds: {}, chars: undefined, answerBytes: 0, turns: undefined, roles: [], labels: [], scripts: [] } };
  assert.equal(summaryText({ ...state, fraction: null, counted: { stats, feeds: [], methods: [] } }, t), '1,200 rows · 3.1 MB · preference · 3 cannot be read · 12 blank lines');
});
