/** The fields that formats share: their JSON Schemas, how a value is read, and how sure one can be from the keys alone. */

import type { Problem } from '../../core/problem.ts';
import { editDistance } from '../../core/text.ts';
import type { Content, Margin, Message, TemplateInputs } from '../example.ts';
import type { JsonSchema, JsonType } from '../format.ts';

type Row = Readonly<Record<string, unknown>>;

/** Roles that chat templates know. Other roles are passed on: a template may know more. */
export const roles = ['system', 'developer', 'user', 'assistant', 'tool'] as const;

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
    content: { type: ['string', 'null'], description: 'What is said. May be null only in an assistant turn that calls tools.' },
    name: { type: 'string', description: 'Name of the speaker or of the tool, for templates that show it.' },
    tool_calls: { type: 'array', description: 'The tools that this assistant turn calls.', items: { type: 'object' } },
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

/** Keys that may stand beside turns. */
export const templateSchema: Readonly<Record<string, JsonSchema>> = {
  tools: {
    description: 'Tools that the model may call, as a list of JSON schemas, or that list as a JSON string. Given to the chat template.',
    anyOf: [{ type: 'array', items: { type: 'object' } }, { type: 'string' }],
  },
  chat_template_kwargs: { type: 'object', description: 'More variables for the chat template, such as `enable_thinking`.' },
};

export function fieldProblem(code: string, key: string, message: string, path: readonly (string | number)[] = [key]): Problem {
  return { code, severity: 'error', message, start: 0, end: 0, data: { key, path: [...path] } };
}

/** The JSON name of a value's type, as people say it. */
export function jsonType(value: unknown): JsonType {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return 'number';
  return typeof value as JsonType;
}

const said: Record<JsonType, string> = { string: 'text', number: 'a number', integer: 'a number', boolean: 'true or false', object: 'an object', array: 'a list', null: 'null' };

function missing(key: string): Problem {
  return { ...fieldProblem('missing-key', key, `The row has no "${key}".`), data: { key, path: [], missing: key } };
}

export function readText(row: Row, key: string, problems: Problem[]): string | undefined {
  if (!(key in row)) return void problems.push(missing(key));
  const value = row[key];
  if (typeof value === 'string') return value;
  problems.push(fieldProblem('wrong-type', key, `"${key}" must be text, not ${said[jsonType(value)]}.`));
  return undefined;
}

export function readFlag(row: Row, key: string, problems: Problem[]): boolean | undefined {
  if (!(key in row)) return void problems.push(missing(key));
  const value = row[key];
  if (typeof value === 'boolean') return value;
  problems.push(fieldProblem('wrong-type', key, `"${key}" must be true or false, not ${said[jsonType(value)]}.`));
  return undefined;
}

export function readContent(row: Row, key: string, problems: Problem[]): Content | undefined {
  if (!(key in row)) return void problems.push(missing(key));
  const value = row[key];
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return readMessages(row, key, problems);
  problems.push(fieldProblem('wrong-type', key, `"${key}" must be text or a list of turns, not ${said[jsonType(value)]}.`));
  return undefined;
}

export function readMessages(row: Row, key: string, problems: Problem[]): Message[] | undefined {
  if (!(key in row)) return void problems.push(missing(key));
  const value = row[key];
  if (!Array.isArray(value)) return void problems.push(fieldProblem('wrong-type', key, `"${key}" must be a list of turns, not ${said[jsonType(value)]}.`));
  if (value.length === 0) return void problems.push(fieldProblem('no-messages', key, `"${key}" has no turns.`));
  const before = problems.length;
  value.forEach((turn: unknown, i) => readMessage(turn, key, i, problems));
  return problems.length === before ? (value as Message[]) : undefined;
}

function readMessage(turn: unknown, key: string, index: number, problems: Problem[]): void {
  const add = (code: string, message: string, ...path: (string | number)[]) => problems.push(fieldProblem(code, key, message, [key, index, ...path]));
  if (jsonType(turn) !== 'object') return void add('wrong-type', `Turn ${index + 1} of "${key}" must be an object with "role" and "content", not ${said[jsonType(turn)]}.`);
  const message = turn as Record<string, unknown>;
  const lacks = (name: string) => problems.push({ ...fieldProblem('missing-key', key, `Turn ${index + 1} of "${key}" has no "${name}".`), data: { key, path: [key, index], missing: name } });
  if (!('role' in message)) lacks('role');
  else if (typeof message.role !== 'string') add('wrong-type', `The "role" of turn ${index + 1} of "${key}" must be text, not ${said[jsonType(message.role)]}.`, 'role');
  if (message.content === undefined || message.content === null) {
    if (actsWithoutContent(message)) return;
    if (!('content' in message)) lacks('content');
    else add('wrong-type', `The "content" of turn ${index + 1} of "${key}" is null, and the turn calls no tool.`, 'content');
  } else if (typeof message.content !== 'string') {
    const parts = Array.isArray(message.content) ? ' Content in parts (images, audio) is not supported.' : '';
    add('wrong-type', `The "content" of turn ${index + 1} of "${key}" must be text, not ${said[jsonType(message.content)]}.${parts}`, 'content');
  }
}

