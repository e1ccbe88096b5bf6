/** What the trainer prints about backends, among what libraries print, and what is said of one that crashes, fails or hangs. */

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { findDevices, parseDevice } from '../../../src/node/devices.ts';
import { findNode } from '../../../src/node/nodeProgram.ts';
import { automatic, type Device } from '../../../src/protocol/devicesView.ts';
import { buildPrograms } from '../../fixtures/run/programs.ts';

const { trainer } = buildPrograms();
async function all(mode = '', more: { limitMs?: number; signal?: AbortSignal; backends?: string[] } = {}): Promise<Device[]> {
  const found: Device[] = [];
  const node = await findNode();
  for await (const device of findDevices({ node: { ...node, env: { FAKE_TRAINER: mode } }, trainerPath: trainer, backends: ['tensorflow', 'wasm', 'cpu'], ...more })) found.push(device);
  return found;
}

test('each backend, whatever else is printed, and what auto takes of them', async () => {
  const found = await all();
  assert.deepEqual(found.map(({ backend, usable, setUp, rank }) => [backend, usable, setUp, rank]), [['tensorflow', false, true, null], ['wasm', true, false, 2], ['cpu', true, false, null]]);
  assert.equal(automatic(found)!.backend, 'wasm');
  assert.equal(automatic([{ ...found[1]!, backend: 'tensorflow', rank: 0 }, ...found.slice(1)])!.backend, 'tensorflow');
  const webgpu = (matmulGflops: number) => ({ ...found[1]!, backend: 'webgpu', rank: 1, probe: { matmulGflops } });
  const wasm = { ...found[1]!, probe: { matmulGflops: 50 } };
  assert.deepEqual([20, 80].map((gflops) => automatic([webgpu(gflops), wasm])!.backend), ['wasm', 'webgpu']);
  assert.equal(automatic([found[0]!, found[2]!]), undefined);
});

test('what is missing or of another type is unknown, not trusted', () => {
  assert.deepEqual(parseDevice('{"backend": "wasm", "usable": true, "memoryBytes": "much", "probe": {"matmulGflops": "fast"}, "versions": {"a": 1, "b": "2"}, "threads": "two", "gpu": 1}'), { backend: 'wasm', usable: true, reason: '', setUp: false, device: '', gpu: false, threads: null, versions: { b: '2' }, memoryBytes: null, probe: null, rank: null });
  for (const line of ['', 'hello', 'null', '3', '{"backend": 1, "usable": true}', '{"backend": "wasm"}']) assert.equal(parseDevice(line), undefined, line);
});

for (const [mode, reason] of [
  ['probe-crash', /^The look at it had no answer: native TensorFlow crashed \(SIGSEGV\)\. If it happens again, repair its set-up or take `backend: wasm`\. If it stays so: `posttrain setup tensorflow --repair`\.$/],
  ['probe-fail', /^The look at it had no answer: its process ended with code 3\. It said: Failed to load: no memory\. If it stays so: `posttrain setup tensorflow --repair`\.$/],
] as const) {
  test(`one that goes wrong takes no other down: ${mode}`, { skip: process.platform === 'win32' && mode === 'probe-crash' ? 'Windows has no signals: run it on Linux or macOS' : false }, async () => {
    const [tensorflow, wasm] = await all(mode);
    assert.deepEqual([tensorflow!.usable, tensorflow!.setUp], [false, true]);
    assert.match(tensorflow!.reason, reason);
    assert.equal(wasm!.usable, true);
  });
}

test('one that hangs is ended', async () => {
  const [tensorflow] = await all('probe-hang', { limitMs: 1000, backends: ['tensorflow'] });
  assert.deepEqual([tensorflow!.usable, tensorflow!.reason], [false, 'The look at it had no answer within 1 seconds and was ended. If it stays so: `posttrain setup tensorflow --repair`.']);
});

test('a cancel ends the look, and a Node that cannot be started is named', async () => {
  await assert.rejects(all('probe-hang', { signal: AbortSignal.timeout(300) }), { name: 'Cancelled' });
  const looking = findDevices({ node: { command: '/nowhere/node', env: {}, version: '', electron: false, source: '' }, trainerPath: trainer, backends: ['wasm'] });
  await assert.rejects(looking.next(), { name: 'UserError', message: /^\/nowhere\/node could not be started/ });
});
