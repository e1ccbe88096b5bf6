/** Turns of a conversation: their schema, and how they are read. */

import type { Problem } from '../../core/problem.ts';
import type { Content, Message } from '../example.ts';
import type { DatasetRow, JsonSchema } from '../format.ts';
import { fieldProblem, jsonType, missingKey, said } from './fields.ts';

/** Roles that chat templates know. Other roles are passed on: a template may know more. */
export const roles = ['system', 'developer', 'user', 'assistant', 'tool'] as const;

const partSchema: JsonSchema = {
  type: 'object',
  required: ['type'],
  properties: {
    type: { type: 'string', examples: ['text', 'image'], description: 'What the part is: `text` with its words under "text", or `image` and others, which a text model cannot learn from.' },
    text: { type: 'string', description: 'The words of a `text` part.' },
  },
};

const toolCallSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'string', description: 'Names the call, so that a `tool` turn can say which call it answers.' },
    type: { type: 'string', enum: ['function'], description: 'Always `function`.' },
    function: {
      type: 'object',
      description: 'Which tool is called, and with what.',
      properties: {
        name: { type: 'string', description: 'The name of the tool, as in "tools".' },
        arguments: { type: ['object', 'string'], description: 'What the tool is called with. Chat templates expect an object; OpenAI writes it as a JSON string.' },
      },
    },
  },
};

const messageSchema: JsonSchema = {
  type: 'object',
  title: 'Message',
  description: 'One turn of the conversation.',
  required: ['role', 'content'],
  properties: {
    role: {
      type: 'string',
      examples: [...roles],
      description: 'Who speaks: `system` sets the behaviour, `user` asks, `assistant` answers (what the model learns to say), `tool` returns what a called tool gave.',
    },
    content: {
      description: 'What is said, as text or as a list of parts. May be null only in an assistant turn that calls tools.',
      anyOf: [{ type: ['string', 'null'] }, { type: 'array', items: partSchema }],
    },
    name: { type: 'string', description: 'Name of the speaker or of the tool, for templates that show it.' },
    tool_calls: { type: 'array', description: 'The tools that this assistant turn calls.', items: toolCallSchema },
    tool_call_id: { type: 'string', description: 'In a `tool` turn: which call this is the result of.' },
    reasoning_content: { type: 'string', description: 'What a reasoning model thinks before it answers; the chat template decides whether it is kept.' },
  },
};

export function messagesSchema(description: string): JsonSchema {
  return { type: 'array', minItems: 1, description, items: messageSchema };
}

export function contentSchema(description: string): JsonSchema {
  return { description, anyOf: [{ type: 'string', description }, messagesSchema(description)] };
}

export function readContent(row: DatasetRow, key: string, problems: Problem[]): Content | undefined {
  if (!(key in row)) return void problems.push(missingKey(key));
  const value = row[key];
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return readMessages(row, key, problems);
  problems.push(fieldProblem('wrong-type', key, `"${key}" must be text or a list of turns, not ${said(value)}.`));
  return undefined;
}

/** `path`: where the list is, when it is not under a key of the row itself. */
export function readMessages(row: DatasetRow, key: string, problems: Problem[], path: readonly (string | number)[] = [key]): Message[] | undefined {
  if (!(key in row)) return void problems.push(missingKey(key, path.slice(0, -1)));
  const value = row[key];
  if (!Array.isArray(value)) return void problems.push(fieldProblem('wrong-type', key, `"${key}" must be a list of turns, not ${said(value)}.`, path));
  if (value.length === 0) return void problems.push(fieldProblem('no-messages', key, `"${key}" has no turns.`, path));
  const before = problems.length;
  value.forEach((turn: unknown, i) => readMessage(turn, key, i, problems, [...path, i]));
  return problems.length === before ? (value as Message[]) : undefined;
}

function readMessage(turn: unknown, key: string, index: number, problems: Problem[], path: readonly (string | number)[]): void {
  const which = `turn ${index + 1} of "${key}"`;
  const add = (code: string, message: string, ...inner: (string | number)[]) => problems.push(fieldProblem(code, key, message, [...path, ...inner]));
  if (jsonType(turn) !== 'object') return void add('wrong-type', `Turn ${index + 1} of "${key}" must be an object with "role" and "content", not ${said(turn)}.`);
  const message = turn as Record<string, unknown>;
  const lacks = (name: string) => problems.push({ ...fieldProblem('missing-key', key, `Turn ${index + 1} of "${key}" has no "${name}".`), data: { key, path: [...path], missing: name } });
  if (!('role' in message)) lacks('role');
  else if (typeof message.role !== 'string') add('wrong-type', `The "role" of ${which} must be text, not ${said(message.role)}.`, 'role');
  const { content } = message;
  if (content === undefined || content === null) {
    if (actsWithoutContent(message)) return;
    if (!('content' in message)) lacks('content');
    else add('wrong-type', `The "content" of ${which} is null, and the turn calls no tool.`, 'content');
  } else if (Array.isArray(content)) {
    if (content.some((part) => jsonType(part) !== 'object' || typeof (part as { type?: unknown }).type !== 'string')) add('wrong-type', `Each part of the "content" of ${which} must be an object with a "type".`, 'content');
    else for (const [i, part] of (content as Record<string, unknown>[]).entries()) if (part.type === 'text' && typeof part.text !== 'string') add('wrong-type', `A part of ${which} is of type "text" and has no "text" with its words.`, 'content', i);
  } else if (typeof content !== 'string') add('wrong-type', `The "content" of ${which} must be text or a list of parts, not ${said(content)}.`, 'content');
}

/** A turn that calls tools, or thinks, needs no content: templates render it without. */
export function actsWithoutContent(message: DatasetRow): boolean {
  return ['tool_calls', 'reasoning_content', 'thinking', 'reasoning', 'function_call'].some((key) => message[key] !== undefined && message[key] !== null);
}
