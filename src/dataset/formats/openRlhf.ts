/** The keys that OpenRLHF's scripts are called with: `{input, output, label}`, of which `input` alone is always there. */

import { hasError, type Problem } from '../../core/problem.ts';
import type { Content } from '../example.ts';
import type { DatasetRow, Format, JsonType } from '../format.ts';
import { contentSchema, readContent } from './conversation.ts';
import { sameKind } from './fields.ts';
import { keyConfidence } from './keys.ts';

export const openRlhf = {
  id: 'openrlhf',
  label: 'OpenRLHF',
  description: 'What goes in, what comes out and how good it is, under the keys that OpenRLHF is told with `--input_key`, `--output_key` and `--label_key`. Without an output it is a prompt, or a whole conversation where the assistant has the last word.',
  origin: 'OpenRLHF',
  kinds: ['prompt-completion', 'prompt-only', 'unpaired-preference', 'messages'],
  schema: {
    title: 'OpenRLHF row',
    type: 'object',
    required: ['input'],
    properties: {
      input: contentSchema('What the model is given (`--input_key`): text, or turns. Turns that end with the assistant are the whole conversation.'),
      output: contentSchema('What it is to answer (`--output_key`).'),
      label: { type: ['boolean', 'string', 'number'], description: '`--label_key`: beside an output, whether it is good (true or 1) or bad (false or 0); beside a prompt alone, the right answer for the reward.' },
      datasource: { type: 'string', description: 'Where the row is from; reward functions are told.' },
    },
  },
  fields: [
    { key: 'input', label: 'Input', type: 'content', asks: true },
    { key: 'output', label: 'Output', type: 'content', optional: true },
  ],
  detect: (row) => keyConfidence(row, { input: ['string', 'array'], ...needed(row) }, ['instruction', 'prompt', 'messages', 'text', 'conversations', 'preferred_output']),
  toExample(row) {
    const problems: Problem[] = [];
    const input = readContent(row, 'input', problems);
    const output = hasOutput(row) ? readContent(row, 'output', problems) : undefined;
    if (output !== undefined) sameKind({ input, output }, problems);
    if (input === undefined || hasError(problems)) return { value: undefined, problems };
    const mark = marks.get(row.label);
    if (output !== undefined) return { value: mark === undefined ? { kind: 'prompt-completion', prompt: input, completion: output } : { kind: 'unpaired-preference', prompt: input, completion: output, label: mark }, problems };
    if (typeof input !== 'string' && input.at(-1)!.role === 'assistant') return { value: { kind: 'messages', messages: input }, problems };
    return { value: { kind: 'prompt-only', prompt: input }, problems };
  },
  fromExample(example, { label, answer }) {
    if (example.kind === 'messages') return endsWithAssistant(example.messages) ? { input: example.messages } : 'Its last turn is not the assistant\'s: OpenRLHF would take the conversation for a prompt.';
    if (example.kind === 'prompt-only') return endsWithAssistant(example.prompt) ? 'Its prompt ends with the assistant: OpenRLHF would take it for a whole conversation.' : { input: example.prompt, ...(label ?? answer) !== undefined && { label: label ?? answer } };
    return { input: example.prompt, output: example.completion, ...(example.kind === 'unpaired-preference' && { label: example.label }) };
  },
  /** A label that is no mark is what a reward compares with. */
  columns({ input: _input, output, label, ...others }) {
    return marks.has(label) && hasOutput({ output }) ? others : { ...others, ...(label !== undefined && { answer: label }) };
  },
  examples: [
    { input: 'The capital of France is', output: ' Paris.' },
    { input: [{ role: 'user', content: 'What is 2 + 3?' }], label: '5', datasource: 'sums' },
    { input: [{ role: 'user', content: 'Who are you?' }], output: [{ role: 'assistant', content: 'A person.' }], label: false },
    { input: [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: 'Hello!' }] },
  ],
  counterExamples: [
    { input: 3, output: 'b' },
    { input: 'a', output: 3 },
    { input: 'a', output: [{ role: 'assistant', content: 'mixed' }] },
    { input: [], label: '5' },
    { output: 'no input', label: true },
  ],
} as const satisfies Format<'prompt-completion' | 'prompt-only' | 'unpaired-preference' | 'messages'>;

/** What else there must be: a row with nothing but a text as input could be many things. */
function needed(row: DatasetRow): Record<string, readonly JsonType[]> {
  if ('output' in row) return { output: ['string', 'array'] };
  if ('label' in row) return { label: ['string', 'number', 'boolean'] };
  return Object.values(row).some(Array.isArray) ? {} : { output: ['string', 'array'] };
}

const marks: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([[true, true], [false, false], [1, true], [0, false]]);

function hasOutput({ output }: DatasetRow): boolean {
  return output !== undefined && output !== null;
}

function endsWithAssistant(content: Content): boolean {
  return typeof content !== 'string' && content.at(-1)?.role === 'assistant';
}
