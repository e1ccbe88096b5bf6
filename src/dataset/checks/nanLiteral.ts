/** NaN and Infinity, which Python writes and JSON does not have. */

import type { RowCheck } from './check.ts';

export const nanLiteral = {
  id: 'nan-literal',
  severity: 'error',
  title: 'NaN or Infinity stands for a number',
  effect: "Python's `json` writes and reads it, JSON has no such value: strict readers (Posttrain's, too) cannot read the row, others carry a number that is none into rewards and losses.",
  on: 'line',
  check(row, report) {
    if (!row.malformed) return;
    for (const fault of row.tree.faults) {
      if (fault.reason !== 'non-finite') continue;
      report({ at: fault, message: `JSON has no ${fault.found}: strict readers stop here, others carry it into the loss.`, fix: { title: 'Write null', edits: [fault.edit!], safe: false } });
    }
  },
  examples: [
    { line: '{"prompt": "a", "score": NaN}', marks: 'NaN', fixed: '{"prompt": "a", "score": null}' },
    { line: '{"prompt": "a", "score": -Infinity}', marks: '-Infinity', fixed: '{"prompt": "a", "score": null}' },
  ],
  counterExamples: [{ line: '{"text": "NaN"}' }],
} as const satisfies RowCheck;
