/** What a dataset format is: its keys, how a row is recognised, and what a row of it means. */

import type { Parsed } from '../core/problem.ts';
import type { Example, ExampleKind } from './example.ts';

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

/** A field of a row as the dataset editor shows it. */
export interface FieldView {
  key: string;
  label: string;
  /** `content`: plain text or turns; `text`: plain text only; `flag`: true for a good answer, false for a bad one. */
  type: 'content' | 'text' | 'flag';
  side?: 'chosen' | 'rejected';
}

export interface Format {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly kind: ExampleKind;
  readonly schema: JsonSchema;
  readonly fields: readonly FieldView[];
  /** How sure it is that a row with these keys and values is of this format: 0 no, 1 yes; a misspelt key lowers it. */
  detect(record: Readonly<Record<string, unknown>>): number;
  /** What the row means. Problems have offsets 0: their place is found by the checks, from the key in `data.key`. Never throws. */
  toExample(record: Readonly<Record<string, unknown>>): Parsed<Example>;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
  readonly counterExamples: readonly Readonly<Record<string, unknown>>[];
}
