/** One row as the checks across rows see it: what it says, worked out once for all of them. */

import { hashText, type Hash64 } from '../../core/hash.ts';
import type { Row } from '../checks/row.ts';
import type { Example } from '../example.ts';
import { partsOf, plainText, question, type ExampleParts } from './exampleParts.ts';

export class RowFacts {
  #parts: ExampleParts | undefined;
  #said: string | undefined;

  /** Of a row with a record. */
  constructor(readonly row: Row) {}

  /** Undefined where the format can make nothing of the row. */
  get example(): Example | undefined {
    return this.row.meaning?.value;
  }

  get parts(): ExampleParts | undefined {
    return (this.#parts ??= this.example && partsOf(this.example));
  }

  /** What counts when two rows are compared as a whole: what a trainer reads of it. Of a prompt all columns, because reward functions get them. */
  get whole(): unknown {
    return !this.example || this.example.kind === 'prompt-only' ? this.row.record : this.example;
  }

  /** What is asked, so that rows of two files with other system prompts or in other formats have the same; of a plain text all of it. */
  get question(): string | undefined {
    const asked = this.parts?.prompt ?? (this.example?.kind === 'text' ? this.example.text : undefined);
    return asked === undefined ? undefined : question(asked) || undefined;
  }

  get questionHash(): Hash64 | undefined {
    const { question: asked } = this;
    return asked === undefined ? undefined : hashText(asked);
  }

  /** All its words: what is asked and what is answered. */
  get said(): string {
    return (this.#said ??= this.parts ? [this.parts.prompt ?? '', ...this.parts.answers].map(plainText).join('\n') : '');
  }
}
