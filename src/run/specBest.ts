/** Whether what a spec says about the best checkpoint and early stopping can work together, by transformers' rules. */

import type { Problem } from '../core/problem.ts';
import { didYouMean } from '../core/text.ts';
import { methods, paramsOf, type MethodId } from '../methods/index.ts';
import { keyPlace, specProblem } from './specCheck.ts';
import type { SpecEntry } from './specNode.ts';

type Given = ReadonlyMap<string, { value: unknown; entry: SpecEntry }>;

/** What every evaluation measures beside the loss and the metrics of its method. */
const measured = ['loss', 'num_tokens', 'runtime', 'samples_per_second', 'steps_per_second'];

export function checkBest(method: MethodId, given: Given, problems: Problem[]): void {
  const value = (key: string): unknown => given.get(key)?.value ?? paramsOf(method).find((param) => param.name === key)?.default;
  /** At the first of the keys that stands in the spec. */
  const conflict = (keys: readonly string[], message: string) => {
    const key = keys.find((name) => given.has(name))!;
    problems.push(specProblem('spec-conflict', message, keyPlace(given.get(key)!.entry), { key }));
  };
  const unused = (key: string, message: string) => problems.push(specProblem('spec-no-effect', message, keyPlace(given.get(key)!.entry), { key }, 'warning'));

  const loadBest = value('load_best_model_at_end') === true;
  const saveBest = value('save_strategy') === 'best';
  const patience = value('early_stopping_patience') !== null;
  const metric = value('metric_for_best_model');
  const evaluation = value('eval_strategy');

  if (typeof metric === 'string') {
    const known = [...new Set([...measured, ...methods.get(method).metrics])];
    const name = metric.replace(/^eval_/, '');
    const { entry } = given.get('metric_for_best_model')!;
    if (!known.includes(name)) problems.push(specProblem('spec-bad-value', `"metric_for_best_model": an evaluation of ${method} has no "${metric}".${didYouMean(name, known)} Known: ${known.join(', ')}.`, entry.value, { key: 'metric_for_best_model', values: known }));
  } else if (!loadBest) {
    if (saveBest) conflict(['save_strategy'], '"save_strategy: best" needs to know what is best: write metric_for_best_model: loss.');
    if (patience) conflict(['early_stopping_patience'], '"early_stopping_patience" needs to know what is better: write metric_for_best_model: loss, or load_best_model_at_end: true.');
    if (given.has('greater_is_better')) unused('greater_is_better', '"greater_is_better" has no effect without metric_for_best_model.');
  }
  if (!patience && given.has('early_stopping_threshold')) unused('early_stopping_threshold', '"early_stopping_threshold" has no effect without early_stopping_patience.');
  if (evaluation === 'no') {
    if (saveBest) conflict(['save_strategy'], '"save_strategy: best" saves after evaluations, and there are none: write eval_strategy: steps or epoch.');
    if (patience) conflict(['early_stopping_patience'], '"early_stopping_patience" counts evaluations, and there are none: write eval_strategy: steps or epoch.');
  }
  if (!loadBest || saveBest) return;
  if (evaluation !== value('save_strategy')) {
    return conflict(['save_strategy', 'eval_strategy', 'load_best_model_at_end'], `"load_best_model_at_end" needs save_strategy and eval_strategy to be the same (or save_strategy: best): they are ${String(value('save_strategy'))} and ${String(evaluation)}.`);
  }
  if (evaluation !== 'steps') return;
  const [saving, evaluating] = [value('save_steps') as number, (value('eval_steps') ?? value('logging_steps')) as number];
  const scale = saving < 1 && evaluating < 1 ? 1e6 : 1;
  if (saving < 1 !== evaluating < 1 || Math.round(saving * scale) % Math.round(evaluating * scale) !== 0) {
    conflict(['save_steps', 'eval_steps', 'load_best_model_at_end'], `"load_best_model_at_end" needs save_steps to be a multiple of eval_steps, both in steps or both as shares: they are ${saving} and ${evaluating}.`);
  }
}
