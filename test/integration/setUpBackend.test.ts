/** Setting up a backend from the window: what goes wrong leaves nothing, and removing tells what it freed. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { pins } from '../../src/node/setup/pins.ts';
import { startRegistry, type Registry } from '../fixtures/setup/registry.ts';
import { after, before, describe, test } from './harness.ts';

describe('Set Up Training Backend', () => {
  let home: string;
  let registry: Registry;
  const variables = ['POSTTRAIN_HOME', 'npm_config_registry', 'PIP_INDEX_URL', 'HTTP_PROXY', 'http_proxy'];
  const kept = new Map(variables.map((name) => [name, process.env[name]]));

  before(async () => {
    home = mkdtempSync(join(os.tmpdir(), 'posttrain-home-'));
    // The real packages by name and size, with other bytes in them.
    registry = await startRegistry(pins.webgpu.map((artifact) => ({ artifact, data: randomBytes(artifact.bytes) })));
    for (const name of variables) delete process.env[name];
    Object.assign(process.env, registry.env, { POSTTRAIN_HOME: home });
  });
  after(async () => {
    for (const [name, value] of kept) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await registry.close();
    rmSync(home, { recursive: true, force: true });
  });

  test('a file with another checksum is refused, and nothing is set up', async () => {
    assert.equal(await vscode.commands.executeCommand('posttrain.backend.setUp', { target: 'webgpu' }), undefined);
    assert.ok(registry.asked.some(({ path }) => path.startsWith('/files/webgpu-')), 'it was downloaded');
    assert.deepEqual(readdirSync(home), ['downloads']);
  }, { timeoutMs: 60_000 });

  test('removing frees what lay there', async () => {
    mkdirSync(join(home, 'webgpu'));
    writeFileSync(join(home, 'webgpu/dawn.node'), Buffer.alloc(3_000_000));
    const done = await vscode.commands.executeCommand<{ bytes: number; words: string }>('posttrain.backend.setUp', { target: 'webgpu', action: 'remove' });
    assert.ok(done.bytes >= 3_000_000, String(done.bytes));
    assert.match(done.words, /^webgpu was removed: /);
    assert.ok(!existsSync(join(home, 'webgpu')));
  }, { timeoutMs: 60_000 });
});
