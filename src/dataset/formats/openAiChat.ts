/** OpenAI's chat fine-tuning: `{messages, tools, parallel_tool_calls}`, arguments of tools as JSON text, `weight` for what is to be learnt. */

import { hasError, type Problem } from '../../core/problem.ts';
import type { Message } from '../example.ts';
import type { Format } from '../format.ts';
import { readMessages } from './conversation.ts';
import { fieldProblem } from './fields.ts';
import { keyConfidence } from './keys.ts';
import { fromOpenAi, isOpenAiChat, openAiMessages, parallelSchema, toOpenAi } from './openAi.ts';
import { readTools, toolsSchema } from './templateInputs.ts';

export const openAiChat = {
  id: 'openai-chat',
  label: 'OpenAI chat',
  description: 'A whole conversation per row, for fine-tuning at OpenAI. Answers with `weight` 0 are there to be read and not learnt.',
  origin: 'OpenAI',
  kinds: ['messages', 'prompt-completion'],
  schema: {
    title: 'OpenAI chat row',
    type: 'object',
    required: ['messages'],
    additionalProperties: false,
    properties: {
      messages: openAiMessages('The turns of the conversation, oldest first.'),
      tools: toolsSchema,
      parallel_tool_calls: parallelSchema,
      functions: { type: 'array', items: { type: 'object' }, description: 'How tools were declared before `tools`.' },
    },
  },
  fields: [{ key: 'messages', label: 'Messages', type: 'content' }],
  detect: (row) => keyConfidence(row, { messages: ['array'] }, ['prompt', 'completion', 'chosen', 'rejected']) * (isOpenAiChat(row) ? 1 : 0.5),
  toExample(row) {
    const problems: Problem[] = [];
    const turns = readMessages(row, 'messages', problems);
    const tools = readTools(Array.isArray(row.functions) && !row.tools ? { tools: row.functions.map((one: unknown) => ({ type: 'function', function: one })) } : row, problems);
    if (!turns || hasError(problems)) return { value: undefined, problems };
    const learnt = turns.map((turn) => turn.role === 'assistant' && turn.weight !== 0);
    const messages = fromOpenAi(turns.map(withoutWeight));
    const answers = turns.filter(({ role }) => role === 'assistant').length;
    const count = learnt.filter(Boolean).length;
    if (count === answers) return { value: { kind: 'messages', messages, ...tools }, problems };
    if (count === 1 && learnt.at(-1)) return { value: { kind: 'prompt-completion', prompt: messages.slice(0, -1), completion: messages.slice(-1), ...tools }, problems };
    const first = turns.findIndex(({ role, weight }) => role === 'assistant' && weight === 0);
    problems.push(fieldProblem('unlearnt-turn', 'messages', `Turn ${first + 1} of "messages" has "weight" 0, and no other trainer can leave out single answers unless only the last one is learnt.`, ['messages', first, 'weight']));
    return { value: undefined, problems };
  },
  fromExample(example) {
    const inputs = example.tools ? { tools: example.tools } : {};
    if (example.kind === 'messages') return { messages: toOpenAi(example.messages), ...inputs };
    const { prompt, completion } = example;
    if (typeof prompt === 'string' || typeof completion === 'string') return { messages: [...asTurns('user', prompt), ...asTurns('assistant', completion)], ...inputs };
    if (completion.filter(({ role }) => role === 'assistant').length !== 1 || completion.at(-1)?.role !== 'assistant') return 'Its completion is not one answer of the assistant.';
    return { messages: toOpenAi([...prompt.map((turn) => (turn.role === 'assistant' ? { ...turn, weight: 0 } : turn)), ...completion]), ...inputs };
  },
  // Both at once is what OpenAI does unless told otherwise.
  unread: (row) => (row.parallel_tool_calls === false ? ['parallel_tool_calls'] : []),
  examples: [
    {
      messages: [
        { role: 'user', content: 'How warm is it in Oslo?' },
        { role: 'assistant', tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'temperature', arguments: '{"city":"Oslo"}' } }] },
        { role: 'tool', tool_call_id: 'call_1', content: '4' },
        { role: 'assistant', content: '4°C' },
      ],
      tools: [{ type: 'function', function: { name: 'temperature', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }],
      parallel_tool_calls: true,
    },
    { messages: [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: 'What?', weight: 0 }, { role: 'user', content: 'Be kind.' }, { role: 'assistant', content: 'Hello! How can I help?', weight: 1 }] },
  ],
  counterExamples: [
    { messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b', weight: 1 }, { role: 'user', content: 'c' }, { role: 'assistant', content: 'd', weight: 0 }] },
    { messages: [], parallel_tool_calls: true },
    { messages: [{ role: 'user' }], parallel_tool_calls: true },
    { messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b', weight: 1 }], tools: 'search' },
  ],
} as const satisfies Format<'messages' | 'prompt-completion'>;

function asTurns(role: string, content: string | readonly Message[]): readonly Message[] {
  return typeof content === 'string' ? [{ role, content }] : content;
}

function withoutWeight(turn: Message): Message {
  const { weight: _weight, ...rest } = turn;
  return rest as Message;
}
