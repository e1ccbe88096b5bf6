/** Odds ratio preference optimization: learn the chosen answers and make them likelier than the rejected ones, without a reference model. As TRL's ORPOTrainer. */

import { preparePairText } from '../tokens/preparePairText.ts';
import type { Method } from './method.ts';
import { answerMetrics, pairMaxLength, pairTextLength } from './pairText.ts';
import { disableDropout } from './shared.ts';

export const orpo = {
  id: 'orpo',
  label: 'Odds ratio preference optimization (ORPO)',
  description: 'Teaches the better answer of each pair and, in the same step, to prefer it over the worse one; needs no reference model and no SFT before.',
  paper: { title: 'ORPO: Monolithic Preference Optimization without Reference Model (Hong et al. 2024)', url: 'https://arxiv.org/abs/2403.07691' },
  accepts: ['preference', 'preference-implicit'],
  params: [
    { name: 'learning_rate', type: 'number', default: 1e-6, exclusiveMinimum: 0, description: 'Size of a step, at its highest. The paper takes 8e-6: ORPO learns the answers too, so the default is small for it.' },
    pairMaxLength,
    { name: 'beta', type: 'number', default: 0.1, minimum: 0, description: 'How much the comparison of the two answers counts beside learning the chosen one (λ in the paper).' },
    disableDropout,
  ],
  metrics: [...answerMetrics, 'log_odds_ratio', 'log_odds_chosen'],
  prepare: (example, tokenizer, params) => preparePairText(example, tokenizer, { maxLength: pairTextLength(params), needsAnswers: true }),
  smoke: { max_steps: 4, per_device_train_batch_size: 2, learning_rate: 1e-3, max_length: 64, logging_steps: 1, save_strategy: 'no' },
} as const satisfies Method;
