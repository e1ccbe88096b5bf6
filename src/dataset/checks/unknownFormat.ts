/** Files whose rows have none of the keys that a format needs. */

import { oneLine } from '../../core/text.ts';
import { formats } from '../formats/index.ts';
import type { FileCheck } from './check.ts';

export const unknownFormat = {
  id: 'unknown-format',
  severity: 'error',
  title: 'No format fits the rows',
  effect: 'The trainer finds none of the columns that it knows and stops before the first step. Rules that depend on the format are not applied to such a file.',
  on: 'file',
  check({ records, keys, format }) {
    if (format || records === 0) return undefined;
    const have = keys.length === 0 ? 'The rows have no keys' : `No format has the keys ${keys.slice(0, 12).map((key) => JSON.stringify(oneLine(key, 30))).join(', ')}`;
    return { message: `${have}: a trainer finds nothing to learn from. Known are ${formats.entries.map(({ id, schema }) => `${id} (${(schema.required ?? []).join(', ')})`).join('; ')}.` };
  },
  examples: [{ lines: ['{"question": "a", "answer": "b"}'] }, { lines: ['{}'] }],
  counterExamples: [{ lines: ['{"text": "a"}'] }, { lines: ['{"promt": "a", "completion": "b"}'] }, { lines: ['not json'] }, { lines: [] }],
} as const satisfies FileCheck;
