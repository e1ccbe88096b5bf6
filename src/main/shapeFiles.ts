/** Makes new files of the rows of others: what `posttrain rows` and the window's commands do. What is read stays as it is. */

import { promises as fs } from 'node:fs';
import os from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { ByteSource } from '../core/byteSource.ts';
import { UserError } from '../core/problem.ts';
import { formats } from '../dataset/formats/index.ts';
import { rowKey } from '../dataset/shape/rowKey.ts';
import { rowBytes } from '../dataset/shape/rows.ts';
import { distinctRows, joinedRows, mixedRows, sampledRows, shuffledRows, splitRows } from '../dataset/shape/shapes.ts';
import { openFileSource } from '../node/fileSource.ts';
import { saveFile } from '../node/saveFile.ts';
import { spillFolder } from '../node/spillFolder.ts';
import type { ShapeRequest, ShapeResult } from '../protocol/rows.ts';
import { formatOfFile } from './fileFormat.ts';

export interface ShapeOptions {
  signal?: AbortSignal;
  /** Bytes read and bytes to read, all passes together. */
  onProgress?(done: number, total: number): void;
}

/** How often each action reads its inputs. A large file is read again by a shuffle, from the parts it was dealt into. */
const passes: Readonly<Record<ShapeRequest['action'], number>> = { shuffle: 1, split: 3, sample: 2, dedupe: 1, concat: 1, merge: 2 };

/** Throws a UserError that names what is wrong; then no output was written, or of two the first. */
export async function shapeFiles(request: ShapeRequest, { signal, onProgress }: ShapeOptions = {}): Promise<ShapeResult> {
  const inputs = request.inputs.map((path) => resolve(path));
  const outputs = request.outputs.map((path) => resolve(path));
  const twice = outputs.find((path, i) => inputs.includes(path) || outputs.indexOf(path) !== i);
  if (twice !== undefined) throw new UserError(`${twice} is named twice. Name another file for the result.`, 'output-twice');
  if (!request.replace) for (const path of outputs) await requireFree(path);
  const sources: ByteSource[] = [];
  const spill = spillFolder(outputs[0]!);
  try {
    let done = 0;
    for (const path of inputs) sources.push(await openFileSource(path));
    const total = passes[request.action] * sources.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const watched = sources.map((source): ByteSource => ({
      ...source,
      async read(offset, length) {
        const bytes = await source.read(offset, length);
        onProgress?.(Math.min((done += bytes.byteLength), total), total);
        return bytes;
      },
    }));
    const result: ShapeResult = { read: 0, written: [] };
    const write = async (rows: AsyncIterable<readonly string[]>) => {
      const path = outputs[result.written.length]!;
      const count = { rows: 0 };
      await saveFile(path, rowBytes(counted(rows, count)), { spareFolder: os.tmpdir(), signal, beforeReplace: () => (request.replace ? Promise.resolve() : requireFree(path)) });
      result.written.push(count.rows);
    };
    const [first] = watched as [ByteSource];
    const keyOf = async (by: string) => rowKey(by, by === 'prompt' ? await formatOfFile(sources[0]!, request.format === undefined ? undefined : formats.find(request.format), signal) : undefined);
    switch (request.action) {
      case 'shuffle':
        await write(shuffledRows(first, spill, { seed: request.seed, signal }));
        result.read = result.written[0]!;
        break;
      case 'split': {
        const split = await splitRows(first, await keyOf(request.by), { share: request.share, seed: request.seed, signal });
        await write(split.part('first'));
        await write(split.part('second'));
        result.read = split.rows;
        break;
      }
      case 'sample': {
        const { rows, share } = request;
        const wanted = (all: number) => ((result.read = all), rows ?? Math.round(all * share!));
        await write(sampledRows(first, wanted, { seed: request.seed, signal }));
        break;
      }
      case 'dedupe': {
        const count = { rows: 0 };
        await write(distinctRows(first, await keyOf(request.by), { signal, onRows: (rows) => (count.rows += rows) }));
        result.read = count.rows;
        break;
      }
      case 'concat':
        await write(joinedRows(watched, signal));
        result.read = result.written[0]!;
        break;
      case 'merge':
        await write(mixedRows(watched, { seed: request.seed, signal }));
        result.read = result.written[0]!;
        break;
    }
    return result;
  } finally {
    await spill.dispose();
    for (const source of sources) await source.close();
  }
}

/** Nothing is overwritten that nobody was asked about. */
export async function requireFree(path: string): Promise<void> {
  const there = await fs.lstat(path).then(() => true, () => false);
  if (there) throw new UserError(`${path} is there already. Name a file that is not, such as ${join(path, '..', await freeName(path))}.`, 'output-exists');
}

async function freeName(path: string): Promise<string> {
  const [, stem, ending] = /^(.*?)(\.[^.]*)?$/.exec(basename(path))!;
  for (let n = 2; ; n++) {
    const name = `${stem}-${n}${ending ?? ''}`;
    if (!(await fs.lstat(join(path, '..', name)).then(() => true, () => false))) return name;
  }
}

async function* counted(batches: AsyncIterable<readonly string[]>, count: { rows: number }): AsyncGenerator<readonly string[]> {
  for await (const lines of batches) {
    count.rows += lines.length;
    yield lines;
  }
}
