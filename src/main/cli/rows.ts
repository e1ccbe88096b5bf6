/** `posttrain rows ACTION FILE…`: finds rows, and makes new files of the rows of others. */

import { resolve } from 'node:path';
import { UserError } from '../../core/problem.ts';
import { formats } from '../../dataset/formats/index.ts';
import { displayPath } from '../../node/runDirectory.ts';
import type { ShapeRequest } from '../../protocol/rows.ts';
import { shapeFiles } from '../shapeFiles.ts';
import { UsageError, type CliArguments, type CliCommand, type CliContext } from './command.ts';
import { findRows, replaceRows } from './findRows.ts';
import { formatOption } from './formatOption.ts';

interface Action {
  /** Options that it reads, besides --json. */
  options: readonly string[];
  inputs: { min: number; max: number };
  run(files: readonly string[], args: CliArguments, context: CliContext): Promise<number>;
}

const seeded = ['seed', 'output'];

const actions: Readonly<Record<string, Action>> = {
  filter: { options: ['where', 'regex', 'match_case', 'annotator', 'format', 'count', 'output'], inputs: { min: 1, max: 1 }, run: ([file], args, context) => findRows(file!, args, context) },
  replace: { options: ['find', 'with', 'key', 'regex', 'match_case', 'format', 'output'], inputs: { min: 1, max: 1 }, run: ([file], args, context) => replaceRows(file!, args, context) },
  shuffle: shape(seeded, 1, (args) => ({ action: 'shuffle', seed: seedOf(args) })),
  split: shape(['share', 'by', 'rest', 'format', ...seeded], 1, (args) => ({ action: 'split', seed: seedOf(args), share: shareOf(args) ?? missing('--share NUMBER between 0 and 1'), by: byOf(args, 'prompt') })),
  sample: shape(['rows', 'share', ...seeded], 1, (args) => {
    const [rows, share] = [args.options.rows as number | undefined, shareOf(args)];
    if ((rows === undefined) === (share === undefined)) throw new UsageError('"posttrain rows sample" needs one of --rows N and --share NUMBER.');
    if (rows !== undefined && rows < 0) throw new UsageError('--rows must be at least 0.');
    return { action: 'sample', seed: seedOf(args), rows, share };
  }),
  dedupe: shape(['by', 'format', 'output'], 1, (args) => ({ action: 'dedupe', by: byOf(args, 'row') })),
  concat: shape(['output'], Infinity, () => ({ action: 'concat' })),
  merge: shape(seeded, Infinity, (args) => ({ action: 'merge', seed: seedOf(args) })),
};

