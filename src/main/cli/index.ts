/** The `posttrain` program: finds the command, runs it, turns what it throws into one line and an exit code. */

import { isCancelled } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';
import { didYouMean } from '../../core/text.ts';
import { posttrainVersion } from '../../node/newRun.ts';
import { annotations } from './annotations.ts';
import { parseArguments } from './arguments.ts';
import { bench } from './bench.ts';
import { UsageError, type CliCommand } from './command.ts';
import { convert } from './convert.ts';
import { devices } from './devices.ts';
import { formats } from './formats.ts';
import { generate } from './generate.ts';
import { commandHelp, generalHelp } from './help.ts';
import { ignore } from './ignore.ts';
import { merge } from './merge.ts';
import { continueCommand, pause } from './pause.ts';
import { resume } from './resume.ts';
import { rows } from './rows.ts';
import { runs } from './runs.ts';
import { setup } from './setup.ts';
import { stats } from './stats.ts';
import { stop } from './stop.ts';
import { openTerminal } from './terminal.ts';
import { tokens } from './tokens.ts';
import { train } from './train.ts';
import { validate } from './validate.ts';

const commands: readonly CliCommand[] = [train, resume, stop, pause, continueCommand, runs, validate, ignore, stats, rows, convert, annotations, tokens, generate, merge, formats, devices, bench, setup];

const distDir = __dirname;
const words = process.argv.slice(2);
const terminal = openTerminal({ debug: words.includes('--debug'), noColor: words.includes('--no-color'), distDir });

main().then(
  (code) => terminal.exit(code),
  (error: unknown) => terminal.exit(report(error)),
);

async function main(): Promise<number> {
  const { context } = terminal;
  const at = words.findIndex((word) => !['--debug', '--no-color'].includes(word));
  const name = at < 0 ? undefined : words[at];
  if (name === '--version' || name === '-v' || name === 'version') {
    context.print(`${posttrainVersion(distDir)}\n`);
    return 0;
  }
  if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && words[at + 1] === undefined)) {
    context.print(generalHelp(commands, posttrainVersion(distDir)));
    return name === undefined ? 2 : 0;
  }
  const wanted = name === 'help' ? words[at + 1]! : name;
  const command = commands.find((c) => c.name === wanted);
  if (!command) {
    throw new UsageError(`${wanted.startsWith('-') ? 'There is no option' : 'There is no command'} "${wanted}".${didYouMean(wanted, commands.map((c) => c.name))} See posttrain --help.`);
  }
  const args = name === 'help' ? undefined : parseArguments(command, words.slice(at + 1));
  if (!args || args.help) {
    context.print(commandHelp(command));
    return 0;
  }
  return command.run(args, context);
}

/** One line for what a person can mend; a bug says that it is one. */
function report(error: unknown): number {
  const { note, debug } = terminal.context;
  if (isCancelled(error)) return 130;
  const known = error instanceof UsageError || error instanceof UserError;
  const message = error instanceof Error ? error.message : String(error);
  note(known ? `posttrain: ${message}` : `posttrain: this is a bug in Posttrain: ${message.split('\n')[0]}${debug ? '' : ' (--debug shows where)'}`);
  if (debug && error instanceof Error && error.stack) note(error.stack);
  return error instanceof UsageError || (error instanceof UserError && error.code === 'spec') ? 2 : 1;
}
