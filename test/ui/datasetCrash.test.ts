/** Unsaved work of the dataset editor after SIGKILL of a whole VS Code: what was typed, replaced and judged is there when the file is opened again. */

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { launch, until, type VSCode } from '../host/driver.ts';
import { openSampleWindow } from './sampleWindow.ts';

interface Story {
  /** Of the sample project, or one with `text`. */
  file: string;
  text?: string;
  work(code: VSCode, frame: Frame): Promise<void>;
  /** Right after the crash, with nothing running. */
  left?(path: string): void;
  /** In the next window, with the edits back. */
  back(code: VSCode, frame: Frame): Promise<void>;
}

/** Opens the file, works on it, kills everything a moment later, and opens it again in the same profile. */
async function survive({ file, text, work, left, back }: Story): Promise<void> {
  const profileDir = mkdtempSync(join(os.tmpdir(), 'posttrain-profile-'));
  const first = await openSampleWindow({ profileDir, settings: { 'posttrain.annotations.name': 'Ann' } });
  const path = join(first.folder, file);
  const open = async (code: VSCode) => {
    await code.openFile(file);
    await code.command('Posttrain: Open in Dataset Editor'); // VS Code may have kept the tab, the text editor's, both or none
    await until(async () => (await code.tab(file).count()) === 1, 'one editor of the file');
    return code.webview({ ready: '.vlist-row' });
  };
  try {
    if (text !== undefined) writeFileSync(path, text);
    const original = readFileSync(path, 'utf8');
    await work(first.code, await open(first.code));
    // a second is what the editor promises; VS Code stores the link to its backup only after about a minute
    await first.code.page.waitForTimeout(1200);
    await first.code.crash();
    assert.equal(readFileSync(path, 'utf8'), original, 'nothing was saved');
    left?.(path);

    const second = await launch({ profileDir, workspace: first.folder });
    try {
      const frame = await open(second);
      const restore = frame.locator('.notices button', { hasText: 'Restore Edits' });
      const dirty = async () => /\bdirty\b/.test((await second.tab(file).first().getAttribute('class')) ?? '');
      // VS Code may have kept the link after all: then the edits are simply there
      await until(async () => (await restore.isVisible()) || (await dirty()), 'the unsaved edits or the offer of them');
      await second.screenshot('dataset-editor-restore');
      if (await restore.isVisible()) await restore.click();
      await second.waitDirty(file);
      await back(second, frame);
    } finally {
      await second.close();
    }
  } finally {
    await first.close();
    rmSync(profileDir, { recursive: true, force: true });
  }
}

async function saved(code: VSCode, file: string, expected: string): Promise<void> {
  await code.page.keyboard.press('Control+s');
  await code.waitDirty(file, false);
  assert.equal(readFileSync(join(code.workspace, file), 'utf8'), expected);
}

