/** Files that hold JSON in another layout: one list over many lines, one object spread over lines. */

import type { FileCheck } from './check.ts';

export const notJsonLines = {
  id: 'not-json-lines',
  severity: 'error',
  title: 'The file is JSON, but not one row a line',
  effect: 'Everything that reads line by line fails at the first line. (`datasets` alone reads such a file all the same.)',
  on: 'file',
  check({ lines, records }) {
    const first = lines[0]?.replace(/^\uFEFF/, '').trim() ?? '';
    // The last row of a list has no comma, so it is a row of its own right.
    if (records * 2 >= lines.length || lines.length < 2) return undefined;
    if (first.startsWith('[') && !isJson(first)) return { stop: true, message: 'The file is one JSON list, not one row a line: loading stops at the first line. Convert it to a .jsonl file (Convert Dataset…, or posttrain convert), with each row on a line of its own.' };
    if (first === '{' || (first.startsWith('{') && first.endsWith(',') && !isJson(first.slice(0, -1)))) {
      return { stop: true, message: 'The rows are spread over several lines: loading stops at the first line. Write each row on a line of its own.' };
    }
    return undefined;
  },
  examples: [
    { lines: ['[', '  {"text": "a"},', '  {"text": "b"}', ']'] },
    { lines: ['[{', '"text": "a"', '}]'] },
    { lines: ['{', '  "text": "a"', '}'] },
  ],
  counterExamples: [{ lines: ['{"text": "a"}', '{"text": "b"}'] }, { lines: ['{"text": "a"},', '{"text": "b"}'] }, { lines: ['{"text": "a"'] }, { lines: [] }],
} as const satisfies FileCheck;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
