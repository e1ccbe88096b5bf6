/** Damaged safetensors files: told in words, no byte read beyond the file, no more memory than the file has bytes. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { ByteSource } from '../../../src/core/byteSource.ts';
import type { Rng } from '../../../src/core/rng.ts';
import { readSafetensors, shardNames, writeSafetensors } from '../../../src/model/weights/safetensors.ts';
import { fuzz, jsonText, mutateBytes, mutateJson, mutateJsonText, pick } from '../../fixtures/fuzz.ts';

/** Fails when somebody asks for what is not there. */
function watched(bytes: Uint8Array): ByteSource {
  return {
    sizeBytes: bytes.length,
    read(offset, length) {
      assert.ok(Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0 && offset + length <= bytes.length, `read ${offset}+${length} of ${bytes.length}`);
      return Promise.resolve(bytes.slice(offset, offset + length));
    },
    close: () => Promise.resolve(),
  };
}

async function valid(): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const tensor = (name: string, shape: number[]) => ({ name, shape, read: () => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5) });
  await writeSafetensors([tensor('model.embed_tokens.weight', [12, 4]), tensor('model.norm.weight', [4]), tensor('scalar', []), tensor('empty', [0, 4])], (bytes) => void parts.push(bytes.slice()), { step: '3' });
  return Uint8Array.from(Buffer.concat(parts));
}

async function readAll(bytes: Uint8Array): Promise<void> {
  const file = await readSafetensors(watched(bytes), '/m/x.safetensors');
  let read = 0;
  for (const name of file.names) {
    const data = await file.read(name);
    assert.equal(data.length, file.shape(name)!.reduce((a, b) => a * b, 1), `${name} has as many numbers as its shape`);
    read = Math.max(read, data.length);
  }
  assert.ok(read <= bytes.length, 'no tensor has more numbers than the file has bytes');
}

function withHeader(header: unknown, data: Uint8Array, rng: Rng): Uint8Array {
  const text = new TextEncoder().encode(jsonText(header));
  const out = new Uint8Array(8 + text.length + data.length);
  const length = rng.below(4) > 0 ? BigInt(text.length) : pick([0n, 1n, BigInt(text.length) + 1n, BigInt(out.length), 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n], rng);
  new DataView(out.buffer).setBigUint64(0, length, true);
  out.set(text, 8);
  out.set(data, 8 + text.length);
  return out;
}

test('bytes flipped, cut and doubled', async () => {
  const bytes = await valid();
  const tally = await fuzz(1000, (rng) => readAll(mutateBytes(bytes, rng)));
  assert.ok(tally.told > 200 && tally.good > 20, JSON.stringify(tally));
});

test('headers with other values, lengths, offsets, shapes and types', async () => {
  const bytes = await valid();
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size))) as Record<string, unknown>;
  const tally = await fuzz(1500, (rng) => readAll(withHeader(mutateJson(header, rng), bytes.slice(8 + size), rng)));
  assert.ok(tally.told > 200 && tally.good > 20, JSON.stringify(tally));
});

test('a real model file', async () => {
  const bytes = readFileSync('test/parity/models/tied/model.safetensors');
  const head = 8 + Number(bytes.readBigUInt64LE(0));
  await fuzz(100, (rng) => readAll(Uint8Array.from(Buffer.concat([mutateBytes(bytes.subarray(0, head), rng), bytes.subarray(head)]))));
});

test('an index of shards names files of its own folder or is told', async () => {
  const index = JSON.stringify({ metadata: { total_size: 10 }, weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' } });
  await fuzz(1000, (rng) => {
    for (const name of shardNames(mutateJsonText(index, rng), '/m/model.safetensors.index.json')) assert.ok(name !== '' && !/[\\/\0]/.test(name) && name !== '..', JSON.stringify(name));
  });
});
