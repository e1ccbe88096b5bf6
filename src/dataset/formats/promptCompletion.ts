/** A prompt and its answer: `{prompt, completion}`, as text or turns. TRL's "prompt-completion": only the answer is learnt. */

import { hasError, type Problem } from '../../core/problem.ts';
import type { DatasetRow, Format } from '../format.ts';
import { contentSchema, readContent } from './conversation.ts';
import { sameKind } from './fields.ts';
import { isMisspelling, keyConfidence } from './keys.ts';
import { readTemplateInputs, templateKeys, templateSchema } from './templateInputs.ts';

export const promptCompletion = {
  id: 'prompt-completion',
  label: 'Prompt and completion',
  description: 'A prompt and the answer to learn. Only the answer counts in the loss, unless `completion_only_loss` is false.',
  origin: 'TRL',
  kinds: ['prompt-completion'],
  schema: {
    title: 'Prompt-completion row',
    type: 'object',
    required: ['prompt', 'completion'],
    properties: {
      prompt: contentSchema('What the model is given: text, or turns that end with the user.'),
      completion: contentSchema('What the model shall answer. Text follows the prompt directly: begin it with a space where one belongs.'),
      ...templateSchema,
    },
  },
  fields: [
    { key: 'prompt', label: 'Prompt', type: 'content', asks: true },
    { key: 'completion', label: 'Completion', type: 'content' },
  ],
  // With true or false as label it is an answer marked as good or bad; another label is a column like any other.
  detect: (row) => keyConfidence(row, { prompt: ['string', 'array'], completion: ['string', 'array'] }, isMarked(row) ? ['label'] : inSteps(row) ? ['label', 'labels'] : ['chosen', 'rejected']),
  toExample(row) {
    const problems: Problem[] = [];
    const prompt = readContent(row, 'prompt', problems);
    const completion = readContent(row, 'completion', problems);
    sameKind({ prompt, completion }, problems);
    const inputs = readTemplateInputs(row, problems);
    if (prompt === undefined || completion === undefined || hasError(problems)) return { value: undefined, problems };
    return { value: { kind: 'prompt-completion', prompt, completion, ...inputs }, problems };
  },
  fromExample: ({ prompt, completion, ...inputs }) => ({ prompt, completion, ...templateKeys(inputs) }),
  examples: [
    { prompt: 'The capital of France is', completion: ' Paris.' },
    { prompt: [{ role: 'user', content: 'What colour is the sky?' }], completion: [{ role: 'assistant', content: 'Blue.' }] },
  ],
  counterExamples: [
    { prompt: 'no completion' },
    { completion: 'no prompt' },
    { promt: 'misspelt', completion: 'key' },
    { prompt: [{ role: 'user', content: 'mixed' }], completion: 'kinds' },
    { prompt: 'a', completion: 1 },
    { prompt: 'a', completion: [] },
  ],
} as const satisfies Format<'prompt-completion'>;

function isMarked(row: DatasetRow): boolean {
  return Object.keys(row).some((key) => typeof row[key] === 'boolean' && (key === 'label' || isMisspelling(key, 'label', row[key])));
}

/** A list of texts is an answer in steps. */
function inSteps({ completion }: DatasetRow): boolean {
  return Array.isArray(completion) && completion.length > 0 && completion.every((step) => typeof step === 'string');
}
