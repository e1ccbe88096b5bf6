/** The sample project in a window of the packaged extension: mistakes of its practice rows in the Problems panel, activation in time. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openSampleWindow, type SampleWindow } from './sampleWindow.ts';

/** VS Code's own figure, code loading included. A quiet machine needs a fifth of it; this one may be busy. */
const ACTIVATION_BUDGET_MS = 500;

describe('the sample project in a window', () => {
  let window: SampleWindow;
  before(async () => void (window = await openSampleWindow()), { timeout: 120_000 });
  after(() => window?.close());

  test('shows the mistakes of its practice rows', { timeout: 90_000 }, async () => {
    const { code } = window;
    await code.openFile('practice.jsonl');
    const problems = await code.problems({ min: 3 });
    for (const { message } of problems) assert.match(message, /\w+ \w+/);
    await code.screenshot('sample-problems');
  });

  test('activates within its budget and throws nothing', { timeout: 60_000 }, async () => {
    const ms = await window.code.activationMs();
    console.log(`METRIC activation ${ms} ms of ${ACTIVATION_BUDGET_MS}`);
    assert.ok(ms < ACTIVATION_BUDGET_MS, `${ms} ms`);
    assert.deepEqual(window.code.errors, []);
  });
});
