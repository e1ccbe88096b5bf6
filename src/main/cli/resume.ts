/** `posttrain resume RUN`: goes on from the newest checkpoint, in the foreground. */

import { sleep } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';
import { shellWord } from '../../core/text.ts';
import { displayPath, inspectLock, readRun, runStatus } from '../../node/runDirectory.ts';
import type { CliCommand } from './command.ts';
import { runArgument } from './runArgument.ts';
import { watchRun } from './watchRun.ts';

/** The trainer of a terminal that was just closed needs a moment for its checkpoint. */
const patienceMs = 6_000;

export const resume: CliCommand = {
  name: 'resume',
  summary: 'Go on with a run that was stopped or killed.',
  usage: 'resume RUN [--json]',
  options: [{ name: 'json', type: 'boolean', description: 'Print the new events instead, one JSON object a line.' }],
  positionals: { min: 1, max: 1 },
  details: 'RUN is a run directory. It goes on from the newest whole checkpoint, or from the start where there is none, and ends as if it had never stopped.\nExit codes: 0 completed, 1 failed, 130 stopped.',
  async run(args, context) {
    const runDir = await runArgument(args.positionals[0]!, context.cwd);
    await readRun(runDir);
    let lock = await inspectLock(runDir);
    if (lock.state === 'held') context.note('A trainer works on this run. Waiting whether it is about to end …');
    for (const begun = Date.now(); lock.state === 'held' && Date.now() - begun < patienceMs; lock = await inspectLock(runDir)) await sleep(200, context.signal);
    const name = displayPath(runDir, context.cwd);
    if (lock.state === 'held') throw new UserError(`${name} is running (process ${lock.record?.pid ?? '?'} on ${lock.record?.host ?? 'an unknown host'}). Stop it first: posttrain stop ${shellWord(name)}`, 'run-locked');
    if ((await runStatus(runDir)) === 'completed') throw new UserError(`${name} is complete: there is nothing to resume. To train on, start a new run with model_name_or_path: ${name}/final`, 'run-complete');
    return watchRun(context, { runDir, resume: true, json: args.options.json === true });
  },
};
