/** A run of the packaged extension in a real window: started by mouse, watched, reloaded in the middle, stopped, resumed, asked. And Restricted Mode. */

import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { until, type VSCode } from '../host/driver.ts';
import { openSampleWindow, type SampleWindow } from './sampleWindow.ts';

/** The sample's own spec, cut to what a test can wait for. */
function writeQuickSpec(folder: string): void {
  const spec = readFileSync(join(folder, 'capitals-sft.posttrain.yaml'), 'utf8');
  const quick = spec.replace('runs/capitals-sft', 'runs/quick').replace(/eval_steps: \d+/, 'eval_steps: 100').replace(/save_steps: \d+/, 'save_steps: 100').replace(/every_steps: \d+/, 'every_steps: 100').replace(/num_train_epochs: .*/, 'max_steps: 400');
  writeFileSync(join(folder, 'quick.posttrain.yaml'), quick);
}

describe('a run in a window', () => {
  let window: SampleWindow;
  let code: VSCode;
  before(
    async () => {
      window = await openSampleWindow({ timeoutMs: 60_000 });
      code = window.code;
      cpSync('media/models/tiny-base', join(window.folder, 'models/tiny-base'), { recursive: true });
      writeQuickSpec(window.folder);
    },
    { timeout: 180_000 },
  );
  after(() => window?.close());

  const panel = () => code.webview({ ready: 'main.run h1' });
  /** The page changes under us when it is hidden or the window reloads: each look takes the one that is there. */
  const state = async (wanted: string, timeoutMs = 120_000) => until(async () => (await (await panel()).locator('.chip').innerText()).includes(wanted), `the run is ${wanted}`, timeoutMs);
  const step = async (frame: Frame) => Number(/Step ([\d,]+)/.exec(await frame.locator('.figures-row').innerText())?.[1]?.replace(',', '') ?? 0);

  test('starts from the title of its spec; the panel shows it live', { timeout: 180_000 }, async () => {
    await code.openFile('quick.posttrain.yaml');
    await code.page.locator('.editor-group-container.active .editor-actions a[aria-label^="Start Run"]').click();
    await state('Running');
    const frame = await panel();
    await until(async () => (await step(frame)) >= 20, 'twenty steps', 120_000);
    const charts = await frame.getByRole('figure').evaluateAll((figures) => figures.map((figure) => figure.querySelector('h3')?.textContent));
    for (const title of ['Loss', 'Learning rate', 'Gradient norm']) assert.ok(charts.includes(title), `${title} is among ${charts.join()}`);
    assert.match((await code.statusbar()).join('\n'), /Training quick, \d+ %/);
    const used = frame.locator('.facts span[title^="the fastest that works here"]');
    assert.match(await used.innerText(), /^(wasm|tensorflow|webgpu) · \S/);
    await code.screenshot('run-live');
  });

  test('a chart is read by keyboard, and is a table as well', { timeout: 60_000 }, async () => {
    const frame = await panel();
    const loss = frame.getByRole('slider', { name: /^Loss/ });
    await loss.focus();
    await loss.press('Home');
    await until(async () => /^step 5, \d/.test((await loss.getAttribute('aria-valuetext')) ?? ''), 'the first value is read out');
    await loss.press('ArrowRight');
    await until(async () => /^step 10, \d/.test((await loss.getAttribute('aria-valuetext')) ?? ''), 'the second value is read out');
    await loss.press('Escape');
    await frame.getByRole('button', { name: 'Show Loss as a table' }).click();
    await frame.locator('[data-chart=loss] tbody tr').first().waitFor();
    await frame.getByRole('button', { name: 'Show Loss as a chart' }).click();
    await loss.waitFor();
  });

  test('goes on while the window reloads, and the panel returns with its whole history', { timeout: 180_000 }, async () => {
    const before = await step(await panel());
    await code.blurWindow();
    await code.reload();
    const frame = await panel();
    await until(async () => (await step(frame)) > before, 'the run went on', 120_000);
    await frame.getByRole('button', { name: 'Show Loss as a table' }).click();
    await until(async () => (await frame.locator('[data-chart=loss] tbody th').allInnerTexts()).at(-1) === '5', 'the first logged step is there');
    await frame.getByRole('button', { name: 'Show Loss as a chart' }).click();
  });

  test('pauses, and continues', { timeout: 120_000 }, async () => {
    await (await panel()).getByRole('button', { name: 'Pause' }).click();
    await state('Paused');
    await (await panel()).getByRole('button', { name: 'Continue' }).click();
    await state('Running');
  });

  test('a trainer whose native code crashes is told with the reason, takes nothing else with it, and goes on', { timeout: 180_000 }, async () => {
    const { pid } = JSON.parse(readFileSync(join(window.folder, 'runs/quick/lock'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGSEGV');
    await state('Failed');
    const alert = (await panel()).getByRole('alert');
    assert.match(await alert.innerText(), /crashed \(SIGSEGV\)/);
    await code.screenshot('run-crashed');
    assert.deepEqual(code.errors, []);
    await alert.getByRole('button', { name: /^(Resume from|Start Again)/ }).click();
    // A run that is stopped while it loads has nothing to save.
    await until(() => /"started"[^]*"started"[^]*"metrics"/.test(readFileSync(join(window.folder, 'runs/quick/events.jsonl'), 'utf8')), 'it trains again', 120_000);
    await state('Running');
  });

  test('stops with a checkpoint, is resumed, and finishes', { timeout: 600_000 }, async () => {
    await (await panel()).getByRole('button', { name: 'Stop and Save' }).click();
    await state('Stopped');
    await code.screenshot('run-stopped');
    await (await panel()).getByRole('button', { name: 'Resume' }).click();
    await state('Running');
    await state('Finished', 400_000);
    assert.ok(existsSync(join(window.folder, 'runs/quick/final/model.safetensors')));
    const frame = await panel();
    await frame.locator('.history tr', { hasText: 'step 400' }).waitFor();
    await code.screenshot('run-finished');
  });

  test('answers the same question before and after', { timeout: 180_000 }, async () => {
    const frame = await panel();
    await frame.getByRole('button', { name: 'Ask Before and After' }).click();
    await frame.locator('vscode-text-area textarea').fill('What is the capital of France?');
    await code.page.keyboard.press('Control+Enter');
    await frame.locator('.asked .label', { hasText: 'Tuned · result' }).waitFor({ timeout: 120_000 });
    const [base, tuned] = await frame.locator('.asked .answer').allInnerTexts();
    assert.ok(base!.trim() !== '' && tuned!.trim() !== '' && base !== tuned, `${base} | ${tuned}`);
    await code.screenshot('run-ask');
  });

  test('another run is not written over, and one that nobody watches says when it is done', { timeout: 240_000 }, async () => {
    const name = 'quick.posttrain.yaml';
    writeFileSync(join(window.folder, name), readFileSync(join(window.folder, name), 'utf8').replace('max_steps: 400', 'max_steps: 150'));
    await code.openFile(name);
    await code.command('Posttrain: Start Run…');
    const { actions } = await code.waitNotification('already holds a run');
    assert.deepEqual(actions, ['Start as quick-2', 'Open quick']);
    await code.page.getByRole('button', { name: 'Start as quick-2' }).click();
    await state('Running');
    // Held while the panel is being closed: else a quick machine finishes it while somebody still watches.
    await (await panel()).getByRole('button', { name: 'Pause' }).click();
    await state('Paused');
    await code.command('View: Close All Editors');
    await until(async () => (await code.page.locator('.tabs-container .tab').count()) === 0, 'no editor is open');
    await code.command('Posttrain: Continue Paused Run');
    const done = await code.waitNotification(/quick-2 finished in \d/);
    assert.deepEqual(done.actions, ['Ask Before and After', 'Open Run']);
  });

  test('a run that cannot work says why, and what to do', { timeout: 120_000 }, async () => {
    const weights = join(window.folder, 'models/tiny-base/model.safetensors');
    truncateSync(weights, 100_000);
    writeFileSync(join(window.folder, 'broken.posttrain.yaml'), readFileSync(join(window.folder, 'quick.posttrain.yaml'), 'utf8').replace('runs/quick', 'runs/broken'));
    await code.openFile('broken.posttrain.yaml');
    await code.command('Posttrain: Start Run…');
    const { severity, text } = await code.waitNotification('model.safetensors');
    assert.equal(severity, 'error', text);
    await state('Failed');
    await (await panel()).getByRole('alert').filter({ hasText: 'model.safetensors' }).waitFor();
    await code.screenshot('run-failed');
    assert.deepEqual(code.errors, []);
  });
});

describe('an untrusted folder', () => {
  let window: SampleWindow;
  before(
    async () => {
      window = await openSampleWindow({ workspaceTrust: true, settings: { 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.enabled': true }, timeoutMs: 60_000 });
      writeQuickSpec(window.folder);
    },
    { timeout: 180_000 },
  );
  after(() => window?.close());

  test('trains nothing, and says why and what to do', { timeout: 120_000 }, async () => {
    const { code } = window;
    await code.openFile('quick.posttrain.yaml');
    await code.command('Posttrain: Start Run…');
    const { actions } = await code.waitNotification('Restricted Mode');
    assert.deepEqual(actions, ['Manage Workspace Trust']);
    assert.equal(existsSync(join(window.folder, 'runs')), false);
    await code.screenshot('restricted');
  });
});
