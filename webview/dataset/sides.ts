/** Chosen and rejected beside each other: where their texts differ, and the prompt that both begin with where it has no key of its own. No DOM. */

import type { Marks } from './readView.ts';
import type { RowLayout, Section, Unit } from './rowLayout.ts';
import { wordDiff, type Difference, type Range } from './wordDiff.ts';

export interface SidesView {
  /** By unit id. */
  marks: ReadonlyMap<string, Marks>;
  /** The beginning that both have: whole turns, or a text. */
  shared: { turns: Unit[] } | { text: string } | undefined;
  /** Some texts were too long or too different to be compared by words. */
  coarse: boolean;
  /** They have so little in common that marks would cover all of it: there are none. */
  unlike: boolean;
}

const LITTLE = 0.2;

/** Nothing where the row has no two sides. `known`: keeps comparisons from one call to the next. */
export function compareSides(layout: RowLayout | undefined, known: Map<string, Difference>): SidesView | undefined {
  const [chosen, rejected] = (['chosen', 'rejected'] as const).map((side) => layout?.sections.find((section) => section.side === side));
  if (!layout || !chosen || !rejected) return undefined;
  const implicit = !layout.sections.some(({ side, flag }) => side === undefined && !flag);
  const shared = implicit ? sharedStart(chosen, rejected) : undefined;
  const sharedTurns = shared && 'turns' in shared ? shared.turns.length : 0;
  const sharedChars = shared && 'text' in shared ? shared.text.length : 0;
  const marks = new Map<string, Marks>();
  const used = new Map<string, Difference>();
  const diff = (a: string, b: string) => {
    const key = `${a.length}:${a}${b}`;
    const found = known.get(key) ?? wordDiff(a, b);
    used.set(key, found);
    return found;
  };
  let coarse = false;
  let [same, all] = [0, 0];
  for (let i = sharedTurns; i < Math.max(chosen.units.length, rejected.units.length); i++) {
    const [a, b] = [chosen.units[i], rejected.units[i]];
    const found = diff(a?.text ?? '', b?.text ?? '');
    coarse ||= found.coarse;
    for (const [text = '', ranges] of [[a?.text?.slice(sharedChars), found.a], [b?.text?.slice(sharedChars), found.b]] as const) {
      all += text.length;
      same += text.length - ranges.reduce((sum, { start, end }) => sum + end - start, 0);
    }
    if (a) marks.set(a.id, { side: 'chosen', only: withoutSpaces(a.text, found.a), shared: sharedChars });
    if (b) marks.set(b.id, { side: 'rejected', only: withoutSpaces(b.text, found.b), shared: sharedChars });
  }
  known.clear();
  for (const [key, value] of used) known.set(key, value);
  const unlike = same < LITTLE * all;
  if (unlike) for (const one of marks.values()) one.only = [];
  return { marks, shared, coarse, unlike };
}

function sharedStart(chosen: Section, rejected: Section): SidesView['shared'] {
  if (chosen.turns && rejected.turns) {
    let count = 0;
    while (count < Math.min(chosen.units.length, rejected.units.length) - 1 && sameTurn(chosen.units[count]!, rejected.units[count]!)) count++;
    return count > 0 ? { turns: chosen.units.slice(0, count) } : undefined;
  }
  const [a, b] = [chosen.units[0]?.text ?? '', rejected.units[0]?.text ?? ''];
  let end = 0;
  while (end < a.length && a[end] === b[end]) end++;
  // up to a line's beginning: the answers begin with who speaks
  const text = a.slice(0, a.lastIndexOf('\n', end - 1) + 1);
  return text.trim() === '' || text.length === a.length ? undefined : { text };
}

/** Where words differ, the spaces around them are not worth a mark; where only spaces differ, they are. */
function withoutSpaces(text = '', ranges: readonly Range[]): Range[] {
  return ranges.map(({ start, end }) => {
    const marked = text.slice(start, end);
    const inner = marked.trim();
    const from = start + marked.length - marked.trimStart().length;
    return inner === '' ? { start, end } : { start: from, end: from + inner.length };
  });
}

function sameTurn(a: Unit, b: Unit): boolean {
  return a.turn?.role === b.turn?.role && a.text === b.text && a.parts.length === b.parts.length && a.parts.every(({ source, label }, i) => source === b.parts[i]!.source && label === b.parts[i]!.label);
}
