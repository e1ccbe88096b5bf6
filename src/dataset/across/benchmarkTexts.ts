/** What the lines of benchmark files say, as runs of 13 words (Brown et al. 2020) and as whole questions: 24 bytes of each. */

import { finish, hashText, mixWord, type Hash64 } from '../../core/hash.ts';
import { parseRecord } from '../lineText.ts';
import { folded } from './exampleParts.ts';
import { HashTable } from './hashTable.ts';
import { FileLines } from './knownFiles.ts';
import { WordReader } from './wordReader.ts';

const RUN = 13;
/** Of characters that are words of their own, as in Chinese, a run needs more to say as much. */
const RUN_ALONE = 26;
/** Runs in more lines than that are a benchmark's instructions, not its questions. */
const MOST_LINES = 4;
/** A shorter question is asked by chance. */
const LEAST_WORDS = 5;
/** How deep in a line of a benchmark texts are looked for. */
const DEEPEST = 4;

export interface Match {
  /** `line 3 of gsm8k.jsonl` */
  where: string;
  start: number;
  end: number;
  words: number;
}

export class BenchmarkTexts {
  /** Line × 8 + in how many lines the run stands, one of them the last that was added. */
  readonly #runs = new HashTable();
  readonly #questions = new HashTable();
  readonly #lines = new FileLines();
  readonly #reader = new WordReader();

  open(name: string): void {
    this.#lines.open(name);
  }

  /** JSON objects by all their texts, other lines as they are. */
  add(text: string): void {
    const line = this.#lines.next();
    const record = parseRecord(text);
    for (const part of record ? textsIn(record) : [text]) this.#addText(part, line);
  }

  /** The first run of words that a benchmark has too, as far as it goes. */
  find(text: string): Match | undefined {
    const reader = this.#reader;
    reader.read(text);
    for (let i = 0; i < reader.count; i++) {
      const run = this.#runAt(i, text);
      const known = run && this.#known(run.hash);
      if (known === undefined) continue;
      let end = i + run!.words;
      for (let next = i + 1; ; next++) {
        const longer = this.#runAt(next, text);
        if (!longer || this.#known(longer.hash) !== known) break;
        end = next + longer.words;
      }
      return { where: this.#lines.named(known), start: reader.starts[i]!, end: reader.ends[end - 1]!, words: end - i };
    }
    const line = reader.count < LEAST_WORDS ? undefined : this.#questions.get(hashText(folded(text)));
    return line === undefined ? undefined : { where: this.#lines.named(line), start: 0, end: text.length, words: reader.count };
  }

  #addText(text: string, line: number): void {
    const reader = this.#reader;
    reader.read(text);
    for (let i = 0; i < reader.count; i++) {
      const run = this.#runAt(i, text);
      if (!run) break;
      const known = this.#runs.get(run.hash);
      if (known === undefined) this.#runs.set(run.hash, line * 8 + 1);
      else if (Math.floor(known / 8) !== line && known % 8 <= MOST_LINES) this.#runs.set(run.hash, line * 8 + (known % 8) + 1);
    }
    if (reader.count >= LEAST_WORDS && reader.count < RUN) this.#questions.set(hashText(folded(text)), line);
  }

  #known(hash: Hash64): number | undefined {
    const known = this.#runs.get(hash);
    return known === undefined || known % 8 > MOST_LINES ? undefined : Math.floor(known / 8);
  }

  /** The run that begins with a word; undefined where the text ends before it does. */
  #runAt(from: number, text: string): { hash: Hash64; words: number } | undefined {
    const reader = this.#reader;
    if (from >= reader.count) return undefined;
    const words = reader.isAlone(from, text) ? RUN_ALONE : RUN;
    if (from + words > reader.count) return undefined;
    let [low, high] = [1, 2];
    for (let i = from; i < from + words; i++) {
      low = mixWord(low, reader.hashes[i]!);
      high = mixWord(high, Math.imul(reader.hashes[i]!, 0x85ebca6b));
    }
    return { hash: { low: finish(low ^ high) || 1, high: finish(high) }, words };
  }
}

function textsIn(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return [];
  return Object.values(value).flatMap((item) => textsIn(item, depth + 1));
}
