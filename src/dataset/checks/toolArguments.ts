/** Calls of tools whose arguments no program could read. */

import type { RowCheck } from './check.ts';
import { toolCallsOf } from './toolCalls.ts';

export const toolArguments = {
  id: 'tool-arguments',
  severity: 'error',
  title: 'The arguments of a call are no object',
  effect: 'A call names its arguments: an object, or that object as a JSON string, as OpenAI writes it. Anything else stops the template or is printed as it is, and the model learns calls that no program can read.',
  on: 'record',
  check(row, report) {
    for (const { given, argumentsPath } of toolCallsOf(row)) {
      if (given === undefined || given === null || given === '' || isArguments(given)) continue;
      report({ at: row.rangeOf(argumentsPath), message: 'The arguments of this call are no JSON object: the template stops, or the model learns a call that no program can read.' });
    }
  },
  examples: [
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": "{\'q\': 1}"}}]}]}', marks: '"{\'q\': 1}"' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": [1]}}]}]}', marks: '[1]' },
  ],
  counterExamples: [
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{\\"q\\": 1}"}}, {"function": {"name": "g", "arguments": {}}}, {"function": {"name": "h"}}, {"function": {"name": "i", "arguments": ""}}]}]}' },
  ],
} as const satisfies RowCheck;

function isArguments(given: unknown): boolean {
  if (typeof given !== 'string') return typeof given === 'object' && !Array.isArray(given);
  try {
    const read: unknown = JSON.parse(given);
    return typeof read === 'object' && read !== null && !Array.isArray(read);
  } catch {
    return false;
  }
}
