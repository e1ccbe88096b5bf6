/** What the rows of a dataset hold, counted one after the other: lengths, turns, roles, marks, scripts. No tokens. */

import { isChat, type Content, type Example, type ExampleKind } from '../example.ts';
import { extractPrompt } from '../impliedPrompt.ts';
import { scriptOf } from './script.ts';
import { SpreadCounter, type Spread } from './spread.ts';

export interface RowStats {
  /** Rows of each kind. */
  kinds: Partial<Record<ExampleKind, number>>;
  /** Characters of a row's texts. */
  chars: Spread | undefined;
  /** UTF-8 bytes of what is to be learnt: of a text or a conversation all, else the answers. */
  answerBytes: number;
  /** Of conversations. */
  turns: Spread | undefined;
  /** Turns of each role. */
  roles: Counts;
  /** Answers marked as good or bad, steps marked as right or wrong. */
  labels: Counts;
  /** Rows by the script of their texts. */
  scripts: Counts;
}

/** Most common first. */
export type Counts = { name: string; count: number }[];

/** So many names are told apart; the others are one. */
const mostNames = 40;

export class RowCounter {
  readonly #kinds: Partial<Record<ExampleKind, number>> = {};
  readonly #chars = new SpreadCounter();
  readonly #turns = new SpreadCounter();
  readonly #roles = new Map<string, number>();
  readonly #labels = new Map<string, number>();
  readonly #scripts = new Map<string, number>();
  #answerBytes = 0;

  add(example: Example): void {
    this.#kinds[example.kind] = (this.#kinds[example.kind] ?? 0) + 1;
    const { asked, answers } = partsOf(example);
    const parts = [...asked, ...answers];
    let chars = 0;
    for (const part of parts) for (const text of textsOf(part)) chars += text.length;
    this.#chars.add(chars);
    for (const part of answers) for (const text of textsOf(part)) this.#answerBytes += utf8Length(text);
    // Of a pair each side is a conversation with the same prompt.
    const conversation = [...asked, answers[0]!].filter((part) => isChat(part)).flat();
    if (conversation.length > 0) this.#turns.add(conversation.length);
    for (const part of parts) if (isChat(part)) for (const { role } of part) count(this.#roles, role);
    if (example.kind === 'unpaired-preference') count(this.#labels, String(example.label));
    if (example.kind === 'stepwise') for (const label of example.labels) count(this.#labels, String(label));
    count(this.#scripts, scriptOf(parts.flatMap(textsOf).join(' ')));
  }

  get stats(): RowStats {
    return { kinds: { ...this.#kinds }, chars: this.#chars.spread, answerBytes: this.#answerBytes, turns: this.#turns.spread, roles: sorted(this.#roles), labels: sorted(this.#labels), scripts: sorted(this.#scripts) };
  }
}

function partsOf(example: Example): { asked: Content[]; answers: Content[] } {
  switch (example.kind) {
    case 'text':
      return { asked: [], answers: [example.text] };
    case 'messages':
      return { asked: [], answers: [example.messages] };
    case 'prompt-only':
      return { asked: [example.prompt], answers: [] };
    case 'prompt-completion':
    case 'unpaired-preference':
      return { asked: [example.prompt], answers: [example.completion] };
    case 'preference':
      return { asked: [example.prompt], answers: [example.chosen, example.rejected] };
    case 'preference-implicit':
      return splitPair(example.chosen, example.rejected);
    case 'stepwise':
      return { asked: [example.prompt], answers: example.completions };
  }
}

/** The prompt is what both begin with, as where it is learnt. Texts are compared unit by unit, which takes a fraction of the time. */
function splitPair(chosen: Content, rejected: Content): { asked: Content[]; answers: Content[] } {
  if (typeof chosen === 'string' && typeof rejected === 'string') {
    let shared = 0;
    while (shared < chosen.length && chosen[shared] === rejected[shared]) shared++;
    return { asked: [chosen.slice(0, shared)], answers: [chosen.slice(shared), rejected.slice(shared)] };
  }
  const pair = extractPrompt(chosen, rejected);
  return pair ? { asked: [pair.prompt], answers: [pair.chosen, pair.rejected] } : { asked: [], answers: [chosen, rejected] };
}

function textsOf(part: Content): string[] {
  if (!isChat(part)) return [part];
  return part.flatMap(({ content }) => (typeof content === 'string' ? [content] : (content ?? []).flatMap(({ text }) => (typeof text === 'string' ? [text] : []))));
}

function count(counts: Map<string, number>, name: string): void {
  const key = counts.has(name) || counts.size < mostNames ? name : '…';
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sorted(counts: Map<string, number>): Counts {
  return [...counts].map(([name, many]) => ({ name, count: many })).sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair makes two of its four bytes.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}
