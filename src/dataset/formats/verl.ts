/** veRL's rows for reinforcement learning: `{data_source, prompt, ability, reward_model: {style, ground_truth}, extra_info}`. */

import { hasError, type Problem } from '../../core/problem.ts';
import type { DatasetRow, Format } from '../format.ts';
import { messagesSchema, readMessages } from './conversation.ts';
import { fieldProblem, jsonType, missingKey, readText, said } from './fields.ts';
import { keyConfidence } from './keys.ts';
import { imagesSchema, readImages, templateKeys } from './templateInputs.ts';

export const verl = {
  id: 'verl',
  label: 'veRL',
  description: 'A prompt in turns with what a reward is computed from. `data_source` chooses the scorer, `reward_model.ground_truth` is what it compares the answer with.',
  origin: 'veRL',
  kinds: ['prompt-only'],
  schema: {
    title: 'veRL row',
    type: 'object',
    required: ['data_source', 'prompt', 'reward_model'],
    properties: {
      data_source: { type: 'string', description: 'Where the question is from, such as `openai/gsm8k`: veRL chooses the scorer by it.' },
      prompt: messagesSchema('The turns that the model is to answer.'),
      ability: { type: 'string', description: 'What the question is about, such as `math`.' },
      reward_model: {
        type: 'object',
        description: 'What the reward is computed from.',
        required: ['ground_truth'],
        properties: {
          style: { type: 'string', examples: ['rule', 'model'], description: '`rule`: a function compares with the ground truth; `model`: a reward model judges.' },
          ground_truth: { description: 'The right answer, as the scorer of this data source wants it.', type: ['string', 'number', 'boolean', 'array', 'object', 'null'] },
        },
      },
      extra_info: { type: 'object', description: 'What else is known about the row, such as `{"split": "train", "index": 0}`.' },
      images: imagesSchema,
    },
  },
  fields: [{ key: 'prompt', label: 'Prompt', type: 'content', asks: true }],
  detect: (row) => keyConfidence(row, { data_source: ['string'], prompt: ['array'], reward_model: ['object'] }, ['chosen', 'rejected']),
  toExample(row) {
    const problems: Problem[] = [];
    readText(row, 'data_source', problems);
    const prompt = readMessages(row, 'prompt', problems);
    if (!('reward_model' in row)) problems.push(missingKey('reward_model'));
    else if (jsonType(row.reward_model) !== 'object') problems.push(fieldProblem('wrong-type', 'reward_model', `"reward_model" must be an object with "ground_truth", not ${said(row.reward_model)}.`));
    else if (!('ground_truth' in (row.reward_model as object))) problems.push(missingKey('ground_truth', ['reward_model']));
    const inputs = readImages(row, problems);
    if (!prompt || hasError(problems)) return { value: undefined, problems };
    return { value: { kind: 'prompt-only', prompt, ...inputs }, problems };
  },
  fromExample({ prompt, images }, columns) {
    const { data_source: source, ability, extra_info: extra, reward_model: judged } = columns;
    if (typeof source !== 'string') return 'It has no "data_source", by which veRL chooses the scorer: add a column of that name with a text.';
    const reward = jsonType(judged) === 'object' ? (judged as DatasetRow) : {};
    const truth = 'ground_truth' in reward ? {} : 'answer' in columns ? { ground_truth: columns.answer } : undefined;
    if (!truth) return 'It has no "answer" that veRL could compare with: add a column of that name.';
    return {
      data_source: source,
      prompt: typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt,
      ...(typeof ability === 'string' && { ability }),
      reward_model: { style: 'rule', ...reward, ...truth },
      ...(jsonType(extra) === 'object' && { extra_info: extra }),
      ...templateKeys({ images }),
    };
  },
  /** The right answer is called `answer` elsewhere; how it is judged stays as it is where it is not by a rule. */
  columns({ prompt: _prompt, images: _images, reward_model: judged, ...others }) {
    if (jsonType(judged) !== 'object') return others;
    const { style = 'rule', ground_truth: answer, ...more } = judged as DatasetRow;
    return { ...others, answer, ...(style !== 'rule' && { style }), ...more };
  },
  examples: [
    {
      data_source: 'openai/gsm8k',
      prompt: [{ role: 'user', content: 'Ann sold 48 clips in April and half as many in May. How many in all? Give the answer after "####".' }],
      ability: 'math',
      reward_model: { style: 'rule', ground_truth: '72' },
      extra_info: { split: 'train', index: 0 },
    },
    { data_source: 'my/sums', prompt: [{ role: 'system', content: 'Answer with a number.' }, { role: 'user', content: 'What is 2 + 3?' }], reward_model: { style: 'rule', ground_truth: '5' } },
  ],
  counterExamples: [
    { data_source: 'my/sums', prompt: 'What is 2 + 3?', reward_model: { style: 'rule', ground_truth: '5' } },
    { data_source: 'my/sums', prompt: [{ role: 'user', content: 'a' }], reward_model: { style: 'rule' } },
    { data_source: 'my/sums', prompt: [{ role: 'user', content: 'a' }], reward_model: '5' },
    { data_source: 1, prompt: [{ role: 'user', content: 'a' }], reward_model: { ground_truth: '5' } },
    { data_source: 'my/sums', prompt: [], reward_model: { ground_truth: '5' } },
  ],
} as const satisfies Format<'prompt-only'>;
