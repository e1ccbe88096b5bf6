/** A prompt with one answer that is good or bad: `{prompt, completion, label}`, as text or turns. TRL's "unpaired preference". */

import { hasError, type Problem } from '../../core/problem.ts';
import type { Format } from '../format.ts';
import { contentSchema, readContent } from './conversation.ts';
import { readFlag, sameKind } from './fields.ts';
import { keyConfidence } from './keys.ts';
import { readTemplateInputs, templateKeys, templateSchema } from './templateInputs.ts';

export const unpairedPreference = {
  id: 'unpaired-preference',
  label: 'Unpaired preference',
  description: 'A prompt and one answer, marked as good or bad. For preference learning where the answers do not come in pairs, such as KTO.',
  origin: 'TRL',
  kinds: ['unpaired-preference'],
  schema: {
    title: 'Unpaired preference row',
    type: 'object',
    required: ['prompt', 'completion', 'label'],
    properties: {
      prompt: contentSchema('What the answer replies to: text, or turns that end with the user.'),
      completion: contentSchema('The answer, without the prompt. Text follows the prompt directly: begin it with a space where one belongs.'),
      label: { type: 'boolean', description: 'Whether the answer is good (true: the model is to write it more often) or bad (false: less often).' },
      ...templateSchema,
    },
  },
  fields: [
    { key: 'prompt', label: 'Prompt', type: 'content', asks: true },
    { key: 'completion', label: 'Completion', type: 'content' },
    { key: 'label', label: 'Label', type: 'flag' },
  ],
  detect: (row) => keyConfidence(row, { prompt: ['string', 'array'], completion: ['string', 'array'], label: ['boolean'] }, ['chosen', 'rejected']),
  toExample(row) {
    const problems: Problem[] = [];
    const prompt = readContent(row, 'prompt', problems);
    const completion = readContent(row, 'completion', problems);
    const label = readFlag(row, 'label', problems);
    sameKind({ prompt, completion }, problems);
    const inputs = readTemplateInputs(row, problems);
    if (prompt === undefined || completion === undefined || label === undefined || hasError(problems)) return { value: undefined, problems };
    return { value: { kind: 'unpaired-preference', prompt, completion, label, ...inputs }, problems };
  },
  fromExample: ({ prompt, completion, label, ...inputs }) => ({ prompt, completion, label, ...templateKeys(inputs) }),
  examples: [
    { prompt: 'The sky is', completion: ' blue.', label: true },
    { prompt: [{ role: 'user', content: 'Who are you?' }], completion: [{ role: 'assistant', content: 'A person.' }], label: false },
  ],
  counterExamples: [
    { prompt: 'a', completion: 'b', label: 'good' },
    { prompt: 'a', completion: 'b', label: null },
    { prompt: 'a', completion: 'b', labels: true },
    { prompt: 'no completion', label: true },
    { promt: 'misspelt', completion: 'b', label: false },
    { prompt: [{ role: 'user', content: 'mixed' }], completion: 'kinds', label: true },
  ],
} as const satisfies Format<'unpaired-preference'>;
