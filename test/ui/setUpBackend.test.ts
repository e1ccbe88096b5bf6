/** Set Up Training Backend in a real window: what can be chosen, and the way on where the card's driver is too old. */

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openSampleWindow, type SampleWindow } from './sampleWindow.ts';

describe('Set Up Training Backend', () => {
  const home = mkdtempSync(join(os.tmpdir(), 'posttrain-home-'));
  const bin = mkdtempSync(join(os.tmpdir(), 'posttrain-bin-'));
  let window: SampleWindow;
  before(async () => {
    mkdirSync(join(home, 'webgpu'));
    writeFileSync(join(home, 'webgpu/posttrain-setup.json'), JSON.stringify({ target: 'webgpu', words: 'WebGPU (Dawn 0.1)', at: '2026-05-04T03:02:01Z', bytes: 28e6, parts: [] }));
    writeFileSync(join(bin, 'nvidia-smi'), '#!/bin/sh\necho "470.1, 8.6, NVIDIA RTX A2000"\n');
    writeFileSync(join(bin, 'g++'), '#!/bin/sh\necho 13\n');
    // VS Code takes the PATH of a login shell, so the Node that runs the set-up brings the other one.
    writeFileSync(join(bin, 'node'), `#!/bin/sh\nPATH='${bin}':"$PATH" exec '${process.execPath}' "$@"\n`);
    for (const name of ['nvidia-smi', 'g++', 'node']) chmodSync(join(bin, name), 0o755);
    // Nobody answers on port 9 of this machine: nothing is downloaded.
    const nowhere = 'http://127.0.0.1:9/';
    const env = { POSTTRAIN_HOME: home, POSTTRAIN_NODE: join(bin, 'node'), npm_config_registry: nowhere, PIP_INDEX_URL: nowhere, HTTP_PROXY: '', http_proxy: '' };
    window = await openSampleWindow({ timeoutMs: 60_000, env });
  }, { timeout: 180_000 });
  after(async () => {
    await window?.close();
    for (const folder of [home, bin]) rmSync(folder, { recursive: true, force: true });
  });

  test('offers what can be set up, repaired and removed', { timeout: 120_000 }, async () => {
    const { code } = window;
    await code.command('Posttrain: Set Up Training Backend');
    const rows = code.page.locator('.quick-input-widget .monaco-list-row');
    await rows.filter({ hasText: 'Repair webgpu' }).waitFor();
    const texts = (await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
    assert.match(texts[0]!, /tensorflow ?not set up ?NVIDIA on Linux/);
    assert.match(texts[1]!, /webgpu ?WebGPU \(Dawn 0\.1\), set up .*2026/);
    await code.screenshot('setUpBackend');
    await code.pick(/Remove webgpu/);
    await code.waitNotification('webgpu was removed: ');
    assert.ok(!existsSync(join(home, 'webgpu')));
  });

  const linux = process.platform === 'linux' && process.arch === 'x64' ? false : 'CUDA is set up on Linux x64 only';
  test('offers the processor where the driver is too old', { timeout: 120_000, skip: linux }, async () => {
    const { code } = window;
    // VS Code hides what comes after three new notifications in 0.8 s; a quick machine makes that many here.
    const apart = () => code.page.waitForTimeout(1000);
    await apart();
    await code.command('Posttrain: Set Up Training Backend');
    await code.pick(/tensorflow/);
    const { actions } = await code.waitNotification('The NVIDIA driver 470.1 is too old for CUDA 12');
    assert.deepEqual(actions, ['Set Up for the Processor']);
    await apart();
    await code.page.getByRole('button', { name: 'Set Up for the Processor' }).click();
    await code.waitNotification('127.0.0.1:9 cannot be reached: nothing answers there.');
    assert.deepEqual(code.errors, []);
  });
});
