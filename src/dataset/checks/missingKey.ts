/** Keys that the format needs and the row, or a turn of it, does not have. */

import { detectFormat } from '../formats/index.ts';
import type { RowCheck } from './check.ts';
import { meaningProblems } from './meaning.ts';
import type { Path } from './row.ts';

export const missingKey = {
  id: 'missing-key',
  severity: 'error',
  title: 'A key is missing',
  effect: 'Loaders read null in its place without a word; the trainer then stops in the middle of preparing the data, or leaves the row out.',
  on: 'record',
  check(row, report) {
    const problems = meaningProblems(row, 'missing-key');
    if (problems.length === 0) return;
    // One finding for each object, whatever it lacks; another check says under which name a key is there.
    const found = new Map<string, { path: Path; message: string }>();
    for (const { problem, path } of problems) {
      const missing = String(problem.data?.missing);
      const place = path.join('/');
      if (row.slips.some((slip) => slip.wanted === missing && slip.path.join('/') === place)) continue;
      const sofar = found.get(place)?.message.replace(/\.$/, '');
      found.set(place, { path, message: sofar === undefined ? problem.message : `${sofar} and no "${missing}".` });
    }
    for (const { path, message } of found.values()) {
      const hint = path.length === 0 ? otherFormat(row.format?.id, row.record!) : '';
      report({ at: row.openingOf(path), message: `${message} ${hint}Training stops at it, or leaves the row out.` });
    }
  },
  examples: [
    { format: 'prompt-completion', line: ' {"prompt": "a"}', marks: [1, 2] },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant"}]}', marks: [48, 49] },
    { format: 'text', line: '{}', marks: [0, 1] },
  ],
  counterExamples: [
    { format: 'prompt-completion', line: '{"promt": "a", "completion": "b"}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [{}]}]}' },
    { line: '{"anything": 1}' },
  ],
} as const satisfies RowCheck;

function otherFormat(id: string | undefined, record: Readonly<Record<string, unknown>>): string {
  const detected = detectFormat([record]);
  return detected && detected.confidence === 1 && detected.format.id !== id ? `It is a row of another format, "${detected.format.id}". ` : '';
}
