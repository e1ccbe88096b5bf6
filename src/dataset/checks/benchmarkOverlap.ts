/** Rows that hold texts of a benchmark. */

import type { Match } from '../across/benchmarkTexts.ts';
import type { Path, Row } from './row.ts';
import { MOST_LISTED, type SetCheck, type Suspect } from './check.ts';

export const benchmarkOverlap = {
  id: 'benchmark-overlap',
  severity: 'warning',
  title: 'The row holds a text of a benchmark',
  effect: 'A model that has learnt the questions or the answers of a benchmark scores too well on it, and the score says nothing. A row is told when 13 words in a row (26 characters in scripts without spaces), or a whole shorter question of at least 5 words, stand in a benchmark too; punctuation, upper and lower case do not count, nor do runs that five or more of its lines share. `posttrain validate FILE --benchmark BENCHMARK_FILE` looks for it, in JSONL by all its texts and in any other file line by line.',
  on: 'set',
  watch(_table, { benchmarks }) {
    if (!benchmarks) return undefined;
    const suspects: Suspect[] = [];
    let [total, line] = [0, 0];
    const find = (row: Row): { path: Path; match: Match } | undefined => {
      for (const { text, path, turn } of row.texts) {
        const match = turn?.speaker === 'system' ? undefined : benchmarks.find(text);
        if (match) return { path, match };
      }
      return undefined;
    };
    return {
      add(facts) {
        if (facts && find(facts.row) && ++total <= MOST_LISTED) {
          suspects.push({
            line,
            others: [],
            confirm({ row }) {
              const { path, match } = find(row)!;
              return { at: row.rangesIn(path)(match.start, match.end), message: `These ${match.words} words stand in ${match.where} too: a score on that benchmark says less.` };
            },
          });
        }
        line++;
      },
      end: () => ({ total, suspects, inAll: `${total.toLocaleString('en')} rows hold texts of a benchmark: a score on it says little.` }),
    };
  },
  examples: [
    {
      format: 'prompt-completion',
      lines: ['{"prompt": "a", "completion": "b"}', '{"prompt": "Solve it. Weng earns 12 dollars an hour, and yesterday she worked for 50 minutes: what did she earn?", "completion": "10"}'],
      benchmark: ['{"question": "Weng earns 12 dollars an hour and yesterday, she worked for 50 minutes. How much is that?", "answer": "10"}'],
      marks: { 2: 'Weng earns 12 dollars an hour, and yesterday she worked for 50 minutes' },
    },
    { format: 'prompt-completion', lines: ['{"prompt": "Who wrote the Winter\\u2019s Tale?", "completion": "Shakespeare"}'], benchmark: ['who wrote the winter’s tale?'], marks: { 1: 'Who wrote the Winter\\u2019s Tale?' } },
  ],
  counterExamples: [
    { format: 'prompt-completion', lines: ['{"prompt": "Weng earns 12 dollars an hour, and yesterday she worked for 40 minutes.", "completion": "8"}'], benchmark: ['{"question": "Weng earns 12 dollars an hour and yesterday, she worked for 50 minutes.", "answer": "10"}'] },
    { format: 'prompt-completion', lines: ['{"prompt": "yes", "completion": "no"}'], benchmark: ['{"question": "yes", "answer": "no"}'] },
    {
      format: 'prompt-completion',
      lines: ['{"prompt": "Choose the letter of the answer that fits best, and say nothing else but this letter: what is 9 + 2?", "completion": "11"}'],
      benchmark: [1, 2, 3, 4, 5].map((n) => `Choose the letter of the answer that fits best, and say nothing else but this letter: what is ${n} + 7?`),
    },
  ],
} as const satisfies SetCheck;
