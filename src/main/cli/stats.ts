/** `posttrain stats FILE…`: what a dataset holds, which methods it can feed and with how much, and what to know before training on it. */

import { join, resolve } from 'node:path';
import { UserError } from '../../core/problem.ts';
import { formats } from '../../dataset/formats/index.ts';
import type { Counts } from '../../dataset/stats/rowStats.ts';
import { adviceOf, feedsOf, secondsFor } from '../../methods/datasetStats.ts';
import { conversionHint, methods, paramsOf, takes, type MethodId } from '../../methods/index.ts';
import { presentBackends } from '../../methods/shared.ts';
import { parameterCount } from '../../model/shapes.ts';
import { findDevices } from '../../node/devices.ts';
import { openFileSource } from '../../node/fileSource.ts';
import { findNode } from '../../node/nodeProgram.ts';
import { openModelFolder } from '../../node/modelFolder.ts';
import { loadTokenizerFiles, tokenizerChanges } from '../../node/tokenizerFiles.ts';
import { startTokenWorker } from '../../node/tokenWorker.ts';
import { automatic } from '../../protocol/devicesView.ts';
import { adviceText } from '../../run/statsText.ts';
import { fileStats } from '../stats/fileStats.ts';
import { UsageError, type CliArguments, type CliCommand, type CliContext } from './command.ts';
import { formatOption } from './formatOption.ts';
import { english, statsText, type FileStats, type Speed } from './statsText.ts';

export const stats: CliCommand = {
  name: 'stats',
  summary: 'Show what datasets hold: lengths, turns, roles, scripts, tokens, and which methods they can feed.',
  usage: 'stats FILE… [--model DIR] [--method ID] [options]',
  options: [
    { name: 'model', type: 'string', value: 'DIR', description: 'Count tokens with this tokenizer, as a method prepares the rows (--method, or the usual one).' },
    { name: 'format', type: 'string', value: 'ID', description: 'Format of the rows; found by itself when not given.' },
    { name: 'tokens_per_second', type: 'number', value: 'N', description: 'Tell how long training takes at this speed (posttrain bench measures it).' },
    { name: 'measure', type: 'boolean', description: 'Tell how long training takes at best: the speed of a matrix product is measured, as posttrain devices does. Needs --model.' },
    { name: 'json', type: 'boolean', description: 'One JSON object a file.' },
  ],
  positionals: { min: 1, max: Infinity },
  methodParams: true,
  details: `Rows that are too many or too few for a method are told by the ranges in which training is known to work: 1 thousand to 1 billion learnt
tokens, and for online reinforcement learning 1 thousand to 10 million prompts. Without --model tokens are taken from the bytes of the texts.
What has to be converted first, posttrain convert does. Scripts are a first idea of languages: no model looks at the words.
Files are read row by row: their size does not matter. Percentiles are right to within a tenth.

  posttrain stats train.jsonl --model models/tiny --method dpo --max_length 512 --num_train_epochs 3
`,
  async run(args, context) {
    const { model, json, measure, tokens_per_second: given } = args.options;
    if (given !== undefined && !(Number(given) > 0)) throw new UsageError('--tokens_per_second must be above 0.');
    if (args.options.method !== undefined && model === undefined) throw new UsageError('A method is counted in tokens: give --model DIR as well.');
    if ((measure || given !== undefined) && model === undefined) throw new UsageError('How long training takes is told from its tokens: give --model DIR as well.');
    if (measure && given !== undefined) throw new UsageError('Choose one of --measure and --tokens_per_second.');
    const format = formatOption(args);
    const method = args.options.method === undefined ? undefined : methods.find(String(args.options.method)).id;
    const modelDir = model === undefined ? undefined : resolve(context.cwd, String(model));
    const worker = modelDir === undefined ? undefined : startTokenWorker(await asUsage(loadTokenizerFiles(modelDir, tokenizerChanges(args.params, context.cwd))));
    try {
      const speed = given !== undefined ? { tokensPerSecond: Number(given) } : measure ? await measured(modelDir!, context) : undefined;
      for (const file of args.positionals) {
        const source = await asUsage(openFileSource(resolve(context.cwd, file)));
        try {
          const tokens = worker && { worker, method, paramsOf: (id: MethodId) => paramsFor(id, args) };
          const counted = await fileStats(source, { format, tokens, signal: context.signal });
          const found = counted.format === undefined ? undefined : formats.find(counted.format);
          if (method && found && !takes(method, found)) context.note(`${file}: no tokens were counted, because the method "${method}" cannot use ${found.id} rows: it takes ${methods.get(method).accepts.join(', ')}.${conversionHint(found, [method])}`);
          report({ file, stats: counted, epochs: epochsOf(args), speed }, json === true, context);
        } finally {
          await source.close();
        }
        await context.drain();
      }
    } finally {
      worker?.dispose();
    }
    return 0;
  },
};

