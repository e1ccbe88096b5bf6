/** OpenAI's preference fine-tuning: `{input: {messages, tools}, preferred_output, non_preferred_output}`. */

import { hasError, type Problem } from '../../core/problem.ts';
import type { DatasetRow, Format } from '../format.ts';
import { readMessages } from './conversation.ts';
import { fieldProblem, jsonType, missingKey, said } from './fields.ts';
import { keyConfidence } from './keys.ts';
import { fromOpenAi, openAiMessages, parallelSchema, toOpenAi } from './openAi.ts';
import { readTools, toolsSchema } from './templateInputs.ts';

export const openAiPreference = {
  id: 'openai-preference',
  label: 'OpenAI preference',
  description: 'A conversation with two ways to go on, the better one marked, for preference fine-tuning at OpenAI.',
  origin: 'OpenAI',
  kinds: ['preference'],
  schema: {
    title: 'OpenAI preference row',
    type: 'object',
    required: ['input', 'preferred_output', 'non_preferred_output'],
    additionalProperties: false,
    properties: {
      input: {
        type: 'object',
        description: 'What both answers reply to.',
        required: ['messages'],
        properties: { messages: openAiMessages('The turns before the answer, oldest first.'), tools: toolsSchema, parallel_tool_calls: parallelSchema },
      },
      preferred_output: openAiMessages('The better answer: turns of the assistant, or of tools that it called.'),
      non_preferred_output: openAiMessages('The worse answer.'),
    },
  },
  fields: [
    { key: 'input', label: 'Input', type: 'content', asks: true, inside: [['messages']] },
    { key: 'preferred_output', label: 'Preferred', type: 'content', side: 'chosen' },
    { key: 'non_preferred_output', label: 'Not preferred', type: 'content', side: 'rejected' },
  ],
  detect: (row) => keyConfidence(row, { input: ['object'], preferred_output: ['array'], non_preferred_output: ['array'] }, []),
  toExample(row) {
    const problems: Problem[] = [];
    const input = readInput(row, problems);
    const prompt = input && readMessages(input, 'messages', problems, ['input', 'messages']);
    const tools = input ? readTools(input, problems, ['input', 'tools']) : {};
    const chosen = readMessages(row, 'preferred_output', problems);
    const rejected = readMessages(row, 'non_preferred_output', problems);
    if (!prompt || !chosen || !rejected || hasError(problems)) return { value: undefined, problems };
    return { value: { kind: 'preference', prompt: fromOpenAi(prompt), chosen: fromOpenAi(chosen), rejected: fromOpenAi(rejected), ...tools }, problems };
  },
  fromExample({ prompt, chosen, rejected, tools }) {
    const turns = (content: typeof prompt, role: string) => toOpenAi(typeof content === 'string' ? [{ role, content }] : content);
    return { input: { messages: turns(prompt, 'user'), ...(tools && { tools }) }, preferred_output: turns(chosen, 'assistant'), non_preferred_output: turns(rejected, 'assistant') };
  },
  unread: ({ input }) => ((input as DatasetRow).parallel_tool_calls === false ? ['input.parallel_tool_calls'] : []),
  examples: [
    {
      input: { messages: [{ role: 'user', content: 'How cold is Oslo today?' }], tools: [], parallel_tool_calls: true },
      preferred_output: [{ role: 'assistant', content: 'About 4°C, and it may rain.' }],
      non_preferred_output: [{ role: 'assistant', content: 'Cold.' }],
    },
    {
      input: { messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Who are you?' }] },
      preferred_output: [{ role: 'assistant', content: 'A language model.' }],
      non_preferred_output: [{ role: 'assistant', content: 'I am, as far as I can tell, a person.' }],
    },
  ],
  counterExamples: [
    { input: { messages: [{ role: 'user', content: 'a' }] }, preferred_output: [{ role: 'assistant', content: 'b' }] },
    { input: [{ role: 'user', content: 'a' }], preferred_output: [{ role: 'assistant', content: 'b' }], non_preferred_output: [{ role: 'assistant', content: 'c' }] },
    { input: {}, preferred_output: [{ role: 'assistant', content: 'b' }], non_preferred_output: [{ role: 'assistant', content: 'c' }] },
    { input: { messages: [{ role: 'user' }] }, preferred_output: [{ role: 'assistant', content: 'b' }], non_preferred_output: [{ role: 'assistant', content: 'c' }] },
    { input: { messages: [{ role: 'user', content: 'a' }] }, preferred_output: 'b', non_preferred_output: 'c' },
  ],
} as const satisfies Format<'preference'>;

function readInput(row: DatasetRow, problems: Problem[]): DatasetRow | undefined {
  if (!('input' in row)) return void problems.push(missingKey('input'));
  if (jsonType(row.input) === 'object') return row.input as DatasetRow;
  problems.push(fieldProblem('wrong-type', 'input', `"input" must be an object with "messages", not ${said(row.input)}.`));
  return undefined;
}
