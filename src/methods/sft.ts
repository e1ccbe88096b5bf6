/** Supervised fine-tuning: learn to write what the rows say, as TRL's SFTTrainer does. */

import { prepareSequence } from '../tokens/prepare.ts';
import type { Method, SettingProblem, Settings } from './method.ts';
import { chatTemplatePath, datasetTextField, eosToken, packingStrategyParam, truncationMode, type PackingStrategy } from './shared.ts';

const packing = (params: Readonly<Record<string, unknown>>) => (params.packing === true ? (params.packing_strategy as PackingStrategy | undefined) ?? 'bfd' : undefined);

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
    { name: 'packing', type: 'boolean', default: false, description: 'Put several rows into one of max_length tokens: with short rows less padding is computed, and a step learns from more of them.' },
    { ...packingStrategyParam, default: 'bfd', description: 'How rows are packed: bfd keeps each whole and apart (cut at max_length), bfd_split goes on with what was cut, wrapped cuts anywhere and lets a row see the one before it.' },
    { name: 'eval_packing', type: 'boolean', default: null, nullable: true, description: 'Pack the rows of eval_dataset too. null: as packing says.' },
    datasetTextField,
    chatTemplatePath,
    eosToken,
  ],
  metrics: ['entropy', 'mean_token_accuracy'],
  check,
  packing,
  prepare(example, tokenizer, params) {
    const strategy = packing(params);
    const maxLength = (params.max_length as number | null | undefined) ?? null;
    return [
      prepareSequence(example, tokenizer, {
        // TRL decides by the first row of the dataset; here each row decides for itself.
        completionOnly: (params.completion_only_loss as boolean | null | undefined) ?? example.kind === 'prompt-completion',
        assistantOnly: params.assistant_only_loss === true,
        maxLength: strategy === 'bfd_split' || strategy === 'wrapped' ? null : maxLength,
        truncationMode: params.truncation_mode === 'keep_end' && !strategy ? 'keep_end' : 'keep_start',
        packed: strategy !== undefined,
      }),
    ];
  },
  smoke: { max_steps: 4, per_device_train_batch_size: 2, learning_rate: 1e-3, max_length: 64, logging_steps: 1, save_strategy: 'no' },
} as const satisfies Method;

/** What TRL refuses, and what would be read and do nothing. */
function check({ params, isGiven }: Settings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const noEffect = (key: string, why: string) => {
    if (isGiven(key)) problems.push({ key, message: `"${key}" has no effect ${why}.`, severity: 'warning' });
  };
  const packs = params.packing === true || params.eval_packing === true;
  if (packs && params.max_length === null) problems.push({ key: 'max_length', message: '"max_length" cannot be null with packing: it says how long a packed row is.' });
  if (!packs) noEffect('packing_strategy', 'without packing');
  if (params.packing === true && params.truncation_mode === 'keep_end') noEffect('truncation_mode', 'on packed rows, whose start stays');
  return problems;
}
