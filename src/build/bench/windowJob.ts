/** One file in a real VS Code with the packaged extension: what scrolling, choosing, typing and finding cost the main thread of the page and the extension host. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import type { CDPSession, Frame } from 'playwright-core';
import { createRng } from '../../core/rng.ts';
import { launch, until, type VSCode } from '../../../test/host/driver.ts';
import { inRoot } from '../paths.mjs';
import { frameWork, processOf, type FrameWork, type TraceEvent } from './frameWork.ts';

export interface WindowTimes {
  what: string;
  page: FrameWork;
  /** How late the event loop of the extension host was. */
  host: { p95Ms: number; worstMs: number };
}

const FILE = 'rows.jsonl';
/** Opened first, so that what is measured is not the start of VS Code and of the extension. */
const SMALL = 'first.jsonl';
const TEXT = 'plain.txt';
const TYPED = ' What is typed here goes into the journal letter by letter.'.repeat(4);
const TYPING_MS = 25;
const CATEGORIES = ['disabled-by-default-devtools.timeline', 'disabled-by-default-devtools.timeline.frame'];
/** What a person wants to see who looks into a trace. */
const MORE_CATEGORIES = ['devtools.timeline', 'loading'];

/** `keepTraces`: a folder for what was traced, to look into with the browser's own tools. */
export async function measureWindow(path: string, vsix: string, keepTraces: string | undefined): Promise<WindowTimes[]> {
  const scratch = mkdtempSync(join(os.tmpdir(), 'posttrain-window-'));
  const [workspace, meter] = [join(scratch, 'workspace'), join(scratch, 'meter')];
  for (const folder of [workspace, meter]) mkdirSync(folder);
  writeFileSync(join(workspace, SMALL), '{"prompt":"p","completion":"c"}\n');
  writeFileSync(join(workspace, TEXT), 'one line\n');
  try {
    linkSync(path, join(workspace, FILE));
  } catch {
    symlinkSync(path, join(workspace, FILE)); // on another disk
  }
  const settings = { 'workbench.editorAssociations': { '*.jsonl': 'posttrain.dataset' } };
  const code = await launch({ vsix: [vsix, packMeter(scratch)], workspace, env: { POSTTRAIN_LOOP_METER: meter }, settings });
  try {
    return await play(code, await code.context.newCDPSession(code.page), meter, keepTraces);
  } finally {
    await code.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function packMeter(scratch: string): string {
  const cwd = join(scratch, 'loopMeter');
  mkdirSync(cwd);
  copyFileSync(inRoot('src/build/bench/loopMeter.js'), join(cwd, 'loopMeter.js'));
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ name: 'loop-meter', publisher: 'posttrain', version: '0.0.1', engines: { vscode: '^1.90.0' }, main: 'loopMeter.js', activationEvents: ['*'] }));
  const packagePath = join(scratch, 'loopMeter.vsix');
  const { status, stdout, stderr } = spawnSync(process.execPath, [inRoot('node_modules/@vscode/vsce/vsce'), 'package', '--no-dependencies', '--allow-missing-repository', '--allow-star-activation', '--skip-license', '--out', packagePath], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The meter could not be packed:\n${stdout}${stderr}`);
  return packagePath;
}

async function play(code: VSCode, cdp: CDPSession, meter: string, keepTraces: string | undefined): Promise<WindowTimes[]> {
  const { page } = code;
  const { keyboard } = page;
  const times: WindowTimes[] = [];
  let frame: Frame;
  const measure = async (what: string, act: () => Promise<void>) => {
    const n = times.length;
    writeFileSync(join(meter, `begin-${n}`), '');
    await page.waitForTimeout(100);
    const traced = await trace(cdp, keepTraces === undefined ? CATEGORIES : [...CATEGORIES, ...MORE_CATEGORIES], act);
    writeFileSync(join(meter, `end-${n}`), '');
    const late = join(meter, `late-${n}`);
    await until(() => existsSync(late), 'the figures of the extension host: did it load the meter?');
    if (keepTraces !== undefined) writeFileSync(join(keepTraces, `${n}-${what.replaceAll(/\W+/g, '-')}.json`), JSON.stringify({ traceEvents: traced }));
    const pid = processOf(traced, /extensionid=posttrain/i) ?? processOf(traced, /127\.0\.0\.1/);
    if (pid === undefined) throw new Error('The trace names no process of the page.');
    times.push({ what, page: frameWork(traced, pid), host: JSON.parse(readFileSync(late, 'utf8')) as WindowTimes['host'] });
    await page.waitForTimeout(500);
  };
  const pause = (ms: number) => page.waitForTimeout(ms);

  await code.openFile(SMALL);
  await code.webview({ ready: '.vlist-row .q:not(.loading)' });
  await measure('opening, until all rows are counted', async () => {
    await code.openFile(FILE);
    frame = await until(async () => {
      const shown = await code.webview({ ready: '.vlist-row .q:not(.loading)' });
      return Number(await shown.locator('.vlist').getAttribute('aria-rowcount')) > 1 ? shown : undefined;
    }, 'the rows of the file');
    await frame.locator('.bar .progress:not(.labelled)').waitFor({ state: 'hidden', timeout: 60_000 });
  });
  const list = frame!.locator('.vlist');
  const box = (await list.boundingBox())!;
  const answer = frame!.locator('textarea.text').nth(1);
  await measure('scrolling by wheel', async () => {
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    for (let n = 0; n < 250; n++) {
      await page.mouse.wheel(0, n % 50 < 40 ? 240 : -400);
      await pause(16);
    }
  });
  await measure('dragging the scroll bar', async () => {
    const rng = createRng(1);
    for (let n = 0; n < 60; n++) {
      await list.evaluate((element: { scrollTop: number; scrollHeight: number }, share) => (element.scrollTop = share * element.scrollHeight), rng.next());
      await pause(50);
    }
  });
  await measure('going from row to row', async () => {
    await list.focus();
    for (let n = 0; n < 100; n++) {
      await keyboard.press('n');
      await pause(30);
    }
  });
  await measure('typing in an answer', async () => {
    await answer.click();
    await keyboard.press('Control+End');
    await keyboard.type(TYPED, { delay: TYPING_MS });
    await keyboard.press('Escape');
  });
  await measure('typing in the JSON of a row', async () => {
    await keyboard.press('j');
    await frame!.locator('.raw textarea').click();
    await keyboard.press('End');
    await keyboard.press('Backspace');
    await keyboard.type(', "note": "what is typed here is checked at each letter"}', { delay: TYPING_MS });
    await keyboard.press('Escape');
    await keyboard.press('j');
  });
  await measure('finding a word, until all rows are looked at', async () => {
    await keyboard.press('/');
    await keyboard.type('zebra', { delay: 60 });
    await frame!.locator('.list-h .num', { hasText: /^[\d,]+ of / }).waitFor({ timeout: 60_000 });
    await frame!.locator('.list-h .progress').waitFor({ state: 'hidden', timeout: 60_000 });
  });
  // beside it, what the window costs by itself
  await code.openFile(TEXT);
  const text = page.locator('.editor-group-container.active .monaco-editor');
  await text.click();
  await measure("for comparison: typing in VS Code's own text editor, of a file of one line", () => keyboard.type(TYPED, { delay: TYPING_MS }));
  return times;
}

async function trace(cdp: CDPSession, categories: string[], act: () => Promise<void>): Promise<TraceEvent[]> {
  await cdp.send('Tracing.start', { transferMode: 'ReturnAsStream', traceConfig: { includedCategories: categories, excludedCategories: ['*'] } });
  await act();
  const done = new Promise<string>((resolve) => cdp.once('Tracing.tracingComplete', ({ stream }) => resolve(stream!)));
  await cdp.send('Tracing.end');
  const handle = await done;
  const parts: Buffer[] = [];
  for (;;) {
    const { data, eof, base64Encoded } = await cdp.send('IO.read', { handle, size: 1 << 22 });
    parts.push(Buffer.from(data, base64Encoded ? 'base64' : 'utf8'));
    if (eof) break;
  }
  await cdp.send('IO.close', { handle });
  return (JSON.parse(Buffer.concat(parts).toString('utf8')) as { traceEvents: TraceEvent[] }).traceEvents;
}
