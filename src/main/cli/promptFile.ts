/** Prompts for `posttrain generate` from a JSONL file, row by row: texts, turns, or training rows whose prompt is taken. */

import { UserError } from '../../core/problem.ts';
import type { Message } from '../../dataset/example.ts';
import { readLines } from '../../dataset/lineReader.ts';
import { isBlank } from '../../dataset/lineText.ts';
import { openFileSource } from '../../node/fileSource.ts';

export type Prompt = string | Message[];

/** A row may be `"text"`, `{"prompt": text or turns}` or `{"messages": turns}`; blank lines are read past. */
export async function* readPrompts(path: string, signal?: AbortSignal): AsyncGenerator<Prompt> {
  const source = await openFileSource(path);
  try {
    let line = 0;
    let count = 0;
    for await (const batch of readLines(source, signal)) {
      for (const text of batch) {
        line++;
        if (isBlank(text)) continue;
        count++;
        yield promptOf(line === 1 ? text.replace(/^\uFEFF/, '') : text, `${path}:${line}`);
      }
    }
    if (count === 0) throw new UserError(`${path} holds no prompt. Write one row a line, such as {"prompt": "Hello"}.`, 'no-prompt');
  } finally {
    await source.close();
  }
}

export function promptOf(text: string, place: string): Prompt {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${place}: not valid JSON (${error instanceof Error ? error.message : String(error)}).`, 'bad-prompt');
  }
  if (typeof row === 'string') return row;
  const { prompt, messages } = (typeof row === 'object' && row !== null ? row : {}) as { prompt?: unknown; messages?: unknown };
  if (typeof prompt === 'string') return prompt;
  const turns = prompt ?? (Array.isArray(messages) ? withoutAnswer(messages) : undefined);
  if (Array.isArray(turns) && turns.length > 0 && turns.every(isMessage)) return turns;
  throw new UserError(`${place}: no prompt here. A row is {"prompt": text or turns} or {"messages": turns}.`, 'bad-prompt');
}

/** In a training row the last turn is the answer that is to be written now. */
function withoutAnswer(messages: unknown[]): unknown[] {
  return isMessage(messages.at(-1)) && (messages.at(-1) as Message).role === 'assistant' ? messages.slice(0, -1) : messages;
}

function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null) return false;
  const { role, content } = value as Record<string, unknown>;
  return typeof role === 'string' && (typeof content === 'string' || content === null || content === undefined);
}
