/** Speakers that chat templates do not know: ShareGPT's "human" and "gpt", slips of the pen, inventions. */

import { nearestName } from '../../core/text.ts';
import { roles } from '../formats/conversation.ts';
import type { RowCheck } from './check.ts';

/** What other programs call the roles. */
const foreignRoles: Readonly<Record<string, string>> = {
  human: 'user', prompter: 'user', customer: 'user',
  gpt: 'assistant', chatgpt: 'assistant', bot: 'assistant', chatbot: 'assistant', ai: 'assistant', model: 'assistant', function_call: 'assistant',
  function: 'tool', observation: 'tool', function_response: 'tool', tool_response: 'tool', ipython: 'tool',
};

export const unknownRole = {
  id: 'unknown-role',
  severity: 'error',
  title: 'The role is not one that chat templates know',
  effect: 'Some templates stop ("Conversation roles must alternate"), some leave the turn out, some show the model a speaker that it never meets again; and where only the assistant\'s turns are learnt, an answer under another name is not learnt. A role that resembles none of the usual ones is a warning: your template may know it.',
  on: 'record',
  check(row, report) {
    for (const { field, keys, turns } of row.conversations) {
      for (const { role, speaker, path } of turns) {
        if (typeof role !== 'string' || speaker !== undefined) continue;
        const at = row.rangeOf([...path, keys.role]);
        const meant = field.turns ? nearestName(role, Object.keys(keys.roles)) : meantRole(role);
        const usual = field.turns ? Object.keys(keys.roles).slice(0, 6) : roles;
        if (meant === undefined) {
          report({ at, severity: 'warning', message: `Chat templates do not know the role "${role}": unless yours does, it stops or leaves the turn out. Usual are ${usual.join(', ')}.` });
        } else {
          const fix = { title: `Write "${meant}"`, edits: [{ ...at, newText: JSON.stringify(meant) }], safe: true };
          report({ at, message: `Chat templates do not know the role "${role}": they stop, leave the turn out, or show a stranger. Write "${meant}".`, fix });
        }
      }
    }
  },
  examples: [
    { format: 'messages', line: '{"messages": [{"role": "human", "content": "a"}, {"role": "gpt", "content": "b"}]}', marks: '"human"', fixed: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "Assistant", "content": "b"}]}', marks: '"Assistant"', fixed: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}' },
    { format: 'sharegpt', line: '{"conversations": [{"from": "human", "value": "a"}, {"from": "GPT", "value": "b"}]}', marks: '"GPT"', fixed: '{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}' },
    { format: 'messages', line: '{"messages": [{"role": "critic", "content": "a"}, {"role": "assistant", "content": "b"}]}', marks: '"critic"', severity: 'warning' },
  ],
  counterExamples: [
    { format: 'messages', line: '{"messages": [{"role": "developer", "content": "a"}, {"role": "user", "content": "human"}, {"role": "assistant", "content": "b"}, {"role": "tool", "content": "c"}]}' },
    { format: 'prompt-completion', line: '{"prompt": "a", "completion": "b", "role": "human"}' },
    { format: 'sharegpt', line: '{"conversations": [{"from": "human", "value": "a"}, {"from": "observation", "value": "b"}, {"from": "gpt", "value": "c"}]}' },
  ],
} as const satisfies RowCheck;

function meantRole(role: string): string | undefined {
  const name = role.trim().toLowerCase();
  return Object.hasOwn(foreignRoles, name) ? foreignRoles[name] : nearestName(name, roles);
}
