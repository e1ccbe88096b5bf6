/** NeMo RL's preferences: `{context, completions: [{rank, completion}]}`, the lower rank the better. */

import { hasError, type Problem } from '../../core/problem.ts';
import type { Message } from '../example.ts';
import type { DatasetRow, Format } from '../format.ts';
import { messagesSchema, readMessages } from './conversation.ts';
import { fieldProblem, jsonType, missingKey, said } from './fields.ts';
import { keyConfidence, otherKeys } from './keys.ts';

export const nemoRl = {
  id: 'nemo-rl',
  label: 'NeMo RL preference',
  description: 'A conversation with two ways to go on, ranked: the lower rank is the better one.',
  origin: 'NeMo RL',
  kinds: ['preference'],
  schema: {
    title: 'NeMo RL preference row',
    type: 'object',
    required: ['context', 'completions'],
    properties: {
      context: messagesSchema('The turns before the answer, oldest first.'),
      completions: {
        type: 'array',
        minItems: 2,
        description: 'The two answers.',
        items: {
          type: 'object',
          required: ['rank', 'completion'],
          properties: { rank: { type: 'integer', description: '0 for the better answer, 1 for the worse one.' }, completion: messagesSchema('The turns of the answer.') },
        },
      },
    },
  },
  fields: [
    { key: 'context', label: 'Context', type: 'content', asks: true },
    { key: 'completions', label: 'Completions', type: 'content', inside: [[0, 'completion'], [1, 'completion']] },
  ],
  detect: (row) => keyConfidence(row, { context: ['array'], completions: ['array'] }, ['prompt', 'messages']),
  toExample(row) {
    const problems: Problem[] = [];
    const prompt = readMessages(row, 'context', problems);
    const ranked = readRanked(row, problems);
    if (!prompt || !ranked || hasError(problems)) return { value: undefined, problems };
    const [chosen, rejected] = [...ranked].sort((a, b) => a.rank - b.rank);
    return { value: { kind: 'preference', prompt, chosen: chosen!.turns, rejected: rejected!.turns }, problems };
  },
  fromExample({ prompt, chosen, rejected }) {
    const turns = (content: typeof prompt, role: string) => (typeof content === 'string' ? [{ role, content }] : content);
    return { context: turns(prompt, 'user'), completions: [{ rank: 0, completion: turns(chosen, 'assistant') }, { rank: 1, completion: turns(rejected, 'assistant') }] };
  },
  unread: ({ completions }) => otherKeys(completions, 'completions', ['rank', 'completion']),
  examples: [
    {
      context: [{ role: 'user', content: 'What is the capital of Germany?' }],
      completions: [{ rank: 0, completion: [{ role: 'assistant', content: 'Berlin.' }] }, { rank: 1, completion: [{ role: 'assistant', content: 'Munich.' }] }],
    },
    {
      context: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Hi' }],
      completions: [{ rank: 1, completion: [{ role: 'assistant', content: 'What?' }] }, { rank: 0, completion: [{ role: 'assistant', content: 'Hello!' }] }],
    },
  ],
  counterExamples: [
    { context: 'a', completions: [{ rank: 0, completion: [{ role: 'assistant', content: 'b' }] }, { rank: 1, completion: [{ role: 'assistant', content: 'c' }] }] },
    { context: [{ role: 'user', content: 'a' }], completions: [{ rank: 0, completion: [{ role: 'assistant', content: 'b' }] }] },
    { context: [{ role: 'user', content: 'a' }], completions: [{ completion: [{ role: 'assistant', content: 'b' }] }, { rank: 1, completion: [{ role: 'assistant', content: 'c' }] }] },
    { context: [{ role: 'user', content: 'a' }], completions: [{ rank: 0, completion: [{ role: 'assistant', content: 'b' }] }, { rank: 0, completion: [{ role: 'assistant', content: 'c' }] }] },
    { context: [{ role: 'user', content: 'a' }], completions: [{ rank: 0, completion: 'b' }, { rank: 1, completion: 'c' }] },
  ],
} as const satisfies Format<'preference'>;

function readRanked(row: DatasetRow, problems: Problem[]): { rank: number; turns: Message[] }[] | undefined {
  const list = row.completions;
  if (!('completions' in row)) return void problems.push(missingKey('completions'));
  if (!Array.isArray(list)) return void problems.push(fieldProblem('wrong-type', 'completions', `"completions" must be a list of two ranked answers, not ${said(list)}.`));
  if (list.length !== 2) return void problems.push(fieldProblem('wrong-type', 'completions', `"completions" holds ${list.length} answer${list.length === 1 ? '' : 's'}: NeMo RL trains on pairs.`));
  const ranked = list.flatMap((entry: unknown, i) => {
    if (jsonType(entry) !== 'object') return problems.push(fieldProblem('wrong-type', 'completions', `Entry ${i + 1} of "completions" must be an object with "rank" and "completion", not ${said(entry)}.`, ['completions', i])), [];
    const { rank } = entry as DatasetRow;
    if (rank === undefined) problems.push(missingKey('rank', ['completions', i]));
    else if (typeof rank !== 'number') problems.push(fieldProblem('wrong-type', 'completions', `The "rank" of entry ${i + 1} of "completions" must be a number, not ${said(rank)}.`, ['completions', i, 'rank']));
    const turns = readMessages(entry as DatasetRow, 'completion', problems, ['completions', i, 'completion']);
    return typeof rank === 'number' && turns ? [{ rank, turns }] : [];
  });
  if (ranked.length === 2 && ranked[0]!.rank === ranked[1]!.rank) problems.push(fieldProblem('wrong-type', 'completions', 'Both answers have the same "rank": which one is better cannot be told.', ['completions', 1, 'rank']));
  return ranked.length === 2 ? ranked : undefined;
}
