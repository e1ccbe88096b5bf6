/** Pairs in which the better answer is the worse one. */

import type { RowCheck } from './check.ts';
import type { Path, Row } from './row.ts';
import { isEmptyText, type Turn } from './turns.ts';

export const sameAnswers = {
  id: 'same-answers',
  severity: 'error',
  title: 'Chosen and rejected are the same',
  effect: 'There is nothing to prefer: the loss stays at log 2 and the gradient at zero, while the pair counts as half right in every accuracy. Where they differ only in spaces or case it is a warning: that is all the pair teaches.',
  on: 'record',
  check(row, report) {
    const [better, worse] = sidesOf(row);
    if (!better || !worse) return;
    const [chosen, rejected] = [better.texts, worse.texts];
    if (!chosen || !rejected || chosen.length !== rejected.length || chosen.every(isEmptyText)) return;
    const at = () => row.rangeOf(worse.path);
    if (chosen.every((text, i) => text === rejected[i])) report({ at: at(), message: `"${worse.path.join('.')}" is the same as "${better.path.join('.')}": the pair teaches nothing.` });
    else if (chosen.every((text, i) => sameLetters(text, rejected[i]!))) {
      report({ at: at(), severity: 'warning', message: `"${worse.path.join('.')}" differs from "${better.path.join('.')}" only in spaces or case, and that is all the pair teaches.` });
    }
  },
  examples: [
    { format: 'preference', line: '{"prompt": "a", "chosen": "b", "rejected": "b"}', marks: [43, 46] },
    { format: 'preference', line: '{"prompt": "a", "chosen": "A  b", "rejected": " a b\\n"}', marks: '" a b\\n"', severity: 'warning' },
    { format: 'preference-implicit', line: '{"chosen": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "rejected": [{"content": "a", "role": "user"}, {"role": "assistant", "content": "b"}]}', marks: '[{"content": "a", "role": "user"}, {"role": "assistant", "content": "b"}]' },
    { format: 'llamafactory-ranking', line: '{"conversations": [{"from": "human", "value": "a"}], "chosen": {"from": "gpt", "value": "b"}, "rejected": {"from": "gpt", "value": "b"}}', marks: [106, 135] },
  ],
  counterExamples: [
    { format: 'nemo-rl', line: '{"context": [{"role": "user", "content": "a"}], "completions": [{"rank": 0, "completion": [{"role": "assistant", "content": "b"}]}, {"rank": 1, "completion": [{"role": "assistant", "content": "c"}]}]}' },
    { format: 'preference', line: '{"prompt": "a", "chosen": "b c", "rejected": "bc"}' },
    { format: 'preference', line: '{"prompt": "a", "chosen": "", "rejected": ""}' },
    { format: 'preference', line: '{"prompt": "a", "chosen": [{"role": "assistant", "content": "b", "tool_calls": [{"n": 1}]}], "rejected": [{"role": "assistant", "content": "b", "tool_calls": [{"n": 2}]}]}' },
    { format: 'prompt-completion', line: '{"prompt": "a", "completion": "b", "chosen": "c", "rejected": "c"}' },
  ],
} as const satisfies RowCheck;

interface Side {
  path: Path;
  /** To compare: the text itself, or role and content of each turn. Undefined where other things than content count. */
  texts: string[] | undefined;
}

/** The better answer and the worse one, or the two of a field that holds both. */
function sidesOf(row: Row): Side[] {
  const record = row.record!;
  const { fields } = row.format ?? { fields: [] };
  const pair = fields.filter(({ side, key }) => side && key in record);
  if (pair.length === 2) return pair.sort((a, b) => (a.side! < b.side! ? -1 : 1)).map(({ key }) => ({ path: [key], texts: textsOf(row, key) }));
  const both = row.conversations.filter(({ field }) => field.inside?.length === 2);
  return both.map(({ path, turns }) => ({ path, texts: textsOfTurns(turns) }));
}

function textsOf(row: Row, key: string): string[] | undefined {
  const value = row.record![key];
  if (typeof value === 'string') return [value];
  const turns = row.conversations.find(({ field }) => field.key === key)?.turns;
  return turns && textsOfTurns(turns);
}

function textsOfTurns(turns: readonly Turn[]): string[] | undefined {
  if (turns.some(({ actsOtherwise, content, role }) => actsOtherwise || typeof content !== 'string' || typeof role !== 'string')) return undefined;
  return turns.flatMap(({ role, content }) => [role as string, content as string]);
}

/** Equal but for runs of white space and case. Ends at the first difference, so that it costs little on most pairs. */
function sameLetters(a: string, b: string): boolean {
  let i = 0;
  let j = 0;
  const gap = (text: string, at: number) => {
    let end = at;
    while (end < text.length && isSpace(text.charCodeAt(end))) end++;
    return end;
  };
  i = gap(a, 0);
  j = gap(b, 0);
  while (i < a.length && j < b.length) {
    const endI = gap(a, i);
    const endJ = gap(b, j);
    if (endI > i !== endJ > j) return endI === a.length && endJ === b.length;
    if (endI > i) [i, j] = [endI, endJ];
    else {
      if (a[i] !== b[j] && a[i]!.toLowerCase() !== b[j]!.toLowerCase()) return false;
      i++;
      j++;
    }
  }
  return gap(a, i) === a.length && gap(b, j) === b.length;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0x3000;
}
