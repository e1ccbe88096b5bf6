/** What a dataset format is: its keys, how a row is recognised, and what a row of it means. */

import type { Parsed } from '../core/problem.ts';
import type { Example, ExampleKind, ExampleOf } from './example.ts';

/** JSON Schema (draft 2020-12) of the subset that the language service reads: enough for hover, completion, diagnostics and publishing. */
export interface JsonSchema {
  title?: string;
  description?: string;
  type?: JsonType | readonly JsonType[];
  properties?: Readonly<Record<string, JsonSchema>>;
  required?: readonly string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  minItems?: number;
  enum?: readonly (string | number | boolean | null)[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  /** `path`: a file or folder, relative to the file that the text is in. */
  format?: 'path';
  default?: unknown;
  examples?: readonly unknown[];
  anyOf?: readonly JsonSchema[];
  markdownDescription?: string;
}
export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'null';

/** A row as it stands in the file. */
export type DatasetRow = Readonly<Record<string, unknown>>;

/** A field of a row as the dataset editor shows it and as checks look at it. */
export interface FieldView {
  key: string;
  label: string;
  /** `content`: plain text or turns; `text`: plain text only; `flag`: true for a good answer, false for a bad one. */
  type: 'content' | 'text' | 'flag';
  side?: 'chosen' | 'rejected';
  /** Shown only in rows that have it. */
  optional?: true;
  /** What the answer is given to, never learnt as an answer. */
  asks?: true;
  /** How its turns are written where they are not `{role, content}`. */
  turns?: TurnKeys;
  /** Where in its value the turns are, when the value is no list of turns itself. */
  inside?: readonly (readonly (string | number)[])[];
}

export interface TurnKeys {
  readonly role: string;
  readonly content: string;
  /** What its names of the speakers mean. */
  readonly roles: Readonly<Record<string, string>>;
}

export interface Format<K extends ExampleKind = ExampleKind> {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** Whose format it is. */
  readonly origin: string;
  /** What its rows may be once they are understood, the usual kind first. */
  readonly kinds: readonly [K, ...K[]];
  readonly schema: JsonSchema;
  readonly fields: readonly FieldView[];
  /** How sure it is that a row with these keys and values is of this format: 0 no, 1 yes; a misspelt key lowers it. */
  detect(record: DatasetRow): number;
  /** What the row means. Problems have offsets 0: their place is found by the checks, from the key in `data.key`. Never throws. */
  toExample(record: DatasetRow): Parsed<Example>;
  /** A row that means this, or in one sentence why there is none. `columns` are those of the row that it comes from, for keys that the example has no place for. */
  fromExample(example: ExampleOf<K>, columns: DatasetRow): DatasetRow | string;
  /** The row's other columns, as a format without keys for them would call them. Without it: every key that the schema does not know. */
  columns?(record: DatasetRow): DatasetRow;
  /** Where the row says something that neither the example nor a column holds. */
  unread?(record: DatasetRow): readonly string[];
  readonly examples: readonly DatasetRow[];
  readonly counterExamples: readonly DatasetRow[];
}