function paramsFor(id: MethodId, { params }: CliArguments): Record<string, unknown> {
  return { ...Object.fromEntries(paramsOf(id).map((param) => [param.name, param.default])), ...params };
}

/** Every method has the same default. */
function epochsOf(args: CliArguments): number {
  return paramsFor('sft', args).num_train_epochs as number;
}

async function asUsage<T>(opened: Promise<T>): Promise<T> {
  return opened.catch((error: unknown) => {
    throw error instanceof UserError ? new UsageError(error.message, { cause: error }) : error;
  });
}

/** What `backend: auto` would take, and how many weights it would train. */
async function measured(modelDir: string, context: CliContext): Promise<Speed> {
  const model = await openModelFolder(modelDir);
  await model.close();
  const parameters = parameterCount(model.config);
  const found = [];
  const node = await findNode(undefined, context.signal);
  for await (const device of findDevices({ node, trainerPath: join(context.distDir, 'trainer.js'), backends: presentBackends, signal: context.signal })) found.push(device);
  const gflops = automatic(found)?.probe?.matmulGflops;
  if (gflops === undefined) throw new UserError('No backend of this machine could be measured. See posttrain devices, or give --tokens_per_second.', 'no-speed');
  return { gflops, parameters };
}

function report(found: FileStats, json: boolean, context: CliContext): void {
  if (json) context.printJson(asJson(found));
  else context.print(statsText(found));
}

/** The keys that scripts rely on, in the order of the documentation. */
function asJson({ file, stats, epochs, speed }: FileStats) {
  const { rows, blank, invalid, formats, bytes, content, tokens } = stats;
  const kinds = content.kinds as Record<string, number>;
  const usable = (id: MethodId) => methods.get(id).accepts.reduce((sum, kind) => sum + (kinds[kind] ?? 0), 0);
  return {
    file,
    rows,
    blank,
    invalid,
    formats,
    bytes,
    chars: content.chars ?? null,
    ...(tokens && { tokens: { total: tokens.total, trained: tokens.trained, p50: tokens.length?.p50 ?? null, p95: tokens.length?.p95 ?? null, max: tokens.length?.max ?? null, method: tokens.method, maxLength: tokens.maxLength, cut: tokens.cut, cutTrained: tokens.cutTrained, filled: tokens.filled, length: tokens.length ?? null } }),
    methods: Object.fromEntries(methods.ids.map((id) => [id, tokens?.method === id ? { usable: tokens.usable, dropped: tokens.dropped, truncated: tokens.truncated } : { usable: usable(id) }])),
    turns: content.turns ?? null,
    roles: named(content.roles),
    labels: named(content.labels),
    scripts: named(content.scripts),
    feeds: feedsOf(stats),
    advice: adviceOf(stats, epochs).map((advice) => ({ ...advice, message: adviceText(advice, english) })),
    ...(speed && tokens && { seconds: secondsFor(tokens, epochs, speed), epochs }),
  };
}

function named(counts: Counts): Record<string, number> {
  return Object.fromEntries(counts.map(({ name, count }) => [name, count]));
}
