/** LLaMA-Factory's pairs: Alpaca's or ShareGPT's question with `chosen` and `rejected` (`ranking: true` in its dataset_info.json). */

import { hasError, type Problem } from '../../core/problem.ts';
import type { Message } from '../example.ts';
import type { DatasetRow, Format } from '../format.ts';
import { questionSchema, readQuestion } from './alpaca.ts';
import { fieldProblem, missingKey, readOptionalText, readText, said } from './fields.ts';
import { isMisspelling, keyConfidence, otherKeys } from './keys.ts';
import { readShareGptTurn, readShareGptTurns, shareGptKeys, shareGptTurn, toShareGptTurns } from './shareGptTurns.ts';
import { imagesSchema, readImages, readTools, templateKeys, toolsSchema } from './templateInputs.ts';

const turnKeys = ['from', 'value', 'role', 'content'];
const answerSchema = (description: string) => ({ description, anyOf: [{ type: 'string', description }, { ...shareGptTurn, description }] }) as const;

export const llamaFactoryRanking = {
  id: 'llamafactory-ranking',
  label: 'LLaMA-Factory ranking',
  description: 'A question with two answers, the better one marked: the question as in Alpaca and the answers as texts, or the question as in ShareGPT and the answers as turns.',
  origin: 'LLaMA-Factory',
  kinds: ['preference'],
  schema: {
    title: 'LLaMA-Factory ranking row',
    type: 'object',
    required: ['chosen', 'rejected'],
    properties: {
      ...questionSchema,
      conversations: { type: 'array', minItems: 1, description: 'The turns before the answer, instead of `instruction`; the last one is the question.', items: shareGptTurn },
      chosen: answerSchema('The better answer: a text beside `instruction`, one turn beside `conversations`.'),
      rejected: answerSchema('The worse answer.'),
      tools: toolsSchema,
      images: imagesSchema,
    },
  },
  fields: [
    { key: 'system', label: 'System', type: 'text', asks: true, optional: true },
    { key: 'conversations', label: 'Conversation', type: 'content', asks: true, optional: true, turns: shareGptKeys },
    { key: 'instruction', label: 'Instruction', type: 'text', asks: true, optional: true },
    { key: 'input', label: 'Input', type: 'text', asks: true, optional: true },
    { key: 'chosen', label: 'Chosen', type: 'content', side: 'chosen', turns: shareGptKeys },
    { key: 'rejected', label: 'Rejected', type: 'content', side: 'rejected', turns: shareGptKeys },
  ],
  detect(row) {
    const answers = { chosen: ['string', 'object'], rejected: ['string', 'object'] } as const;
    return isTurns(row) ? keyConfidence(row, { conversations: ['array'], ...answers }, ['prompt']) : keyConfidence(row, { instruction: ['string'], ...answers }, ['prompt']);
  },
  toExample(row) {
    const problems: Problem[] = [];
    const turns = isTurns(row);
    const prompt = turns ? readTurns(row, problems) : readQuestion(row, problems);
    const [chosen, rejected] = (['chosen', 'rejected'] as const).map((key) => (turns ? readAnswerTurn(row, key, problems) : readAnswerText(row, key, problems)));
    const inputs = { ...readTools(row, problems), ...readImages(row, problems) };
    if (!prompt || !chosen || !rejected || hasError(problems)) return { value: undefined, problems };
    return { value: { kind: 'preference', prompt, chosen: [chosen], rejected: [rejected], ...inputs }, problems };
  },
  fromExample({ prompt, chosen, rejected, tools, images }) {
    if (typeof prompt === 'string' || typeof chosen === 'string' || typeof rejected === 'string') return { instruction: prompt, input: '', chosen, rejected };
    if (chosen.length !== 1 || rejected.length !== 1) return 'An answer has more than one turn, and LLaMA-Factory compares single turns.';
    if (!['user', 'tool'].includes(prompt.at(-1)?.role ?? '')) return 'Its prompt does not end with the user, and LLaMA-Factory leaves such rows out.';
    const conversations = toShareGptTurns(prompt);
    const answers = toShareGptTurns([chosen[0]!, rejected[0]!]);
    if (typeof conversations === 'string') return conversations;
    return typeof answers === 'string' ? answers : { conversations, chosen: answers[0], rejected: answers[1], ...(tools && { tools: JSON.stringify(tools) }), ...templateKeys({ images }) };
  },
  unread: ({ conversations, chosen, rejected }) => [...otherKeys(conversations, 'conversations', turnKeys), ...otherKeys([chosen], 'chosen', turnKeys), ...otherKeys([rejected], 'rejected', turnKeys)],
  examples: [
    { conversations: [{ from: 'human', value: 'Who are you?' }], chosen: { from: 'gpt', value: 'A language model.' }, rejected: { from: 'gpt', value: 'A person.' } },
    { instruction: 'Name the colour of the sky.', input: '', chosen: 'Blue.', rejected: 'Green.' },
  ],
  counterExamples: [
    { conversations: [{ from: 'human', value: 'a' }], chosen: { from: 'gpt', value: 'b' } },
    { conversations: [{ from: 'human', value: 'a' }], chosen: 'b', rejected: 'c' },
    { conversations: [], chosen: { from: 'gpt', value: 'b' }, rejected: { from: 'gpt', value: 'c' } },
    { instruction: 'a', chosen: 'b', rejected: { from: 'gpt', value: 'c' } },
    { conversations: [{ from: 'human', value: 'a' }], chosen: { from: 'gpt' }, rejected: { from: 'gpt', value: 'c' } },
  ],
} as const satisfies Format<'preference'>;

function isTurns(row: DatasetRow): boolean {
  return 'conversations' in row || (!('instruction' in row) && Object.keys(row).some((key) => isMisspelling(key, 'conversations', row[key])));
}

function readTurns(row: DatasetRow, problems: Problem[]): Message[] | undefined {
  const system = readOptionalText(row, 'system', problems);
  const list = row.conversations;
  if (!('conversations' in row)) return void problems.push(missingKey('conversations'));
  if (!Array.isArray(list)) return void problems.push(fieldProblem('wrong-type', 'conversations', `"conversations" must be a list of turns, not ${said(list)}.`));
  if (list.length === 0) return void problems.push(fieldProblem('no-messages', 'conversations', '"conversations" has no turns.'));
  const turns = readShareGptTurns(list, 'conversations', problems);
  return system && turns[0]?.role !== 'system' ? [{ role: 'system', content: system }, ...turns] : turns;
}

function readAnswerTurn(row: DatasetRow, key: string, problems: Problem[]): Message | undefined {
  if (!(key in row)) return void problems.push(missingKey(key));
  return readShareGptTurn(row[key], `"${key}"`, key, problems, [key]);
}

function readAnswerText(row: DatasetRow, key: string, problems: Problem[]): Message | undefined {
  const text = readText(row, key, problems);
  return text === undefined ? undefined : { role: 'assistant', content: text };
}
