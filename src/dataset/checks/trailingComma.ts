/** A comma after the last entry, as many programming languages allow. */

import type { RowCheck } from './check.ts';

export const trailingComma = {
  id: 'trailing-comma',
  severity: 'error',
  title: 'A comma follows the last entry',
  effect: 'JSON does not allow it: loaders stop at the row.',
  on: 'line',
  check(row, report) {
    if (!row.malformed) return;
    for (const fault of row.tree.faults) {
      if (fault.reason !== 'trailing-comma') continue;
      report({ at: fault, message: 'JSON has no comma after the last entry. Loading stops here.', fix: { title: 'Remove the comma', edits: [fault.edit!], safe: true } });
    }
  },
  examples: [
    { line: '{"text": "a",}', marks: [12, 13], fixed: '{"text": "a"}' },
    { line: '{"messages": [{"role": "user", "content": "a"} , ]}', marks: [47, 48], fixed: '{"messages": [{"role": "user", "content": "a"}  ]}' },
  ],
  counterExamples: [{ line: '{"text": "a,}"}' }, { line: '{"text": "a"},' }],
} as const satisfies RowCheck;
