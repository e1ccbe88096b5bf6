/** `posttrain ignore FILE CODE`: what a check finds in a file, or in one of its rows, is fine. Written beside the file; no row is changed for it. */

import { basename, resolve } from 'node:path';
import { UserError } from '../../core/problem.ts';
import { checks } from '../../dataset/checks/index.ts';
import { readLines } from '../../dataset/lineReader.ts';
import { rowKey } from '../../language/checkRules.ts';
import { checksFileOf, withIgnored } from '../../language/checksFile.ts';
import { readTextIfThere, writeFileWhole } from '../../node/files.ts';
import { openFileSource } from '../../node/fileSource.ts';
import { UsageError, type CliCommand, type CliContext } from './command.ts';

export const ignore: CliCommand = {
  name: 'ignore',
  summary: 'Ignore what a check finds in a file, or in one of its rows.',
  usage: 'ignore FILE CODE [--line N]',
  options: [{ name: 'line', type: 'integer', value: 'N', description: 'In the row of this line alone, from 1, as long as it says what it says now.' }],
  positionals: { min: 2, max: 2 },
  details: `Codes are those that "posttrain validate" prints for rows. What is ignored stands in FILE.checks.json, which the editor reads as well; what is deleted there is told again.
  posttrain ignore train.jsonl special-token --line 3`,
  async run(args, context) {
    const [name, given] = args.positionals as [string, string];
    const { line } = args.options;
    const path = resolve(context.cwd, name);
    try {
      const code = checks.find(given).id;
      const text = await textAt(path, typeof line === 'number' ? line : 1, context);
      const row = typeof line === 'number' ? rowKey(text ?? '') : undefined;
      if (typeof line === 'number' && row === undefined) throw new UserError(`${name} has no row in line ${line}.`, 'no-line');
      const beside = checksFileOf(path);
      await writeFileWhole(beside, withIgnored(await readTextIfThere(beside), basename(beside), { code, row }));
      context.print(`${checksFileOf(name)}: ${code} is ignored in ${row === undefined ? 'all rows' : `the row of line ${line}`}.\n`);
      return 0;
    } catch (error) {
      throw error instanceof UserError ? new UsageError(error.message, { cause: error }) : error;
    }
  },
};

/** Undefined where the file is not so long. */
async function textAt(path: string, wanted: number, { signal }: CliContext): Promise<string | undefined> {
  const source = await openFileSource(path);
  try {
    let before = 0;
    for await (const lines of readLines(source, signal)) {
      if (wanted <= before + lines.length) return lines[wanted - 1 - before];
      before += lines.length;
    }
    return undefined;
  } finally {
    await source.close();
  }
}
