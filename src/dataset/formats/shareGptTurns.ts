/** Turns as ShareGPT writes them, `{from, value}`, and as LLaMA-Factory and others read them. */

import type { Problem } from '../../core/problem.ts';
import type { Message } from '../example.ts';
import type { DatasetRow, JsonSchema, TurnKeys } from '../format.ts';
import { fieldProblem, jsonType, missingKey, said } from './fields.ts';

/** What its names of the speakers mean. */
const speakers: Readonly<Record<string, string>> = {
  human: 'user', user: 'user', gpt: 'assistant', assistant: 'assistant', chatgpt: 'assistant', bing: 'assistant', bard: 'assistant', system: 'system',
  function_call: 'assistant', tool_call: 'assistant', observation: 'tool', tool: 'tool', function_response: 'tool', tool_response: 'tool',
};

export const shareGptKeys: TurnKeys = { role: 'from', content: 'value', roles: speakers };

/** Who calls a tool. */
export const callers: readonly unknown[] = ['function_call', 'tool_call'];

export const shareGptTurn: JsonSchema = {
  type: 'object',
  title: 'Turn',
  description: 'One turn of the conversation.',
  required: ['from', 'value'],
  properties: {
    from: {
      type: 'string',
      examples: ['system', 'human', 'gpt', 'function_call', 'observation'],
      description: 'Who speaks: `human` asks, `gpt` answers, `system` sets the behaviour, `function_call` calls a tool, `observation` is what the tool gave.',
    },
    value: { type: 'string', description: 'What is said. In a `function_call`, `{"name": …, "arguments": …}` as JSON text, or a list of such objects.' },
  },
};

/** Turns under `{role, content}` are read as well: many files of this name have them. */
export function readShareGptTurns(list: readonly unknown[], key: string, problems: Problem[], path: readonly (string | number)[] = [key]): Message[] {
  let called: string[] = [];
  return list.flatMap((turn, i) => {
    const message = readShareGptTurn(turn, `turn ${i + 1} of "${key}"`, key, problems, [...path, i]);
    if (!message) return [];
    const { tool_calls: made } = message as { tool_calls?: { function: { name: string } }[] };
    if (made) called = made.map((call) => call.function.name);
    // Which tool an observation is of, it does not say itself.
    const name = message.role === 'tool' ? called.shift() : undefined;
    return name === undefined ? message : { ...message, name };
  });
}

export function readShareGptTurn(turn: unknown, which: string, key: string, problems: Problem[], path: readonly (string | number)[]): Message | undefined {
  if (jsonType(turn) !== 'object') return void problems.push(fieldProblem('wrong-type', key, `${capital(which)} must be an object with "from" and "value", not ${said(turn)}.`, path));
  const row = turn as DatasetRow;
  const [role, content] = 'role' in row && !('from' in row) ? (['role', 'content'] as const) : (['from', 'value'] as const);
  for (const name of [role, content]) {
    if (!(name in row)) problems.push({ ...missingKey(name, path), message: `${capital(which)} has no "${name}".`, data: { key, path: [...path], missing: name } });
    else if (typeof row[name] !== 'string') problems.push(fieldProblem('wrong-type', key, `The "${name}" of ${which} must be text, not ${said(row[name])}.`, [...path, name]));
  }
  const [from, value] = [row[role], row[content]];
  if (typeof from !== 'string' || typeof value !== 'string') return undefined;
  const speaker = Object.hasOwn(speakers, from) ? speakers[from]! : from;
  if (!callers.includes(from)) return { role: speaker, content: value };
  const made = callsIn(value);
  if (made) return { role: 'assistant', content: null, tool_calls: made.map((call) => ({ type: 'function', function: call })) };
  problems.push(fieldProblem('wrong-type', key, `The "value" of ${which} must be a call as JSON text, {"name": …, "arguments": …}, or a list of such calls.`, [...path, content]));
  return undefined;
}

function callsIn(value: string): { name: string; arguments: unknown }[] | undefined {
  try {
    const read = JSON.parse(value) as unknown;
    const list = Array.isArray(read) ? read : [read];
    return list.length > 0 && list.every((call) => jsonType(call) === 'object' && typeof (call as { name?: unknown }).name === 'string') ? (list as { name: string; arguments: unknown }[]) : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where a turn cannot be written so: a part that is no text. */
export function toShareGptTurn({ role, content, tool_calls: made }: Message): { from: string; value: string } | undefined {
  if (Array.isArray(made) && made.length > 0) {
    const called = made.map((call: { function?: { name?: unknown; arguments?: unknown } }) => ({ name: call?.function?.name, arguments: call?.function?.arguments ?? {} }));
    return { from: 'function_call', value: JSON.stringify(called.length === 1 ? called[0] : called) };
  }
  const text = typeof content === 'string' ? content : Array.isArray(content) && content.every((part) => part.type === 'text') ? content.map((part) => part.text ?? '').join('') : undefined;
  if (text === undefined) return undefined;
  return { from: { user: 'human', assistant: 'gpt', tool: 'observation' }[role] ?? role, value: text };
}

export function toShareGptTurns(turns: readonly Message[]): { from: string; value: string }[] | string {
  const written = turns.map(toShareGptTurn);
  const missing = written.indexOf(undefined);
  return missing < 0 ? (written as { from: string; value: string }[]) : `Turn ${missing + 1} is no text, and a ShareGPT turn is nothing else.`;
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
