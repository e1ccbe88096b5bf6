/** Turns in an order that many chat templates refuse. */

import { callers } from '../formats/shareGptTurns.ts';
import type { RowCheck } from './check.ts';
import type { Turn } from './turns.ts';

export const turnOrder = {
  id: 'turn-order',
  severity: 'warning',
  title: 'The turns come in an order that many chat templates refuse',
  effect: 'The templates of Llama 2, Mistral and Gemma stop unless user and assistant take turns, beginning with the user ("Conversation roles must alternate"); others take any order. A system turn behind others is refused or moved to the front, and a tool result that follows no assistant answers nobody.',
  on: 'record',
  check(row, report) {
    const asks = row.conversations.some(({ field }) => field.asks);
    for (const { field, turns } of row.conversations) {
      // An answer goes on where its prompt ended.
      if (asks && !field.asks) continue;
      if (turns.length === 1 && !field.asks) continue;
      for (let i = 0; i < turns.length; i++) {
        const wrong = wrongAfter(turns[i - 1], turns[i]!);
        if (!wrong) continue;
        report({ at: row.rangeOf(turns[i]!.path), message: `${wrong}: many chat templates stop at such a row, or leave the turn out.` });
        break;
      }
    }
  },
  examples: [
    { format: 'messages', line: '{"messages": [{"role": "system", "content": "a"}, {"role": "system", "content": "b"}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}]}', marks: '{"role": "system", "content": "b"}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "assistant", "content": "c"}]}', marks: '{"role": "assistant", "content": "c"}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}, {"role": "assistant", "content": "c"}]}', marks: '{"role": "user", "content": "b"}' },
    { format: 'messages', line: '{"messages": [{"role": "assistant", "content": "a"}, {"role": "user", "content": "b"}, {"role": "assistant", "content": "c"}]}', marks: '{"role": "assistant", "content": "a"}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "system", "content": "b"}, {"role": "assistant", "content": "c"}]}', marks: '{"role": "system", "content": "b"}' },
    { format: 'sharegpt', line: '{"conversations": [{"from": "human", "value": "a"}, {"from": "observation", "value": "b"}, {"from": "gpt", "value": "c"}]}', marks: '{"from": "observation", "value": "b"}' },
  ],
  counterExamples: [
    { format: 'messages', line: '{"messages": [{"role": "system", "content": "s"}, {"role": "developer", "content": "a"}, {"role": "user", "content": "b"}, {"role": "assistant", "content": "c"}, {"role": "user", "content": "d"}]}' },
    {
      format: 'messages',
      line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]}, {"role": "tool", "content": "c"}, {"role": "tool", "content": "d"}, {"role": "assistant", "content": "e"}]}',
    },
    { format: 'sharegpt', line: '{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}, {"from": "function_call", "value": "{\\"name\\": \\"f\\", \\"arguments\\": {}}"}, {"from": "observation", "value": "c"}, {"from": "gpt", "value": "d"}]}' },
    { format: 'prompt-completion', line: '{"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]}' },
    { format: 'prompt-only', line: '{"prompt": [{"role": "critic", "content": "a"}, {"role": "user", "content": "b"}]}' },
  ],
} as const satisfies RowCheck;

function wrongAfter(before: Turn | undefined, turn: Turn): string | undefined {
  const opening = before === undefined || before.speaker === 'system' || before.speaker === 'developer';
  switch (turn.speaker) {
    case 'system':
    case 'developer':
      if (before === undefined) return undefined;
      if (!opening) return 'A system turn stands behind others';
      return before.speaker === turn.speaker ? 'A second system turn stands here' : undefined;
    case 'assistant':
      if (opening) return 'The assistant speaks first';
      return before.speaker === 'assistant' && !calls(before) && !calls(turn) ? 'The assistant speaks twice in a row' : undefined;
    case 'user':
      return before?.speaker === 'user' ? 'The user speaks twice in a row' : undefined;
    case 'tool':
      return opening || before.speaker === 'user' ? 'No assistant called the tool that answers here' : undefined;
    default:
      return undefined;
  }
}

/** An answer and its call may be written as two turns. */
function calls({ actsOtherwise, role }: Turn): boolean {
  return actsOtherwise || callers.includes(role);
}
