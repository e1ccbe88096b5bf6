/** An answer in steps, each of them right or wrong: `{prompt, completions, labels}`. TRL's "stepwise supervision", for process reward models. */

import type { Problem } from '../../core/problem.ts';
import { hasError } from '../../core/problem.ts';
import type { DatasetRow, Format } from '../format.ts';
import { fieldProblem, missingKey, readText, said } from './fields.ts';
import { keyConfidence } from './keys.ts';

export const stepwise = {
  id: 'stepwise',
  label: 'Stepwise',
  description: 'A prompt and an answer in steps, each marked as right or wrong. For process reward models.',
  origin: 'TRL',
  kinds: ['stepwise'],
  schema: {
    title: 'Stepwise row',
    type: 'object',
    required: ['prompt', 'completions', 'labels'],
    properties: {
      prompt: { type: 'string', description: 'The question that the steps answer.' },
      completions: { type: 'array', minItems: 1, items: { type: 'string' }, description: 'The steps of the answer, in order. Each follows the one before it directly.' },
      labels: { type: 'array', items: { type: 'boolean' }, description: 'One true or false for each step: whether it is right.' },
    },
  },
  fields: [
    { key: 'prompt', label: 'Prompt', type: 'text', asks: true },
    { key: 'completions', label: 'Steps', type: 'content' },
    { key: 'labels', label: 'Labels', type: 'content' },
  ],
  detect: (row) => keyConfidence(row, { prompt: ['string'], completions: ['array'], labels: ['array'] }, ['chosen', 'rejected']),
  toExample(row) {
    const problems: Problem[] = [];
    const prompt = readText(row, 'prompt', problems);
    const completions = readList(row, 'completions', (step): step is string => typeof step === 'string', 'texts', problems);
    const labels = readList(row, 'labels', (label): label is boolean => typeof label === 'boolean', 'true or false', problems);
    if (completions && labels && completions.length !== labels.length) {
      problems.push(fieldProblem('steps-mismatch', 'labels', `There are ${completions.length} steps in "completions" and ${labels.length} marks in "labels": each step needs one.`));
    }
    if (prompt === undefined || !completions || !labels || hasError(problems)) return { value: undefined, problems };
    return { value: { kind: 'stepwise', prompt, completions, labels }, problems };
  },
  fromExample: ({ prompt, completions, labels }) => ({ prompt, completions, labels }),
  examples: [
    { prompt: 'Which number is larger, 9.8 or 9.11?', completions: ['The fractional part of 9.8 is 0.8.', ' The one of 9.11 is 0.11.', ' So 9.11 is larger.'], labels: [true, true, false] },
    { prompt: 'What is 2 + 3?', completions: [' 5'], labels: [true] },
  ],
  counterExamples: [
    { prompt: 'a', completions: ['b', 'c'], labels: [true] },
    { prompt: 'a', completions: 'b', labels: [true] },
    { prompt: 'a', completions: ['b'], labels: [1] },
    { prompt: 'a', completions: ['b'] },
    { prompt: ['a'], completions: ['b'], labels: [true] },
    { prompt: 'a', completions: [], labels: [] },
  ],
} as const satisfies Format<'stepwise'>;

function readList<T>(row: DatasetRow, key: string, is: (item: unknown) => item is T, what: string, problems: Problem[]): T[] | undefined {
  if (!(key in row)) return void problems.push(missingKey(key));
  const list = row[key];
  if (!Array.isArray(list)) return void problems.push(fieldProblem('wrong-type', key, `"${key}" must be a list, not ${said(list)}.`));
  if (list.length === 0) return void problems.push(fieldProblem('wrong-type', key, `"${key}" is an empty list: there is no step to learn from.`));
  const wrong = list.findIndex((item) => !is(item));
  if (wrong < 0) return list as T[];
  problems.push(fieldProblem('wrong-type', key, `Entry ${wrong + 1} of "${key}" must be ${what === 'texts' ? 'text' : what}, not ${said(list[wrong])}.`, [key, wrong]));
  return undefined;
}
