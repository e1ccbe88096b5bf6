/** Reads transformers' `lr_scheduler_kwargs`. */

import { UserError } from '../core/problem.ts';
import { didYouMean } from '../core/text.ts';

/** A setting of another schedule would be read and ignored otherwise. */
export function requireKnownKeys(type: string, kwargs: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  const unknown = Object.keys(kwargs).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new UserError(`lr_scheduler_type "${type}" has no setting "${unknown}".${didYouMean(unknown, known)} ${known.length > 0 ? `It has ${known.join(', ')}.` : 'It has none.'}`, 'bad-value');
}

/** A number of lr_scheduler_kwargs. */
export function numberOf(kwargs: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = kwargs[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new UserError(`lr_scheduler_kwargs.${name} must be a number.`, 'bad-value');
  return value;
}

/** A word of lr_scheduler_kwargs, the first of the choices by default. */
export function wordOf<T extends string>(kwargs: Readonly<Record<string, unknown>>, name: string, choices: readonly T[]): T {
  const value = kwargs[name] ?? choices[0]!;
  if (!(choices as readonly unknown[]).includes(value)) throw new UserError(`lr_scheduler_kwargs.${name} must be one of ${choices.join(', ')}, not ${JSON.stringify(value)}.`, 'bad-value');
  return value as T;
}
