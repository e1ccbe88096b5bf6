/** Two whole texts or conversations, the better one marked: `{chosen, rejected}`. TRL's "preference, implicit prompt". */

import { hasError, type Problem } from '../../core/problem.ts';
import type { Format } from '../format.ts';
import { contentSchema, readContent } from './conversation.ts';
import { marginSchema, readMargin, sameKind } from './fields.ts';
import { keyConfidence } from './keys.ts';
import { readTemplateInputs, templateKeys, templateSchema } from './templateInputs.ts';

export const preferenceImplicit = {
  id: 'preference-implicit',
  label: 'Preference, prompt inside',
  description: 'Two whole conversations or texts that begin alike; what they share is the prompt. For reward models, and for DPO after a split.',
  origin: 'TRL',
  kinds: ['preference-implicit'],
  schema: {
    title: 'Preference row with the prompt inside',
    type: 'object',
    required: ['chosen', 'rejected'],
    properties: {
      chosen: contentSchema('The better one: prompt and answer together.'),
      rejected: contentSchema('The worse one: the same prompt and another answer.'),
      margin: marginSchema,
      ...templateSchema,
    },
  },
  fields: [
    { key: 'chosen', label: 'Chosen', type: 'content', side: 'chosen' },
    { key: 'rejected', label: 'Rejected', type: 'content', side: 'rejected' },
  ],
  detect: (row) => keyConfidence(row, { chosen: ['string', 'array'], rejected: ['string', 'array'] }, ['prompt', 'instruction', 'conversations']),
  toExample(row) {
    const problems: Problem[] = [];
    const chosen = readContent(row, 'chosen', problems);
    const rejected = readContent(row, 'rejected', problems);
    sameKind({ chosen, rejected }, problems);
    const inputs = { ...readMargin(row, problems), ...readTemplateInputs(row, problems) };
    if (chosen === undefined || rejected === undefined || hasError(problems)) return { value: undefined, problems };
    return { value: { kind: 'preference-implicit', chosen, rejected, ...inputs }, problems };
  },
  fromExample: ({ chosen, rejected, margin, ...inputs }) => ({ chosen, rejected, ...(margin !== undefined && { margin }), ...templateKeys(inputs) }),
  examples: [
    { chosen: 'The sky is blue.', rejected: 'The sky is green.' },
    {
      chosen: [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: 'Hello!' }],
      rejected: [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: 'What?' }],
    },
  ],
  counterExamples: [{ chosen: 'only one' }, { chosen: 'a', rejected: [] }, { chosen: 'a', rejeted: 'misspelt' }, { chosen: 'a', rejected: 2 }],
} as const satisfies Format<'preference-implicit'>;
