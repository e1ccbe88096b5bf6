/** Alpaca: `{instruction, input, output}`, with `system` and `history` as LLaMA-Factory reads them. */

import { hasError, type Problem } from '../../core/problem.ts';
import type { Message } from '../example.ts';
import type { DatasetRow, Format, JsonSchema } from '../format.ts';
import { fieldProblem, readOptionalText, readText } from './fields.ts';
import { keyConfidence } from './keys.ts';
import { imagesSchema, readImages, templateKeys } from './templateInputs.ts';

/** What a row asks with. */
export const questionSchema: Readonly<Record<string, JsonSchema>> = {
  instruction: { type: 'string', description: 'What the model is asked to do.' },
  input: { type: ['string', 'null'], description: 'What it is to do it with; it follows the instruction in a line of its own. May be empty.' },
  system: { type: ['string', 'null'], description: 'The system prompt.' },
  history: {
    type: ['array', 'null'],
    description: 'Earlier rounds, oldest first: a list of pairs of question and answer.',
    items: { type: 'array', items: { type: 'string' } },
  },
};

export const alpaca = {
  id: 'alpaca',
  label: 'Alpaca',
  description: 'An instruction, what it is about, and the answer to learn, as texts. The chat template makes turns of them.',
  origin: 'Stanford Alpaca, LLaMA-Factory',
  kinds: ['prompt-completion', 'messages'],
  schema: {
    title: 'Alpaca row',
    type: 'object',
    required: ['instruction', 'output'],
    properties: { ...questionSchema, output: { type: 'string', description: 'The answer to learn.' }, images: imagesSchema },
  },
  fields: [
    { key: 'system', label: 'System', type: 'text', asks: true, optional: true },
    { key: 'instruction', label: 'Instruction', type: 'text', asks: true },
    { key: 'input', label: 'Input', type: 'text', asks: true, optional: true },
    { key: 'output', label: 'Output', type: 'text' },
  ],
  detect: (row) => keyConfidence(row, { instruction: ['string'], output: ['string'] }, ['chosen', 'rejected']),
  toExample(row) {
    const problems: Problem[] = [];
    const prompt = readQuestion(row, problems);
    const output = readText(row, 'output', problems);
    const inputs = readImages(row, problems);
    if (!prompt || output === undefined || hasError(problems)) return { value: undefined, problems };
    const answer: Message = { role: 'assistant', content: output };
    // Earlier answers are learnt as well, so such a row is a conversation.
    if (prompt.some(({ role }) => role === 'assistant')) return { value: { kind: 'messages', messages: [...prompt, answer], ...inputs }, problems };
    return { value: { kind: 'prompt-completion', prompt, completion: [answer], ...inputs }, problems };
  },
  fromExample(example) {
    if (example.kind === 'messages') {
      const answer = example.messages.at(-1);
      const question = toQuestion(example.messages.slice(0, -1));
      if (typeof question === 'string') return question;
      return answer?.role === 'assistant' && typeof answer.content === 'string' ? { ...question, output: answer.content, ...templateKeys({ images: example.images }) } : 'Its last turn is no text of the assistant.';
    }
    const { prompt, completion, images } = example;
    if (typeof prompt === 'string' && typeof completion === 'string') return { instruction: prompt, input: '', output: completion };
    if (typeof prompt === 'string' || typeof completion === 'string' || completion.length !== 1 || typeof completion[0]!.content !== 'string') return 'Its completion is not one text of the assistant.';
    if (prompt.some(({ role }) => role === 'assistant')) return 'Alpaca has no place for earlier answers that are not to be learnt.';
    const question = toQuestion(prompt);
    return typeof question === 'string' ? question : { ...question, output: completion[0]!.content, ...templateKeys({ images }) };
  },
  examples: [
    { instruction: 'Translate to French.', input: 'Good morning.', output: 'Bonjour.' },
    { instruction: 'And what is it called in Spanish?', input: '', output: 'París.', system: 'Answer in one word.', history: [['What is the capital of France?', 'Paris.']] },
  ],
  counterExamples: [
    { instruction: 'a', input: 'b' },
    { instruction: 'a', input: 'b', output: null },
    { instruction: ['a'], output: 'b' },
    { instruct: 'misnamed', output: 'b' },
    { instruction: 'a', output: 'b', history: [['no answer']] },
  ],
} as const satisfies Format<'prompt-completion' | 'messages'>;

/** System prompt, earlier rounds and the question as turns. */
export function readQuestion(row: DatasetRow, problems: Problem[]): Message[] | undefined {
  const instruction = readText(row, 'instruction', problems);
  const input = readOptionalText(row, 'input', problems);
  const system = readOptionalText(row, 'system', problems);
  const rounds = readHistory(row, problems);
  if (instruction === undefined || !rounds) return undefined;
  return [
    ...(system ? [{ role: 'system', content: system }] : []),
    ...rounds.flatMap(([question, answer]) => [{ role: 'user', content: question }, { role: 'assistant', content: answer }]),
    { role: 'user', content: [instruction, input].filter(Boolean).join('\n') },
  ];
}

function readHistory({ history }: DatasetRow, problems: Problem[]): [string, string][] | undefined {
  if (history === undefined || history === null) return [];
  if (Array.isArray(history) && history.every((round) => Array.isArray(round) && round.length === 2 && round.every((text) => typeof text === 'string'))) return history as [string, string][];
  problems.push(fieldProblem('wrong-type', 'history', '"history" must be a list of pairs of texts: question and answer.'));
  return undefined;
}

/** The other way: the keys that ask; a sentence where turns do not come in such an order, or are no texts. */
export function toQuestion(turns: readonly Message[]): Record<string, unknown> | string {
  const system = turns[0]?.role === 'system' ? turns[0].content : undefined;
  const rest = turns.slice(system === undefined ? 0 : 1);
  if (rest.length % 2 !== 1) return 'Its turns are not questions of the user and answers of the assistant by turns, ending with a question.';
  if (rest.some(({ role }, i) => role !== (i % 2 === 0 ? 'user' : 'assistant'))) return 'Its turns are not questions of the user and answers of the assistant by turns.';
  if (turns.some(({ content, tool_calls: calls }) => typeof content !== 'string' || calls)) return 'One of its turns is no text.';
  const texts = rest.map(({ content }) => content as string);
  const history = Array.from({ length: (texts.length - 1) / 2 }, (_, i) => [texts[2 * i]!, texts[2 * i + 1]!]);
  return { instruction: texts.at(-1)!, input: '', ...(system !== undefined && { system }), ...(history.length > 0 && { history }) };
}
