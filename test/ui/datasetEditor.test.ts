/** The dataset editor of the packaged extension in a real window, by keyboard and mouse: edit, undo, save, two editors. */

import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { until, type VSCode } from '../host/driver.ts';
import { openSampleWindow, type SampleWindow } from './sampleWindow.ts';

async function openInEditor(code: VSCode, file: string): Promise<void> {
  await code.openFile(file);
  await code.command('Posttrain: Open in Dataset Editor');
}

describe('the dataset editor', () => {
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
    },
    { timeout: 120_000 },
  );
  after(() => window?.close());

  const page = () => code.webview({ ready: '.vlist-row' });
  const saved = async (expected: string, what: string) => until(() => readFileSync(file, 'utf8') === expected, what);
  const lines = () => original.split('\n');
  const answer = (frame: Frame) => frame.locator('textarea.text').nth(1);
  /** The completion of a row as it stands in the file, with another text. */
  const changed = (row: number, change: (text: string) => string) => {
    const all = lines();
    const { completion } = JSON.parse(all[row]!) as { completion: { content: string }[] };
    const before = JSON.stringify(completion[0]!.content);
    all[row] = all[row]!.replace(`"content":${before}}]}`, `"content":${JSON.stringify(change(completion[0]!.content))}}]}`);
    return all.join('\n');
  };

  /** The list of themes is read from disk the first time, and a busy machine may lose it to the next change of focus. */
  const chooseTheme = async (label: string) => {
    for (let attempt = 1; ; attempt++) {
      await code.command('Preferences: Color Theme');
      try {
        return await code.answer(label);
      } catch (error) {
        if (attempt === 3) throw error;
      }
    }
  };

  test('opens from the title of the text editor and shows rows', { timeout: 60_000 }, async () => {
    await openInEditor(code, 'train.jsonl');
    const frame = await page();
    await until(async () => (await code.tab('train.jsonl').count()) === 1, 'it takes the place of the text editor');
    await frame.locator('.bar .num', { hasText: '1,300 rows' }).waitFor();
    assert.equal(await frame.locator('.vlist').getAttribute('aria-rowcount'), '1300');
    await frame.locator('.card-h .t', { hasText: 'Row 1' }).waitFor();
    await code.waitNotification('undo history of its own');
    await code.screenshot('dataset-editor');
  });

  test('an answer is edited by keyboard alone, undone, redone and saved; the file differs in that line only', { timeout: 90_000 }, async () => {
    const frame = await page();
    await frame.locator('.vlist').focus();
    await code.page.keyboard.press('n');
    await frame.locator('.card-h .t', { hasText: 'Row 2' }).waitFor();
    await code.page.keyboard.press('e');
    await code.page.keyboard.press('End');
    await code.page.keyboard.type(' Exactly, n p d.', { delay: 15 });
    await code.waitDirty('train.jsonl');
    await code.page.keyboard.press('Control+s');
    await saved(changed(1, (text) => `${text} Exactly, n p d.`), 'the edited answer is saved');
    await code.waitDirty('train.jsonl', false);

    // outside a text, Ctrl+Z is the document's: one step for all that was typed, also behind the save
    await code.page.keyboard.press('Escape');
    await code.page.keyboard.press('Control+z');
    await until(async () => !(await answer(frame).inputValue()).includes('Exactly'), 'the answer is as it was');
    await code.waitDirty('train.jsonl');
    await code.page.keyboard.press('Control+y');
    await until(async () => (await answer(frame).inputValue()).includes('Exactly'), 'the answer is edited again');
    await code.waitDirty('train.jsonl', false);
    await code.page.keyboard.press('u');
    await until(async () => !(await answer(frame).inputValue()).includes('Exactly'), 'U undoes as well');
    await code.page.keyboard.press('Control+s');
    await saved(original, 'the file is as it was, to the byte');
    await code.waitDirty('train.jsonl', false);
  });

  test('in a text, Ctrl+Z undoes typing', { timeout: 60_000 }, async () => {
    const frame = await page();
    await answer(frame).click();
    await code.page.keyboard.press('Control+End');
    await code.page.keyboard.type('abc', { delay: 15 });
    await code.waitDirty('train.jsonl');
    await code.page.keyboard.press('Control+z');
    await until(async () => !(await answer(frame).inputValue()).endsWith('abc'), 'typing is undone in the text');
    assert.ok(await answer(frame).evaluate((element) => element.ownerDocument.activeElement === element), 'the cursor stays in the text');
    await code.page.keyboard.press('Escape');
    await code.command('File: Revert File');
    await code.waitDirty('train.jsonl', false);
    assert.equal(readFileSync(file, 'utf8'), original);
  });

  test('what was typed lands in its row, also when another row is clicked at once', { timeout: 60_000 }, async () => {
    const frame = await page();
    await frame.locator('.vlist-row', { has: frame.locator('.n', { hasText: /^1$/ }) }).click();
    await frame.locator('.card-h .t', { hasText: /^Row 1$/ }).waitFor();
    await answer(frame).focus();
    // both within the moment for which typing is held back
    await frame.evaluate(`
      const field = document.querySelectorAll('textarea.text')[1];
      field.value += ' Typed in row 1.';
      field.dispatchEvent(new InputEvent('input', { bubbles: true }));
      const other = [...document.querySelectorAll('.vlist-row')].find((row) => row.querySelector('.n').textContent === '4');
      other.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, cancelable: true }));
    `);
    await frame.locator('.card-h .t', { hasText: /^Row 4$/ }).waitFor();
    await code.waitDirty('train.jsonl');
    await code.page.keyboard.press('Control+s');
    await saved(changed(0, (text) => `${text} Typed in row 1.`), 'row 1 has what was typed, and row 4 is as it was');
    await code.page.keyboard.press('u');
    await code.page.keyboard.press('Control+s');
    await saved(original, 'undone');
    await code.waitDirty('train.jsonl', false);
  });

  test('rows are added and removed by key, by chord and from the palette, each one step of undo', { timeout: 90_000 }, async () => {
    const frame = await page();
    const row = (n: number) => frame.locator('.card-h .t', { hasText: new RegExp(`^Row ${n}$`) }).waitFor();
    const rows = (n: string) => frame.locator('.bar .num', { hasText: `${n} rows` }).waitFor();
    await frame.locator('.vlist-row', { has: frame.locator('.n', { hasText: /^3$/ }) }).click();
    await row(3);
    await code.page.keyboard.press('d');
    await row(4);
    await rows('1,301');
    await code.page.keyboard.press('i');
    await row(5);
    await until(() => frame.locator('.card .scroll').evaluate((element) => element.ownerDocument.activeElement === element), 'the new row has the focus');
    await code.command('Posttrain: Duplicate Row');
    await row(6);
    await rows('1,303');
    await frame.locator('.vlist').focus();
    await code.page.keyboard.press('Delete');
    await rows('1,302');
    await code.page.keyboard.press('Control+Shift+K');
    await rows('1,301');
    await code.page.keyboard.press('Control+Enter');
    await rows('1,302');
    await code.page.keyboard.press('Control+s');
    const expected = lines();
    expected.splice(3, 0, expected[2]!);
    await until(() => {
      const now = readFileSync(file, 'utf8').split('\n');
      return now.length === lines().length + 2 && now.slice(0, 4).join() === expected.slice(0, 4).join();
    }, 'the copy is saved behind its row');
    for (let n = 0; n < 6; n++) await code.page.keyboard.press('u');
    await rows('1,300');
    await code.page.keyboard.press('Control+s');
    await saved(original, 'undone to the byte');
    await code.waitDirty('train.jsonl', false);
  });

  test('L shows the tokens of the row as the run spec of the dataset trains on them', { timeout: 90_000 }, async () => {
    const frame = await page();
    const tokens = frame.locator('.tokens');
    const trained = async () => (await frame.locator('.run.trained .tok').allTextContents()).join('');
    await frame.locator('.vlist-row', { has: frame.locator('.n', { hasText: /^4$/ }) }).click();
    await frame.locator('.card-h .t', { hasText: /^Row 4$/ }).waitFor();
    await frame.locator('.vlist').focus();
    await code.page.keyboard.press('l');
    await tokens.getByText('capitals-sft.posttrain.yaml names this file, but cannot be used').waitFor(); // the model is not there yet
    await tokens.getByText('models/tiny-base').waitFor();
    const choose = async (label: string) => {
      await frame.locator('.tokens .btn').click();
      await code.answer(label);
    };
    await choose('The tiny base model that ships with Posttrain');
    await tokens.getByText('Supervised fine-tuning').waitFor();
    cpSync('media/models/tiny-base', join(window.folder, 'models', 'tiny-base'), { recursive: true });
    await choose('capitals-sft.posttrain.yaml');
    await tokens.getByText('capitals-sft.posttrain.yaml').waitFor();
    await until(async () => (await trained()) !== '', 'tokens that are trained on');
    await code.screenshot('dataset-editor-tokens');
    // they follow the selection and what is typed
    const { completion } = JSON.parse(lines()[4]!) as { completion: { content: string }[] };
    await frame.locator('.vlist').focus();
    await code.page.keyboard.press('n');
    await until(async () => (await trained()).startsWith(completion[0]!.content), () => 'the answer of row 5');
    await code.command('Posttrain: Toggle Tokens of Row');
    await tokens.waitFor({ state: 'hidden' });
  });

  test('two editors of one file show the same at every key', { timeout: 90_000 }, async () => {
    await code.command('View: Split Editor Right');
    const frames = () => code.page.locator('iframe.webview.ready');
    await until(async () => (await frames().count()) === 2, 'two editors');
    const inner = async (n: number) => {
      const outer = await (await frames().nth(n).elementHandle())!.contentFrame();
      return (await (await outer!.waitForSelector('iframe#active-frame')).contentFrame())!;
    };
    const [one, two] = [await inner(0), await inner(1)];
    for (const frame of [one, two]) {
      await frame.waitForSelector('.card-h .t', { state: 'attached' });
    }
    const goTo = async (frame: Frame) => {
      await frame.locator('.rowpick').click(); // half a window is too narrow for the list
      await code.answer('7');
      await frame.locator('.rowpick b', { hasText: '7' }).waitFor();
    };
    await goTo(one);
    await goTo(two);
    const before = await answer(two).inputValue();
    await answer(one).click();
    await code.page.keyboard.press('Control+End');
    await code.page.keyboard.type('!', { delay: 15 });
    await until(async () => (await answer(two).inputValue()) === `${before}!`, 'the other editor shows what is typed here');
    await code.screenshot('dataset-editor-two');
    await code.page.keyboard.press('Escape');
    await code.page.keyboard.press('Control+z');
    await until(async () => (await answer(two).inputValue()) === before, 'and the undo');
    await code.command('File: Revert File');
    await code.command('View: Close Editor');
    await until(async () => (await frames().count()) === 1, 'one editor');
  });

  test('problems stand beside their text and in the Problems panel, and F8 goes there', { timeout: 90_000 }, async () => {
    await code.command('View: Close All Editors');
    await openInEditor(code, 'practice.jsonl');
    const shown = await code.problems({ min: 4 });
    assert.ok(shown.some(({ message }) => message.includes('promt')), JSON.stringify(shown));
    await code.tab('practice.jsonl').click();
    const frame = await page();
    await frame.locator('.vlist').focus();
    await code.page.keyboard.press('F8');
    await frame.locator('.card-h .t', { hasText: 'Row 2' }).waitFor();
    await frame.locator('.prob .btn', { hasText: 'Rename' }).click();
    await until(async () => (await frame.locator('.prob').count()) === 0, 'the fix is made');
    await code.page.keyboard.press('F8');
    await frame.locator('.card-h .t', { hasText: 'Row 3' }).waitFor();
    await frame.locator('.unit.bad .prob').waitFor();
    await code.screenshot('dataset-editor-problem');
    await code.page.keyboard.press('e');
    await code.page.keyboard.type('Madrid.', { delay: 15 });
    await until(async () => (await frame.locator('.unit.bad').count()) === 0, 'the problem goes as soon as there is an answer');
    await code.page.keyboard.press('Escape');
    await code.page.keyboard.press('Control+s');
    await code.waitDirty('practice.jsonl', false);
    const text = readFileSync(join(window.folder, 'practice.jsonl'), 'utf8').split('\n');
    assert.ok(text[1]!.startsWith('{"prompt": [') && text[2]!.endsWith('"content": "Madrid."}]}'), text.join('\n'));
  });

  test('a file that another program changes is read anew', { timeout: 60_000 }, async () => {
    const practice = join(window.folder, 'practice.jsonl');
    writeFileSync(practice, `{"prompt": "first", "completion": "one"}\n${readFileSync(practice, 'utf8')}`);
    const frame = await page();
    await frame.locator('.bar .num', { hasText: '6 rows' }).waitFor();
    // the selected row is still the one about Spain
    await frame.locator('.card-h .t', { hasText: 'Row 4' }).waitFor();
  });

  test('an empty file takes a first row, and its texts get the names of their format', { timeout: 60_000 }, async () => {
    writeFileSync(join(window.folder, 'empty.jsonl'), '');
    await openInEditor(code, 'empty.jsonl');
    const frame = await code.webview({ ready: '.nothing' });
    await frame.locator('.nothing .btn', { hasText: 'Add Row' }).click();
    await frame.locator('.card-h .t', { hasText: 'Row 1' }).waitFor();
    await frame.locator('.bar .format', { hasText: 'Prompt and completion' }).waitFor();
    await frame.locator('.sect h2', { hasText: /^Completion$/ }).waitFor();
    await code.command('File: Revert File');
    await frame.locator('.nothing').waitFor();
  });

  test('a label is seen in the list, changed by mouse, undone, and the focus stays on it', { timeout: 60_000 }, async () => {
    const path = join(window.folder, 'labelled.jsonl');
    const text = '{"prompt": "Who are you?", "completion": " Pico.", "label":  true}\n{"prompt": "Who?", "completion": " Nobody.", "label": false}\n';
    writeFileSync(path, text);
    await openInEditor(code, 'labelled.jsonl');
    const frame = await code.webview({ ready: '.segments button' });
    assert.deepEqual(await frame.locator('.vlist-row .d').allInnerTexts(), ['Marked as good', 'Marked as bad']);
    const bad = frame.getByRole('button', { name: 'bad (false)' });
    await bad.click();
    await frame.locator('.segments button[data-mark=false][aria-pressed=true]').waitFor();
    assert.equal(await bad.evaluate((element) => element.ownerDocument.activeElement === element), true);
    await code.page.keyboard.press('Control+s');
    await until(() => readFileSync(path, 'utf8') === text.replace('true', 'false'), 'the file differs in the label only');
    await code.page.keyboard.press('u');
    await frame.locator('.segments button[data-mark=true][aria-pressed=true]').waitFor();
    await code.command('File: Save');
    await until(() => readFileSync(path, 'utf8') === text, 'the label is back');
  });

  test('preferences stand side by side in every theme', { timeout: 120_000 }, async () => {
    await openInEditor(code, 'preferences.jsonl');
    for (const [name, label, id] of [['light', 'Light Modern', 'Light Modern'], ['hc', 'Dark High Contrast', 'Default High Contrast'], ['dark', 'Dark Modern', 'Dark Modern']] as const) {
      await chooseTheme(label);
      const frame = await page();
      await frame.locator('.ans.chosen').waitFor();
      await until(async () => (await frame.locator('body').getAttribute('data-vscode-theme-id')) === id, `the theme is ${id}`);
      await code.page.waitForTimeout(500); // colours ease
      await code.screenshot(`dataset-editor-pair.${name}`);
    }
  });

  test('nothing went wrong in the window', () => {
    assert.deepEqual(code.errors, []);
  });
});
