/** What is said about broken files, word for word, with the place marked under each row. */

import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bytesSource } from '../../src/core/byteSource.ts';
import { readLines } from '../../src/dataset/lineReader.ts';
import { applyFixes } from '../../src/language/fixes.ts';
import { validateFile, type LineProblem } from '../../src/language/validate.ts';
import { assertGolden } from './golden.ts';

for (const file of readdirSync('test/fixtures/rows')) {
  test(file, async () => {
    const bytes = readFileSync(`test/fixtures/rows/${file}`);
    const found: LineProblem[] = [];
    const { format, counts } = await validateFile(readLines(bytesSource(bytes)), { onProblem: (problem) => found.push(problem) });
    const printed = bytes.toString('utf8').split('\n').flatMap((line, i) => {
      const problems = found.filter((one) => one.line === i + 1).map(({ problem }) => problem);
      if (problems.length === 0) return [];
      const marked = problems.flatMap(({ code, severity, message, start, end }) => [`${' '.repeat(start)}${'^'.repeat(Math.max(1, end - start))}`, `  ${severity} ${code}: ${message}`]);
      const fixed = applyFixes(line, problems);
      return [`${i + 1}`, line, ...marked, ...(fixed === line ? [] : [`  fixed: ${fixed}`]), ''];
    });
    assertGolden(`${file}.txt`, [`format ${format?.id}, ${JSON.stringify(counts)}`, '', ...printed].join('\n'));
  });
}
