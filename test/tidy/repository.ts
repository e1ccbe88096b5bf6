/** The repository as the tidy tests see it, and how they say that a rule holds there and fails on a broken example. */

import assert from 'node:assert/strict';
import { readRepository, type Rule, type SourceFile } from './rules/source.ts';

/** Tests run from the repository's root. */
export const root = process.cwd();

let files: SourceFile[] | undefined;
export const repository = () => (files ??= readRepository(root));

/** The rule has nothing to say about the repository; if it has, all of it is shown. */
export function assertHolds(rule: Rule): void {
  const problems = rule(repository());
  assert.equal(problems.length, 0, `\n${problems.join('\n')}\n`);
}

/** The rule complains about these files, once for each pattern and no more. */
export function assertFinds(rule: Rule, broken: Record<string, string>, ...patterns: RegExp[]): void {
  const problems = rule(asFiles(broken));
  assert.equal(problems.length, patterns.length, `found: ${JSON.stringify(problems, null, 1)}`);
  for (const pattern of patterns) assert.ok(problems.some((problem) => pattern.test(problem)), `${pattern} is not among ${JSON.stringify(problems, null, 1)}`);
}

export function assertAccepts(rule: Rule, good: Record<string, string>): void {
  assert.deepEqual(rule(asFiles(good)), []);
}

const asFiles = (texts: Record<string, string>): SourceFile[] => Object.entries(texts).map(([path, text]) => ({ path, text }));
