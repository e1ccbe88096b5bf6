/** Files that are no lines of JSON at all, whatever their name says: compressed, in another encoding, or a table. */

import type { FileCheck } from './check.ts';

// Bytes that are not UTF-8 are read as lone surrogates (lineText.ts).
const beginnings: readonly (readonly [string, string])[] = [
  ['\x1f\udc8b', 'The file is compressed (gzip). Unpack it first: gunzip, 7-Zip, or Python’s gzip.'],
  ['(\udcb5/\udcfd', 'The file is compressed (Zstandard). Unpack it first: unzstd, or Python’s zstandard.'],
  ['PK\x03\x04', 'The file is a zip archive. Unpack it first.'],
  ['PAR1', 'The file is a Parquet table. Write it as JSONL first: `datasets` does that with to_json.'],
  ['\udcff\udcfe', 'The file is UTF-16. Save it as UTF-8 in the program that it comes from.'],
  ['\udcfe\udcff', 'The file is UTF-16. Save it as UTF-8 in the program that it comes from.'],
  ['{\0', 'The file is UTF-16. Save it as UTF-8 in the program that it comes from.'],
  ['\0{', 'The file is UTF-16. Save it as UTF-8 in the program that it comes from.'],
  ['\0', 'The file begins with NUL bytes: its text is lost, as after a power cut. Take it from a copy.'],
];

export const otherFile = {
  id: 'other-file',
  severity: 'error',
  title: 'The file is not JSONL, whatever its name says',
  effect: 'Loading stops at the first line.',
  on: 'file',
  check({ lines, records }) {
    const [first = '', second] = lines;
    const known = beginnings.find(([beginning]) => first.startsWith(beginning));
    if (known) return { stop: true, message: known[1] };
    if (records > 0 || second === undefined || /^\s*[[{"]/.test(first)) return undefined;
    for (const [separator, name] of [[',', 'commas'], ['\t', 'tabs'], [';', 'semicolons']] as const) {
      const columns = first.split(separator).length;
      // a comma may stand in a text as well, so later lines have as many or more
      if (columns > 1 && lines.every((line) => line.split(separator).length >= columns)) {
        return { stop: true, message: `The file is a table of columns with ${name} between them (CSV), not one JSON object a line. Write it as JSONL first: \`datasets\` does that with to_json.` };
      }
    }
    return undefined;
  },
  examples: [
    { lines: ['\x1f\udc8b\b\0\0'] },
    { lines: ['(\udcb5/\udcfd\0'] },
    { lines: ['PK\x03\x04\n'] },
    { lines: ['PAR1\x15\x04'] },
    { lines: ['\udcff\udcfe{\0"\0a\0"\0:\x001\0}\0', '\0'] },
    { lines: ['\udcfe\udcff\0{\0"'] },
    { lines: ['\0\0\0\0'] },
    { lines: ['prompt,completion', 'a,b', '"c, d",e'] },
    { lines: ['prompt\tcompletion', 'a\tb'] },
  ],
  counterExamples: [{ lines: ['{"text": "a,b"}', '{"text": "c,d"}'] }, { lines: ['{"text": "a", "b": 1', '{"text": "a", "b": 1'] }, { lines: ['one, two', 'three'] }, { lines: ['a,b'] }, { lines: [] }],
} as const satisfies FileCheck;
