/** A text as it is read: prose and fenced code, differences, and characters that need a stand-in, each with its place in the text. No DOM. */

import { badCharacters, type BadCharacter } from '../../src/dataset/badText.ts';
import type { Range } from './wordDiff.ts';

export interface TextBlock {
  /** Of a fenced block, the word behind its fence; undefined for prose. */
  language: string | undefined;
  runs: TextRun[];
}

export interface TextRun extends Range {
  /** Only this side has it. */
  only: boolean;
  /** Between backticks. */
  code: boolean;
  bad: BadCharacter | undefined;
}

const fence = /^ {0,3}(`{3,}|~{3,})([^`\n]*)$/;

/** Whether a plain field would not show all that there is to see. */
export function needsReading(text: string): boolean {
  return badCharacters(text).length > 0 || /^ {0,3}(?:```|~~~)|`[^`\n]+`/m.test(text);
}

export function textBlocks(text: string, only: readonly Range[] = []): TextBlock[] {
  const bad = badCharacters(text);
  const blocks: TextBlock[] = [];
  const add = (language: string | undefined, start: number, end: number) => {
    if (end > start || language !== undefined) blocks.push({ language, runs: runs(text, start, end, only, bad, language === undefined) });
  };
  let proseFrom = 0;
  let open: { mark: string; language: string; from: number } | undefined;
  for (let lineStart = 0; lineStart <= text.length; ) {
    const newline = text.indexOf('\n', lineStart);
    const lineEnd = newline === -1 ? text.length : newline;
    const next = newline === -1 ? text.length + 1 : newline + 1;
    const [, mark, info = ''] = fence.exec(text.slice(lineStart, lineEnd)) ?? [];
    if (mark && !open) {
      add(undefined, proseFrom, Math.max(proseFrom, lineStart - 1));
      open = { mark, language: info.trim(), from: Math.min(next, text.length) };
    } else if (mark && open && mark.startsWith(open.mark) && info.trim() === '') {
      add(open.language, open.from, Math.max(open.from, lineStart - 1));
      open = undefined;
      proseFrom = Math.min(next, text.length);
    }
    lineStart = next;
  }
  if (open) add(open.language, open.from, text.length); // never closed: cut, or still being written
  else add(undefined, proseFrom, text.length);
  return blocks;
}

function runs(text: string, start: number, end: number, only: readonly Range[], bad: readonly BadCharacter[], prose: boolean): TextRun[] {
  const spans = prose ? Array.from(text.slice(start, end).matchAll(/`[^`\n]+`/g), ({ 0: { length }, index }) => ({ start: start + index, end: start + index + length })) : [];
  const inside = bad.filter(({ at }) => at >= start && at < end);
  const edges = new Set([start, end]);
  for (const range of [...only, ...spans, ...inside.map(({ at, length }) => ({ start: at, end: at + length }))]) for (const edge of [range.start, range.end]) if (edge > start && edge < end) edges.add(edge);
  const sorted = [...edges].sort((x, y) => x - y);
  const within = cursor(only);
  const withinCode = cursor(spans);
  const badAt = new Map(inside.map((one) => [one.at, one]));
  return sorted.slice(0, -1).map((from, i) => ({ start: from, end: sorted[i + 1]!, only: within(from), code: withinCode(from), bad: badAt.get(from) }));
}

/** Asked for places in their order, whether each is within one of the sorted ranges. */
function cursor(ranges: readonly Range[]): (at: number) => boolean {
  let i = 0;
  return (at) => {
    while (i < ranges.length && ranges[i]!.end <= at) i++;
    return i < ranges.length && ranges[i]!.start <= at;
  };
}
