/** What the trainer prints about backends, among what libraries print, and how a look at them ends. */

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findDevices, parseDevice, type Device } from '../../../src/node/devices.ts';
import { findNode } from '../../../src/node/nodeProgram.ts';
import { buildPrograms } from '../../fixtures/run/programs.ts';

const { folder, trainer } = buildPrograms();
async function all(program: string, signal?: AbortSignal): Promise<Device[]> {
  const found: Device[] = [];
  for await (const device of findDevices(await findNode(), program, signal)) found.push(device);
  return found;
}

test('every line that is a backend, whatever else is printed', async () => {
  assert.deepEqual((await all(trainer)).map(({ backend, usable }) => [backend, usable]), [['wasm', true], ['tensorflow', false]]);
});

test('what is missing or of another type is unknown, not trusted', () => {
  assert.deepEqual(parseDevice('{"backend": "wasm", "usable": true, "memoryBytes": "much", "probe": {"matmulGflops": "fast"}}'), { backend: 'wasm', usable: true, reason: '', device: '', memoryBytes: null, probe: null });
  for (const line of ['', 'hello', 'null', '3', '{"backend": 1, "usable": true}', '{"backend": "wasm"}']) assert.equal(parseDevice(line), undefined, line);
});

test('a program that fails says so, and one that hangs is ended by a cancel', async () => {
  const fails = join(folder, 'fails.cjs');
  writeFileSync(fails, 'console.error("no memory"); process.exit(3);');
  await assert.rejects(all(fails), { name: 'UserError', message: /could not be looked at: no memory/ });
  const hangs = join(folder, 'hangs.cjs');
  writeFileSync(hangs, 'setInterval(() => {}, 1000);');
  await assert.rejects(all(hangs, AbortSignal.timeout(300)), { name: 'Cancelled' });
});
