/** Finding, filtering, sorting and replacing rows in a real window, by keyboard and mouse. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { until, type VSCode } from '../host/driver.ts';
import { openSampleWindow, type SampleWindow } from './sampleWindow.ts';

describe('finding rows', () => {
  let window: SampleWindow;
  let code: VSCode;
  let file: string;
  let original: string;
  before(
    async () => {
      window = await openSampleWindow();
      code = window.code;
      file = join(window.folder, 'train.jsonl');
      original = readFileSync(file, 'utf8');
      await code.openFile('train.jsonl');
      await code.command('Posttrain: Open in Dataset Editor');
    },
    { timeout: 120_000 },
  );
  after(() => window?.close());

  const page = () => code.webview({ ready: '.vlist-row' });
  const allRows = async () => {
    const frame = await page();
    await until(async () => (await frame.locator('.list-h .num').textContent()) === '' && (await frame.locator('.vlist').getAttribute('aria-rowcount')) === '1300', 'all rows are shown');
  };
  const holds = (text: string) => original.split('\n').flatMap((line, i) => (line !== '' && line.toLowerCase().includes(text) ? [i + 1] : []));

  test('Ctrl+F filters as one types; row numbers stay the file’s; Esc shows all', { timeout: 90_000 }, async () => {
    const frame = await page();
    await frame.locator('.vlist').focus();
    await code.page.keyboard.press('Control+f');
    await until(() => frame.locator('.find-input').first().evaluate((element) => element.ownerDocument.activeElement === element), 'the cursor is in the search');
    await code.page.keyboard.type('kenya', { delay: 20 });
    const expected = holds('kenya');
    await frame.locator('.list-h .num', { hasText: `${expected.length} of 1,300 rows` }).waitFor();
    const numbers = () => frame.locator('.vlist-row .n').allTextContents();
    await until(async () => JSON.stringify((await numbers()).map(Number).sort((a, b) => a - b).slice(0, 5)) === JSON.stringify(expected.slice(0, 5)), 'the rows that hold it');
    await frame.locator('.card-h .t', { hasText: new RegExp(`^Row ${expected[0]!.toLocaleString('en')}$`) }).waitFor();
    await code.screenshot('dataset-find');
    await code.page.keyboard.press('Enter');
    await code.page.keyboard.press('n');
    await frame.locator('.card-h .t', { hasText: new RegExp(`^Row ${expected[1]!.toLocaleString('en')}$`) }).waitFor();
    await code.page.keyboard.press('/');
    await code.page.keyboard.press('Escape');
    await allRows();
    await frame.locator('.card-h .t', { hasText: new RegExp(`^Row ${expected[1]!.toLocaleString('en')}$`) }).waitFor(); // where one was
  });

  test('a row that no longer fits stays until one looks again', { timeout: 90_000 }, async () => {
    const frame = await page();
    const count = holds('kenya').length;
    await code.page.keyboard.press('/');
    await code.page.keyboard.type('kenya', { delay: 20 });
    await frame.locator('.list-h .num', { hasText: `${count} of 1,300` }).waitFor();
    await code.page.keyboard.press('Enter');
    await code.page.keyboard.press('Delete');
    await frame.locator('.list-h .num', { hasText: `${count - 1} of 1,299` }).waitFor();
    await code.page.keyboard.press('u');
    await frame.locator('.list-h .num', { hasText: `${count} of 1,300` }).waitFor();
    await frame.locator('.list-h button[aria-label="Search again"]').click();
    await frame.locator('.list-h button[aria-label="Show all rows"]').click();
    await allRows();
  });

  test('an order is a part of the search; a bad expression says so', { timeout: 90_000 }, async () => {
    const frame = await page();
    await frame.locator('.sort').selectOption('-length');
    const lengths = original.split('\n').filter(Boolean).map((line, i) => ({ row: i + 1, length: (line.match(/"content":"((?:[^"\\]|\\.)*)"/g) ?? []).reduce((sum, part) => sum + (JSON.parse(part.slice(10)) as string).length, 0) }));
    const longest = lengths.sort((a, b) => b.length - a.length || a.row - b.row)[0]!;
    await until(async () => (await frame.locator('.vlist-row', { has: frame.locator(`.n:text-is("${longest.row}")`) }).count()) === 1, 'the longest row is on top');
    await frame.locator('.card-h .t', { hasText: new RegExp(`^Row ${longest.row.toLocaleString('en')}$`) }).waitFor();
    await frame.locator('.find-input').first().fill('/(/');
    await frame.locator('.find-problem', { hasText: 'no regular expression' }).waitFor();
    await frame.locator('.find-input').first().fill('');
    await allRows();
  });

  test('Ctrl+H shows what would change, replaces it in one step, and U takes it back', { timeout: 90_000 }, async () => {
    const frame = await page();
    await frame.locator('.vlist').focus();
    await code.page.keyboard.press('Control+h');
    await frame.locator('.find-input').first().fill('kenya');
    await frame.locator('.find-input').nth(1).fill('Atlantis');
    await frame.locator('.vlist-row ins', { hasText: 'Atlantis' }).first().waitFor();
    await code.screenshot('dataset-replace');
    await frame.locator('button', { hasText: 'Replace All' }).click();
    await code.waitDirty('train.jsonl');
    await code.page.keyboard.press('Control+s');
    await until(() => readFileSync(file, 'utf8') === original.replace(/kenya/gi, 'Atlantis'), 'those texts alone are others');
    await frame.locator('.vlist').focus();
    await code.page.keyboard.press('u');
    await code.page.keyboard.press('Control+s');
    await until(() => readFileSync(file, 'utf8') === original, 'all of it is taken back');
    await frame.locator('.find-input').first().focus();
    await code.page.keyboard.press('Escape');
    await code.page.keyboard.press('Escape');
  });

  test('New File from Rows makes a file beside this one', { timeout: 90_000 }, async () => {
    await code.command('Posttrain: New File from Rows…');
    const asks = (text: string) => code.page.locator('.quick-input-widget', { hasText: text }).waitFor();
    const made = join(window.folder, 'train-shuffled.jsonl');
    await asks('New File from Rows');
    await code.answer('Shuffle');
    await asks('Seed: the same number');
    await code.page.keyboard.press('Enter');
    await until(async () => (await code.page.locator('.quick-input-widget .quick-input-box input').inputValue()).endsWith('train-shuffled.jsonl'), 'the name is offered');
    await code.screenshot('dataset-new-file');
    await code.page.keyboard.press('Enter');
    await until(() => existsSync(made), 'the file');
    assert.deepEqual(readFileSync(made, 'utf8').split('\n').sort(), original.split('\n').sort());
    assert.notEqual(readFileSync(made, 'utf8'), original);
  });
});
