/** Conversations: `{messages: [{role, content}, …]}`. TRL's "language modeling, conversational". */

import { hasError, type Problem } from '../../core/problem.ts';
import type { Format } from '../format.ts';
import { messagesSchema, readMessages } from './conversation.ts';
import { keyConfidence } from './keys.ts';
import { isOpenAiChat } from './openAi.ts';
import { readTemplateInputs, templateKeys, templateSchema } from './templateInputs.ts';

export const messages = {
  id: 'messages',
  label: 'Messages',
  description: "A whole conversation per row. The model's chat template turns it into tokens.",
  origin: 'TRL',
  kinds: ['messages'],
  schema: {
    title: 'Conversation row',
    type: 'object',
    required: ['messages'],
    properties: { messages: messagesSchema('The turns of the conversation, oldest first.'), ...templateSchema },
  },
  fields: [{ key: 'messages', label: 'Messages', type: 'content' }],
  // What only OpenAI writes makes it OpenAI's.
  detect: (row) => keyConfidence(row, { messages: ['array'] }, ['prompt', 'completion', 'chosen', 'rejected']) * (isOpenAiChat(row) ? 0.9 : 1),
  toExample(row) {
    const problems: Problem[] = [];
    const turns = readMessages(row, 'messages', problems);
    const inputs = readTemplateInputs(row, problems);
    return { value: turns && !hasError(problems) ? { kind: 'messages', messages: turns, ...inputs } : undefined, problems };
  },
  fromExample: ({ messages: turns, ...inputs }) => ({ messages: turns, ...templateKeys(inputs) }),
  examples: [
    { messages: [{ role: 'user', content: 'What is the capital of France?' }, { role: 'assistant', content: 'Paris.' }] },
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'Name a colour.' }] }, { role: 'assistant', content: 'Red.' }], chat_template_kwargs: { enable_thinking: false } },
    {
      messages: [
        { role: 'system', content: 'Answer in one word.' },
        { role: 'user', content: 'How warm is it in Oslo?' },
        { role: 'assistant', content: null, tool_calls: [{ type: 'function', function: { name: 'temperature', arguments: { city: 'Oslo' } } }] },
        { role: 'tool', name: 'temperature', content: '4' },
        { role: 'assistant', content: '4°C' },
      ],
      tools: [{ type: 'function', function: { name: 'temperature', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }],
    },
  ],
  counterExamples: [
    { messages: 'user: hi' },
    { messages: [] },
    { messages: [{ role: 'user' }] },
    { messages: [{ from: 'human', value: 'hi' }] },
    { messages: [{ role: 'user', content: 3 }] },
    { messages: [{ role: 'user', content: null }] },
    { messages: [{ role: 'user', content: 'hi' }], tools: 'not json' },
    { messages: [{ role: 'user', content: [{ type: 'text', value: 'misnamed' }] }, { role: 'assistant', content: 'hi' }] },
    { messages: [{ role: 'user', content: ['hi'] }, { role: 'assistant', content: 'hi' }] },
    { message: [{ role: 'user', content: 'misspelt key' }] },
  ],
} as const satisfies Format<'messages'>;
