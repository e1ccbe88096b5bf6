/** ShareGPT: `{conversations: [{from, value}]}`, as LLaMA-Factory, Axolotl and others read it. */

import { hasError, type Problem } from '../../core/problem.ts';
import type { Format } from '../format.ts';
import { fieldProblem, missingKey, readOptionalText, said } from './fields.ts';
import { keyConfidence, otherKeys } from './keys.ts';
import { readShareGptTurns, shareGptKeys, shareGptTurn, toShareGptTurns } from './shareGptTurns.ts';
import { imagesSchema, readImages, readTools, templateKeys, toolsSchema } from './templateInputs.ts';

export const shareGpt = {
  id: 'sharegpt',
  label: 'ShareGPT',
  description: 'A whole conversation per row, with `human` and `gpt` taking turns.',
  origin: 'ShareGPT, LLaMA-Factory',
  kinds: ['messages'],
  schema: {
    title: 'ShareGPT row',
    type: 'object',
    required: ['conversations'],
    properties: {
      conversations: { type: 'array', minItems: 1, description: 'The turns of the conversation, oldest first.', items: shareGptTurn },
      system: { type: 'string', description: 'The system prompt, where it is not the first turn.' },
      tools: toolsSchema,
      images: imagesSchema,
    },
  },
  fields: [
    { key: 'system', label: 'System', type: 'text', asks: true, optional: true },
    { key: 'conversations', label: 'Conversation', type: 'content', turns: shareGptKeys },
  ],
  detect: (row) => keyConfidence(row, { conversations: ['array'] }, ['prompt', 'messages', 'completion', 'chosen', 'rejected']),
  toExample(row) {
    const problems: Problem[] = [];
    const system = readOptionalText(row, 'system', problems);
    const list = row.conversations;
    if (!('conversations' in row)) problems.push(missingKey('conversations'));
    else if (!Array.isArray(list)) problems.push(fieldProblem('wrong-type', 'conversations', `"conversations" must be a list of turns, not ${said(list)}.`));
    else if (list.length === 0) problems.push(fieldProblem('no-messages', 'conversations', '"conversations" has no turns.'));
    const turns = Array.isArray(list) ? readShareGptTurns(list, 'conversations', problems) : [];
    const inputs = { ...readTools(row, problems), ...readImages(row, problems) };
    if (hasError(problems)) return { value: undefined, problems };
    return { value: { kind: 'messages', messages: system && turns[0]?.role !== 'system' ? [{ role: 'system', content: system }, ...turns] : turns, ...inputs }, problems };
  },
  fromExample({ messages, tools, images }) {
    const conversations = toShareGptTurns(messages);
    return typeof conversations === 'string' ? conversations : { conversations, ...(tools && { tools: JSON.stringify(tools) }), ...templateKeys({ images }) };
  },
  unread: ({ conversations }) => otherKeys(conversations, 'conversations', ['from', 'value', 'role', 'content']),
  examples: [
    { conversations: [{ from: 'human', value: 'What is the capital of France?' }, { from: 'gpt', value: 'Paris.' }] },
    {
      conversations: [
        { from: 'human', value: 'How warm is it in Oslo?' },
        { from: 'function_call', value: '{"name": "temperature", "arguments": {"city": "Oslo"}}' },
        { from: 'observation', value: '4' },
        { from: 'gpt', value: '4°C' },
      ],
      system: 'Answer briefly.',
      tools: '[{"name": "temperature", "description": "How warm it is.", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}]',
    },
  ],
  counterExamples: [
    { conversations: [] },
    { conversations: 'human: hi' },
    { conversations: [{ from: 'human', text: 'misnamed' }] },
    { conversations: [{ from: 'human', value: 'hi' }, { from: 'gpt', value: null }] },
    { conversations: [{ from: 'human', value: 'hi' }, { from: 'function_call', value: 'search' }] },
    { conversations: [{ from: 'human', value: 'hi' }, { from: 'gpt', value: 'hello' }], tools: 'search' },
  ],
} as const satisfies Format<'messages'>;
