/** The devices page in a real window: each backend as it is found, what auto takes, and the way to what is missing. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { acquireLockFile } from '../../src/node/lock.ts';
import { openSampleWindow, type SampleWindow } from './sampleWindow.ts';

describe('the devices page', () => {
  // Nothing is set up there, whatever this machine has.
  const home = mkdtempSync(join(os.tmpdir(), 'posttrain-home-'));
  let window: SampleWindow;
  before(async () => void (window = await openSampleWindow({ timeoutMs: 60_000, env: { POSTTRAIN_HOME: home } })), { timeout: 180_000 });
  after(async () => {
    await window?.close();
    rmSync(home, { recursive: true, force: true });
  });

  test('fills in a row for each backend, and says what auto takes', { timeout: 180_000 }, async () => {
    const { code } = window;
    await code.command('Posttrain: Show Devices');
    const frame = await code.webview({ ready: 'main.devices h1' });
    await frame.getByRole('status').filter({ hasText: '"backend: auto" takes WebAssembly, the fastest that works here.' }).waitFor({ timeout: 120_000 });
    const wasm = frame.locator('[data-backend=wasm]');
    assert.match(await wasm.innerText(), /WebAssembly[\s\S]*Works[\s\S]*taken by auto[\s\S]*thread[\s\S]*of memory[\s\S]*GFLOP\/s/);
    const tensorflow = frame.locator('[data-backend=tensorflow]');
    assert.match(await tensorflow.innerText(), /TensorFlow[\s\S]*Cannot be used[\s\S]*It is not set up[\s\S]*posttrain setup tensorflow/);
    await tensorflow.getByRole('button', { name: 'Set Up…' }).waitFor();
    await code.screenshot('devices');
  });

  test('looks again when asked, and one page is enough', { timeout: 180_000 }, async () => {
    const { code } = window;
    const frame = await code.webview({ ready: 'main.devices h1' });
    await frame.getByRole('button', { name: 'Look Again' }).click();
    await frame.getByText('Looking…').first().waitFor();
    await frame.getByText('taken by auto').waitFor({ timeout: 120_000 });
    await code.command('Posttrain: Show Devices');
    assert.equal(await code.page.locator('.tab', { hasText: 'Devices' }).count(), 1);
    await frame.getByText('taken by auto').waitFor({ timeout: 120_000 });
  });

  test('leads to the set-up of what is missing', { timeout: 120_000 }, async () => {
    const { code } = window;
    // Another one is at it: this one says so at once, and downloads nothing.
    const lock = await acquireLockFile(join(home, 'setup.lock'), () => new Error('held'));
    try {
      const frame = await code.webview({ ready: 'main.devices h1' });
      await frame.locator('[data-backend=tensorflow]').getByRole('button', { name: 'Set Up…' }).click();
      const { text } = await code.waitNotification('Another set-up works in');
      assert.ok(text.includes(home), text);
    } finally {
      lock.release();
    }
    assert.deepEqual(code.errors, []);
  });
});
