/** Supervised fine-tuning: learn to write what the rows say, as TRL's SFTTrainer does. */

import { prepareSequence } from '../tokens/prepare.ts';
import type { Method } from './method.ts';
import { neftuneNoiseAlpha, truncationMode } from './shared.ts';

export const sft = {
  id: 'sft',
  label: 'Supervised fine-tuning (SFT)',
  description: 'Shows the model prompts with good answers; it learns to write those answers.',
  paper: { title: 'Training language models to follow instructions with human feedback (Ouyang et al. 2022, step 1)', url: 'https://arxiv.org/abs/2203.02155' },
  accepts: ['text', 'messages', 'prompt-completion'],
  params: [
    { name: 'learning_rate', type: 'number', default: 2e-5, exclusiveMinimum: 0, description: 'Size of a step, at its highest. Too high and the model forgets what it knew; too low and it learns nothing.' },
    { ...truncationMode, description: 'What stays of a row that is longer than max_length: its start or its end. A row that loses its whole answer is left out.' },
    { name: 'completion_only_loss', type: 'boolean', default: null, nullable: true, description: 'Learn the completion only, not the prompt. null: yes for prompt-completion rows, no for the others.' },
    { name: 'assistant_only_loss', type: 'boolean', default: false, description: "Learn the assistant's turns only. Needs rows made of turns, and a chat template with {% generation %} marks or one that Posttrain knows." },
    { name: 'loss_type', type: 'string', default: 'nll', enum: ['nll', 'dft', 'chunked_nll'], description: 'What a token costs: nll its negative log-likelihood; dft that times its likelihood, so unlikely tokens pull less; chunked_nll is an older name of nll.' },
    neftuneNoiseAlpha,
  ],
  metrics: ['entropy', 'mean_token_accuracy'],
  prepare: (example, tokenizer, params) => [
    prepareSequence(example, tokenizer, {
      // TRL decides by the first row of the dataset; here each row decides for itself.
      completionOnly: (params.completion_only_loss as boolean | null | undefined) ?? example.kind === 'prompt-completion',
      assistantOnly: params.assistant_only_loss === true,
      maxLength: (params.max_length as number | null | undefined) ?? null,
      truncationMode: params.truncation_mode === 'keep_end' ? 'keep_end' : 'keep_start',
    }),
  ],
  smoke: { max_steps: 4, per_device_train_batch_size: 2, learning_rate: 1e-3, max_length: 64, logging_steps: 1, save_strategy: 'no' },
} as const satisfies Method;
