/** Prompts without answers: `{prompt}`, as text or turns. TRL's "prompt-only", for online methods that sample the answers. */

import { hasError, type Problem } from '../../core/problem.ts';
import type { Format } from '../format.ts';
import { contentSchema, readContent } from './conversation.ts';
import { keyConfidence } from './keys.ts';
import { readTemplateInputs, templateKeys, templateSchema } from './templateInputs.ts';

export const promptOnly = {
  id: 'prompt-only',
  label: 'Prompt only',
  description: 'A prompt per row; the model writes the answers while it trains. Further columns go to the reward functions.',
  origin: 'TRL',
  kinds: ['prompt-only'],
  schema: {
    title: 'Prompt row',
    type: 'object',
    required: ['prompt'],
    properties: { prompt: contentSchema('What the model is asked: text to continue, or turns that end with the user.'), ...templateSchema },
  },
  fields: [{ key: 'prompt', label: 'Prompt', type: 'content', asks: true }],
  detect: (row) => keyConfidence(row, { prompt: ['string', 'array'] }, ['completion', 'completions', 'chosen', 'rejected', 'reward_model']),
  toExample(row) {
    const problems: Problem[] = [];
    const prompt = readContent(row, 'prompt', problems);
    const inputs = readTemplateInputs(row, problems);
    return { value: prompt !== undefined && !hasError(problems) ? { kind: 'prompt-only', prompt, ...inputs } : undefined, problems };
  },
  fromExample: ({ prompt, ...inputs }) => ({ prompt, ...templateKeys(inputs) }),
  examples: [{ prompt: 'The sky is' }, { prompt: [{ role: 'user', content: 'What is 2 + 3?' }], answer: '5' }],
  counterExamples: [{ prompt: 5 }, { prompt: [] }, { prompt: ['text in a list'] }, { promt: 'misspelt key' }],
} as const satisfies Format<'prompt-only'>;
