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
  const rows = records.slice(0, rowsLookedAt);
  let best: DetectedFormat | undefined;
  for (const format of formats.entries) {
    const confidence = rows.reduce((sum, row) => sum + format.detect(row), 0) / Math.max(1, rows.length);
    if (confidence >= leastConfidence && confidence > (best?.confidence ?? 0)) best = { format, confidence };
  }
  return best;
}
