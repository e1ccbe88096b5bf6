/** How OpenAI writes turns: arguments of tools as JSON text, every call with an id, `weight` for what is to be learnt. */

import type { Message } from '../example.ts';
import type { DatasetRow, JsonSchema } from '../format.ts';
import { messagesSchema } from './conversation.ts';
import { jsonType } from './fields.ts';

type Call = Record<string, unknown> & { function?: { name?: unknown; arguments?: unknown } };

export const parallelSchema: JsonSchema = { type: 'boolean', description: 'Whether the model may call several tools in one turn.' };

/** Whether the row has what only OpenAI's chat rows have: other keys beside the turns, or a `weight` in one of them. */
export function isOpenAiChat(row: DatasetRow): boolean {
  if ('parallel_tool_calls' in row || 'functions' in row) return true;
  return Object.values(row).some((value) => Array.isArray(value) && value.some((turn) => jsonType(turn) === 'object' && 'role' in (turn as object) && (typeof (turn as Message).weight === 'number' || 'function_call' in (turn as object))));
}

export function openAiMessages(description: string): JsonSchema {
  const turns = messagesSchema(description);
  const { properties } = turns.items!;
  return {
    ...turns,
    items: { ...turns.items!, properties: { ...properties, weight: { type: 'integer', enum: [0, 1], description: 'In an assistant turn: 1, the model learns it; 0, it does not.' }, function_call: { type: 'object', description: 'How tools were called before `tool_calls`: `{name, arguments}`.' } } },
  };
}

/** As chat templates expect turns: arguments as objects, the old `function_call` as `tool_calls`. */
export function fromOpenAi(turns: readonly Message[]): Message[] {
  return turns.map(({ function_call: old, tool_calls: calls, ...turn }) => {
    const read = Array.isArray(calls) ? (calls as Call[]).map(withObject) : jsonType(old) === 'object' ? [withObject({ type: 'function', function: old as Call['function'] })] : undefined;
    return { ...turn, ...(turn.role === 'function' && { role: 'tool' }), ...(read && { tool_calls: read }) };
  });
}

function withObject(call: Call): Call {
  const args = call?.function?.arguments;
  if (typeof args !== 'string') return call;
  try {
    const value = JSON.parse(args) as unknown;
    return jsonType(value) === 'object' ? { ...call, function: { ...call.function, arguments: value } } : call;
  } catch {
    return call;
  }
}

/** The other way: every call gets an id, and every result says which call it answers, in the order in which they were made. */
export function toOpenAi(turns: readonly Message[]): Message[] {
  let made = 0;
  let open: string[] = [];
  return turns.map((turn) => {
    if (Array.isArray(turn.tool_calls)) {
      const calls = (turn.tool_calls as Call[]).map((call) => {
        const id = typeof call?.id === 'string' ? call.id : `call_${++made}`;
        const args = call?.function?.arguments;
        return { ...call, id, type: 'function', function: { ...call?.function, arguments: typeof args === 'string' ? args : JSON.stringify(args ?? {}) } };
      });
      open = calls.map(({ id }) => id);
      return { ...turn, tool_calls: calls };
    }
    if (turn.role !== 'tool') return turn;
    const next = open.shift();
    return typeof turn.tool_call_id === 'string' || next === undefined ? turn : { ...turn, tool_call_id: next };
  });
}
