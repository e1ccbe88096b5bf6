/** What is said of a dataset's statistics, in the window and in the terminal. Pure: the caller translates. */

import type { Bar } from '../dataset/stats/spread.ts';
import type { Advice, Feed, TokenStats } from '../methods/datasetStats.ts';
import { formatCompact, formatCount, formatDuration, formatMeasured, formatPercent } from './format.ts';

export type Translate = (text: string, ...args: (string | number)[]) => string;

export function feedText({ unit, amount, counted, convertTo, range, verdict }: Feed, t: Translate): string {
  if (amount === null) return t('No conversion leads there.');
  const number = counted ? formatCompact(amount) : t('about {0}', formatCompact(amount));
  const what = unit === 'tokens' ? t('{0} learnt tokens', number) : t('{0} prompts', number);
  const known = `${formatCompact(range[0])}–${formatCompact(range[1])}`;
  const judged = verdict === 'within' ? t('within the {0} known to work', known) : verdict === 'many' ? t('more than the {0} known to work', known) : t('too few: {0} are known to work', known);
  return `${convertTo === undefined ? what : t('{0} once converted to {1}', what, convertTo)}, ${judged}`;
}

export function barText({ from, to }: Bar): string {
  return from === to ? formatCompact(from) : `${formatCompact(from)}–${formatCompact(to)}`;
}

/** What a method makes of the rows: pairs of a name and a number. */
export function tokenFacts({ usable, dropped, truncated, total, trained, cut, cutTrained, maxLength, filled }: TokenStats, t: Translate): [name: string, value: string][] {
  const cutWords = truncated === 0 ? t('none') : t('{0} rows: {1} tokens, {2} of them to be learnt', formatCount(truncated), formatCount(cut), formatCount(cutTrained));
  return [
    [t('Rows used'), dropped > 0 ? t('{0}, {1} left out', formatCount(usable), formatCount(dropped)) : formatCount(usable)],
    [t('Tokens an epoch'), formatCount(total)],
    [t('Of them learnt'), total > 0 ? `${formatCount(trained)} (${formatPercent(trained / total)})` : '0'],
    [maxLength === null ? t('Cut') : t('Cut at max_length {0}', formatCount(maxLength)), cutWords],
    [t('Batches of {0}', filled.batch), t('{0} tokens, the rest is padding', formatPercent(filled.padded))],
    ...(filled.packed === null ? [] : [[t('Packed rows'), t('{0} full', formatPercent(filled.packed))] as [string, string]]),
  ];
}

/** How long the epochs take at a speed that was measured, or at best at that of a matrix product. */
export function timeText(seconds: number, speed: { tokensPerSecond: number } | { gflops: number; parameters: number }, t: Translate): string {
  if ('tokensPerSecond' in speed) return t('About {0} at {1} tokens/s.', formatDuration(seconds), formatCompact(speed.tokensPerSecond));
  return t('At best {0}: {1} GFLOP/s in a matrix product, {2} weights. Training reaches a part of that.', formatDuration(seconds), formatMeasured(speed.gflops), formatCompact(speed.parameters));
}

export function adviceText({ code, values: [a = 0, b = 0, c = 0] }: Advice, t: Translate): string {
  switch (code) {
    case 'nothing-usable':
      return t('No row can be trained on.');
    case 'by-heart':
      return t('{0} rows are soon learnt by heart. Keep some aside as eval_dataset, and stop when their loss rises.', formatCount(a));
    case 'many-epochs':
      return t('{0} rows seen {1} times: the model may learn them by heart. Watch the loss on an eval_dataset, or lower num_train_epochs.', formatCount(a), b);
    case 'few-tokens':
      return t('{0} learnt tokens are too few to change much.', formatCount(a));
    case 'cut':
      return t('{0} of what is to be learnt is cut off at max_length {1}. {2} keeps everything.', formatPercent(a, 1), b, formatCount(c));
    case 'padding':
      return t('{0} of each batch is padding. packing: true fills rows to {1}.', formatPercent(a), formatPercent(b));
  }
}
