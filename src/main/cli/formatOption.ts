/** `--format ID`. */

import { UserError } from '../../core/problem.ts';
import type { Format } from '../../dataset/format.ts';
import { formats } from '../../dataset/formats/index.ts';
import { UsageError, type CliArguments } from './command.ts';

/** Undefined when it is not given. An unknown one is bad usage. */
export function formatOption({ options }: CliArguments): Format | undefined {
  if (typeof options.format !== 'string') return undefined;
  try {
    return formats.find(options.format);
  } catch (error) {
    throw error instanceof UserError ? new UsageError(error.message) : error;
  }
}
