/** What the rows of evaluation files ask: 24 bytes of each. */

import type { Hash64 } from '../../core/hash.ts';
import { HashTable } from './hashTable.ts';
import { FileLines } from './knownFiles.ts';
import type { RowFacts } from './rowFacts.ts';

export class EvalQuestions {
  readonly #table = new HashTable();
  readonly #lines = new FileLines();

  /** The rows that follow are of this file. */
  open(name: string): void {
    this.#lines.open(name);
  }

  /** Every line of the file in order; undefined for one that is no JSON object. */
  add(facts: RowFacts | undefined): void {
    const line = this.#lines.next();
    const question = facts?.questionHash;
    if (question && this.#table.get(question) === undefined) this.#table.set(question, line);
  }

  /** Where this is asked first: `line 3 of eval.jsonl`. */
  find(question: Hash64): string | undefined {
    const line = this.#table.get(question);
    return line === undefined ? undefined : this.#lines.named(line);
  }
}
