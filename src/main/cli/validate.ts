/** `posttrain validate FILE…`: what is wrong with datasets and run specs, with the same checks as the editor. */

import { basename, resolve } from 'node:path';
import type { Problem, Severity } from '../../core/problem.ts';
import { UserError } from '../../core/problem.ts';
import { lineColumn } from '../../core/text.ts';
import type { KnownFiles } from '../../dataset/across/knownFiles.ts';
import { evalOverlap } from '../../dataset/checks/evalOverlap.ts';
import type { Format } from '../../dataset/format.ts';
import { formats } from '../../dataset/formats/index.ts';
import { readLines } from '../../dataset/lineReader.ts';
import { checkLevels, parseLevels, type CheckLevels } from '../../language/checkRules.ts';
import { checksFileOf, readRules } from '../../language/checksFile.ts';
import { validateFile } from '../../language/validate.ts';
import { readTextIfThere } from '../../node/files.ts';
import { openFileSource } from '../../node/fileSource.ts';
import { displayPath } from '../../node/runDirectory.ts';
import { fileKind, loadSpec } from '../../node/specFile.ts';
import { formatOfFile } from '../fileFormat.ts';
import { UsageError, type CliArguments, type CliCommand, type CliContext } from './command.ts';
import { formatOption } from './formatOption.ts';
import { openDryRun, type DryRun } from './dryRun.ts';
import { createReporter, type Diagnostic } from './diagnostics.ts';
import { readKnownFiles } from './knownFiles.ts';

export const validate: CliCommand = {
  name: 'validate',
  summary: 'Check datasets and run specs, with file, line and column of every problem.',
  usage: 'validate FILE… [--format ID] [--eval FILE…] [--benchmark FILE…] [--severity CODE=LEVEL…] [--method ID --model DIR] [--json or --sarif] [--max_problems N]',
  options: [
    { name: 'format', type: 'string', value: 'ID', description: `Format of the rows (${formats.ids.join(', ')}); found by itself when not given.` },
    { name: 'eval', type: 'string', value: 'FILE', repeats: true, description: 'Tell rows that ask what this evaluation file asks; may be given several times.' },
    { name: 'benchmark', type: 'string', value: 'FILE', repeats: true, description: 'Tell rows that hold texts of this benchmark (JSONL, or text by lines); may be given several times.' },
    { name: 'severity', type: 'string', value: 'CODE=LEVEL', repeats: true, description: `How bad what a check of rows finds is taken to be: ${checkLevels.join(', ')}. May be given several times.` },
    { name: 'model', type: 'string', value: 'DIR', description: 'With --method: a dry run with this tokenizer, which tells what would be cut or left out, and where TRL would do something else.' },
    { name: 'json', type: 'boolean', description: 'One JSON object a line: {file, line, column, endLine, endColumn, code, severity, message}.' },
    { name: 'sarif', type: 'boolean', description: 'One SARIF 2.1.0 document, for code scanning.' },
    { name: 'max_problems', type: 'integer', value: 'N', description: 'List at most so many; all are counted.' },
  ],
  positionals: { min: 1, max: Infinity },
  methodParams: true,
  details: 'What FILE.checks.json says of the checks of a file goes before --severity (posttrain ignore).\nRun specs are *.yaml, *.yml and *.posttrain.json; every other file holds rows. A spec\'s dataset is held against its eval_dataset.\nExit codes: 0 no error, 1 at least one error, 2 bad usage or a file that cannot be read.',
  async run(args, context) {
    const most = args.options.max_problems;
    if (typeof most === 'number' && most < 0) throw new UsageError('--max_problems must be at least 0.');
    if (args.options.json && args.options.sarif) throw new UsageError('Choose one of --json and --sarif.');
    const format = formatOption(args);
    const levels = levelsGiven(args.lists.severity ?? []);
    const { eval: evals = [], benchmark: benchmarks = [] } = args.lists;
    for (const file of [...args.positionals, ...evals, ...benchmarks]) await requireFile(resolve(context.cwd, file), file);
    const named = (file: string) => ({ path: resolve(context.cwd, file), name: file });
    const known = await readKnownFiles({ evals: evals.map(named), benchmarks: benchmarks.map(named) }, context.signal).catch(asUsage);
    const dryRun = await dryRunOf(args, context).catch(asUsage);
    const reporter = createReporter(context, { style: args.options.json ? 'json' : args.options.sarif ? 'sarif' : 'text', most: typeof most === 'number' ? most : Infinity });
    try {
      reporter.begin();
      for (const file of args.positionals) {
        if (isSpecFile(file)) await validateSpecFile(file, context, levels, reporter.report);
        else await validateRows(file, context, { format, dryRun, known, levels, report: reporter.report, sum: (words) => void (reporter.forPeople && context.note(words)) });
      }
      reporter.end();
    } finally {
      dryRun?.dispose();
    }
    return reporter.counts.error > 0 ? 1 : 0;
  },
};