/** A turn that calls tools, or thinks, needs no content: templates render it without. */
export function actsWithoutContent(message: Readonly<Record<string, unknown>>): boolean {
  return ['tool_calls', 'reasoning_content', 'thinking', 'reasoning'].some((key) => message[key] !== undefined && message[key] !== null);
}

/** `tools` and `chat_template_kwargs`, where they are. Null counts as absent, as in a table with an empty cell. */
export function readTemplateInputs(row: Row, problems: Problem[]): TemplateInputs {
  const inputs: TemplateInputs = {};
  let tools = row.tools;
  if (typeof tools === 'string') {
    try {
      tools = JSON.parse(tools) as unknown;
    } catch {
      problems.push(fieldProblem('invalid-tools', 'tools', '"tools" is text but not JSON. Write a list of tool schemas, or that list as a JSON string.'));
      tools = undefined;
    }
  }
  if (tools !== undefined && tools !== null) {
    if (Array.isArray(tools) && tools.every((tool) => jsonType(tool) === 'object')) inputs.tools = tools;
    else problems.push(fieldProblem('invalid-tools', 'tools', '"tools" must be a list of objects, one JSON schema per tool.'));
  }
  const kwargs = row.chat_template_kwargs;
  if (kwargs !== undefined && kwargs !== null) {
    if (jsonType(kwargs) === 'object') inputs.chat_template_kwargs = kwargs as Record<string, unknown>;
    else problems.push(fieldProblem('wrong-type', 'chat_template_kwargs', `"chat_template_kwargs" must be an object, not ${said[jsonType(kwargs)]}.`));
  }
  return inputs;
}

export const marginSchema: JsonSchema = { type: 'number', description: 'By how much the chosen answer is better. A reward model learns to score it at least so much higher; other methods do not read it.' };

/** `margin`, where it is. Null counts as absent. */
export function readMargin(row: Row, problems: Problem[]): Margin {
  const { margin } = row;
  if (margin === undefined || margin === null) return {};
  if (typeof margin === 'number') return { margin };
  problems.push(fieldProblem('wrong-type', 'margin', `"margin" must be a number, not ${said[jsonType(margin)]}.`));
  return {};
}

/** Fields of one row are either all text or all turns: TRL takes the kind of the row from any one of them. */
export function sameKind(contents: Readonly<Record<string, Content | undefined>>, problems: Problem[]): void {
  const entries = Object.entries(contents).filter(([, content]) => content !== undefined);
  const [first] = entries;
  for (const [key, content] of entries.slice(1)) {
    if (typeof content === typeof first![1]) continue;
    const kind = (c: Content | undefined) => (typeof c === 'string' ? 'text' : 'turns');
    problems.push(fieldProblem('mixed-content', key, `"${first![0]}" is ${kind(first![1])} but "${key}" is ${kind(content)}: write both as text or both as turns.`));
  }
}

/** The keys by which formats are told apart. A key of this list is never taken for a misspelling of another. */
const knownKeys = ['text', 'messages', 'prompt', 'completion', 'chosen', 'rejected', 'label', 'tools', 'chat_template_kwargs'];

/** Whether the row's key is a slip of the pen for the wanted one: one edit in a short key, two in a long one, case aside. */
export function isMisspelling(key: string, wanted: string): boolean {
  const most = wanted.length > 6 ? 2 : 1;
  if (key === wanted || knownKeys.includes(key) || key.length < 3 || Math.abs(key.length - wanted.length) > most) return false;
  return editDistance(key.toLowerCase(), wanted) <= most;
}

/**
 * How sure it is that a row with these keys has the required ones: the mean over them of 1 (there, right type), 0.7 (there, wrong type,
 * or misspelt), 0 (missing); much less when a rival key is there, which TRL would look at first or which makes it a richer format.
 */
export function keyConfidence(row: Row, required: Readonly<Record<string, readonly JsonType[]>>, rivals: readonly string[]): number {
  const keys = Object.keys(row);
  let sum = 0;
  for (const [wanted, types] of Object.entries(required)) {
    if (wanted in row) sum += types.includes(jsonType(row[wanted])) ? 1 : 0.7;
    else if (keys.some((key) => isMisspelling(key, wanted))) sum += 0.7;
  }
  const confidence = sum / Object.keys(required).length;
  const rivalled = rivals.some((rival) => (rival in row && row[rival] !== null) || (!(rival in row) && keys.some((key) => isMisspelling(key, rival))));
  return rivalled ? confidence * 0.3 : confidence;
}
