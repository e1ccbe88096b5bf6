/** What makes two texts alike: the runs of three words that they have in common, as hashes. What most rows of a file share, a template, says nothing about that. */

import { finish, mixWord } from '../../core/hash.ts';
import { WordReader } from './wordReader.ts';

const WORDS = 3;
/** Longer texts are compared by their beginning. */
const MOST_WORDS = 20_000;

export class Shingler {
  /** Those of the text that was read last: the first `count`, some perhaps more than once. */
  runs = new Uint32Array(1024);
  count = 0;
  /** Runs that are left out from then on. */
  template: ReadonlySet<number> = new Set();
  readonly #reader = new WordReader(MOST_WORDS);

  read(text: string): void {
    const reader = this.#reader;
    reader.read(text);
    if (this.runs.length < reader.count) this.runs = new Uint32Array(reader.hashes.length);
    this.count = 0;
    for (let i = 0; i + WORDS <= reader.count; i++) {
      let run = 0;
      for (let k = i; k < i + WORDS; k++) run = mixWord(run, reader.hashes[k]!);
      run = finish(run);
      if (this.template.size === 0 || !this.template.has(run)) this.runs[this.count++] = run;
    }
  }

  setOf(text: string): Set<number> {
    this.read(text);
    return new Set(this.runs.subarray(0, this.count));
  }

  /** How much of what the two have is in both (Jaccard): 1 for the same words in the same order. */
  similarity(a: string, b: string): number {
    const [runsA, runsB] = [this.setOf(a), this.setOf(b)];
    let both = 0;
    for (const run of runsA) if (runsB.has(run)) both++;
    return both / Math.max(1, runsA.size + runsB.size - both);
  }
}

/** Texts of the first rows; what is in more than half of them is the template. A few rows say nothing. */
export function templateOf(texts: readonly string[], shingler: Shingler): Set<number> {
  const counts = new Map<number, number>();
  if (texts.length < LEAST_ROWS) return new Set();
  for (const text of texts) for (const run of shingler.setOf(text)) counts.set(run, (counts.get(run) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => 2 * count > texts.length).map(([run]) => run));
}

const LEAST_ROWS = 20;
