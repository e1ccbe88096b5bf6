/** What ORPO and CPO have in common: keys, metrics, and how long a pair may be. */

import type { Param } from './method.ts';

export const pairMaxLength = {
  name: 'max_length', type: 'integer', default: 1024, minimum: 1, nullable: true,
  description: 'Longest prompt with an answer in tokens. The answer is cut to fit, the prompt never is. null: 512, as in TRL.',
} as const satisfies Param;

export const answerMetrics = ['rewards/chosen', 'rewards/rejected', 'rewards/accuracies', 'rewards/margins', 'logps/chosen', 'logps/rejected', 'logits/chosen', 'logits/rejected', 'nll_loss'] as const;

export function pairTextLength(params: Readonly<Record<string, unknown>>): number {
  return (params.max_length as number | null | undefined) ?? 512;
}
