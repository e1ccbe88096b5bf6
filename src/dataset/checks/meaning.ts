/** What the format itself says about a row, turned into findings: the format knows what is wrong, the check where, and what comes of it. */

import type { Problem } from '../../core/problem.ts';
import type { Path, Row } from './row.ts';

/** The format's problems of one code, each with the path it is about. */
export function meaningProblems(row: Row, code: string): readonly { problem: Problem; path: Path }[] {
  const problems = row.meaning?.problems;
  if (!problems || problems.length === 0) return none;
  return problems.filter((problem) => problem.code === code).map((problem) => ({ problem, path: pathOf(problem) }));
}

const none: readonly [] = [];

function pathOf(problem: Problem): Path {
  const path = problem.data?.path;
  return Array.isArray(path) ? (path as (string | number)[]) : [];
}
