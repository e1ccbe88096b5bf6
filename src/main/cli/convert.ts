/** `posttrain convert`: a dataset in another format, or in another kind of file. */

import { join, resolve } from 'node:path';
import { UserError } from '../../core/problem.ts';
import { didYouMean } from '../../core/text.ts';
import { formats } from '../../dataset/formats/index.ts';
import { startConvertWorker } from '../../node/convertWorker.ts';
import type { RefusedRow, Survey } from '../../protocol/convert.ts';
import { UsageError, type CliCommand, type CliContext } from './command.ts';

export const convert: CliCommand = {
  name: 'convert',
  summary: 'Write a dataset in another format, or as another kind of file.',
  usage: 'convert IN OUT --to ID [--from ID]',
  options: [
    { name: 'to', type: 'string', value: 'ID', description: `Format of the new rows: ${formats.ids.join(', ')}.` },
    { name: 'from', type: 'string', value: 'ID', description: 'Format of the old rows; found from the first ones when not given.' },
    { name: 'lossy', type: 'boolean', description: 'Convert although something is lost; what, is told all the same.' },
    { name: 'overwrite', type: 'boolean', description: 'Replace OUT when it is there already.' },
    { name: 'json', type: 'boolean', description: 'One JSON object a line: {line, reason} for a row that cannot be converted, then {from, to, rows, written, refused, losses}.' },
  ],
  positionals: { min: 2, max: 2 },
  details: `IN and OUT are .jsonl, .json (a list of rows), .csv or .parquet. What rows would lose is told first, by key; rows that cannot be converted are told with
line and reason (in .parquet files their number). With either, nothing is written unless --lossy is given.

  posttrain convert sharegpt.json train.jsonl --to messages
  posttrain convert pairs.parquet pairs.jsonl --to preference
`,
  async run(args, context) {
    const { to, from, lossy, overwrite, json } = args.options;
    if (to === undefined) throw new UsageError('"posttrain convert" needs --to ID.');
    for (const id of [to, from]) {
      if (id !== undefined && !formats.has(String(id))) throw new UsageError(`There is no format "${String(id)}".${didYouMean(String(id), formats.ids)} Known: ${formats.ids.join(', ')}.`);
    }
    const [input, output] = args.positionals.map((path) => resolve(context.cwd, path)) as [string, string];
    const request = { input, output, to: String(to), ...(from !== undefined && { from: String(from) }), overwrite: overwrite === true };
    const refused = ({ place, reason }: RefusedRow) => (json ? context.printJson({ line: place, reason }) : context.note(`${args.positionals[0]}:${place}: ${reason}`));
    const worker = startConvertWorker(join(context.distDir, 'convert.js'), { refused });
    // The first Ctrl+C lets the worker take its half-written file away.
    const forget = context.onForcedEnd(() => worker.dispose());
    try {
      const survey = await worker.survey(request, context.signal);
      const nothingLost = survey.losses.every(({ change }) => change) && survey.refused === 0;
      if (!json) tell(survey, context);
      const ends = (written: number) => void (json && context.printJson({ from: survey.from, to: survey.to, rows: survey.rows, written, refused: survey.refused, losses: survey.losses }));
      if (survey.made === 0) {
        ends(0);
        throw new UserError(survey.rows === 0 ? `${args.positionals[0]} holds no row, so nothing was written.` : `None of the ${survey.rows} rows can be converted, so nothing was written. The first: ${survey.refusals[0]!.reason}`, 'nothing-made');
      }
      if (!nothingLost && !lossy) {
        ends(0);
        throw new UserError('Nothing was written, because something would be lost. To convert all the same, add --lossy.', 'lossy');
      }
      const { rows } = await worker.write(request, context.signal);
      ends(rows);
      if (!json) context.print(`${args.positionals[1]}: ${rows} ${survey.to} row${rows === 1 ? '' : 's'}\n`);
      return 0;
    } finally {
      forget();
      worker.dispose();
    }
  },
};

function tell({ from, to, rows, refused, losses }: Survey, { note }: CliContext): void {
  note(`${rows} row${rows === 1 ? '' : 's'} from ${from} to ${to}${refused > 0 ? `; ${refused} cannot be converted` : ''}${losses.length > 0 ? `; ${losses.every(({ change }) => change) ? 'changed' : 'lost'}:` : ''}`);
  for (const { key, what, rows: of } of losses) note(`  ${key} (${of} row${of === 1 ? '' : 's'}): ${what}`);
}
