/** Good and bad answers out of balance. */

import type { SetCheck } from './check.ts';

/** With fewer rows a share says little. */
const LEAST_ROWS = 20;
const LARGE_SHARE = 0.6;
/** KTO weighs good answers 1 to 4/3 times as much as bad ones, in sum. */
const MOST_WEIGHT = 4 / 3;

export const labelBalance = {
  id: 'label-balance',
  severity: 'info',
  title: 'Good and bad answers are out of balance',
  effect: 'KTO learns from good and from bad answers, and the more frequent kind pulls harder. Its authors advise that the good ones weigh 1 to 4/3 times as much as the bad ones in sum, which `desirable_weight` or `undesirable_weight` brings about. Without any row of one kind there is nothing to hold the other against (a warning).',
  on: 'set',
  watch() {
    let [good, bad] = [0, 0];
    return {
      add(facts) {
        if (facts?.example?.kind !== 'unpaired-preference') return;
        if (facts.example.label) good++;
        else bad++;
      },
      end: () => ({ total: 0, suspects: [], ...(good + bad >= LEAST_ROWS && { file: verdict(good, bad) }) }),
    };
  },
  examples: [
    { format: 'unpaired-preference', lines: rows(3, 21), marks: {} },
    { format: 'unpaired-preference', lines: rows(1, 20), marks: {} },
  ],
  counterExamples: [
    { format: 'unpaired-preference', lines: rows(2, 20) },
    { format: 'unpaired-preference', lines: rows(3, 6) },
  ],
} as const satisfies SetCheck;

function verdict(good: number, bad: number): { message: string; severity?: 'warning' } | undefined {
  const all = (good + bad).toLocaleString('en');
  if (good === 0 || bad === 0) return { severity: 'warning', message: `All ${all} answers are marked as ${good === 0 ? 'bad' : 'good'}: KTO has nothing to hold them against.` };
  if (Math.max(good, bad) / (good + bad) <= LARGE_SHARE) return undefined;
  const range = (from: number) => `${from.toFixed(2)} to ${(from * MOST_WEIGHT).toFixed(2)}`;
  const advice = good < bad ? `desirable_weight ${range(bad / good)}` : `undesirable_weight ${range(good / bad / MOST_WEIGHT)}`;
  return { message: `${good.toLocaleString('en')} of ${all} answers are marked as good and ${bad.toLocaleString('en')} as bad, and the more frequent kind pulls harder: ${advice} sets them even.` };
}

/** Every so manieth answer is bad. */
function rows(every: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => JSON.stringify({ prompt: `a${i}`, completion: `b${i}`, label: every === 1 || i % every !== 0 }));
}
