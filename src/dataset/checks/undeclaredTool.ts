/** Calls of tools that the row does not offer. */

import { oneLine } from '../../core/text.ts';
import type { RowCheck } from './check.ts';
import { toolCallsOf } from './toolCalls.ts';

export const undeclaredTool = {
  id: 'undeclared-tool',
  severity: 'warning',
  title: 'A tool is called that the row does not offer',
  effect: 'The chat template shows the model the tools of the row, and the answer calls another one: the model learns to call tools that it was never given.',
  on: 'record',
  check(row, report) {
    const value = row.meaning?.value;
    if (!value || !('tools' in value) || !value.tools) return;
    const offered = new Set(value.tools.map(nameOf));
    // A tool that is written in a way of its own may be any.
    if (offered.has(undefined)) return;
    for (const { name, path } of toolCallsOf(row)) {
      if (name === undefined || offered.has(name)) continue;
      report({ at: row.rangeOf(path), message: `"tools" of this row has no "${oneLine(name, 60)}": the model learns to call a tool that it was not given.` });
    }
  },
  examples: [
    {
      format: 'messages',
      line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "serch", "arguments": {}}}]}], "tools": [{"type": "function", "function": {"name": "search"}}]}',
      marks: '"serch"',
    },
    {
      format: 'sharegpt',
      line: '{"conversations": [{"from": "human", "value": "a"}, {"from": "function_call", "value": "{\\"name\\": \\"f\\", \\"arguments\\": {}}"}, {"from": "observation", "value": "b"}, {"from": "gpt", "value": "c"}], "tools": "[{\\"name\\": \\"g\\"}]"}',
      marks: '"{\\"name\\": \\"f\\", \\"arguments\\": {}}"',
    },
  ],
  counterExamples: [
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "search", "arguments": {}}}]}], "tools": [{"name": "search"}]}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "search", "arguments": {}}}]}]}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "search", "arguments": {}}}]}], "tools": [{"type": "web_search"}]}' },
  ],
} as const satisfies RowCheck;

function nameOf(tool: unknown): string | undefined {
  const { name, function: inner } = tool as { name?: unknown; function?: { name?: unknown } | null };
  const found = inner?.name ?? name;
  return typeof found === 'string' ? found : undefined;
}
