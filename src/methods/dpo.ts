/** Direct preference optimization: make the chosen answer likelier than the rejected one, as TRL's DPOTrainer does. */

import { preparePair } from '../tokens/prepare.ts';
import type { Method, SettingProblem, Settings } from './method.ts';
import { referenceParams, referenceProblems } from './reference.ts';
import { disableDropout, truncationMode } from './shared.ts';

export const dpoLossTypes = ['sigmoid', 'hinge', 'ipo', 'exo_pair', 'nca_pair', 'robust', 'bco_pair', 'sppo_hard', 'aot', 'aot_unpaired', 'apo_zero', 'apo_down', 'discopop', 'sft', 'sigmoid_norm'] as const;
export type DpoLossType = (typeof dpoLossTypes)[number];

export const fDivergences = ['reverse_kl', 'forward_kl', 'js_divergence', 'alpha_divergence'] as const;
export type FDivergence = (typeof fDivergences)[number];

/** Loss types that are made of the margin between the two answers alone: only there does a divergence's unknown constant cancel. */
const ofMargin: readonly string[] = ['sigmoid', 'sigmoid_norm', 'hinge', 'ipo', 'exo_pair', 'robust', 'discopop', 'sft'] satisfies DpoLossType[];
const smoothing: readonly string[] = ['robust', 'exo_pair', 'aot', 'aot_unpaired'] satisfies DpoLossType[];
const sorting: readonly string[] = ['aot', 'aot_unpaired'] satisfies DpoLossType[];

export const dpo = {
  id: 'dpo',
  label: 'Direct preference optimization (DPO)',
  description: 'Shows the model two answers to each prompt, a better and a worse one; it learns to prefer the better one.',
  paper: { title: 'Direct Preference Optimization: Your Language Model is Secretly a Reward Model (Rafailov et al. 2023)', url: 'https://arxiv.org/abs/2305.18290' },
  accepts: ['preference', 'preference-implicit'],
  params: [
    { name: 'learning_rate', type: 'number', default: 1e-6, exclusiveMinimum: 0, description: 'Size of a step, at its highest. DPO wants smaller steps than SFT: too high and the model forgets how to write.' },
    { ...truncationMode, description: 'What stays of an answer with its prompt that is longer than max_length: its start or its end. A row whose prompt fills max_length is left out.' },
    { name: 'loss_type', type: 'strings', default: ['sigmoid'], enum: dpoLossTypes, description: 'What is made smaller: one loss type, or a list of them that are added up. sigmoid is DPO as published; sft adds what keeps the model writing.' },
    { name: 'loss_weights', type: 'numbers', default: null, nullable: true, description: 'How much each part of loss_type counts, in its order. null: each 1.' },
    { name: 'beta', type: 'number', default: 0.1, exclusiveMinimum: 0, description: 'How strongly the model is held to what it was before: a higher beta lets it move less. For ipo the strength of its regularization.' },
    { name: 'label_smoothing', type: 'number', default: 0, minimum: 0, maximum: 1, description: 'For robust, exo_pair, aot and aot_unpaired: the share of pairs that may be the wrong way round. robust takes less than 0.5.' },
    { name: 'discopop_tau', type: 'number', default: 0.05, exclusiveMinimum: 0, description: 'For discopop: how sharply its loss turns from one form to the other.' },
    { name: 'ld_alpha', type: 'number', default: null, minimum: 0, maximum: 1, nullable: true, description: 'Counts what an answer has beyond the length of the other one this much less (LD-DPO), against long answers. null or 1: as the rest.' },
    { name: 'use_weighting', type: 'boolean', default: false, description: 'Lets pairs count more that the model itself would write (WPO), and others less.' },
    { name: 'f_divergence_type', type: 'string', default: 'reverse_kl', enum: fDivergences, description: 'How distance from the reference model is measured (f-DPO).' },
    { name: 'f_alpha_divergence_coef', type: 'number', default: 0.5, description: 'For alpha_divergence: its α. 1 is reverse_kl.' },
    disableDropout,
    ...referenceParams,
  ],
  metrics: ['entropy', 'mean_token_accuracy', 'logits/chosen', 'logits/rejected', 'rewards/chosen', 'rewards/rejected', 'rewards/accuracies', 'rewards/margins', 'logps/chosen', 'logps/rejected'],
  check,
  prepare: (example, tokenizer, params) => preparePair(example, tokenizer, {
    maxLength: (params.max_length as number | null | undefined) ?? null,
    truncationMode: params.truncation_mode === 'keep_end' ? 'keep_end' : 'keep_start',
  }),
  smoke: { max_steps: 4, per_device_train_batch_size: 2, learning_rate: 1e-3, max_length: 64, logging_steps: 1, save_strategy: 'no' },
} as const satisfies Method;

/** What TRL's DPOTrainer refuses, and what would be read and do nothing. */
function check(settings: Settings): SettingProblem[] {
  const { params, isGiven } = settings;
  const problems = referenceProblems(settings);
  const types = params.loss_type as readonly string[];
  const weights = params.loss_weights as readonly number[] | null;
  const labelSmoothing = params.label_smoothing as number;
  const among = (some: readonly string[]) => types.filter((type) => some.includes(type));
  const refuse = (key: string, message: string) => void problems.push({ key, message });
  const noEffect = (key: string, needs: string) => {
    if (isGiven(key)) problems.push({ key, message: `"${key}" has no effect without ${needs}.`, severity: 'warning' });
  };

  if (weights && weights.length !== types.length) refuse('loss_weights', `"loss_weights" has ${weights.length} numbers and "loss_type" ${types.length} types. Give one number for each.`);
  const strange = types.filter((type) => !ofMargin.includes(type));
  if (params.f_divergence_type !== 'reverse_kl' && strange.length > 0) refuse('f_divergence_type', `"f_divergence_type" can be another one than reverse_kl only with ${ofMargin.join(', ')}, not with ${strange.join(', ')}.`);
  if (params.use_weighting && among(sorting).length > 0) refuse('use_weighting', `"use_weighting" cannot be used with ${among(sorting).join(', ')}, which sort the pairs: their weights would be those of others.`);
  if (types.includes('robust') && labelSmoothing >= 0.5) refuse('label_smoothing', `"label_smoothing" must be below 0.5 for robust, not ${labelSmoothing}: from there on the pairs say nothing, or the opposite.`);
  if (types.includes('exo_pair') && (labelSmoothing <= 0 || labelSmoothing >= 1)) refuse(isGiven('label_smoothing') ? 'label_smoothing' : 'loss_type', 'exo_pair needs a "label_smoothing" above 0 and below 1; its paper takes 0.001.');
  if (among(smoothing).length === 0) noEffect('label_smoothing', `one of ${smoothing.join(', ')} in "loss_type"`);
  if (!types.includes('discopop')) noEffect('discopop_tau', 'discopop in "loss_type"');
  if (params.f_divergence_type !== 'alpha_divergence') noEffect('f_alpha_divergence_coef', 'f_divergence_type: alpha_divergence');
  return problems;
}
