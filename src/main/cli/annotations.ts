/** `posttrain annotations FILE`: what people said about the rows of a file, how much is left, and how far they agree. */

import { resolve } from 'node:path';
import { sidecarOf } from '../../dataset/annotations/annotation.ts';
import { verdictOf } from '../../dataset/annotations/ledger.ts';
import { identifyRow } from '../../dataset/annotations/rowIdentity.ts';
import { TallyRows } from '../../dataset/annotations/tally.ts';
import { tallyMarkdown } from '../../dataset/annotations/tallyMarkdown.ts';
import { readLines } from '../../dataset/lineReader.ts';
import { openFileSource } from '../../node/fileSource.ts';
import { readLedger } from '../readLedger.ts';
import type { CliCommand } from './command.ts';

export const annotations: CliCommand = {
  name: 'annotations',
  summary: 'Show what annotators said about the rows of a file, and how far they agree.',
  usage: 'annotations FILE [--rows] [--json]',
  options: [
    { name: 'rows', type: 'boolean', description: 'The annotated rows instead: {row, hash, annotations: [{annotator, choice, labels, note, time}]}, one a line.' },
    { name: 'json', type: 'boolean', description: 'One JSON object: {file, rows, annotators, cohen, fleiss, unread}.' },
  ],
  positionals: { min: 1, max: 1 },
  details: `Annotations are in FILE.annotations.jsonl. A choice about a pair is "chosen" or "rejected", after what the file calls that answer now.
"unread" counts lines of the sidecar that are no annotations; they are left as they are.
  posttrain annotations pairs.jsonl --rows > judged.jsonl`,
  async run(args, context) {
    const name = args.positionals[0]!;
    const file = resolve(context.cwd, name);
    const sidecar = sidecarOf(name);
    const source = await openFileSource(file);
    try {
      const { ledger, unread } = await readLedger(sidecarOf(file));
      const tally = new TallyRows(ledger);
      let row = 0;
      for await (const lines of readLines(source, context.signal)) {
        for (const line of lines) {
          row++;
          const identity = identifyRow(row === 1 ? line.replace(/^\ufeff/, '') : line);
          if (!identity) continue;
          tally.add(identity);
          if (!args.options.rows || ledger.of(identity.hash).size === 0) continue;
          const said = [...ledger.of(identity.hash)].map(([annotator, { choice, labels, note }]) => ({
            annotator,
            choice: verdictOf(choice, identity) ?? null,
            labels: labels?.value ?? [],
            note: note?.value ?? '',
            time: new Date(Math.max(choice?.timeMs ?? 0, labels?.timeMs ?? 0, note?.timeMs ?? 0)).toISOString(),
          }));
          context.printJson({ row, hash: identity.hash, annotations: said });
        }
        if (args.options.rows) await context.drain();
      }
      if (args.options.rows) return 0;
      const { rows, annotators, cohen, fleiss } = tally.end();
      if (args.options.json) context.printJson({ file: name, rows, annotators: annotators.map((one) => ({ ...one, perHour: one.perHour ?? null })), cohen, fleiss: fleiss ?? null, unread });
      else context.print(`${tallyMarkdown({ rows, annotators, cohen, fleiss })}${unread > 0 ? `\n${unread === 1 ? `1 line of ${sidecar} is no annotation` : `${unread} lines of ${sidecar} are no annotations`}.\n` : ''}`);
      return 0;
    } finally {
      await source.close();
    }
  },
};
