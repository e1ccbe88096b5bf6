/** What `backend: auto` takes: the fastest that opens, whatever is broken before it, with the reasons. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnusableBackend, type Backend, type BackendId, type BackendSlot, type Unusable } from '../../../src/backend/backend.ts';
import { chooseFastest, type BackendKind } from '../../../src/backend/choose.ts';

const notSetUp: Unusable = { reason: 'it is not set up', next: 'Set it up.', setUp: true };
const order: BackendKind[] = [{ name: 'tensorflow', gpu: true }, { name: 'webgpu', gpu: true }, { name: 'tensorflow', gpu: false }, { name: 'wasm', gpu: false }];

/** A machine: each backend opens on a card or not, is not set up, or fails to open. */
function machine(has: Partial<Record<BackendId, { gpu: boolean; gflops?: number } | Unusable | Error>>) {
  const open = new Set<BackendId>();
  let active: string | undefined;
  const slot = (id: BackendId): BackendSlot => {
    const what = has[id] ?? notSetUp;
    return {
      id,
      unusable: () => ('reason' in what ? what : undefined),
      open: () => {
        if (what instanceof Error) throw what;
        open.add(id);
        active = id;
        return Promise.resolve({ name: id, gpu: (what as { gpu: boolean }).gpu, tf: { setBackend: (name: string) => (active = name) }, dispose: () => Promise.resolve(void open.delete(id)) } as unknown as Backend);
      },
    };
  };
  const measure = ({ name }: Backend) => {
    assert.equal(active, name, 'what is measured is the active one');
    const { gpu, gflops = gpu ? 1000 : 100 } = has[name] as { gpu: boolean; gflops?: number };
    return gflops < 0 ? Promise.reject(new Error('out of memory')) : Promise.resolve(gflops);
  };
  return { slot, measure, open, active: () => active };
}

async function taken(has: Parameters<typeof machine>[0], passedOver = new Map<BackendId, string>()) {
  const { slot, measure, open, active } = machine(has);
  const warnings: string[] = [];
  const { backend, reason } = await chooseFastest({ slot, fastestFirst: order, measure }, { warn: (message) => warnings.push(message) }, passedOver);
  assert.deepEqual([...open], [backend.name], 'what was opened to look at it is closed again');
  assert.equal(active(), backend.name, 'what was taken is the active one');
  return { name: backend.name, reason, warnings };
}

test('a card comes before a processor, whoever drives it', async () => {
  assert.equal((await taken({ tensorflow: { gpu: true }, webgpu: { gpu: true }, wasm: { gpu: false } })).name, 'tensorflow');
  assert.equal((await taken({ tensorflow: { gpu: false }, webgpu: { gpu: true }, wasm: { gpu: false } })).name, 'webgpu');
  assert.equal((await taken({ tensorflow: { gpu: false }, webgpu: { gpu: false }, wasm: { gpu: false } })).name, 'tensorflow');
});

test('a card through WebGPU that is slower than the next, or fails at a product, is passed over', async () => {
  const { name, reason } = await taken({ tensorflow: { gpu: false, gflops: 300 }, webgpu: { gpu: true, gflops: 60 }, wasm: { gpu: false } });
  assert.deepEqual([name, reason], ['tensorflow', 'the fastest that works here; webgpu: slower here (60 of 300 GFLOP/s)']);
  assert.equal((await taken({ webgpu: { gpu: true, gflops: 60 }, wasm: { gpu: false, gflops: 61 } })).name, 'wasm');
  assert.equal((await taken({ webgpu: { gpu: true, gflops: -1 }, wasm: { gpu: false } })).name, 'wasm');
  assert.equal((await taken({ webgpu: { gpu: true, gflops: 60 } })).name, 'webgpu');
});

test('one that would only emulate a card is passed over', async () => {
  assert.deepEqual(await taken({ webgpu: { gpu: false }, wasm: { gpu: false } }), { name: 'wasm', reason: 'the fastest that works here; tensorflow: it is not set up; webgpu: there is no graphics card that it can use', warnings: [] });
});

test('what is not set up is passed over with its reason, and without a warning', async () => {
  assert.deepEqual(await taken({ wasm: { gpu: false } }), { name: 'wasm', reason: 'the fastest that works here; tensorflow: it is not set up; webgpu: it is not set up', warnings: [] });
});

test('what is set up and does not open is passed over with a warning', async () => {
  const broken = new UnusableBackend('tensorflow', { reason: 'its native library is damaged', next: 'Repair it.', setUp: true });
  assert.deepEqual(await taken({ tensorflow: broken, webgpu: new Error('no adapter'), wasm: { gpu: false } }), {
    name: 'wasm',
    reason: 'the fastest that works here; tensorflow: its native library is damaged; webgpu: it does not start (no adapter)',
    warnings: ['The tensorflow backend cannot be used: its native library is damaged. Repair it.', 'The webgpu backend does not start: no adapter'],
  });
});

test('what is whole and finds no card is passed over without a warning', async () => {
  const cardless = new UnusableBackend('webgpu', { reason: 'there is no GPU that it can reach', next: 'Install the driver.', setUp: false });
  assert.deepEqual(await taken({ webgpu: cardless, wasm: { gpu: false } }), { name: 'wasm', reason: 'the fastest that works here; tensorflow: it is not set up; webgpu: there is no GPU that it can reach', warnings: [] });
});

test('what a run cannot take is not opened again', async () => {
  assert.deepEqual(await taken({ tensorflow: { gpu: true }, wasm: { gpu: false } }, new Map([['tensorflow', 'it has too little memory']])), { name: 'wasm', reason: 'the fastest that works here; tensorflow: it has too little memory; webgpu: it is not set up', warnings: [] });
});

test('nothing at all is an error with every reason', async () => {
  await assert.rejects(taken({}), /auto backend cannot be used: tensorflow: it is not set up; webgpu: .*; wasm: .*posttrain devices/);
});
