/** The safetensors format: a length, a JSON header, raw little-endian tensors. Read in ranges, written as a stream, F32 F16 BF16. */

import type { ByteSource } from '../../core/byteSource.ts';
import { isPickle, pickleRefusal } from '../../core/pickle.ts';
import { UserError } from '../../core/problem.ts';
import { oneLine, shownValue } from '../../core/text.ts';
import { sizeOf } from '../shapes.ts';
import { bf16ToFloat, bytesPerElement, encodeFloats, f16ToFloat, type Dtype } from './numbers.ts';
import type { WeightSource } from './source.ts';

export interface SafetensorsFile extends WeightSource {
  readonly metadata: Record<string, string>;
}

interface Entry {
  dtype: string;
  shape: number[];
  start: number;
  end: number;
}

/** Far above any real header; a wrong file gives a random length. */
const maxHeaderBytes = 100 * 2 ** 20;

/** Reads the header and checks it against the file's size. `place` is what messages call the file. */
export async function readSafetensors(source: ByteSource, place: string): Promise<SafetensorsFile> {
  const fail = (what: string) => new UserError(`${place} is no complete safetensors file: ${what}. Download or save it again.`, 'weights-file');
  if (source.sizeBytes < 10) throw fail(`it has only ${source.sizeBytes} bytes`);
  const lengthBytes = await source.read(0, 8);
  /** Said only of what is no safetensors file: the length of a header may begin with the same bytes. */
  const wrong = (what: string) => (isPickle(lengthBytes) ? new UserError(`${place} ${pickleRefusal}`, 'pickle') : fail(what));
  const view = new DataView(lengthBytes.buffer, lengthBytes.byteOffset, 8);
  const headerBytes = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (headerBytes > maxHeaderBytes) throw wrong('its first eight bytes are not the length of a header');
  if (8 + headerBytes > source.sizeBytes) throw wrong(`its header should have ${headerBytes} bytes, but the file ends after ${source.sizeBytes}`);
  let header: Record<string, unknown>;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await source.read(8, headerBytes));
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object');
    header = value as Record<string, unknown>;
  } catch (error) {
    throw wrong(`its header is no JSON object (${(error as Error).message})`);
  }

  const base = 8 + headerBytes;
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const entry = readEntry(value);
    if (!entry) throw fail(`its header describes tensor ${shownValue(name)} in a way that makes no sense`);
    const elementBytes = bytesPerElement(entry.dtype);
    if (elementBytes && entry.end - entry.start !== sizeOf(entry.shape) * elementBytes) throw fail(`tensor ${shownValue(name)} has ${entry.end - entry.start} bytes, but shape [${entry.shape.slice(0, 8).join(', ')}${entry.shape.length > 8 ? ', …' : ''}] of ${entry.dtype} needs ${sizeOf(entry.shape) * elementBytes}`);
    if (base + entry.end > source.sizeBytes) throw fail(`tensor ${shownValue(name)} ends at byte ${base + entry.end}, but the file ends after ${source.sizeBytes} (was the download cut off?)`);
    entries.set(name, entry);
  }

  return {
    names: [...entries.keys()],
    place,
    metadata: readMetadata(header.__metadata__),
    shape: (name) => entries.get(name)?.shape,
    dtype: (name) => entries.get(name)?.dtype,
    async read(name) {
      const entry = entries.get(name);
      if (!entry) throw new UserError(`There is no tensor ${shownValue(name)} in ${place}.`, 'weights-missing');
      if (!bytesPerElement(entry.dtype)) throw new UserError(`Tensor ${shownValue(name)} in ${place} has type ${oneLine(entry.dtype, 20)}; Posttrain reads F32, F16 and BF16.`, 'weights-dtype');
      const bytes = await source.read(base + entry.start, entry.end - entry.start);
      if (bytes.byteLength !== entry.end - entry.start) throw fail(`tensor ${shownValue(name)} could not be read whole`);
      return toFloats(bytes, entry.dtype as Dtype);
    },
  };
}

