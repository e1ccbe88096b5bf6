/** All annotations of a file: who said what about which row. Times decide and not the order of lines, so that two windows, or two branches, can both write. */

import type { Annotation, Choice } from './annotation.ts';
import type { RowIdentity, Side } from './rowIdentity.ts';

/** What one person says about one row, with the time of each part. */
export interface Opinion {
  choice?: { value: Choice | null; timeMs: number; shown: readonly [string, string] | undefined };
  labels?: { value: readonly string[]; timeMs: number };
  note?: { value: string; timeMs: number };
}

type Opinions = ReadonlyMap<string, Opinion>;

const nobody: Opinions = new Map();

export class Ledger {
  readonly #rows = new Map<string, Map<string, Opinion>>();
  readonly #choiceTimes = new Map<string, Set<number>>();

  get size(): number {
    return this.#rows.size;
  }

  /** By annotator. */
  of(hash: string): Opinions {
    return this.#rows.get(hash) ?? nobody;
  }

  /** What one person says, by the hash of the row. */
  *by(annotator: string): Generator<[string, Opinion]> {
    for (const [hash, opinions] of this.#rows) if (opinions.has(annotator)) yield [hash, opinions.get(annotator)!];
  }

  /** Each part of what a person says is replaced by a later one; of two with one time the later line counts. */
  add(annotation: Annotation): void {
    const { row, annotator, choice, labels, note, shown } = annotation;
    const timeMs = Date.parse(annotation.time);
    const opinions = this.#rows.get(row) ?? new Map<string, Opinion>();
    this.#rows.set(row, opinions);
    const opinion = opinions.get(annotator) ?? {};
    opinions.set(annotator, opinion);
    const isNews = (known: { timeMs: number } | undefined) => known === undefined || known.timeMs <= timeMs;
    if (labels && isNews(opinion.labels)) opinion.labels = { value: labels, timeMs };
    if (note !== undefined && isNews(opinion.note)) opinion.note = { value: note, timeMs };
    if (choice === undefined) return;
    if (isNews(opinion.choice)) opinion.choice = { value: choice, timeMs, shown };
    const times = this.#choiceTimes.get(annotator) ?? new Set();
    this.#choiceTimes.set(annotator, times.add(timeMs));
  }

  /** When somebody chose, in order. */
  choiceTimes(annotator: string): number[] {
    return [...(this.#choiceTimes.get(annotator) ?? [])].sort((a, b) => a - b);
  }

  /** A row became another one by an edit: what was said about it is said about that one too. Answers what is new there, to be written. */
  carry(before: RowIdentity, after: RowIdentity): Annotation[] {
    const moved: Annotation[] = [];
    for (const [annotator, opinion] of before.hash === after.hash ? nobody : this.of(before.hash)) {
      const known = this.of(after.hash).get(annotator);
      const write = (timeMs: number, part: Pick<Annotation, 'choice' | 'shown' | 'labels' | 'note'>) =>
        moved.push({ row: after.hash, annotator, time: new Date(timeMs).toISOString(), ...part, from: before.hash });
      const { choice, labels, note } = opinion;
      if (choice && isLater(choice, known?.choice)) write(choice.timeMs, { choice: choice.value, ...(choice.shown ? { shown: followed(choice.shown, before, after) } : {}) });
      if (labels && isLater(labels, known?.labels)) write(labels.timeMs, { labels: labels.value });
      if (note && isLater(note, known?.note)) write(note.timeMs, { note: note.value });
    }
    for (const annotation of moved) this.add(annotation);
    return moved;
  }
}

/** What a choice says about the row as the file has it now: which of its answers is the better one, or the choice itself. */
export type Verdict = Side | Exclude<Choice, 'a' | 'b'>;

export function verdictOf(choice: Opinion['choice'], { answers }: RowIdentity): Verdict | undefined {
  if (!choice || choice.value === null) return undefined;
  if (choice.value !== 'a' && choice.value !== 'b') return choice.value;
  const preferred = choice.shown?.[choice.value === 'a' ? 0 : 1];
  if (!answers || preferred === undefined) return undefined;
  return preferred === answers.chosen ? 'chosen' : preferred === answers.rejected ? 'rejected' : undefined;
}

function isLater(one: { timeMs: number }, other: { timeMs: number } | undefined): boolean {
  return other === undefined || one.timeMs > other.timeMs;
}

/** The answers that were shown, under the hashes that they have after an edit. */
function followed(shown: readonly [string, string], before: RowIdentity, after: RowIdentity): readonly [string, string] {
  const [was, is] = [before.answers, after.answers];
  if (!was || !is) return shown;
  const kept = is.chosen === was.chosen || is.rejected === was.rejected;
  const swapped = !kept && (is.chosen === was.rejected || is.rejected === was.chosen);
  const now = (hash: string) => (hash === was.chosen ? (swapped ? is.rejected : is.chosen) : hash === was.rejected ? (swapped ? is.chosen : is.rejected) : hash);
  return [now(shown[0]), now(shown[1])];
}
