/** What the statistics page says at its top, and where its marks lie. Pure: the caller translates. */

import type { Feed } from '../../src/methods/datasetStats.ts';
import type { StatsState } from '../../src/protocol/statsView.ts';
import { formatBytes, formatCount, formatPercent } from '../../src/run/format.ts';
import type { Translate } from '../../src/run/statsText.ts';

export function summaryText({ counted, fraction, error }: StatsState, t: Translate): string {
  if (fraction !== null) return t('Counting… {0}', formatPercent(fraction));
  if (error) return error;
  if (!counted) return '';
  const { rows, bytes, format, invalid, blank } = counted.stats;
  const parts = [t('{0} rows', formatCount(rows)), formatBytes(bytes), format ?? t('no known format')];
  if (invalid > 0) parts.push(t('{0} cannot be read', formatCount(invalid)));
  if (blank > 0) parts.push(t('{0} blank lines', formatCount(blank)));
  return parts.join(' · ');
}

/** Where an amount lies on a track that holds its range with a decade around it, in percent. */
export function placeOnTrack(amount: number, [low, high]: Feed['range']): number {
  const from = Math.log10(low) - 1;
  const to = Math.log10(high) + 1;
  return Math.min(100, Math.max(0, ((Math.log10(Math.max(1, amount)) - from) / (to - from)) * 100));
}
