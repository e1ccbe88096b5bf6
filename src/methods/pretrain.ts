/**
 * Continued pre-training: learn every token of plain documents, packed one after another into rows of equal length. The same as TRL's
 * SFTTrainer with `packing: true, packing_strategy: wrapped, completion_only_loss: false`.
 */

import { prepareSequence } from '../tokens/prepare.ts';
import type { Method } from './method.ts';
import { neftuneNoiseAlpha } from './shared.ts';

export const pretrain = {
  id: 'pretrain',
  label: 'Pre-training',
  description: 'Goes on with what a base model was made by: predicting every next token of many documents.',
  accepts: ['text', 'messages', 'prompt-completion'],
  params: [
    { name: 'max_length', type: 'integer', default: 1024, minimum: 2, description: 'Length of a packed row in tokens. Documents follow one another, each with an end token, and are cut where a row is full.' },
    neftuneNoiseAlpha,
  ],
  metrics: ['entropy', 'mean_token_accuracy'],
  // One document at a time, whole: packing them is the trainer's part.
  prepare: (example, tokenizer) => [prepareSequence(example, tokenizer, { completionOnly: false, assistantOnly: false, maxLength: null, truncationMode: 'keep_start' })],
  smoke: { max_steps: 4, per_device_train_batch_size: 2, learning_rate: 1e-3, max_length: 32, logging_steps: 1, save_strategy: 'no' },
} as const satisfies Method;
