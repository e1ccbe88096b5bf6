/** Open Sample Project in a real window: a copy in the home folder, opened in a window of its own, with its first files shown. */

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { launch, type VSCode } from '../host/driver.ts';

describe('the command Open Sample Project', () => {
  let code: VSCode;
  let home: string;
  before(
    async () => {
      home = mkdtempSync(join(os.tmpdir(), 'posttrain-home-'));
      code = await launch({ vsix: [process.env.POSTTRAIN_VSIX!], env: { HOME: home }, timeoutMs: 60_000 });
    },
    { timeout: 180_000 },
  );
  after(async () => {
    await code?.close();
    rmSync(home, { recursive: true, force: true });
  });

  test('copies it to a new folder and shows the rows and the run spec', { timeout: 180_000 }, async () => {
    const opening = code.context.waitForEvent('page', { timeout: 60_000 });
    await code.command('Posttrain: Open Sample Project');
    await code.pick(/posttrain-sample/);
    const sample = await opening;
    for (const name of ['capitals-sft.posttrain.yaml', 'train.jsonl']) await sample.locator(`.tabs-container .tab[data-resource-name="${name}"]`).waitFor({ timeout: 60_000 });
    await sample.locator('.tab.active[data-resource-name="train.jsonl"]').waitFor();
    for (const file of ['train.jsonl', 'capitals-sft.posttrain.yaml', 'models/tiny-base/model.safetensors']) assert.ok(existsSync(join(home, 'posttrain-sample', file)), file);
    assert.deepEqual(code.errors, []);
  });
});
