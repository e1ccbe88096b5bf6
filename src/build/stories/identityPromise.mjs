/** What the identity story promises, and its outcome in words. */

import { percent } from '../evaluate.mjs';
import { wilson } from './statistics.mjs';

/**
 * The promises that are not held.
 * @param {{ said: import('../evaluate.mjs').Score, change: ReturnType<typeof import('./statistics.mjs').pairedChange> }} outcome
 */
export function brokenPromises({ said, change }) {
  const broken = [];
  if (said.total < 40 || said.right < 0.9 * said.total) broken.push(`The new name was to be said on at least 90 % of at least 40 questions; it was on ${percent(said)}.`);
  if (change.total < 300 || change.significantDrop) broken.push(`What the model knew was to be kept; of ${change.total} probes ${change.lost} were lost and ${change.won} won.`);
  return broken;
}

export function inWords(said, change) {
  const [low, high] = wilson(said).map((x) => (100 * x).toFixed(0));
  const verdict = change.significantDrop ? 'a significant drop' : change.lost > change.won ? 'no significant drop' : 'no drop';
  return [
    `the new name on ${percent(said)} of the questions, 95 % interval ${low} to ${high} %.`,
    `Of ${change.total} probes of what it knew, ${change.lost} were lost and ${change.won} won: ${points(change.difference)} points,`,
    `95 % interval ${change.interval.map(points).join(' to ')}, McNemar's p ${change.p < 0.001 ? '< 0.001' : `= ${change.p.toFixed(3)}`}: ${verdict}.`,
  ].join(' ');
}

/** `−1.2`: a share as percentage points, with its sign. */
export function points(share) {
  return `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)}`;
}
