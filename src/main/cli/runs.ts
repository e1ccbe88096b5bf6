/** `posttrain runs [DIR]`: what was trained here and what became of it. */

import { resolve } from 'node:path';
import { formatMetric, describeMetric } from '../../run/metrics.ts';
import { displayPath, findRuns, listRun, type RunListing } from '../../node/runDirectory.ts';
import type { CliCommand, CliContext } from './command.ts';

type Row = Omit<RunListing, 'problem'>;

export const runs: CliCommand = {
  name: 'runs',
  summary: 'List the runs in a folder and below.',
  usage: 'runs [DIR] [--json]',
  options: [{ name: 'json', type: 'boolean', description: 'One JSON object a line: {dir, method, status, step, maxSteps, started, ended, metrics}.' }],
  positionals: { min: 0, max: 1 },
  details: 'Newest first. A stale run began, did not finish, and no process works on it: "posttrain resume" goes on with it.',
  async run(args, context) {
    const root = resolve(context.cwd, args.positionals[0] ?? '.');
    const rows: Row[] = [];
    for (const dir of await findRuns(root, undefined, context.signal)) {
      const { problem, ...row } = await listRun(dir);
      if (problem !== null) context.note(`posttrain: ${problem}`);
      if (args.options.json) context.printJson(row);
      else rows.push(row);
    }
    if (!args.options.json) printTable(rows, context);
    return 0;
  },
};

function printTable(rows: readonly Row[], context: CliContext): void {
  if (rows.length === 0) return context.print('No runs here. Start one with: posttrain train SPEC.posttrain.yaml\n');
  const cells = rows.map((row) => [
    displayPath(row.dir, context.cwd),
    row.method,
    row.status,
    row.maxSteps ? `${row.step}/${row.maxSteps}` : String(row.step),
    row.metrics.loss === undefined ? '' : formatMetric(row.metrics.loss, describeMetric('loss')),
    row.started?.slice(0, 16).replace('T', ' ') ?? '',
  ]);
  const table = [['run', 'method', 'status', 'step', 'loss', 'started (UTC)'], ...cells];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((line) => line[i]!.length)));
  for (const line of table) context.print(`${line.map((cell, i) => cell.padEnd(widths[i]!)).join('  ').trimEnd()}\n`);
}
