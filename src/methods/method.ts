/** What a training method is, apart from its loss: which rows it takes, its hyper-parameters, how it prepares a row, what it logs. */

import type { Example, ExampleKind } from '../dataset/example.ts';
import type { JsonSchema } from '../dataset/format.ts';
import type { PreparedSide } from '../tokens/prepare.ts';
import type { Tokenizer } from '../tokens/tokenizer.ts';

/**
 * One key of a run spec. Types: `path` is relative to the spec's folder; `strings` is a text or a list of texts; `tokens` a list of
 * token ids or token texts; `object` has its shape in `schema`.
 */
export interface Param {
  readonly name: string;
  readonly type: 'integer' | 'number' | 'boolean' | 'string' | 'path' | 'strings' | 'tokens' | 'object';
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

export interface Method {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly paper?: { readonly title: string; readonly url?: string };
  /** Kinds of rows that it can use. */
  readonly accepts: readonly ExampleKind[];
  /** Its own keys, and shared keys for which it has another default or range. */
  readonly params: readonly Param[];
  /** Names of what it logs beside the metrics that every run has (`sharedMetrics`). */
  readonly metrics: readonly string[];
  /**
   * A row as this method gets it. `params` holds every one of its keys. Throws a UserError for settings that cannot work with this
   * tokenizer or kind of row; what is wrong with this one row comes back as a dropped side with its reason.
   */
  prepare(example: Example, tokenizer: Tokenizer, params: Readonly<Record<string, unknown>>): PreparedSide[];
  /** The settings that the conformance suite trains a tiny model with: a few steps, seconds. */
  readonly smoke: Readonly<Record<string, unknown>>;
}
