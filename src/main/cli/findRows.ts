/** `posttrain rows filter` and `replace`: rows that fit a query, as they are or with a text replaced. */

import os from 'node:os';
import { basename, resolve } from 'node:path';
import type { ByteSource } from '../../core/byteSource.ts';
import { UserError } from '../../core/problem.ts';
import { sidecarOf } from '../../dataset/annotations/annotation.ts';
import { parseQuery, type Pattern, type Query } from '../../dataset/find/query.ts';
import { replaceableKeys } from '../../dataset/find/replaceRow.ts';
import { LineIndex } from '../../dataset/lineIndex.ts';
import { readLines } from '../../dataset/lineReader.ts';
import { encodeLine } from '../../dataset/lineText.ts';
import { RecordStore } from '../../dataset/recordStore.ts';
import { rowBytes } from '../../dataset/shape/rows.ts';
import { checksFileOf, readRules } from '../../language/checksFile.ts';
import { readTextIfThere } from '../../node/files.ts';
import { openFileSource } from '../../node/fileSource.ts';
import { startRowThread, type FoundSoFar } from '../../node/rowThread.ts';
import { displayPath } from '../../node/runDirectory.ts';
import { saveFile } from '../../node/saveFile.ts';
import type { SearchRequest } from '../../protocol/rows.ts';
import { formatOfFile } from '../fileFormat.ts';
import { requireFree } from '../shapeFiles.ts';
import { UsageError, type CliArguments, type CliContext } from './command.ts';
import { formatOption } from './formatOption.ts';

const READ_BYTES = 1024 * 1024;

export async function findRows(file: string, args: CliArguments, context: CliContext): Promise<number> {
  const { where, output, count, json } = args.options;
  if (typeof where !== 'string') throw new UsageError('"posttrain rows filter" needs --where QUERY.');
  if (output !== undefined && (json || count)) throw new UsageError('With --output there is nothing to print: leave out --json and --count.');
  const { value: query, problems } = parseQuery(where, { regex: args.options.regex === true, matchCase: args.options.match_case === true });
  if (!query || problems.length > 0) throw new UsageError(problems[0]!.message);
  return overFile(file, args, context, async (source, format, search) => {
    const found = { rows: 0 };
    const batches = query.sort ? sorted(source, search({ query, format, want: 'rows' })) : inOrder(search({ query, format, want: count ? 'rows' : 'lines' }));
    async function* lines() {
      for await (const batch of batches) {
        found.rows += batch.rows.length;
        yield batch;
      }
    }
    if (typeof output === 'string') {
      await write(resolve(context.cwd, output), rowBytes(texts(lines())), context);
      context.print(`${displayPath(resolve(context.cwd, output), context.cwd)}: ${found.rows} rows\n`);
      return 0;
    }
    for await (const { rows, texts } of lines()) {
      if (count) continue;
      if (json) for (const [i, row] of rows.entries()) context.printJson({ row: row + 1, text: texts[i] });
      else if (texts.length > 0) context.print(`${texts.join('\n')}\n`);
      await context.drain();
    }
    if (count) context.print(json ? `${JSON.stringify({ rows: found.rows })}\n` : `${found.rows}\n`);
    return 0;
  });
}

export async function replaceRows(file: string, args: CliArguments, context: CliContext): Promise<number> {
  const { find, with: text, key, output, json } = args.options;
  if (typeof find !== 'string' || find === '' || typeof text !== 'string') throw new UsageError('"posttrain rows replace" needs --find TEXT and --with TEXT.');
  const pattern: Pattern = { text: find, regex: args.options.regex === true, matchCase: args.options.match_case === true };
  const { problems } = parseQuery(find, pattern);
  if (pattern.regex && problems.length > 0) throw new UsageError(problems[0]!.message);
  return overFile(file, args, context, async (source, format, search, keys) => {
    const replacement = { pattern, with: text, keys: typeof key === 'string' ? [key] : keys };
    const query: Query = { terms: [{ kind: 'replaceable', not: false, pattern, keys: replacement.keys }], sort: undefined };
    if (typeof output !== 'string') {
      let rows = 0;
      for await (const found of search({ query, format, want: replacement })) {
        for (const [i, row] of found.rows.entries()) {
          if (json) context.printJson({ row: row + 1, before: found.lines[i], after: found.replaced[i] });
          else context.print(`${row + 1}\n- ${found.lines[i]}\n+ ${found.replaced[i]}\n`);
        }
        rows += found.rows.length;
        await context.drain();
      }
      if (!json) context.note(rows === 0 ? 'Nothing to replace.' : `${rows} rows would change. Write them with --output FILE.`);
      return 0;
    }
    const path = resolve(context.cwd, output);
    const changed = { rows: 0, of: 0 };
    await write(path, replacedBytes(source, search({ query, format, want: replacement }), changed, context.signal), context);
    context.print(`${displayPath(path, context.cwd)}: ${changed.rows} of ${changed.of} rows changed\n`);
    return 0;
  });
}

