/** Direct preference optimization: make the chosen answer likelier than the rejected one, as TRL's DPOTrainer does. */

import { preparePair } from '../tokens/prepare.ts';
import type { Method } from './method.ts';
import { truncationMode } from './shared.ts';

export const dpo = {
  id: 'dpo',
  label: 'Direct preference optimization (DPO)',
  description: 'Shows the model two answers to each prompt, a better and a worse one; it learns to prefer the better one.',
  paper: { title: 'Direct Preference Optimization: Your Language Model is Secretly a Reward Model (Rafailov et al. 2023)', url: 'https://arxiv.org/abs/2305.18290' },
  accepts: ['preference', 'preference-implicit'],
  params: [
    { name: 'learning_rate', type: 'number', default: 1e-6, exclusiveMinimum: 0, description: 'Size of a step, at its highest. DPO wants smaller steps than SFT: too high and the model forgets how to write.' },
    { ...truncationMode, description: 'What stays of an answer with its prompt that is longer than max_length: its start or its end. A row whose prompt fills max_length is left out.' },
    { name: 'beta', type: 'number', default: 0.1, exclusiveMinimum: 0, description: 'How strongly the model is held to what it was before: a higher beta lets it move less.' },
  ],
  metrics: ['entropy', 'mean_token_accuracy', 'logits/chosen', 'logits/rejected', 'rewards/chosen', 'rewards/rejected', 'rewards/accuracies', 'rewards/margins', 'logps/chosen', 'logps/rejected'],
  prepare: (example, tokenizer, params) => preparePair(example, tokenizer, {
    maxLength: (params.max_length as number | null | undefined) ?? null,
    truncationMode: params.truncation_mode === 'keep_end' ? 'keep_end' : 'keep_start',
  }),
  smoke: { max_steps: 4, per_device_train_batch_size: 2, learning_rate: 1e-3, max_length: 64, logging_steps: 1, save_strategy: 'no' },
} as const satisfies Method;
