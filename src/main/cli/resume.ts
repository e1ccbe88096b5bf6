/** `posttrain resume RUN [max_steps=N]`: goes on from the newest checkpoint, in the foreground, longer than planned where that is asked for. */

import { sleep } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';
import { shellWord } from '../../core/text.ts';
import { makeLonger } from '../../node/longerRun.ts';
import { displayPath, inspectLock, readRun, runStatus } from '../../node/runDirectory.ts';
import type { CliCommand } from './command.ts';
import { runArgument } from './runArgument.ts';
import { watchRun } from './watchRun.ts';

/** The trainer of a terminal that was just closed needs a moment for its checkpoint. */
const patienceMs = 6_000;

export const resume: CliCommand = {
  name: 'resume',
  summary: 'Go on with a run that was stopped or killed, or let it go on longer.',
  usage: 'resume RUN [max_steps=N] [num_train_epochs=N] [--json]',
  options: [{ name: 'json', type: 'boolean', description: 'Print the new events instead, one JSON object a line.' }],
  positionals: { min: 1, max: 3 },
  overrides: true,
  details: 'RUN is a run directory. It goes on from the newest whole checkpoint, or from the start where there is none, and ends as if it had never stopped.\nmax_steps=N or num_train_epochs=N (totals, from the first step on) let a run go on longer than planned, also one that is complete. The learning rate\nfollows the schedule made anew for the new total, as in transformers; the first step still has the rate that was next before.\nExit codes: 0 completed, 1 failed, 2 bad usage, 130 stopped.',
  async run(args, context) {
    const [path, ...longer] = args.positionals as [string, ...string[]];
    const runDir = await runArgument(path, context.cwd);
    await readRun(runDir);
    let lock = await inspectLock(runDir);
    if (lock.state === 'held') context.note('A trainer works on this run. Waiting whether it is about to end …');
    for (const begun = Date.now(); lock.state === 'held' && Date.now() - begun < patienceMs; lock = await inspectLock(runDir)) await sleep(200, context.signal);
    const name = displayPath(runDir, context.cwd);
    if (lock.state === 'held') throw new UserError(`${name} is running (process ${lock.record?.pid ?? '?'} on ${lock.record?.host ?? 'an unknown host'}). Stop it first: posttrain stop ${shellWord(name)}`, 'run-locked');
    if (longer.length > 0) await makeLonger(runDir, longer);
    else if ((await runStatus(runDir)) === 'completed') throw new UserError(`${name} is complete: there is nothing to resume. To let it go on longer: posttrain resume ${shellWord(name)} max_steps=N. Or start a new run with model_name_or_path: ${name}/final`, 'run-complete');
    return watchRun(context, { runDir, resume: true, json: args.options.json === true });
  },
};
