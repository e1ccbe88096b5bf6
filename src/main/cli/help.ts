/** The help texts of `posttrain` and of each command. */

import { globalOptions, optionsOf } from './arguments.ts';
import type { CliCommand, CliOption } from './command.ts';

export function generalHelp(commands: readonly CliCommand[], version: string): string {
  const width = Math.max(...commands.map((c) => c.name.length));
  return [
    `posttrain ${version}: post-train language models.`,
    '',
    'Usage: posttrain <command> [options]',
    '',
    ...commands.map((c) => `  ${c.name.padEnd(width)}  ${c.summary}`),
    '',
    'posttrain <command> --help tells more. posttrain --version prints the version.',
    '',
  ].join('\n');
}

export function commandHelp(command: CliCommand): string {
  const options = [...optionsOf(command), ...globalOptions];
  const width = Math.max(...options.map((o) => optionWord(o).length));
  return [
    `Usage: posttrain ${command.usage}`,
    '',
    command.summary,
    '',
    ...options.map((o) => `  ${optionWord(o).padEnd(width)}  ${o.description}`),
    ...(command.details ? ['', command.details.trimEnd()] : []),
    '',
  ].join('\n');
}

function optionWord(option: CliOption): string {
  return `--${option.name}${option.type === 'boolean' ? '' : ` ${option.value ?? 'VALUE'}`}`;
}
