/** The registry of dataset formats, and which of them some rows are in. A new format is one file here and one line below. */

import { defineRegistry } from '../../core/registry.ts';
import type { Format } from '../format.ts';
import { alpaca } from './alpaca.ts';
import { llamaFactoryRanking } from './llamaFactoryRanking.ts';
import { messages } from './messages.ts';
import { nemoRl } from './nemoRl.ts';
import { openAiChat } from './openAiChat.ts';
import { openAiPreference } from './openAiPreference.ts';
import { openRlhf } from './openRlhf.ts';
import { preference } from './preference.ts';
import { preferenceImplicit } from './preferenceImplicit.ts';
import { promptCompletion } from './promptCompletion.ts';
import { promptOnly } from './promptOnly.ts';
import { shareGpt } from './shareGpt.ts';
import { stepwise } from './stepwise.ts';
import { text } from './text.ts';
import { unpairedPreference } from './unpairedPreference.ts';
import { verl } from './verl.ts';

// TRL's own come first: of two formats that fit alike, TRL would take its own.
const entries = [
  text, messages, promptOnly, promptCompletion, preference, preferenceImplicit, unpairedPreference, stepwise,
  shareGpt, alpaca, openAiChat, openAiPreference, llamaFactoryRanking, verl, openRlhf, nemoRl,
] as const;

export type FormatId = (typeof entries)[number]['id'];

export const formats = defineRegistry<FormatId, Format & { readonly id: FormatId }>('format', entries);

export interface DetectedFormat {
  format: Format & { readonly id: FormatId };
  /** 0…1: the mean over the rows looked at. Below 1 something is misspelt, missing or of the wrong type. */
  confidence: number;
}

const rowsLookedAt = 100;
const leastConfidence = 0.4;

/** The format that fits best over the first rows (TRL looks at the first row only), or undefined when none fits. */
export function detectFormat(records: readonly Readonly<Record<string, unknown>>[]): DetectedFormat | undefined {
  const detector = new FormatDetector();
  for (const record of records) detector.add(record);
  return detector.best;
}

/** Is shown rows one after the other, and keeps none: what very deep ones hold would keep the garbage collector busy. */
export class FormatDetector {
  #rows = 0;
  readonly #sums = formats.entries.map(() => 0);

  add(record: Readonly<Record<string, unknown>>): void {
    if (this.#rows === rowsLookedAt) return;
    this.#rows++;
    for (const [i, format] of formats.entries.entries()) this.#sums[i]! += format.detect(record);
  }

  get best(): DetectedFormat | undefined {
    let best: DetectedFormat | undefined;
    for (const [i, format] of formats.entries.entries()) {
      const confidence = this.#sums[i]! / Math.max(1, this.#rows);
      if (confidence >= leastConfidence && confidence > (best?.confidence ?? 0)) best = { format, confidence };
    }
    return best;
  }
}
