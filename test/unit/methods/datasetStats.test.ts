/** What a dataset can feed, what to know before training on it, and the tokens that a method makes of it. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RowStats } from '../../../src/dataset/stats/rowStats.ts';
import { bestFit } from '../../../src/methods/bestFit.ts';
import { adviceOf, feedsOf, secondsFor, type DatasetStats, type TokenStats } from '../../../src/methods/datasetStats.ts';
import { TokenTally } from '../../../src/methods/tokenTally.ts';
import type { PreparedSide } from '../../../src/tokens/prepare.ts';

function statsOf(content: Partial<RowStats>, tokens?: Partial<TokenStats>): DatasetStats {
  const rows = Object.values(content.kinds ?? {}).reduce((sum, count) => sum + count, 0);
  const counted: TokenStats = { method: 'sft', maxLength: 1024, usable: rows, dropped: 0, truncated: 0, total: 1e5, trained: 5e4, cut: 0, cutTrained: 0, length: undefined, filled: { padded: 0.9, packed: null, batch: 8 }, ...tokens };
  return { bytes: 1, rows, blank: 0, invalid: 0, format: undefined, formats: {}, content: { kinds: {}, chars: undefined, answerBytes: 0, turns: undefined, roles: [], labels: [], scripts: [], ...content }, ...(tokens && { tokens: counted }) };
}

const side = (ids: number, more: Partial<PreparedSide> = {}): PreparedSide => ({ side: 'row', ids: Array.from({ length: ids }, () => 1), trained: Array.from({ length: ids }, (_, i) => (i < 2 ? 0 : 1)), promptLength: 2, truncatedFrom: null, dropped: null, ...more });
const row = (...sides: PreparedSide[]) => ({ line: 1, sides, problems: [] });

describe('what a dataset can feed', () => {
  test('pairs: DPO as they are, SFT converted, pre-training not at all', () => {
    const feeds = feedsOf(statsOf({ kinds: { preference: 2000 }, answerBytes: 400_000 }));
    const of = (id: string) => feeds.find((feed) => feed.id === id)!;
    assert.deepEqual([of('dpo').convertTo, of('dpo').amount, of('dpo').verdict, of('dpo').counted], [undefined, 100_000, 'within', false]);
    assert.deepEqual([of('sft').convertTo, of('sft').amount, of('sft').verdict], ['prompt-completion', 50_000, 'within'], 'only the chosen answers');
    assert.equal(of('kto').convertTo, undefined);
    assert.deepEqual([of('online-rl').convertTo, of('online-rl').amount, of('online-rl').unit, of('online-rl').verdict], ['prompt-only', 2000, 'prompts', 'within']);
  });
  test('texts are prompts and pairs in no way', () => {
    const feeds = feedsOf(statsOf({ kinds: { text: 10 }, answerBytes: 100 }));
    assert.deepEqual(feeds.filter(({ verdict }) => verdict !== 'none').map(({ id, verdict }) => [id, verdict]), [['pretrain', 'few'], ['sft', 'few']]);
    assert.equal(feeds.find(({ id }) => id === 'dpo')!.amount, null);
  });
  test('counted tokens count for the method that was counted', () => {
    const feeds = feedsOf(statsOf({ kinds: { messages: 500 }, answerBytes: 4e10 }, { trained: 999 }));
    const [pretrain, sft] = feeds;
    assert.deepEqual([pretrain!.counted, pretrain!.verdict], [false, 'many']);
    assert.deepEqual([sft!.counted, sft!.amount, sft!.verdict], [true, 999, 'few']);
  });
  test('no row feeds nothing', () => assert.deepEqual(feedsOf(statsOf({})), []));
});

describe('what to know before training', () => {
  const codes = (stats: DatasetStats, epochs = 3) => adviceOf(stats, epochs).map(({ code }) => code);
  test('few rows, and some rows with many epochs', () => {
    assert.deepEqual(codes(statsOf({ kinds: { text: 99 } }), 1), ['by-heart']);
    assert.deepEqual(codes(statsOf({ kinds: { text: 100 } }), 3), []);
    assert.deepEqual(codes(statsOf({ kinds: { text: 999 } }), 4), ['many-epochs']);
    assert.deepEqual(codes(statsOf({ kinds: { text: 1000 } }), 10), []);
    assert.deepEqual(codes(statsOf({ kinds: {} })), ['nothing-usable']);
  });
  test('what max_length takes, and what padding wastes', () => {
    const length = { count: 1, total: 1, min: 1, p50: 1, p95: 1, max: 3000, bars: [] };
    assert.deepEqual(adviceOf(statsOf({ kinds: { text: 5000 } }, { trained: 900, cutTrained: 100, length }), 1), [{ code: 'few-tokens', values: [900] }, { code: 'cut', values: [0.1, 1024, 3000] }]);
    assert.deepEqual(codes(statsOf({ kinds: { text: 5000 } }, { filled: { padded: 0.3, packed: 0.98, batch: 8 } })), ['padding']);
    assert.deepEqual(codes(statsOf({ kinds: { text: 5000 } }, { filled: { padded: 0.3, packed: 0.35, batch: 8 } })), []);
  });
});

test('how long training takes', () => {
  const { tokens } = statsOf({}, { total: 1000 });
  assert.equal(secondsFor(tokens!, 3, { tokensPerSecond: 100 }), 30);
  assert.equal(secondsFor(tokens!, 2, { gflops: 12, parameters: 1e6 }), 1);
});

describe('the tokens of a method', () => {
  test('rows used, left out and cut; a pair goes whole', () => {
    const tally = new TokenTally('dpo', { max_length: 10, per_device_train_batch_size: 2 });
    tally.add(row(side(5), side(10, { truncatedFrom: 14, lostTrained: 4 })));
    tally.add(row(side(5), side(20, { dropped: 'too long' })));
    tally.add({ line: 3, sides: [], problems: [] });
    const { usable, dropped, truncated, total, trained, cut, cutTrained, length, filled } = tally.stats;
    assert.deepEqual({ usable, dropped, truncated, total, trained, cut, cutTrained }, { usable: 1, dropped: 1, truncated: 1, total: 15, trained: 11, cut: 4, cutTrained: 4 });
    assert.deepEqual([length!.count, length!.max], [4, 20]);
    assert.deepEqual(filled, { padded: 15 / 20, packed: null, batch: 2 });
  });
  test('of KTO each answer goes or stays by itself', () => {
    const tally = new TokenTally('kto', { max_length: 10, per_device_train_batch_size: 2 });
    tally.add(row(side(5), side(0, { dropped: 'refused' })));
    assert.deepEqual([tally.stats.usable, tally.stats.dropped, tally.stats.total], [1, 0, 5]);
    assert.deepEqual([tally.stats.length!.count, tally.stats.length!.min], [1, 5], 'what is refused has no length');
  });
  test('how full packed rows get, a thousand rows at a time', () => {
    const tally = new TokenTally('sft', { max_length: 10, per_device_train_batch_size: 4 });
    for (const length of [7, 3, 6, 4]) tally.add(row(side(length)));
    assert.deepEqual(tally.stats.filled, { padded: 20 / 28, packed: 1, batch: 4 });
    const long = new TokenTally('sft', { max_length: 10, per_device_train_batch_size: 1 });
    for (let i = 0; i < 1001; i++) long.add(row(side(5)));
    assert.equal(long.stats.filled.packed, 5005 / 5010);
  });
});

test('best fit takes the fullest bin that has room', () => {
  const lengths = (bins: readonly { length: number }[][]) => bins.map((bin) => bin.map(({ length }) => length));
  assert.deepEqual(lengths(bestFit([{ length: 2 }, { length: 6 }, { length: 8 }, { length: 4 }], 10)), [[8, 2], [6, 4]]);
});
