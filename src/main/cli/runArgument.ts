/** A run directory as a command's argument. */

import { resolve } from 'node:path';
import { UserError } from '../../core/problem.ts';
import { findRuns, isRun } from '../../node/runDirectory.ts';
import { didYouMean } from '../../core/text.ts';

/** Absolute. Throws when there is no run, naming one that may be meant. */
export async function runArgument(path: string, cwd: string): Promise<string> {
  const dir = resolve(cwd, path);
  if (await isRun(dir)) return dir;
  const near = (await findRuns(cwd, 3).catch(() => [])).map((run) => run.slice(cwd.length + 1)).filter(Boolean);
  throw new UserError(`${path} is no run directory: it has no run.json.${didYouMean(path, near)} "posttrain runs" lists what is here.`, 'no-run');
}
