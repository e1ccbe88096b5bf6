/** The extension in a real VS Code: it activates, quickly, and every command of its manifest is there. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../src/host/manifest/commands.ts';
import { describe, metric, test } from './harness.ts';

/** Activation is paid by every window that has a dataset. */
const BUDGET_MS = 400;

describe('activation', () => {
  const extension = vscode.extensions.getExtension('posttrain.posttrain')!;

  test('is quick', async () => {
    assert.ok(extension, 'the extension is not installed');
    const wasActive = extension.isActive;
    const started = performance.now();
    await extension.activate();
    const ms = performance.now() - started;
    if (!wasActive) metric('activation', `${ms.toFixed(0)} ms of ${BUDGET_MS}`);
    assert.ok(extension.isActive);
    assert.ok(ms < BUDGET_MS, `activation took ${ms.toFixed(0)} ms; its budget is ${BUDGET_MS}`);
  });

  test('registers every command of the manifest', async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(Object.keys(commands).filter((id) => !registered.has(id)), []);
  });
});
