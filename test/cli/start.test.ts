/** `npm start`, cut short: the shipped base model learns to answer about countries that no training row names. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

describe('npm start', () => {
  const project = mkdtempSync(join(os.tmpdir(), 'posttrain-start-'));
  after(() => rmSync(project, { recursive: true, force: true }));
  const start = (...args: string[]) => spawnSync(process.execPath, ['src/build/start.mjs', ...args], { encoding: 'utf8' });

  test('trains, compares before and after, and says where the run is', { timeout: 300_000 }, () => {
    const { status, stdout, stderr } = start('--into', project, 'max_steps=100');
    assert.equal(status, 0, stdout + stderr);
    const [before, after] = [...(/^all .*$/m.exec(stdout)?.[0] ?? '').matchAll(/([\d.]+) % \(\d+\/(\d+)\)/g)].map(([, percent, of]) => ({ percent: Number(percent), of: Number(of) }));
    assert.ok(before && after, stdout);
    assert.ok(after.of >= 300, `${after.of} probes`);
    assert.ok(before.percent <= 10 && after.percent >= 80, `${before.percent} % → ${after.percent} %`);
    assert.match(stdout, /code --install-extension posttrain\.vsix/);
    assert.ok(existsSync(join(project, 'runs/capitals-sft/final/model.safetensors')));
    console.log(`METRIC sample after 100 steps ${before.percent} % → ${after.percent} %`);
  });

  test('refuses an option that it does not know', () => {
    const { status, stderr } = start('--uii');
    assert.equal(status, 2);
    assert.match(stderr, /"--uii" is no option/);
  });
});
