/** The settings of a reference model, for the methods that have one. */

import type { Param, SettingProblem, Settings } from './method.ts';

export const referenceParams = [
  { name: 'precompute_ref_log_probs', type: 'boolean', default: false, description: 'Ask the reference model once, before training, and keep its answers in the run directory: no second model in memory while training.' },
  { name: 'precompute_ref_batch_size', type: 'integer', default: null, minimum: 1, nullable: true, description: 'Rows computed at once for precompute_ref_log_probs. null: as many as in training and in evaluation.' },
  { name: 'sync_ref_model', type: 'boolean', default: false, description: 'Let the reference follow the model from time to time (TR-DPO), so that it may move further.' },
  { name: 'ref_model_mixup_alpha', type: 'number', default: 0.6, minimum: 0, maximum: 1, description: 'For sync_ref_model: how much of the model the reference takes over each time; 1 makes it a copy.' },
  { name: 'ref_model_sync_steps', type: 'integer', default: 512, minimum: 1, description: 'For sync_ref_model: every how many steps.' },
] as const satisfies readonly Param[];

/** What TRL refuses of them, and what would be read and do nothing. */
export function referenceProblems({ params, isGiven }: Settings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const noEffect = (key: string, needs: string) => {
    if (isGiven(key)) problems.push({ key, message: `"${key}" has no effect without ${needs}: true.`, severity: 'warning' });
  };
  if (params.sync_ref_model) {
    const refuse = (message: string) => void problems.push({ key: 'sync_ref_model', message: `"sync_ref_model" cannot be used with ${message}` });
    if (params.use_peft) refuse('use_peft: the reference is the model without its adapter, and there is no copy of it that could follow.');
    else if (params.trainable_token_indices) refuse('"trainable_token_indices": the reference is the model without what they train.');
    if (params.precompute_ref_log_probs) refuse('"precompute_ref_log_probs": what is computed before training would be of another reference than the later one.');
  } else {
    noEffect('ref_model_mixup_alpha', 'sync_ref_model');
    noEffect('ref_model_sync_steps', 'sync_ref_model');
  }
  if (!params.precompute_ref_log_probs) noEffect('precompute_ref_batch_size', 'precompute_ref_log_probs');
  return problems;
}
