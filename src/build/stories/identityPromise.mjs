/** What the identity story promises, and its outcome in words. */

import { percent } from '../evaluate.mjs';
import { pairedChange, wilson } from './statistics.mjs';

/**
 * @typedef {import('../evaluate.mjs').Answered} Answered
 * @typedef {ReturnType<typeof pairedChange>} Change
 */

/**
 * What became of the probes of knowledge: of all, and of those about countries alone, so that a gain in sums hides no loss of facts.
 * @param {readonly Answered[]} before
 * @param {readonly Answered[]} after
 * @returns {Record<'all' | 'countries' | 'sums', Change>}
 */
export function knowledgeChange(before, after) {
  const sum = ({ relation }) => relation === 'sum';
  const country = (answer) => !sum(answer);
  return { all: pairedChange(before, after), countries: pairedChange(before.filter(country), after.filter(country)), sums: pairedChange(before.filter(sum), after.filter(sum)) };
}

/**
 * The promises that are not held.
 * @param {{ said: import('../evaluate.mjs').Score, changes: readonly Change[] }} outcome
 */
export function brokenPromises({ said, changes }) {
  const broken = [];
  if (said.total < 40 || said.right < 0.9 * said.total) broken.push(`The new name was to be said on at least 90 % of at least 40 questions; it was on ${percent(said)}.`);
  for (const { total, lost, won, significantDrop } of changes) {
    if (total < 300 || significantDrop) broken.push(`What the model knew was to be kept; of ${total} probes ${lost} were lost and ${won} won.`);
  }
  return broken;
}

/**
 * @param {import('../evaluate.mjs').Score} said
 * @param {Record<'all' | 'countries', Change>} changes
 */
export function inWords(said, { all, countries }) {
  const [low, high] = wilson(said).map((x) => (100 * x).toFixed(0));
  return [
    `the new name on ${percent(said)} of the questions, 95 % interval ${low} to ${high} %.`,
    `Of ${all.total} probes of what it knew, ${changeInWords(all)} Of the ${countries.total} about countries, ${changeInWords(countries)}`,
  ].join(' ');
}

function changeInWords({ lost, won, difference, interval, p, significantDrop }) {
  const verdict = significantDrop ? 'a significant drop' : lost > won ? 'no significant drop' : 'no drop';
  return `${lost} were lost and ${won} won: ${points(difference)} points, 95 % interval ${interval.map(points).join(' to ')}, McNemar's p ${p < 0.001 ? '< 0.001' : `= ${p.toFixed(3)}`}: ${verdict}.`;
}

/** `−1.2`: a share as percentage points, with its sign. */
export function points(share) {
  return `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)}`;
}