type Report = (diagnostic: Diagnostic) => void;

/** A file or folder that cannot be read is bad usage here: nothing was looked at yet. */
function asUsage(error: unknown): never {
  throw error instanceof UserError ? new UsageError(error.message, { cause: error }) : error;
}

function levelsGiven(words: readonly string[]): CheckLevels {
  try {
    return parseLevels(words);
  } catch (error) {
    asUsage(error);
  }
}

function isSpecFile(path: string): boolean {
  return /\.ya?ml$|\.posttrain\.json$/i.test(path);
}

async function requireFile(path: string, given: string): Promise<void> {
  const kind = await fileKind(path);
  if (kind !== 'file') throw new UsageError(kind === 'folder' ? `${given} is a folder. Name the files in it.` : `There is no file ${given}.`);
}

async function dryRunOf(args: CliArguments, context: CliContext): Promise<DryRun | undefined> {
  const { method, model } = args.options;
  if (method === undefined && model === undefined) return undefined;
  if (method === undefined || model === undefined) throw new UsageError('A dry run needs both --method ID and --model DIR.');
  return openDryRun({ method: String(method), modelDir: resolve(context.cwd, String(model)), params: args.params, cwd: context.cwd });
}

async function validateSpecFile(file: string, context: CliContext, levels: CheckLevels, report: Report): Promise<void> {
  const { text, problems, spec } = await loadSpec(file, { cwd: context.cwd });
  for (const problem of problems) {
    const start = lineColumn(text, problem.start);
    const end = lineColumn(text, problem.end);
    report({ file, line: start.line, column: start.column, endLine: end.line, endColumn: end.column, ...coded(problem) });
  }
  if (!spec || spec.eval_dataset.length === 0) return;
  const named = ({ path }: { path: string }) => ({ path, name: displayPath(path, context.cwd) });
  const known = await readKnownFiles({ evals: spec.eval_dataset.map(named), benchmarks: [] }, context.signal).catch(asUsage);
  // What else is to be said of its rows is said when the dataset itself is checked.
  const ofOverlap = (diagnostic: Diagnostic) => diagnostic.code === evalOverlap.id && report(diagnostic);
  for (const { name } of spec.dataset.map(named)) await validateRows(name, context, { format: undefined, dryRun: undefined, known, levels, report: ofOverlap, sum: () => undefined });
}

async function validateRows(file: string, context: CliContext, options: { format: Format | undefined; dryRun: DryRun | undefined; known: KnownFiles; levels: CheckLevels; report: Report; sum: (words: string) => void }): Promise<void> {
  const { dryRun, known, report } = options;
  const rules = readRules(options.levels, await readTextIfThere(checksFileOf(resolve(context.cwd, file))).catch(asUsage), basename(checksFileOf(file)));
  const source = await openFileSource(resolve(context.cwd, file)).catch(asUsage);
  const atRow = (line: number, problem: Pick<Problem, 'code' | 'severity' | 'message' | 'start' | 'end'>, method?: string) =>
    report({ file, line, column: problem.start + 1, endLine: line, endColumn: problem.end + 1, ...coded(problem), ...(method === undefined ? {} : { method }) });
  try {
    const format = dryRun ? await formatOfFile(source, options.format, context.signal) : options.format;
    const refused = dryRun && format && dryRun.refusal(format);
    if (refused) atRow(1, { code: 'format-not-accepted', severity: 'error', message: refused, start: 0, end: 0 }, dryRun.method);
    const check = dryRun && format && !refused ? await dryRun.file(format) : undefined;
    const batches = async function* () {
      let line = 1;
      for await (const batch of readLines(source, context.signal)) {
        yield batch;
        if (check) for (const found of await check.check(batch, line, context.signal)) atRow(found.line, found.problem, dryRun!.method);
        line += batch.length;
        await context.drain();
      }
    };
    const across = { known, again: () => readLines(source, context.signal) };
    await validateFile(batches(), { format: options.format, across, rules, onProblem: ({ line, problem }) => atRow(line, problem) }, context.signal);
    if (check) options.sum(`${file}, ${check.words()}`);
  } catch (error) {
    // A row that is too long to be read is the file's fault, not the program's.
    if (error instanceof UserError && error.code === 'file') throw new UsageError(error.message, { cause: error });
    if (error instanceof UserError && error.code === 'row-too-long') return atRow(1, { code: error.code, severity: 'error', message: error.message, start: 0, end: 0 });
    throw error;
  } finally {
    await source.close();
  }
}

function coded({ code, severity, message }: Pick<Problem, 'code' | 'severity' | 'message'>): { code: string; severity: Severity; message: string } {
  return { code, severity, message };
}