/** Several files as one source: the shards that an index.json names. */
export function joinWeights(files: readonly WeightSource[], place: string): WeightSource {
  const owner = new Map<string, WeightSource>();
  for (const file of files) for (const name of file.names) owner.set(name, file);
  return {
    names: [...owner.keys()],
    place,
    shape: (name) => owner.get(name)?.shape(name),
    dtype: (name) => owner.get(name)?.dtype(name),
    read: (name) => owner.get(name)?.read(name) ?? Promise.reject(new UserError(`There is no tensor ${shownValue(name)} in ${place}.`, 'weights-missing')),
  };
}

/** The shard files that the text of a model.safetensors.index.json names, in order. */
export function shardNames(indexJson: string, place: string): string[] {
  try {
    const map = (JSON.parse(indexJson) as { weight_map?: unknown }).weight_map;
    if (typeof map !== 'object' || map === null) throw new Error('it has no "weight_map"');
    const names = [...new Set(Object.values(map as Record<string, unknown>))];
    if (names.length === 0 || names.some((name) => typeof name !== 'string' || !/^[^\\/\p{C}]+\.safetensors$/u.test(name))) throw new Error('its "weight_map" does not name files of the same folder');
    return (names as string[]).sort();
  } catch (error) {
    throw new UserError(`${place} is no index of safetensors files: ${(error as Error).message}.`, 'weights-index');
  }
}

/** A tensor to write: `read` is called once, when its turn comes. */
export interface TensorToWrite {
  name: string;
  shape: readonly number[];
  /** Default F32. */
  dtype?: Dtype;
  read(): Float32Array | Promise<Float32Array>;
}

export type ByteSink = (bytes: Uint8Array) => void | Promise<void>;

/** Writes a whole file to `sink`, one tensor in memory at a time. The caller makes it atomic (another name, sync, rename). */
export async function writeSafetensors(tensors: readonly TensorToWrite[], sink: ByteSink, metadata: Record<string, string> = {}): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } };
  let offset = 0;
  for (const { name, shape, dtype = 'F32' } of tensors) {
    if (name in header) throw new Error(`Two tensors are called "${name}".`);
    const end = offset + sizeOf(shape) * bytesPerElement(dtype);
    header[name] = { dtype, shape, data_offsets: [offset, end] };
    offset = end;
  }
  let text = new TextEncoder().encode(JSON.stringify(header));
  // Readers map tensors straight into memory: the data must start on a multiple of eight.
  if (text.length % 8) text = new Uint8Array([...text, ...new Array<number>(8 - (text.length % 8)).fill(0x20)]);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setUint32(0, text.length, true);
  await sink(length);
  await sink(text);
  for (const { name, shape, dtype = 'F32', read } of tensors) {
    const data = await read();
    if (data.length !== sizeOf(shape)) throw new Error(`Tensor ${shownValue(name)} has ${data.length} numbers, not [${shape.join(', ')}].`);
    await sink(encodeFloats(data, dtype));
  }
}

function readEntry(value: unknown): Entry | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  const counts = (list: unknown): list is number[] => Array.isArray(list) && list.every((n) => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0);
  if (typeof dtype !== 'string' || !counts(shape) || !counts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) return undefined;
  return { dtype, shape, start: offsets[0]!, end: offsets[1]! };
}

function readMetadata(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}

function toFloats(bytes: Uint8Array, dtype: Dtype): Float32Array {
  if (dtype === 'F32') {
    // What is a part of something else is copied: it may start at any byte, would keep the whole alive, and is not the caller's.
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
    return new Float32Array(own.buffer, 0, own.byteLength / 4);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const convert = dtype === 'BF16' ? bf16ToFloat : f16ToFloat;
  const out = new Float32Array(bytes.byteLength / 2);
  for (let i = 0; i < out.length; i++) out[i] = convert(view.getUint16(i * 2, true));
  return out;
}
