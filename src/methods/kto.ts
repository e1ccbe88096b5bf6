/** Kahneman-Tversky optimization: learn from answers that are good or bad, one at a time. As TRL's KTOTrainer. */

import { prepareUnpaired } from '../tokens/prepareUnpaired.ts';
import type { Method, SettingProblem, Settings } from './method.ts';
import { referenceParams, referenceProblems } from './reference.ts';
import { disableDropout, samplingStrategies } from './shared.ts';

export const kto = {
  id: 'kto',
  label: 'Kahneman-Tversky optimization (KTO)',
  description: 'Shows the model answers that are marked as good or bad, without pairs; it learns to write the good ones more often and the bad ones less.',
  paper: { title: 'KTO: Model Alignment as Prospect Theoretic Optimization (Ethayarajh et al. 2024)', url: 'https://arxiv.org/abs/2402.01306' },
  accepts: ['unpaired-preference', 'preference', 'preference-implicit'],
  unpaired: true,
  params: [
    { name: 'learning_rate', type: 'number', default: 1e-6, exclusiveMinimum: 0, description: 'Size of a step, at its highest. Too high and the model forgets how to write.' },
    { name: 'train_sampling_strategy', type: 'string', default: 'sequential', enum: samplingStrategies, description: 'Order of the rows. loss_type kto needs sequential, because each row is compared with its neighbours; shuffle the file.' },
    { name: 'loss_type', type: 'string', default: 'kto', enum: ['kto', 'apo_zero_unpaired'], description: 'kto: measured against how far the model has moved on other answers. apo_zero_unpaired: without that, for a model that is worse than the good answers.' },
    { name: 'beta', type: 'number', default: 0.1, exclusiveMinimum: 0, description: 'How strongly the model is held to what it was before: a higher beta lets it move less.' },
    { name: 'desirable_weight', type: 'number', default: 1, minimum: 0, description: 'How much a good answer counts; raise it where good ones are fewer.' },
    { name: 'undesirable_weight', type: 'number', default: 1, minimum: 0, description: 'How much a bad answer counts; raise it where bad ones are fewer.' },
    disableDropout,
    ...referenceParams,
  ],
  metrics: ['kl', 'entropy', 'logits/chosen', 'logits/rejected', 'rewards/chosen', 'rewards/rejected', 'rewards/margins', 'logps/chosen', 'logps/rejected'],
  check,
  prepare: (example, tokenizer, params) => prepareUnpaired(example, tokenizer, { maxLength: (params.max_length as number | null | undefined) ?? null, lendsAnswer: params.loss_type === 'kto' }),
  smoke: { max_steps: 4, per_device_train_batch_size: 2, learning_rate: 1e-3, max_length: 64, logging_steps: 1, save_strategy: 'no' },
} as const satisfies Method;

/** What TRL's KTOTrainer refuses. */
function check(settings: Settings): SettingProblem[] {
  const { params, isGiven } = settings;
  const problems = referenceProblems(settings);
  if (params.loss_type !== 'kto') return problems;
  if (params.train_sampling_strategy !== 'sequential') problems.push({ key: 'train_sampling_strategy', message: '"train_sampling_strategy" must be sequential for loss_type kto: the rows of a batch lend each other their answers. Shuffle the file instead.' });
  if ((params.per_device_train_batch_size as number) < 2) problems.push({ key: isGiven('per_device_train_batch_size') ? 'per_device_train_batch_size' : 'loss_type', message: '"per_device_train_batch_size" must be at least 2 for loss_type kto: a row alone has no other answer to be measured against. Lower gradient_accumulation_steps instead.' });
  return problems;
}
