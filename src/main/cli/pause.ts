/** `posttrain pause RUN` and `posttrain continue RUN`: a trainer that waits keeps its memory and needs no checkpoint. */

import { UserError } from '../../core/problem.ts';
import { shellWord } from '../../core/text.ts';
import { continueRun, pauseRun } from '../../node/pauseRun.ts';
import { displayPath, runStatus } from '../../node/runDirectory.ts';
import type { RunStatus } from '../../run/directory.ts';
import type { CliCommand, CliContext } from './command.ts';
import { runArgument } from './runArgument.ts';

export const pause: CliCommand = {
  name: 'pause',
  summary: 'Let a run wait after its step, wherever it was started.',
  usage: 'pause RUN',
  options: [],
  positionals: { min: 1, max: 1 },
  details: 'The process stays, with its memory; "posttrain continue" lets it go on. Waits until the run has paused; Ctrl+C ends the waiting, the request stays.\nExit codes: 0 paused, 1 it was not running.',
  run: (args, context) => settle(args.positionals[0]!, context, pauseRun, 'paused'),
};

export const continueCommand: CliCommand = {
  name: 'continue',
  summary: 'Let a paused run go on.',
  usage: 'continue RUN',
  options: [],
  positionals: { min: 1, max: 1 },
  details: 'For a run that was stopped, or whose process is gone, it is "posttrain resume".\nExit codes: 0 it goes on, 1 it was not paused.',
  run: (args, context) => settle(args.positionals[0]!, context, continueRun, 'running'),
};

async function settle(path: string, context: CliContext, ask: typeof pauseRun, wanted: 'paused' | 'running'): Promise<number> {
  const runDir = await runArgument(path, context.cwd);
  const name = displayPath(runDir, context.cwd);
  const settled = await ask(runDir, { signal: context.signal });
  const status = settled ?? (await runStatus(runDir));
  if (settled !== wanted) throw new UserError(`${name} is not ${wanted === 'paused' ? 'running' : 'paused'} (${status}).${nextStep(status, shellWord(name))}`, 'not-running');
  context.print(wanted === 'paused' ? `${name} is paused. Go on with: posttrain continue ${shellWord(name)}\n` : `${name} is running.\n`);
  return 0;
}

function nextStep(status: RunStatus, name: string): string {
  if (status === 'stale' || status === 'stopped' || status === 'failed' || status === 'created') return ` Go on with: posttrain resume ${name}`;
  return '';
}
