/** The run that is killed: a small model that evaluates, keeps its best checkpoint and saves often. */

import { resolve } from 'node:path';
import { parseRunSpec, resolveRunSpec, type ResolvedSpec } from '../../run/spec.ts';

export function killSpec(): ResolvedSpec {
  const text = JSON.stringify({
    method: 'sft', model_name_or_path: resolve('test/parity/models/tied'), dataset: resolve('test/parity/data/chat.jsonl'), eval_dataset: resolve('test/parity/data/chat_eval.jsonl'), output_dir: 'replaced', backend: 'wasm',
    max_steps: 90, logging_steps: 1, per_device_train_batch_size: 2, learning_rate: 1e-3, train_sampling_strategy: 'random',
    eval_strategy: 'steps', eval_steps: 6, save_steps: 6, save_total_limit: 2, load_best_model_at_end: true,
  });
  const spec = resolveRunSpec(parseRunSpec(text, { json: true }), { specDir: '/', cwd: '/' });
  if (!spec) throw new Error('the spec is wrong');
  return spec;
}