export const rows: CliCommand = {
  name: 'rows',
  summary: 'Find rows; shuffle, split, sample, deduplicate and join files of them.',
  usage: `rows ${Object.keys(actions).join('|')} FILE… [--output FILE]`,
  options: [
    { name: 'output', type: 'string', value: 'FILE', description: 'The new file. It must not exist yet.' },
    { name: 'rest', type: 'string', value: 'FILE', description: 'split: the new file for all other rows.' },
    { name: 'where', type: 'string', value: 'QUERY', description: "filter: what to find, such as 'capital turns>2 role:tool -problem:any'." },
    { name: 'find', type: 'string', value: 'TEXT', description: 'replace: the text to replace, in texts of rows only.' },
    { name: 'with', type: 'string', value: 'TEXT', description: 'replace: what to put in its place.' },
    { name: 'key', type: 'string', value: 'KEY', description: 'replace: only under this key.' },
    { name: 'regex', type: 'boolean', description: 'filter, replace: the text is one regular expression.' },
    { name: 'match_case', type: 'boolean', description: 'filter, replace: capitals and small letters differ.' },
    { name: 'annotator', type: 'string', value: 'NAME', description: 'filter: of annotations, those of this person alone.' },
    { name: 'count', type: 'boolean', description: 'filter: print only how many there are.' },
    { name: 'seed', type: 'integer', value: 'N', description: 'What the random choice follows from (0).' },
    { name: 'share', type: 'number', value: 'NUMBER', description: 'split, sample: this share of the rows goes to --output.' },
    { name: 'rows', type: 'integer', value: 'N', description: 'sample: so many rows.' },
    { name: 'by', type: 'string', value: 'KEY', description: 'split, dedupe: rows are the same by their "prompt" (split), by all of the "row" (dedupe), or by a key.' },
    { name: 'format', type: 'string', value: 'ID', description: `Format of the rows (${formats.ids.join(', ')}); found by itself when not given.` },
    { name: 'json', type: 'boolean', description: 'filter: {row, text} of each row, one a line; else {read, written: [rows of each output]}.' },
  ],
  positionals: { min: 2, max: Infinity },
  details: `filter    prints the rows that fit a query, or writes them to --output
replace   replaces a text in the texts of rows; without --output it prints what would change
shuffle   all rows in random order
split     --share of the rows to --output, the others to --rest, without one prompt in both
sample    --rows or --share of the rows, in their order
dedupe    the first of rows that are the same
concat    the rows of several files, one file after the other
merge     the rows of several files mixed evenly, each file's in its own order

A query is made of words and "several words" that texts have to hold; /expressions/; key:text and key=value; lengths and numbers, such as
turns>6, length<200, chosen.length>rejected.length or score>=4; role:tool, has:KEY, problem:any, problem:error, problem:CODE;
annotation:labelled, unlabelled, skipped, note, tie, good, bad or a label, from FILE.annotations.jsonl; -TERM for rows that do not fit it; sort:length, sort:-turns or sort:KEY.

Files are read row by row: their size does not matter. Blank lines are left out, everything else stays to the byte.
  posttrain rows split data.jsonl --share 0.1 --output test.jsonl --rest train.jsonl --seed 7`,
  async run(args, context) {
    const [name, ...files] = args.positionals as [string, ...string[]];
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (!action) throw new UsageError(`"posttrain rows" knows no "${name}". Known: ${Object.keys(actions).join(', ')}.`);
    const foreign = Object.keys(args.options).find((option) => args.options[option] !== undefined && !['json', 'debug', 'no-color', ...action.options].includes(option));
    if (foreign !== undefined) throw new UsageError(`"posttrain rows ${name}" has no option --${foreign}. It has: ${action.options.map((option) => `--${option}`).join(', ')}.`);
    if (files.length > action.inputs.max) throw new UsageError(`"posttrain rows ${name}" takes one file, not ${files.length}.`);
    return action.run(files, args, context).catch((error: unknown) => {
      throw error instanceof UserError && error.code === 'output-exists' ? new UsageError(error.message, { cause: error }) : error;
    });
  },
};

type Specific<T> = T extends unknown ? Omit<T, 'inputs' | 'outputs' | 'replace' | 'format'> : never;

function shape(options: readonly string[], max: number, read: (args: CliArguments) => Specific<ShapeRequest>): Action {
  return {
    options,
    inputs: { min: 1, max },
    async run(files, args, context) {
      const specific = read(args);
      const path = (name: string) => {
        const value = args.options[name];
        return typeof value === 'string' ? resolve(context.cwd, value) : missing(`--${name} FILE`);
      };
      const outputs = specific.action === 'split' ? [path('rest'), path('output')] : [path('output')];
      const inputs = files.map((file) => resolve(context.cwd, file));
      // what was begun is taken away before the process ends
      const unlisten = context.onForcedEnd(() => undefined);
      const result = await shapeFiles({ ...specific, inputs, outputs, replace: false, format: formatOption(args)?.id }, { signal: context.signal }).finally(unlisten);
      if (args.options.json) context.printJson(result);
      else for (const [i, output] of outputs.entries()) context.print(`${displayPath(output, context.cwd)}: ${result.written[i]} of ${result.read} rows\n`);
      return 0;
    },
  };
}

function seedOf({ options }: CliArguments): number {
  return typeof options.seed === 'number' ? options.seed : 0;
}

function shareOf({ options }: CliArguments): number | undefined {
  const { share } = options;
  if (typeof share === 'number' && (share < 0 || share > 1)) throw new UsageError(`--share must be between 0 and 1, not ${share}.`);
  return share as number | undefined;
}

function byOf({ options }: CliArguments, usual: string): string {
  return typeof options.by === 'string' ? options.by : usual;
}

function missing(what: string): never {
  throw new UsageError(`"posttrain rows" needs ${what} for this.`);
}
