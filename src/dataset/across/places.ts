/** Where in a row the parts stand that checks across rows speak of. */

import type { Path, Row } from '../checks/row.ts';

/** The question: the last thing that a user says in it, or the field that it is in. The whole row where none is found. */
export function askedPath(row: Row): Path {
  const there = row.format?.fields.filter(({ asks, key }) => asks && row.record?.[key] !== undefined) ?? [];
  const field = there.find(({ optional }) => !optional) ?? there.at(-1);
  const conversation = row.conversations.find((one) => !field || one.field === field);
  if (!conversation) return field ? [field.key] : row.format?.id === 'text' ? ['text'] : [];
  const turn = conversation.turns.findLast(({ speaker }) => speaker === 'user');
  return turn ? [...turn.path, conversation.keys.content] : conversation.path;
}

/** The better answer of a pair. */
export function chosenPath(row: Row): Path {
  const field = row.format?.fields.find(({ side }) => side === 'chosen');
  return field ? [field.key] : [];
}

/** Whether the answer is a good one. */
export function flagPath(row: Row): Path {
  const field = row.format?.fields.find(({ type }) => type === 'flag');
  return field ? [field.key] : [];
}