type Search = (request: SearchRequest) => AsyncGenerator<FoundSoFar>;

/** Opens file and thread, and closes both. `keys`: those whose texts a replacement may change. */
async function overFile(file: string, args: CliArguments, context: CliContext, task: (source: ByteSource, format: string | undefined, search: Search, keys: string[]) => Promise<number>): Promise<number> {
  const source = await openFileSource(resolve(context.cwd, file)).catch((error: unknown) => {
    throw error instanceof UserError ? new UsageError(error.message, { cause: error }) : error;
  });
  const thread = startRowThread();
  try {
    const format = await formatOfFile(source, formatOption(args), context.signal);
    const { levels, rows } = readRules({}, await readTextIfThere(checksFileOf(resolve(context.cwd, file))), basename(checksFileOf(file)));
    const annotations = { sidecar: sidecarOf(resolve(context.cwd, file)), annotator: args.options.annotator as string | undefined };
    return await task(source, format?.id, (request) => thread.search(chunks(source), { ...request, rules: { levels, rows }, annotations }, context.signal), replaceableKeys(format));
  } finally {
    thread.dispose();
    await source.close();
  }
}

async function* chunks(source: ByteSource): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(READ_BYTES);
  for (let at = 0; at < source.sizeBytes; at += READ_BYTES) yield await source.read(at, READ_BYTES, memory);
}

interface Batch {
  rows: readonly number[];
  texts: readonly string[];
}

async function* texts(batches: AsyncIterable<Batch>): AsyncGenerator<readonly string[]> {
  for await (const batch of batches) yield batch.texts;
}

async function* inOrder(found: AsyncGenerator<FoundSoFar>): AsyncGenerator<Batch> {
  for await (const { rows, lines } of found) yield { rows: [...rows], texts: lines };
}

async function* sorted(source: ByteSource, found: AsyncGenerator<FoundSoFar>): AsyncGenerator<Batch> {
  let order: Uint32Array = new Uint32Array();
  for await (const { end } of found) order = end?.order ?? order;
  const store = new RecordStore(source, await new LineIndex(source.sizeBytes).build(source));
  for (const row of order) yield { rows: [row], texts: await store.texts(row, 1) };
}

/** The file with the lines that were found replaced, and nothing else. */
async function* replacedBytes(source: ByteSource, found: AsyncGenerator<FoundSoFar>, changed: { rows: number; of: number }, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const lines = new Map<number, string>();
  let looked = 0;
  for await (const batch of readLines(source, signal)) {
    while (looked < changed.of + batch.length) {
      const { value, done } = await found.next();
      if (done) break;
      value.rows.forEach((row, i) => lines.set(row, value.replaced[i]!));
      looked = value.looked;
    }
    const texts = batch.map((line, i) => lines.get(changed.of + i) ?? line);
    if (changed.of === 0 && lines.has(0) && batch[0]!.charCodeAt(0) === 0xfeff) texts[0] = `\ufeff${texts[0]}`;
    for (let row = changed.of; row < changed.of + batch.length; row++) if (lines.delete(row)) changed.rows++;
    yield encodeLine(`${changed.of > 0 ? '\n' : ''}${texts.join('\n')}`);
    changed.of += batch.length;
  }
  const [last] = await source.read(Math.max(0, source.sizeBytes - 1), 1);
  if (last === 10) yield encodeLine('\n');
}

async function write(path: string, bytes: AsyncIterable<Uint8Array>, context: CliContext): Promise<void> {
  await requireFree(path);
  const unlisten = context.onForcedEnd(() => undefined); // what was begun is taken away before the process ends
  await saveFile(path, bytes, { spareFolder: os.tmpdir(), signal: context.signal, beforeReplace: () => requireFree(path) }).finally(unlisten);
}
