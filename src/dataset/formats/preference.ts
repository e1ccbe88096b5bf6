/** A prompt with a better and a worse answer: `{prompt, chosen, rejected}`, as text or turns. TRL's "preference, explicit prompt". */

import { hasError, type Problem } from '../../core/problem.ts';
import type { Format } from '../format.ts';
import { contentSchema, readContent } from './conversation.ts';
import { marginSchema, readMargin, sameKind } from './fields.ts';
import { keyConfidence } from './keys.ts';
import { readTemplateInputs, templateKeys, templateSchema } from './templateInputs.ts';

export const preference = {
  id: 'preference',
  label: 'Preference',
  description: 'A prompt with two answers, the better one marked. For preference learning such as DPO.',
  origin: 'TRL',
  kinds: ['preference'],
  schema: {
    title: 'Preference row',
    type: 'object',
    required: ['prompt', 'chosen', 'rejected'],
    properties: {
      prompt: contentSchema('What both answers reply to: text, or turns that end with the user.'),
      chosen: contentSchema('The better answer, without the prompt.'),
      rejected: contentSchema('The worse answer, without the prompt.'),
      margin: marginSchema,
      ...templateSchema,
    },
  },
  fields: [
    { key: 'prompt', label: 'Prompt', type: 'content', asks: true },
    { key: 'chosen', label: 'Chosen', type: 'content', side: 'chosen' },
    { key: 'rejected', label: 'Rejected', type: 'content', side: 'rejected' },
  ],
  detect: (row) => keyConfidence(row, { prompt: ['string', 'array'], chosen: ['string', 'array'], rejected: ['string', 'array'] }, []),
  toExample(row) {
    const problems: Problem[] = [];
    const prompt = readContent(row, 'prompt', problems);
    const chosen = readContent(row, 'chosen', problems);
    const rejected = readContent(row, 'rejected', problems);
    sameKind({ prompt, chosen, rejected }, problems);
    const inputs = { ...readMargin(row, problems), ...readTemplateInputs(row, problems) };
    if (prompt === undefined || chosen === undefined || rejected === undefined || hasError(problems)) return { value: undefined, problems };
    return { value: { kind: 'preference', prompt, chosen, rejected, ...inputs }, problems };
  },
  fromExample: ({ prompt, chosen, rejected, margin, ...inputs }) => ({ prompt, chosen, rejected, ...(margin !== undefined && { margin }), ...templateKeys(inputs) }),
  examples: [
    { prompt: 'The sky is', chosen: ' blue.', rejected: ' green.' },
    { prompt: 'Grass is', chosen: ' green.', rejected: ' greenish.', margin: 0.5 },
    {
      prompt: [{ role: 'user', content: 'Who are you?' }],
      chosen: [{ role: 'assistant', content: 'A language model.' }],
      rejected: [{ role: 'assistant', content: 'A person.' }],
    },
  ],
  counterExamples: [
    { prompt: 'a', chosen: 'b' },
    { prompt: 'a', chosen: 'b', reject: 'misspelt' },
    { promt: 'misspelt', chosen: 'b', rejected: 'c' },
    { prompt: 'a', chosen: 'b', rejected: null },
    { prompt: 'a', chosen: 'b', rejected: 'c', margin: 'large' },
    { prompt: [{ role: 'user', content: 'a' }], chosen: 'b', rejected: 'c' },
  ],
} as const satisfies Format<'preference'>;
