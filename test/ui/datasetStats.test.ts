/** The statistics page in a real window: what the sample's pairs can feed, their tokens by a model, and the way to the conversion. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openSampleWindow, type SampleWindow } from './sampleWindow.ts';

describe('the statistics page', () => {
  let window: SampleWindow;
  before(async () => void (window = await openSampleWindow({ timeoutMs: 60_000 })), { timeout: 180_000 });
  after(async () => void (await window?.close()));

  test('says what a file can feed, and counts tokens once a model is chosen', { timeout: 180_000 }, async () => {
    const { code } = window;
    await code.openFile('preferences.jsonl');
    await code.command('Posttrain: Show Dataset Statistics');
    const frame = await code.webview({ ready: 'main.stats h1' });
    await frame.getByRole('status').filter({ hasText: /rows · .* · preference/ }).waitFor({ timeout: 60_000 });
    assert.match(await frame.locator('[data-feed=dpo]').innerText(), /learnt tokens/);
    assert.match(await frame.locator('[data-feed=sft]').innerText(), /once converted to prompt-completion/);
    await frame.getByRole('button', { name: 'Choose Model…' }).click();
    await code.pick(/tiny base model/);
    await frame.getByText('Tokens an epoch').waitFor({ timeout: 60_000 });
    assert.doesNotMatch(await frame.locator('[data-feed=dpo]').innerText(), /about/);
    await frame.getByLabel('Tokens/s, if you know').fill('1000');
    await frame.getByLabel('Tokens/s, if you know').press('Enter');
    await frame.getByText(/About .* at 1k tokens\/s\./).waitFor();
    await frame.locator('main.stats').evaluate((page) => (page.scrollTop = page.scrollHeight));
    await code.screenshot('stats-figures');
    await frame.locator('main.stats').evaluate((page) => (page.scrollTop = 0));
    await code.screenshot('stats');
    await frame.getByLabel('max_length').fill('16');
    await frame.getByLabel('max_length').press('Enter');
    await frame.getByText('Cut at max_length 16').waitFor({ timeout: 60_000 });
  });

  test('measures what a matrix product reaches, and tells how long training takes at best', { timeout: 180_000 }, async () => {
    const frame = await window.code.webview({ ready: 'main.stats h1' });
    await frame.getByRole('button', { name: 'Measure Speed' }).click();
    await frame.getByText(/At best .* GFLOP\/s in a matrix product/).waitFor({ timeout: 150_000 });
  });

  test('leads to the conversion that a method needs', { timeout: 60_000 }, async () => {
    const { code } = window;
    const frame = await code.webview({ ready: 'main.stats h1' });
    await frame.locator('[data-feed=sft]').getByRole('button', { name: 'Convert…' }).click();
    // The format is known, so the only question is where to.
    // It comes up empty and is filled in.
    await code.page.waitForFunction(`document.querySelector('.quick-input-widget .quick-input-box input')?.value.endsWith('preferences.prompt-completion.jsonl')`, undefined, { timeout: 30_000 });
    await code.page.keyboard.press('Escape');
    assert.deepEqual(code.errors, []);
  });
});
