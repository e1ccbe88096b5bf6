/** What annotators said about the rows of a file, row by row: who did how much of which kind, and how far they agree. */

import { cohensKappa, fleissKappa, type Agreement } from './agreement.ts';
import { verdictOf, type Ledger, type Opinion, type Verdict } from './ledger.ts';
import { perHour } from './pace.ts';
import type { RowIdentity } from './rowIdentity.ts';

export interface AnnotatorTally {
  annotator: string;
  /** Rows with a choice that is not a skip. */
  done: number;
  skipped: number;
  left: number;
  /** By choice: `chosen` and `rejected` for the answer that the file has there now. */
  choices: Partial<Record<Verdict, number>>;
  labels: Record<string, number>;
  notes: number;
  perHour: number | undefined;
}

export interface Tally {
  rows: number;
  annotators: AnnotatorTally[];
  /** Of every two who judged a row in common. */
  cohen: (Agreement & { annotators: [string, string] })[];
  /** Of all, where they are three or more. */
  fleiss: Agreement | undefined;
}

export class TallyRows {
  #rows = 0;
  readonly #by = new Map<string, AnnotatorTally>();
  readonly #judged: ReadonlyMap<string, string>[] = [];

  constructor(private readonly ledger: Ledger) {}

  /** One row of the file; blank lines are none. */
  add(identity: RowIdentity): void {
    this.#rows++;
    const judged = new Map<string, string>();
    for (const [annotator, opinion] of this.ledger.of(identity.hash)) {
      this.#count(annotator, opinion, identity);
      const category = categoryOf(opinion, identity);
      if (category !== undefined) judged.set(annotator, category);
    }
    if (judged.size > 1) this.#judged.push(judged);
  }

  end(): Tally {
    const annotators = [...this.#by.values()].sort((a, b) => (a.annotator < b.annotator ? -1 : 1));
    for (const one of annotators) one.left = this.#rows - one.done - one.skipped;
    const names = annotators.map(({ annotator }) => annotator);
    const cohen = names.flatMap((a, i) =>
      names.slice(i + 1).flatMap((b) => {
        const pairs = this.#judged.flatMap((row): [string, string][] => (row.has(a) && row.has(b) ? [[row.get(a)!, row.get(b)!]] : []));
        return pairs.length === 0 ? [] : [{ annotators: [a, b] as [string, string], ...cohensKappa(pairs) }];
      }),
    );
    const judges = new Set(this.#judged.flatMap((row) => [...row.keys()]));
    return { rows: this.#rows, annotators, cohen, fleiss: judges.size > 2 ? fleissKappa(this.#judged.map((row) => [...row.values()])) : undefined };
  }

  #count(annotator: string, opinion: Opinion, identity: RowIdentity): void {
    const verdict = verdictOf(opinion.choice, identity);
    const labels = opinion.labels?.value ?? [];
    const note = opinion.note?.value ?? '';
    if (verdict === undefined && labels.length === 0 && note === '') return;
    const tally = this.#by.get(annotator) ?? { annotator, done: 0, skipped: 0, left: 0, choices: {}, labels: Object.create(null) as Record<string, number>, notes: 0, perHour: perHour(this.ledger.choiceTimes(annotator)) };
    this.#by.set(annotator, tally);
    if (verdict === 'skip') tally.skipped++;
    else if (verdict !== undefined) {
      tally.done++;
      tally.choices[verdict] = (tally.choices[verdict] ?? 0) + 1;
    }
    for (const label of new Set(labels)) tally.labels[label] = (tally.labels[label] ?? 0) + 1;
    if (note !== '') tally.notes++;
  }
}

/**
 * What is compared between annotators. Of a pair not whether the file's chosen answer is the better one, for the last one to choose
 * decided what the file calls chosen, but which of the two texts it is, by their hashes. A skip is no judgement.
 */
function categoryOf({ choice }: Opinion, identity: RowIdentity): string | undefined {
  const verdict = verdictOf(choice, identity);
  if (verdict === 'skip') return undefined;
  if ((verdict !== 'chosen' && verdict !== 'rejected') || !identity.answers) return verdict;
  const { chosen, rejected } = identity.answers;
  return (verdict === 'chosen') === chosen <= rejected ? 'one answer' : 'the other answer';
}
