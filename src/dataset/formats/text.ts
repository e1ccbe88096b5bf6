/** Plain text rows: `{text}`. TRL's "language modeling, standard". */

import type { Problem } from '../../core/problem.ts';
import type { Format } from '../format.ts';
import { readText } from './fields.ts';
import { keyConfidence } from './keys.ts';

export const text = {
  id: 'text',
  label: 'Text',
  description: 'One text per row, every token of which is learnt. For pre-training, or for fine-tuning on ready-made text.',
  origin: 'TRL',
  kinds: ['text'],
  schema: {
    title: 'Text row',
    type: 'object',
    required: ['text'],
    properties: { text: { type: 'string', description: 'The text to learn from, start to end. The end-of-text token is added for you.' } },
  },
  fields: [{ key: 'text', label: 'Text', type: 'text' }],
  // TRL looks at `prompt` before `text`, and at turns before plain text.
  detect: (row) => keyConfidence(row, { text: ['string'] }, ['prompt', 'messages', 'completion', 'chosen', 'rejected']),
  toExample(row) {
    const problems: Problem[] = [];
    const value = readText(row, 'text', problems);
    return { value: value === undefined ? undefined : { kind: 'text', text: value }, problems };
  },
  fromExample: ({ text: value }) => ({ text: value }),
  examples: [{ text: 'Water boils at 100 degrees Celsius at sea level.' }, { text: '水在海平面上于100摄氏度沸腾。' }],
  counterExamples: [{ text: ['a', 'list'] }, { text: null }, { txt: 'misspelt' }, { body: 'no text key' }],
} as const satisfies Format<'text'>;
