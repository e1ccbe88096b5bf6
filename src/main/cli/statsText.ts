/** What `posttrain stats` tells a person, in lines for a terminal. */

import type { Counts } from '../../dataset/stats/rowStats.ts';
import type { Spread } from '../../dataset/stats/spread.ts';
import { adviceOf, feedsOf, secondsFor, type DatasetStats } from '../../methods/datasetStats.ts';
import { formatBytes, formatCount, formatPercent } from '../../run/format.ts';
import { adviceText, feedText, timeText, tokenFacts } from '../../run/statsText.ts';

/** The terminal speaks English. */
export const english = (text: string, ...args: (string | number)[]): string => text.replace(/\{(\d)\}/g, (_, place: string) => String(args[Number(place)]));

/** Tokens a second that were measured, or what a matrix product reaches. */
export type Speed = { tokensPerSecond: number } | { gflops: number; parameters: number };

export interface FileStats {
  file: string;
  stats: DatasetStats;
  epochs: number;
  speed: Speed | undefined;
}

export function statsText({ file, stats, epochs, speed }: FileStats): string {
  const { rows, blank, invalid, formats, bytes, content, tokens } = stats;
  const notes = [
    invalid > 0 ? `${formatCount(invalid)} of them cannot be read (posttrain validate says why)` : '',
    blank > 0 ? `${formatCount(blank)} blank line${blank === 1 ? '' : 's'}` : '',
  ];
  const feeds = feedsOf(stats);
  const others = Object.entries(formats).filter(([id]) => id !== stats.format);
  if (others.length > 0) notes.push(`rows of other formats: ${others.map(([id, count]) => `${id} ${formatCount(count)}`).join(', ')}`);
  const lines = [
    `${file}: ${formatCount(rows)} row${rows === 1 ? '' : 's'}, ${formatBytes(bytes)}, ${stats.format ?? 'no known format'}`,
    ...notes.filter(Boolean).map((line) => `  ${line}`),
    spreadLine('characters', content.chars),
    spreadLine('turns', content.turns),
    countsLine('roles', content.roles),
    countsLine('labels', content.labels),
    countsLine('scripts', content.scripts),
    ...(tokens ? [spreadLine('tokens', tokens.length), '', `  ${tokens.method}`, ...tokenFacts(tokens, english).map(([name, value]) => `    ${name.padEnd(28)} ${value}`)] : []),
    ...(feeds.length > 0 ? ['', '  feeds'] : []),
    ...feeds.map((feed) => `    ${feed.id.padEnd(10)} ${feedText(feed, english)}`),
    ...(speed && tokens ? ['', `  ${epochs} epoch${epochs === 1 ? '' : 's'}: ${timeText(secondsFor(tokens, epochs, speed), speed, english)}`] : []),
    ...adviceOf(stats, epochs).map((advice) => `\n  ${adviceText(advice, english)}`),
  ];
  return `${lines.filter((line) => line !== undefined).join('\n')}\n`;
}

function spreadLine(name: string, spread: Spread | undefined): string | undefined {
  if (!spread) return undefined;
  const { p50, p95, max, bars } = spread;
  return `  ${name.padEnd(11)} ${sparkline(bars.map(({ count }) => count))}  half up to ${formatCount(p50)}, 95 % up to ${formatCount(p95)}, longest ${formatCount(max)}`;
}

function sparkline(counts: readonly number[]): string {
  const most = Math.max(...counts);
  return counts.map((count) => (count === 0 ? ' ' : '▁▂▃▄▅▆▇█'[Math.min(7, Math.floor((count / most) * 8))])).join('');
}

function countsLine(name: string, counts: Counts): string | undefined {
  if (counts.length === 0) return undefined;
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  const shown = counts.slice(0, 6).map(({ name: one, count }) => `${one} ${formatCount(count)} (${formatPercent(count / all)})`);
  return `  ${name.padEnd(11)} ${shown.join(', ')}${counts.length > 6 ? `, and ${counts.length - 6} more` : ''}`;
}
