/**
 * Continued pre-training: learn every token of plain documents, packed one after another into rows of equal length. The same as TRL's
 * SFTTrainer with `packing: true, completion_only_loss: false` and this packing_strategy.
 */

import { prepareSequence } from '../tokens/prepare.ts';
import type { Method } from './method.ts';
import { chatTemplatePath, datasetTextField, eosToken, packingStrategyParam, type PackingStrategy } from './shared.ts';

const packing = (params: Readonly<Record<string, unknown>>) => (params.packing_strategy as PackingStrategy | undefined) ?? 'wrapped';

export const pretrain = {
  id: 'pretrain',
  label: 'Pre-training',
  description: 'Goes on with what a base model was made by: predicting every next token of many documents.',
  accepts: ['text', 'messages', 'prompt-completion'],
  params: [
    { name: 'max_length', type: 'integer', default: 1024, minimum: 2, description: 'Length of a packed row in tokens. Documents follow one another, each with an end token, and are cut where a row is full.' },
    { ...packingStrategyParam, default: 'wrapped', description: 'How documents are packed: wrapped cuts anywhere and lets one see the document before it; bfd_split keeps them apart, bfd also leaves out what is longer than max_length.' },
    datasetTextField,
    chatTemplatePath,
    eosToken,
  ],
  metrics: ['entropy', 'mean_token_accuracy'],
  packing,
  // One document at a time: packing them is the trainer's part.
  prepare: (example, tokenizer, params) => [
    prepareSequence(example, tokenizer, { completionOnly: false, assistantOnly: false, maxLength: packing(params) === 'bfd' ? (params.max_length as number) : null, truncationMode: 'keep_start', packed: true }),
  ],
  smoke: { max_steps: 4, per_device_train_batch_size: 2, learning_rate: 1e-3, max_length: 32, logging_steps: 1, save_strategy: 'no' },
} as const satisfies Method;
