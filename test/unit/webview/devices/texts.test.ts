/** What the devices page says: names, facts, speeds beside one another, and what auto takes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Device, DevicesState } from '../../../../src/protocol/devicesView.ts';
import { backendText, codeParts, deviceFacts, speedShare, speedText, summaryText } from '../../../../webview/devices/texts.ts';

const t = (text: string, ...args: (string | number)[]) => text.replace(/\{(\d)\}/g, (_, i: string) => String(args[Number(i)]));
const device = (change: Partial<Device>): Device => ({ backend: 'wasm', usable: true, reason: '', setUp: false, device: 'WebAssembly, 2 threads', gpu: false, threads: 2, versions: {}, memoryBytes: 4.29e9, probe: { matmulGflops: 25 }, rank: 2, ...change });
const [native, wasm] = [device({ backend: 'tensorflow', probe: { matmulGflops: 100 }, rank: 1 }), device({})];
const state = (change: Partial<DevicesState>): DevicesState => ({ node: '', backends: ['tensorflow', 'wasm'], devices: [native, wasm], looking: false, error: '', ...change });

test('facts and speed, where they are known', () => {
  assert.equal(deviceFacts(wasm, t), 'WebAssembly, 2 threads · 4.3 GB of memory');
  assert.equal(deviceFacts(device({ memoryBytes: null }), t), 'WebAssembly, 2 threads');
  for (const [measured, shown] of [[100, '100'], [0.17, '0.17'], [1.07, '1.1'], [34.08, '34'], [101.4, '101'], [51_987.6, '52,000']] as const) assert.equal(speedText(device({ probe: { matmulGflops: measured } }), t), `${shown} GFLOP/s`);
  assert.equal(speedText(device({ probe: null }), t), '');
});

test('a bar is as long as the square root of its share', () => {
  assert.equal(speedShare(native, [native, wasm]), 100);
  assert.equal(speedShare(wasm, [native, wasm]), 50);
  assert.equal(speedShare(device({ probe: null }), [native]), 0);
});

test('the summary says how far the look is, what failed, what auto takes, or that nothing works', () => {
  assert.equal(summaryText(state({ devices: [native], looking: true }), t), 'Looked at 1 of 2…');
  assert.equal(summaryText(state({ error: 'No Node.' }), t), 'No Node.');
  assert.equal(summaryText(state({}), t), '"backend: auto" takes TensorFlow, the fastest that works here.');
  assert.match(summaryText(state({ devices: [device({ usable: false, rank: null })] }), t), /^Nothing can compute here/);
});

test('commands in a sentence are code; a backend of a later version keeps its id', () => {
  assert.deepEqual(codeParts('Run `a b`, then `c`.'), [{ text: 'Run ', code: false }, { text: 'a b', code: true }, { text: ', then ', code: false }, { text: 'c', code: true }, { text: '.', code: false }]);
  assert.deepEqual(backendText('quantum', t), { name: 'quantum', about: '' });
});
