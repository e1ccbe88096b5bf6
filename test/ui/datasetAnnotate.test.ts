/** Annotating in a real window, by keys: the row and the sidecar, blind order, progress, notes that are typed, and the next row without a label. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { until } from '../host/driver.ts';
import { openSampleWindow, type SampleWindow } from './sampleWindow.ts';

describe('annotating in the dataset editor', () => {
  let window: SampleWindow;
  before(
    async () => {
      window = await openSampleWindow({ settings: { 'workbench.editorAssociations': { '*.jsonl': 'posttrain.dataset' }, 'posttrain.annotations.name': 'Ann' } });
    },
    { timeout: 120_000 },
  );
  after(() => window?.close());

  test('choices, blind order, note and progress', { timeout: 90_000 }, async () => {
    const { code } = window;
    const row = (n: number) => `{"prompt":"p${n}","chosen":"good ${n}","rejected":"poor ${n}"}`;
    const path = join(window.folder, 'judged.jsonl');
    const sidecar = `${path}.annotations.jsonl`;
    const said = () => (existsSync(sidecar) ? readFileSync(sidecar, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line)) : []);
    writeFileSync(path, `${[0, 1, 2].map(row).join('\n')}\n`);
    await code.openFile('judged.jsonl');
    await code.command('Posttrain: Open in Dataset Editor'); // a window that has just begun may not know the editor of the setting yet
    const frame = await code.webview({ ready: '.ans' });
    await frame.locator('.card-h .t', { hasText: 'Row 1' }).waitFor();
    const press = async (...keys: string[]) => {
      for (const key of keys) await code.page.keyboard.press(key);
    };
    await frame.locator('.vlist').focus();

    await press('2');
    await frame.locator('.annotation .mut', { hasText: 'You chose A' }).waitFor(); // what was B is the chosen one now
    await frame.locator('.labelling', { hasText: '1 / 3 labelled' }).waitFor();
    await press('Control+s');
    await until(() => readFileSync(path, 'utf8').startsWith('{"prompt":"p0","chosen":"poor 0","rejected":"good 0"}\n'), () => `the swap is saved; there is ${readFileSync(path, 'utf8')}`);
    assert.deepEqual(said().map(({ annotator, choice }) => [annotator, choice]), [['Ann', 'b']]);

    await press('u');
    await frame.locator('.annotation .mut', { hasText: 'Not labelled' }).waitFor();
    await frame.locator('.ans.chosen', { hasText: 'good 0' }).waitFor();

    assert.deepEqual(await frame.locator('.ans .letter').allInnerTexts(), ['A', 'B'], 'the keys of the answers stand on them');

    await press('o');
    await frame.locator('.card-h .t', { hasText: 'Row 2' }).waitFor();
    await press('b');
    await frame.locator('.ans:not(.chosen):not(.rejected)').first().waitFor();
    assert.deepEqual(await frame.locator('.ans .verdict').allInnerTexts(), ['A', 'B']);
    assert.doesNotMatch(await frame.locator('.card').innerText(), /chosen|rejected/i);
    await press('t', 'm');
    await code.page.keyboard.type('both fine', { delay: 10 });
    await press('Escape', 'b', 'o');
    await frame.locator('.card-h .t', { hasText: 'Row 3' }).waitFor();
    await until(() => said().some(({ note }) => note === 'both fine'), 'the note is in the sidecar');
    assert.equal(said().findLast(({ choice }) => choice !== undefined).choice, 'tie');
    await press('p');
    await frame.locator('.annotation .mut', { hasText: 'A tie' }).waitFor();
    assert.equal(await frame.locator('#annotation-note').inputValue(), 'both fine');
  });

  test('labels that are typed with a pause stay whole in their field', { timeout: 60_000 }, async () => {
    const { code } = window;
    const path = join(window.folder, 'paused.jsonl');
    const sidecar = `${path}.annotations.jsonl`;
    const said = (labels: string) => until(() => existsSync(sidecar) && readFileSync(sidecar, 'utf8').includes(labels), `${labels} in the sidecar`);
    writeFileSync(path, '{"prompt":"p","chosen":"good","rejected":"poor"}\n');
    await code.openFile('paused.jsonl');
    const frame = await code.webview({ ready: '.ans' });
    await frame.locator('.card-h .t', { hasText: 'Row 1' }).waitFor();
    await frame.locator('.vlist').focus();
    await code.page.keyboard.press('f');
    await code.page.keyboard.type('helpful, sh', { delay: 10 });
    await said('["helpful","sh"]');
    await code.page.keyboard.type('ort', { delay: 10 });
    await code.page.keyboard.press('Escape');
    await code.page.keyboard.press('m');
    await said('["helpful","short"]');
    await code.page.keyboard.type('why', { delay: 10 });
    await code.page.keyboard.press('Escape');
    await said('"note":"why"');
    await frame.locator('.chips', { hasText: 'short' }).waitFor();
    assert.deepEqual([await frame.locator('#annotation-labels').inputValue(), await frame.locator('#annotation-note').inputValue()], ['helpful, short', 'why']);
  });

  test('keys faster than the extension reach the rows that were selected when they were pressed', { timeout: 60_000 }, async () => {
    const { code } = window;
    const row = (n: number, [chosen, rejected] = ['good', 'poor']) => `{"prompt":"p${n}","chosen":"${chosen} ${n}","rejected":"${rejected} ${n}"}`;
    const path = join(window.folder, 'fast.jsonl');
    writeFileSync(path, `${[0, 1, 2].map((n) => row(n)).join('\n')}\n`);
    await code.openFile('fast.jsonl');
    const frame = await code.webview({ ready: '.ans' });
    await frame.locator('.vlist').focus();
    await code.page.keyboard.press('Home');
    await frame.locator('.ans.chosen', { hasText: 'good 0' }).waitFor();
    // all in one go: no answer of the extension comes between them
    await frame.evaluate(`for (const key of ['s', 't', 'n', 't', 'n', 'k']) document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));`);
    await frame.locator('.card-h .t', { hasText: 'Row 3' }).waitFor();
    await frame.locator('.vlist-row .n[data-verdict=skip]').waitFor();
    assert.deepEqual(await frame.locator('.vlist-row .n').evaluateAll((cells) => cells.map((cell: { dataset: { verdict: string } }) => cell.dataset.verdict)), ['tie', 'tie', 'skip']);
    await code.page.keyboard.press('Control+s');
    const swapped = `${[row(0, ['poor', 'good']), row(1), row(2)].join('\n')}\n`;
    await until(() => readFileSync(path, 'utf8') === swapped, () => `the first row is swapped; there is ${readFileSync(path, 'utf8')}`);
  });
});
