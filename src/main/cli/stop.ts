/** `posttrain stop RUN`: asks a running trainer to save a checkpoint and end, and waits for it. */

import { UserError } from '../../core/problem.ts';
import { shellWord } from '../../core/text.ts';
import { displayPath, runStatus } from '../../node/runDirectory.ts';
import { stopTrainer } from '../../node/trainerProcess.ts';
import type { CliCommand } from './command.ts';
import { runArgument } from './runArgument.ts';

export const stop: CliCommand = {
  name: 'stop',
  summary: 'Stop a run with a checkpoint, wherever it was started.',
  usage: 'stop RUN [--kill]',
  options: [{ name: 'kill', type: 'boolean', description: 'End the process when it has not stopped by itself within 30 seconds.' }],
  positionals: { min: 1, max: 1 },
  details: 'Waits until the run has stopped. Ctrl+C ends the waiting; the request stays. Exit codes: 0 stopped, 1 it was not running.',
  async run(args, context) {
    const runDir = await runArgument(args.positionals[0]!, context.cwd);
    const name = displayPath(runDir, context.cwd);
    if (!(await stopTrainer(runDir, { signal: context.signal, killAfterMs: args.options.kill ? 30_000 : undefined }))) {
      const status = await runStatus(runDir);
      const next = status === 'stale' ? ` Its process is gone; go on with: posttrain resume ${shellWord(name)}` : '';
      throw new UserError(`${name} is not running (${status}).${next}`, 'not-running');
    }
    const status = await runStatus(runDir);
    context.print(status === 'completed' ? `${name} was completed.\n` : `${name} has stopped. Go on with: posttrain resume ${shellWord(name)}\n`);
    return 0;
  },
};
