/** A run that goes on longer than it was planned: which settings may change then, and to what. */

import { UserError, type Problem } from '../core/problem.ts';
import { paramsOf } from '../methods/index.ts';
import type { Continuation, RunRecord } from './directory.ts';
import { readValue } from './specCheck.ts';
import type { SpecNode } from './specNode.ts';
import { paramSchema } from './specSchema.ts';
import { parseSpecText } from './specText.ts';

/** Keys that say how long a run is. Everything else is a new run: a branch of this one. */
export const lengthKeys = ['max_steps', 'num_train_epochs'] as const;

/** `words` are `key=value` as on the command line. `reached`: how far the run is. Throws a UserError (code `spec`) for what cannot be. */
export function planLonger(record: RunRecord, words: readonly string[], reached: { step: number; epoch: number }): RunRecord {
  const params: Record<string, number> = {};
  for (const word of words) {
    const equals = word.indexOf('=');
    const key = word.slice(0, Math.max(0, equals));
    if (!(lengthKeys as readonly string[]).includes(key)) {
      throw new UserError(`"${word}": a run goes on with ${lengthKeys.map((name) => `${name}=N`).join(' or ')}, everything else stays. For other settings begin a new run at one of its checkpoints: posttrain train SPEC --from CHECKPOINT.`, 'spec');
    }
    params[key] = valueOf(record, key, word.slice(equals + 1));
  }
  const { max_steps: steps = record.spec.params.max_steps as number, num_train_epochs: epochs } = params;
  if (params.max_steps !== undefined && steps > 0 && steps <= reached.step) throw new UserError(`max_steps=${steps}: the run has done ${reached.step} steps already. Give more.`, 'spec');
  if (epochs !== undefined && steps > 0) throw new UserError(`num_train_epochs=${epochs}: max_steps is ${steps} and decides alone. Give max_steps=N, or max_steps=-1 beside it.`, 'spec');
  const planned = epochs ?? (record.spec.params.num_train_epochs as number);
  if (steps <= 0 && planned <= reached.epoch) throw new UserError(`num_train_epochs${epochs === undefined ? ' is' : ''} ${planned}: the run has gone through ${Number(reached.epoch.toPrecision(6))} epochs already. Give more.`, 'spec');
  const continuation: Continuation = { time: new Date().toISOString(), step: reached.step, params };
  return { ...record, spec: { ...record.spec, params: { ...record.spec.params, ...params } }, continued: [...(record.continued ?? []), continuation] };
}

function valueOf(record: RunRecord, key: string, text: string): number {
  const param = paramsOf(record.spec.method).find(({ name }) => name === key)!;
  const asText: SpecNode = { kind: 'scalar', start: 0, end: 0, value: text, quoted: false };
  const parsed = parseSpecText(text);
  const problems: Problem[] = [];
  const value = readValue(parsed.value && parsed.problems.length === 0 ? parsed.value : asText, paramSchema(param), key, problems);
  if (problems[0]) throw new UserError(`${key}=${text}: ${problems[0].message}`, 'spec');
  return value as number;
}

/** A branch from the last step of what was planned has nothing to do unless more is planned for it. */
export function moreThan(step: number, params: Readonly<Record<string, unknown>>, reached: { step: number; epoch: number }): string {
  const { max_steps: steps, num_train_epochs: epochs } = params as { max_steps: number; num_train_epochs: number };
  if (steps > 0) return step < steps ? '' : `max_steps=${step * 2}`;
  return step < reached.step || reached.epoch < epochs ? '' : `num_train_epochs=${Math.ceil(reached.epoch) * 2}`;
}
