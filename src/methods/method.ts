/** What a training method is, apart from its loss: which rows it takes, its hyper-parameters, how it prepares a row, what it logs. */

import type { Example, ExampleKind } from '../dataset/example.ts';
import type { JsonSchema } from '../dataset/format.ts';
import type { PreparedSide } from '../tokens/prepare.ts';
import type { Tokenizer } from '../tokens/tokenizer.ts';
import type { PackingStrategy } from './shared.ts';

/**
 * One key of a run spec. Types: `path` is relative to the spec's folder; `strings` is a text or a list of texts; `tokens` a list of
 * token ids or token texts; `numbers` a list of numbers; `object` has its shape in `schema`.
 */
export interface Param {
  readonly name: string;
  readonly type: 'integer' | 'number' | 'boolean' | 'string' | 'path' | 'strings' | 'numbers' | 'tokens' | 'object';
  /** Null: unset. */
  readonly default: unknown;
  /** Null is a value with a meaning of its own that the description says ("no limit"), so a person may write it. */
  readonly nullable?: boolean;
  readonly required?: boolean;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly enum?: readonly string[];
  /** The shape of a value that the type alone does not give. */
  readonly schema?: JsonSchema;
  /** One line that a student understands. */
  readonly description: string;
}

/** The settings of a spec whose single values are good. */
export interface Settings {
  /** Every key of the method, with its value or default. */
  readonly params: Readonly<Record<string, unknown>>;
  isGiven(key: string): boolean;
}

/** A value that does not go with another one, at a key that is given. */
export interface SettingProblem {
  key: string;
  message: string;
  /** Default: an error. */
  severity?: 'warning';
}

export interface Method {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly paper?: { readonly title: string; readonly url?: string };
  /** Kinds of rows that it can use. */
  readonly accepts: readonly ExampleKind[];
  /** `score`: it makes a reward model. Absent: a model that predicts tokens. */
  readonly head?: 'score';
  /** Each side of a row is a row of its own: good answers and bad ones, not pairs. */
  readonly unpaired?: true;
  /** Its own keys, and shared keys for which it has another default or range. */
  readonly params: readonly Param[];
  /** Names of what it logs beside the metrics that every run has (`sharedMetrics`). */
  readonly metrics: readonly string[];
  /** What single values do not show: settings that cannot be used together, or that have no effect. */
  check?(settings: Settings): SettingProblem[];
  /**
   * A row as this method gets it. `params` holds every one of its keys. Throws a UserError for settings that cannot work with this
   * tokenizer or kind of row; what is wrong with this one row comes back as a dropped side with its reason.
   */
  prepare(example: Example, tokenizer: Tokenizer, params: Readonly<Record<string, unknown>>): PreparedSide[];
  /** How its prepared rows are put together into rows of `max_length`; undefined: not at all. */
  packing?(params: Readonly<Record<string, unknown>>): PackingStrategy | undefined;
  /** The settings that the conformance suite trains a tiny model with: a few steps, seconds. */
  readonly smoke: Readonly<Record<string, unknown>>;
}
