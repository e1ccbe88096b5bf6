/** Pairs in which the better answer tends to be the longer one, or the shorter one. */

import { NumberColumn } from '../across/numberColumn.ts';
import { plainText } from '../across/exampleParts.ts';
import type { SetCheck } from './check.ts';

/** With fewer pairs a share says little. */
const LEAST_PAIRS = 50;
/** So far from one half, and more than chance would bring about. */
const FAR = 0.1;
const DEVIATIONS = 3;

export const lengthBias = {
  id: 'length-bias',
  severity: 'info',
  title: 'The better answer tends to be the longer one, or the shorter one',
  effect: 'A model learns what tells the answers apart most easily, and length is easy: it grows wordy, or curt. The area under the curve (AUC) says how well length alone finds the better answer: 0.5 is not at all, 1 always. DPO can weigh length down (`loss_type: sigmoid_norm`, `ld_alpha`), and SimPO does so by design.',
  on: 'set',
  watch() {
    const chosen = new NumberColumn();
    const rejected = new NumberColumn();
    return {
      add(facts) {
        if (facts?.example?.kind !== 'preference' && facts?.example?.kind !== 'preference-implicit') return;
        const [better, worse] = facts.parts!.answers.map((answer) => plainText(answer).length);
        chosen.push(better!);
        rejected.push(worse!);
      },
      end: () => ({ total: 0, suspects: [], ...(chosen.length >= LEAST_PAIRS && { file: verdict(chosen, rejected) }) }),
    };
  },
  examples: [
    { format: 'preference', lines: pairs(60, (i) => [20 + i, 10 + (i % 40)]), marks: {} },
    { format: 'preference', lines: pairs(60, (i) => [10, 11 + i]), marks: {} },
  ],
  counterExamples: [
    { format: 'preference', lines: pairs(60, (i) => [20 + (i % 7), 20 + ((i * 3) % 7)]) },
    { format: 'preference', lines: pairs(20, () => [50, 10]) },
  ],
} as const satisfies SetCheck;

function verdict(chosen: NumberColumn, rejected: NumberColumn): { message: string } | undefined {
  const count = chosen.length;
  let [longer, sum] = [0, 0];
  for (let i = 0; i < count; i++) {
    const more = chosen.at(i) - rejected.at(i);
    longer += more > 0 ? 1 : more === 0 ? 0.5 : 0;
    sum += more;
  }
  const share = longer / count;
  if (Math.abs(share - 0.5) < Math.max(FAR, (DEVIATIONS * 0.5) / Math.sqrt(count))) return undefined;
  const auc = areaUnderCurve(sorted(chosen), sorted(rejected));
  const by = Math.abs(Math.round(sum / count)).toLocaleString('en');
  const [what, becomes] = share > 0.5 ? ['longer', 'wordy'] : ['shorter', 'curt'];
  return { message: `The chosen answer is the ${what} one in ${Math.round(100 * Math.max(share, 1 - share))} % of ${count.toLocaleString('en')} pairs (${sum >= 0 ? 'longer' : 'shorter'} by ${by} characters on average, AUC of length ${auc.toFixed(2)}): the model may learn to be ${becomes}.` };
}

/** How often a chosen answer is longer than a rejected one, of all pairs of any two rows; equal ones count half (Mann and Whitney). */
export function areaUnderCurve(chosen: Uint32Array, rejected: Uint32Array): number {
  let [below, upTo, wins] = [0, 0, 0];
  for (const length of chosen) {
    while (below < rejected.length && rejected[below]! < length) below++;
    while (upTo < rejected.length && rejected[upTo]! <= length) upTo++;
    wins += (below + upTo) / 2;
  }
  return wins / (chosen.length * rejected.length);
}

function sorted(column: NumberColumn): Uint32Array {
  const values = new Uint32Array(column.length);
  for (let i = 0; i < values.length; i++) values[i] = column.at(i);
  return values.sort();
}

/** So many pairs, with answers of these lengths. */
function pairs(count: number, lengths: (i: number) => readonly [number, number]): string[] {
  return Array.from({ length: count }, (_, i) => {
    const [chosen, rejected] = lengths(i).map((length, side) => `${i}${'ab'[side]}`.padEnd(length, 'x'));
    return JSON.stringify({ prompt: `p${i}`, chosen, rejected });
  });
}
