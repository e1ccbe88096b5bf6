/** Safetensors: what is written is read back, and broken files are named as what they are. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bytesSource } from '../../../src/core/byteSource.ts';
import { bf16ToFloat, f16ToFloat, floatToBf16, floatToF16, type Dtype } from '../../../src/model/weights/numbers.ts';
import { joinWeights, readSafetensors, shardNames, writeSafetensors, type TensorToWrite } from '../../../src/model/weights/safetensors.ts';

const tensors: TensorToWrite[] = [
  { name: 'a', shape: [2, 3], read: () => Float32Array.from([1, -2.5, 3e-8, 1e20, -0, 0.1]) },
  { name: 'scalar', shape: [], read: () => Float32Array.from([7]) },
  { name: 'empty', shape: [0, 4], read: () => new Float32Array(0) },
];

async function write(list: readonly TensorToWrite[], dtype: Dtype = 'F32'): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  await writeSafetensors(list.map((tensor) => ({ dtype, ...tensor })), (bytes) => void parts.push(bytes.slice()), { note: 'x' });
  return Uint8Array.from(Buffer.concat(parts));
}

function raw(header: unknown, data = new Uint8Array(0)): Uint8Array {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(new TextEncoder().encode(text), 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

describe('safetensors', () => {
  test('F32 comes back bit by bit, with metadata and aligned data', async () => {
    const bytes = await write(tensors);
    const file = await readSafetensors(bytesSource(bytes), 'm.safetensors');
    assert.deepEqual([...file.names], ['a', 'scalar', 'empty']);
    assert.deepEqual(file.metadata, { format: 'pt', note: 'x' });
    assert.deepEqual(file.shape('a'), [2, 3]);
    assert.equal(file.dtype('a'), 'F32');
    assert.deepEqual([...await file.read('a')], [...await tensors[0]!.read()]);
    assert.deepEqual([...await file.read('scalar')], [7]);
    assert.equal((await file.read('empty')).length, 0);
    assert.equal(new DataView(bytes.buffer).getUint32(0, true) % 8, 0);
    assert.equal(file.shape('b'), undefined);
    await assert.rejects(file.read('b'), /no tensor "b" in m\.safetensors/);
  });

  test('each tensor has a type of its own', async () => {
    const list: TensorToWrite[] = [{ ...tensors[0]!, dtype: 'BF16' }, { ...tensors[1]!, dtype: 'F16' }, tensors[2]!];
    const file = await readSafetensors(bytesSource(await write(list)), 'm');
    assert.deepEqual(list.map(({ name }) => file.dtype(name)), ['BF16', 'F16', 'F32']);
    assert.deepEqual([...await file.read('scalar')], [7]);
  });

  test('F16 goes there and back for every half, and rounds to the nearest', () => {
    for (let half = 0; half < 0x10000; half++) {
      const value = f16ToFloat(half);
      if (Number.isNaN(value)) assert.ok(Number.isNaN(f16ToFloat(floatToF16(value))));
      else assert.equal(floatToF16(value), half, `${value}`);
    }
    for (const [value, half] of [[1 + 2 ** -11, 0x3c00], [1 + 3 * 2 ** -11, 0x3c02], [2 - 2 ** -12, 0x4000], [65519, 0x7bff], [65520, 0x7c00], [1e9, 0x7c00], [2 ** -25, 0], [1.1 * 2 ** -25, 1], [2 ** -14 - 2 ** -26, 0x0400]] as const) {
      assert.equal(floatToF16(value), half, `${value}`);
      assert.equal(floatToF16(-value), half | 0x8000, `${-value}`);
    }
  });

  test('BF16 keeps eight bits of the fraction', async () => {
    const file = await readSafetensors(bytesSource(await write(tensors, 'BF16')), 'm');
    const values = await file.read('a');
    (await tensors[0]!.read()).forEach((x, i) => assert.ok(Math.abs(values[i]! - x) <= Math.abs(x) * 2 ** -8));
    assert.equal(file.dtype('a'), 'BF16');
  });

  test('half floats round and decode as torch does', () => {
    // torch: tensor([...]).to(bfloat16).view(int16)
    assert.equal(floatToBf16(1), 0x3f80);
    assert.equal(floatToBf16(1 + 2 ** -8), 0x3f80, 'a tie goes to the even one');
    assert.equal(floatToBf16(1 + 3 * 2 ** -8), 0x3f82);
    assert.equal(floatToBf16(-Infinity), 0xff80);
    assert.ok(Number.isNaN(bf16ToFloat(floatToBf16(NaN))));
    for (const half of [0, 1, 0x3f80, 0x7f7f, 0x8000, 0xc123]) assert.equal(floatToBf16(bf16ToFloat(half)), half);
    assert.deepEqual([0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x7c00, 0x8000].map(f16ToFloat), [1, -2, 65504, 2 ** -24, 1023 * 2 ** -24, Infinity, -0]);
    assert.ok(Number.isNaN(f16ToFloat(0x7e00)));
  });

  test('F16 is read', async () => {
    const file = await readSafetensors(bytesSource(raw({ h: { dtype: 'F16', shape: [2], data_offsets: [0, 4] } }, Uint8Array.from([0, 0x3c, 0, 0xc0]))), 'm');
    assert.deepEqual([...await file.read('h')], [1, -2]);
  });

  test('broken files are refused by name', async () => {
    const whole = await write(tensors);
    const entry = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
    const cases: [Uint8Array, RegExp][] = [
      [new Uint8Array(3), /only 3 bytes/],
      [whole.subarray(0, whole.length - 5), /tensor "(a|scalar)" ends at byte \d+, but the file ends after \d+/],
      [whole.subarray(0, 40), /header should have \d+ bytes, but the file ends after 40/],
      [raw('{"a":'), /no JSON object/],
      [raw('[]'), /no JSON object/],
      [new TextEncoder().encode('this is another kind of file'), /not the length of a header/],
      [new TextEncoder().encode('PK\x03\x04 as torch.save writes it'), /is a pickle, .*safetensors/],
      [raw({ a: { ...entry, shape: [3] } }, new Uint8Array(8)), /tensor "a" has 8 bytes, but shape \[3\] of F32 needs 12/],
      [raw({ a: { ...entry, shape: [-1] } }), /tensor "a" in a way/],
      [raw({ a: { ...entry, data_offsets: [8, 0] } }), /tensor "a" in a way/],
      [raw({ a: 5 }), /tensor "a" in a way/],
    ];
    for (const [bytes, message] of cases) {
      await assert.rejects(readSafetensors(bytesSource(bytes), 'some/model.safetensors'), (error: Error) => {
        assert.equal(error.name, 'UserError');
        assert.match(error.message, message);
        assert.match(error.message, /some\/model\.safetensors/);
        return true;
      });
    }
    const file = await readSafetensors(bytesSource(raw({ q: { dtype: 'I8', shape: [4], data_offsets: [0, 4] } }, new Uint8Array(4))), 'm');
    await assert.rejects(file.read('q'), /"q" in m has type I8; Posttrain reads F32, F16 and BF16/);
  });

  test('shards join', async () => {
    const [one, two] = await Promise.all([tensors.slice(0, 1), tensors.slice(1)].map(async (list, i) => readSafetensors(bytesSource(await write(list)), `shard ${i}`)));
    const joined = joinWeights([one!, two!], 'index');
    assert.deepEqual([...joined.names], ['a', 'scalar', 'empty']);
    assert.deepEqual([...await joined.read('scalar')], [7]);
    await assert.rejects(joined.read('z'), /no tensor "z" in index/);
    assert.deepEqual(shardNames('{"weight_map":{"a":"2.safetensors","b":"1.safetensors","c":"2.safetensors"}}', 'i'), ['1.safetensors', '2.safetensors']);
    for (const text of ['{', '{}', '{"weight_map":{"a":"../x"}}', '{"weight_map":{"a":1}}']) assert.throws(() => shardNames(text, 'my index'), /my index is no index/);
  });
});
