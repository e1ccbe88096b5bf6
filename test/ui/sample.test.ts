/** The packaged extension in a real window: it activates within its budget and the sample's files open. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openSampleWindow, type SampleWindow } from './sampleWindow.ts';

/** VS Code's own figure, code loading included. */
const ACTIVATION_BUDGET_MS = 500;

describe('the sample project in a window', () => {
  let window: SampleWindow;
  before(async () => void (window = await openSampleWindow()), { timeout: 120_000 });
  after(() => window?.close());

  test('opens a run spec and a dataset', { timeout: 90_000 }, async () => {
    const { code } = window;
    await code.openFile('capitals-sft.posttrain.yaml');
    await code.openFile('train.jsonl');
    await code.screenshot('sample-text');
  });

  test('activates within its budget', { timeout: 60_000 }, async () => {
    const ms = await window.code.activationMs();
    console.log(`METRIC activation ${ms} ms of ${ACTIVATION_BUDGET_MS}`);
    assert.ok(ms < ACTIVATION_BUDGET_MS, `${ms} ms`);
    assert.deepEqual(window.code.errors, []);
  });
});
