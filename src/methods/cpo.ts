/** Contrastive preference optimization, with SimPO and AlphaPO among its losses: pairs without a reference model. As TRL's CPOTrainer. */

import { preparePairText } from '../tokens/preparePairText.ts';
import type { Method, SettingProblem, Settings } from './method.ts';
import { answerMetrics, pairMaxLength, pairTextLength } from './pairText.ts';
import { disableDropout } from './shared.ts';

export const cpo = {
  id: 'cpo',
  label: 'Contrastive preference optimization (CPO, SimPO)',
  description: 'Shows the model two answers to each prompt, a better and a worse one; it learns to prefer the better one without a reference model in memory.',
  paper: { title: 'Contrastive Preference Optimization: Pushing the Boundaries of LLM Performance in Machine Translation (Xu et al. 2024)', url: 'https://arxiv.org/abs/2401.08417' },
  accepts: ['preference', 'preference-implicit'],
  params: [
    { name: 'learning_rate', type: 'number', default: 1e-6, exclusiveMinimum: 0, description: 'Size of a step, at its highest. Too high and the model forgets how to write.' },
    pairMaxLength,
    { name: 'loss_type', type: 'string', default: 'sigmoid', enum: ['sigmoid', 'hinge', 'ipo', 'simpo', 'alphapo'], description: 'How the answers are compared. simpo: by the mean over their tokens, with a margin; alphapo: that with cpo_alpha 0.' },
    { name: 'beta', type: 'number', default: 0.1, exclusiveMinimum: 0, description: 'How sharply the answers are told apart. For simpo the paper takes 2 to 10; for ipo it is τ.' },
    { name: 'label_smoothing', type: 'number', default: 0, minimum: 0, maximum: 1, description: 'Share of the pairs that may be marked the wrong way round. For sigmoid and simpo.' },
    { name: 'cpo_alpha', type: 'number', default: 1, minimum: 0, description: 'How much learning the chosen answer counts beside the comparison; 0 leaves it out, as SimPO does.' },
    { name: 'simpo_gamma', type: 'number', default: 0.5, minimum: 0, description: 'By how much the chosen answer is to be ahead (γ), with loss_type simpo.' },
    { name: 'alpha', type: 'number', default: 0, description: "AlphaPO's shape of the reward, (1 − p^−alpha) / alpha; 0 is the log-probability itself." },
    disableDropout,
  ],
  metrics: answerMetrics,
  check,
  // The others average over an answer's tokens, and an answer that is cut off has none.
  prepare: (example, tokenizer, params) => preparePairText(example, tokenizer, { maxLength: pairTextLength(params), needsAnswers: params.loss_type !== 'sigmoid' && params.loss_type !== 'hinge' }),
  smoke: { max_steps: 4, per_device_train_batch_size: 2, learning_rate: 1e-3, max_length: 64, logging_steps: 1, save_strategy: 'no' },
} as const satisfies Method;

/** What would be read and do nothing. */
function check({ params, isGiven }: Settings): SettingProblem[] {
  const type = params.loss_type;
  const idle: [key: string, needs: string | undefined][] = [
    ['label_smoothing', type === 'hinge' || type === 'ipo' ? 'loss_type sigmoid or simpo' : undefined],
    ['simpo_gamma', type !== 'simpo' && type !== 'alphapo' ? 'loss_type: simpo' : undefined],
    ['cpo_alpha', type === 'alphapo' ? 'another loss_type: alphapo sets it to 0' : undefined],
  ];
  return idle.flatMap(([key, needs]) => (needs !== undefined && isGiven(key) ? [{ key, message: `"${key}" has no effect without ${needs}.`, severity: 'warning' as const }] : []));
}