describe('after a crash that VS Code did not see coming', () => {
  test('what was typed in an answer comes back', { timeout: 180_000 }, () => {
    const answer = (frame: Frame) => frame.locator('textarea.text').nth(1);
    return survive({
      file: 'train.jsonl',
      async work(code, frame) {
        await answer(frame).click();
        await code.page.keyboard.press('Control+End');
        await code.page.keyboard.type(' before the crash', { delay: 10 });
        await code.waitDirty('train.jsonl');
      },
      async back(code, frame) {
        await until(async () => (await answer(frame).inputValue()).endsWith(' before the crash'), 'the unsaved edit is back');
        const original = readFileSync(join(code.workspace, 'train.jsonl'), 'utf8').split('\n');
        const { completion } = JSON.parse(original[0]!) as { completion: { content: string }[] };
        const end = `${JSON.stringify(completion[0]!.content).slice(0, -1)}`;
        await saved(code, 'train.jsonl', [original[0]!.replace(end, `${end} before the crash`), ...original.slice(1)].join('\n'));
      },
    });
  });

  test('rows that were replaced in, JSON that was half typed, and a note still being written', { timeout: 180_000 }, () => {
    const row = (n: number, chosen: string) => `{"prompt":"p${n}",  "chosen":"${chosen} ${n}","rejected":"poor ${n}","n":1.0}`;
    const file = 'judged.jsonl';
    const half = row(0, 'fine').replace(/\}$/, ', "more": [1');
    return survive({
      file,
      text: `${[0, 1, 2].map((n) => row(n, 'good')).join('\n')}\n`,
      async work(code, frame) {
        const press = async (...keys: string[]) => {
          for (const key of keys) await code.page.keyboard.press(key);
        };
        await frame.locator('.vlist').focus();
        await press('Control+h');
        await frame.locator('.find-input').first().fill('good');
        await frame.locator('.find-input').nth(1).fill('fine');
        await frame.locator('.vlist-row ins', { hasText: 'fine' }).first().waitFor();
        await frame.locator('button', { hasText: 'Replace All' }).click();
        await code.waitDirty(file);
        await frame.locator('.find-input').first().focus();
        await press('Escape', 'Escape');
        await frame.locator('.vlist').focus();
        await press('Home', 'j');
        await frame.locator('.card-h .t', { hasText: 'Row 1' }).waitFor();
        await frame.locator('.raw textarea').focus();
        await press('Control+End', 'Backspace');
        await code.page.keyboard.type(', "more": [1', { delay: 10 });
        await press('Escape', 'n');
        await frame.locator('.card-h .t', { hasText: 'Row 2' }).waitFor();
        await press('1');
        await frame.locator('.annotation .mut', { hasText: 'You chose A' }).waitFor();
        await press('m');
        await code.page.keyboard.type('still being written', { delay: 10 });
      },
      left(path) {
        const sidecar = `${path}.annotations.jsonl`;
        const said = existsSync(sidecar) ? readFileSync(sidecar, 'utf8') : '';
        assert.match(said, /"choice":"a"/);
        assert.match(said, /"note":"still being written"/);
      },
      async back(code, frame) {
        await frame.locator('.vlist').focus();
        await code.page.keyboard.press('Home');
        await frame.locator('.card-h .t', { hasText: 'Row 1' }).waitFor();
        await until(async () => (await frame.locator('.raw textarea').inputValue()) === half, 'the half-typed line is back');
        await code.page.keyboard.press('n');
        await frame.locator('.ans.chosen', { hasText: 'fine 1' }).waitFor();
        await frame.locator('.annotation .mut', { hasText: 'You chose A' }).waitFor();
        assert.equal(await frame.locator('#annotation-note').inputValue(), 'still being written');
        await saved(code, file, `${[half, row(1, 'fine'), row(2, 'fine')].join('\n')}\n`);
      },
    });
  });

  test('a value that was no JSON yet comes back to its field, and not into the row', { timeout: 180_000 }, () => {
    const file = 'call.jsonl';
    const text = '{"text": "first"}\n{"text": "second", "meta": {"n": 1}}\n';
    const fault = (frame: Frame) => frame.locator('.json-fault:visible');
    return survive({
      file,
      text,
      async work(code, frame) {
        await frame.locator('.unit textarea.text').first().click();
        await code.page.keyboard.press('Control+End');
        await code.page.keyboard.type(' row', { delay: 10 });
        await code.waitDirty(file);
        await frame.locator('.vlist-row').nth(1).click();
        await frame.locator('.json').click();
        await code.page.keyboard.press('Control+End');
        await code.page.keyboard.press('Backspace');
        await code.page.keyboard.type(', "half', { delay: 10 });
        await fault(frame).waitFor();
      },
      async back(code, frame) {
        const show = frame.locator('.notices button', { hasText: 'Show It' });
        await show.click();
        await show.waitFor({ state: 'hidden' });
        const field = frame.locator('.code textarea');
        assert.match(await field.inputValue(), /, "half$/);
        await code.screenshot('dataset-editor-half-typed');
        // another row and back: it is still there
        await frame.locator('.vlist-row').nth(0).click();
        await frame.locator('.card-h .t', { hasText: 'Row 1' }).waitFor();
        assert.equal(await fault(frame).count(), 0);
        await frame.locator('.vlist-row').nth(1).click();
        await fault(frame).waitFor();
        await saved(code, file, text.replace('first', 'first row'));
        await field.click();
        await code.page.keyboard.press('Control+End');
        await code.page.keyboard.type('": 2}', { delay: 10 });
        await fault(frame).waitFor({ state: 'hidden' });
        await code.waitDirty(file);
        await saved(code, file, text.replace('first', 'first row').replace('"n": 1', '"n": 1, "half": 2'));
      },
    });
  });
});
