/** The card of the dataset editor in a real window: turns, pairs, JSON values, bad characters, columns and keys, by keyboard, and the file to the byte. */

import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { until, type VSCode } from '../host/driver.ts';
import { openSampleWindow, type SampleWindow } from './sampleWindow.ts';

describe('the card of the dataset editor', () => {
  let window: SampleWindow;
  let code: VSCode;
  before(
    async () => {
      window = await openSampleWindow({ settings: { 'workbench.editorAssociations': { '*.jsonl': 'posttrain.dataset' } } });
      code = window.code;
    },
    { timeout: 120_000 },
  );
  after(() => window?.close());

  const open = async (name: string, text: string, ready = '.unit'): Promise<{ frame: Frame; saved: (expected: string) => Promise<unknown> }> => {
    const path = join(window.folder, name);
    writeFileSync(path, text);
    await code.openFile(name);
    const frame = await code.webview({ ready });
    await frame.locator('.card-h .t', { hasText: 'Row 1' }).waitFor();
    const saved = async (expected: string) => {
      await code.page.keyboard.press('Control+s');
      await until(() => readFileSync(path, 'utf8') === expected, () => `${expected}is saved; there is ${readFileSync(path, 'utf8')}`);
      await code.waitDirty(name, false);
    };
    return { frame, saved };
  };
  const press = (...keys: string[]) => keys.reduce((before, key) => before.then(() => code.page.keyboard.press(key)), Promise.resolve());
  const units = (frame: Frame, count: number) => until(async () => (await frame.locator('.unit:has(.who)').count()) === count, `${count} turns`);
  /** A turn with a problem says so behind its name. */
  const focused = async (frame: Frame, label: string) => {
    let seen: string | null = null;
    const read = async () => {
      seen = await frame.evaluate(() => (globalThis as unknown as { document: { activeElement: { getAttribute(name: string): string | null } } }).document.activeElement.getAttribute('aria-label'));
      return seen?.split(', ').slice(0, 2).join(', ') === label;
    };
    await until(read, () => `the focus on ${label}; it is on ${seen}`);
  };

  const talk = '{"id": 1.0, "messages": [{"role": "user", "content": "caf\\u00e9"},  {"role": "assistant", "content": "Two words"}], "big": 12345678901234567890}\n';

  test('turns are moved, split, added, given another role and deleted by keys, each one step of undo', { timeout: 90_000 }, async () => {
    const { frame, saved } = await open('talk.jsonl', talk);
    await frame.locator('.unit').first().focus();
    await press('Alt+ArrowDown');
    await focused(frame, 'Turn 2 of 2, user');
    await press('Alt+ArrowUp');
    await focused(frame, 'Turn 1 of 2, user');
    await press('ArrowDown', 'e', 'Home', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'Control+Alt+Enter');
    await units(frame, 3);
    await focused(frame, 'Turn 3 of 3, assistant');
    await saved(talk.replace('"Two words"},'.slice(0, -1), '"Two"},  {"role": "assistant", "content": " words"}'));
    await press('a');
    await units(frame, 4);
    await code.page.keyboard.type('And now?', { delay: 10 });
    await press('Escape');
    await frame.locator('.unit').nth(3).locator('select').selectOption('system');
    await focused(frame, 'Turn 4 of 4, system');
    const all = talk.replace('"Two words"}', '"Two"},  {"role": "assistant", "content": " words"},  {"role": "system", "content": "And now?"}');
    await saved(all);
    await press('Backspace');
    await units(frame, 3);
    await press('u');
    await units(frame, 4);
    for (let n = 0; n < 4; n++) await press('u');
    await units(frame, 2);
    await saved(talk);
  });

  test('a pair shows where it differs, is swapped and copied across', { timeout: 90_000 }, async () => {
    const pair = '{"prompt":"What do you drink?","chosen":"I like green tea a lot.","rejected":"I like black tea a lot."}\n';
    const { frame, saved } = await open('pair.jsonl', pair, '.ans .only');
    assert.deepEqual(await frame.locator('.ans .only').allInnerTexts(), ['green', 'black']);
    await frame.locator('.vlist').focus();
    await press('s');
    await frame.locator('.ans.chosen .only', { hasText: 'black' }).waitFor();
    await saved('{"prompt":"What do you drink?","chosen":"I like black tea a lot.","rejected":"I like green tea a lot."}\n');
    await press('u');
    await frame.locator('.ans.chosen .only', { hasText: 'green' }).waitFor();
    await frame.locator('.ans.rejected .unit').focus();
    await press('c');
    await until(async () => (await frame.locator('.ans .only').count()) === 0, 'both sides are the same');
    await press('u');
    await frame.locator('.ans.chosen .only', { hasText: 'green' }).waitFor();
    await frame.locator('.ans.chosen .read').click();
    await press('End');
    await code.page.keyboard.type(' Really.', { delay: 10 });
    await press('Escape');
    await frame.locator('.ans.chosen .only', { hasText: 'Really' }).waitFor();
    await saved(pair.replace('green tea a lot.', 'green tea a lot. Really.'));
  });

  test('answers, prompts and turns say how long they are, in tokens where a run spec names the model', { timeout: 60_000 }, async () => {
    cpSync('media/models/tiny-base', join(window.folder, 'models', 'tiny-base'), { recursive: true });
    writeFileSync(join(window.folder, 'lengths.posttrain.yaml'), 'method: dpo\nmodel_name_or_path: models/tiny-base\ndataset: lengths.jsonl\noutput_dir: runs/lengths\n');
    const { frame } = await open('lengths.jsonl', '{"prompt":"What is the capital of Peru?","chosen":" Lima.","rejected":" It is Lima, of course."}\n');
    const footer = frame.locator('.ans.rejected footer');
    await footer.getByText(/^\d+ tokens · 23 characters$/).waitFor();
    assert.match(await footer.innerText(), /\+\d+ tokens \(\+\d+ %\)/);
    await frame.locator('.sect-h .mut', { hasText: /^\d+ tokens · 28 characters$/ }).waitFor();
    writeFileSync(join(window.folder, 'turns.posttrain.yaml'), 'method: sft\nmodel_name_or_path: models/tiny-base\ndataset: turns.jsonl\noutput_dir: runs/turns\n');
    const turns = await open('turns.jsonl', '{"messages":[{"role":"user","content":"What is the capital of Peru?"},{"role":"assistant","content":"Lima."}]}\n');
    await until(async () => (await turns.frame.locator('.who .length').allInnerTexts()).filter((words) => /^\d+ tokens?$/.test(words)).length === 2, 'both turns say how many tokens they have');
  });

  test('the steps of an answer are marked one by one', { timeout: 60_000 }, async () => {
    const steps = '{"prompt": "1 + 1?", "completions": ["One and one.", "Three."], "labels": [true, true]}\n';
    const { frame, saved } = await open('steps.jsonl', steps, '.segments');
    await frame.locator('.unit.marked').nth(1).focus();
    await press('2');
    await frame.locator('.unit.marked').nth(1).locator('[data-mark=false][aria-pressed=true]').waitFor();
    await saved(steps.replace('true]', 'false]'));
  });

  test('tool calls are JSON, and what is typed reaches the row when it is JSON again', { timeout: 90_000 }, async () => {
    const call = '{"messages": [{"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "function": {"name": "warm", "arguments": {"city": "Oslo", "n": 1.0}}}]}]}\n';
    const { frame, saved } = await open('call.jsonl', call, '.code');
    await frame.locator('.code-head', { hasText: 'warm' }).waitFor();
    await frame.locator('.json').focus();
    await press('Enter', 'Control+End', 'Backspace', 'Backspace');
    await frame.locator('.json-fault').waitFor();
    await code.page.keyboard.type(', "deep": true }', { delay: 10 });
    await frame.locator('.json-fault').waitFor({ state: 'hidden' });
    await press('Escape');
    await saved(call.replace('"n": 1.0}', '"n": 1.0, "deep": true}'));
  });

  test('what cannot be seen has a name, and markup is text', { timeout: 60_000 }, async () => {
    const { frame } = await open('bad.jsonl', `${JSON.stringify({ text: 'a\u202Eb\u200Bc\u0000 <img src=x onerror=alert(1)>' })}\n`, '.bad-char');
    assert.deepEqual(await frame.locator('.read .bad-char').allInnerTexts(), ['RLO', 'ZWSP', 'NUL']);
    assert.equal(await frame.locator('img').count(), 0);
    await frame.locator('.vlist-row .q', { hasText: 'a⟦RLO⟧b⟦ZWSP⟧c⟦NUL⟧ <img' }).waitFor();
    assert.deepEqual(code.dialogs, []);
  });

  test('the list is made wider by keys, shows columns then, and stays so', { timeout: 90_000 }, async () => {
    const rows = `${JSON.stringify({ prompt: 'p', chosen: 'good one', rejected: 'bad one' })}\n`;
    let { frame } = await open('columns.jsonl', rows);
    assert.equal(await frame.locator('.grid-head .cell').count(), 0);
    await frame.locator('.splitter').focus();
    for (let n = 0; n < 6; n++) await press('Shift+ArrowRight');
    await frame.locator('.grid-head .cell', { hasText: 'Chosen' }).waitFor();
    await frame.locator('.vlist-row .cell', { hasText: 'good one' }).waitFor();
    const width = () => frame.locator('.vlist-row .cell').first().evaluate((cell) => cell.getBoundingClientRect().width);
    await frame.locator('.grid-head .edge').first().focus();
    const before = await width();
    assert.equal(await frame.locator('.grid-head .cell').first().evaluate((cell) => cell.getBoundingClientRect().width), before, 'the name stands above its column');
    await press('ArrowRight');
    await until(async () => (await width()) === before - 16, 'the column is narrower');
    await code.screenshot('dataset-editor-columns');
    await code.command('View: Close All Editors');
    await code.openFile('columns.jsonl');
    frame = await code.webview({ ready: '.vlist-row .cell' });
    assert.equal(await width(), before - 16);
  });

  test('? lists every key and finds one', { timeout: 60_000 }, async () => {
    const { frame } = await open('talk2.jsonl', talk);
    await frame.locator('.vlist').focus();
    await press('?');
    await frame.locator('.keys').waitFor();
    await code.screenshot('dataset-editor-keys');
    await code.page.keyboard.type('split', { delay: 10 });
    await until(async () => (await frame.locator('.key-entry:visible').count()) === 1, 'one key is left');
    assert.match(await frame.locator('.key-entry:visible').innerText(), /Split the turn at the cursor\s+Ctrl\+Alt\+Enter/);
    await press('Escape');
    await frame.locator('.keys').waitFor({ state: 'hidden' });
  });

  test('nothing went wrong in the window', () => assert.deepEqual(code.errors, []));
});
