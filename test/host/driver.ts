/** Drives VS Code as a person does: keyboard, command palette, quick open, mouse. Each wait ends with what was seen instead. */

import { mkdirSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { BrowserContext, Frame, Locator, Page } from 'playwright-core';
import { processTree, type ProcessInfo } from './processes.ts';
import { openBrowser, startServer, type Server, type ServerOptions } from './server.ts';

export interface LaunchOptions extends ServerOptions {
  /** A folder or .code-workspace, opened as it is; a new empty folder by default. Copy it first if the test writes. */
  workspace?: string;
  viewport?: { width: number; height: number };
  colorScheme?: 'dark' | 'light';
  /** The name of a colour theme, as in its settings. */
  theme?: string;
  /** For each single wait. */
  timeoutMs?: number;
}

export interface Notification {
  text: string;
  severity: 'info' | 'warning' | 'error' | 'unknown';
  visible: boolean;
  actions: string[];
}

export interface ShownProblem {
  severity: 'error' | 'warning' | 'info' | 'unknown';
  message: string;
  /** With file and position, as a screen reader says it. */
  label: string;
}

export async function launch(options: LaunchOptions = {}): Promise<VSCode> {
  const settings = options.theme ? { 'workbench.colorTheme': options.theme, ...options.settings } : options.settings;
  const server = await startServer({ ...options, settings });
  let context: BrowserContext | undefined;
  try {
    const workspace = resolve(options.workspace ?? join(server.profileDir, 'workspace'));
    if (!options.workspace) mkdirSync(workspace, { recursive: true });
    context = await openBrowser(server, { viewport: options.viewport, colorScheme: options.colorScheme });
    context.setDefaultTimeout(options.timeoutMs ?? 20_000);
    const page = context.pages()[0] ?? (await context.newPage());
    const code = new VSCode(server, context, page, workspace, options.timeoutMs ?? 20_000);
    await page.addInitScript(recordNotifications);
    await page.goto(server.url(workspace), { timeout: 60_000 });
    await code.ready();
    return code;
  } catch (error) {
    await context?.close().catch(() => {});
    await server.stop({ keepProfile: options.profileDir !== undefined });
    throw error;
  }
}

/** Polls until `read` gives something true; the error says what was awaited. */
export async function until<T>(read: () => T | Promise<T>, what: string | (() => string), timeoutMs = 20_000): Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (value) return value;
    if (Date.now() > end) throw new Error(`Waited ${timeoutMs / 1000} s in vain: ${typeof what === 'string' ? what : what()}`);
    await new Promise((done) => void setTimeout(done, 50));
  }
}

/** One running VS Code. `close()` ends it and removes its temporary profile. */
export class VSCode {
  /** Uncaught errors of the page, which a test wants to be none. */
  readonly errors: string[] = [];
  /** Questions that the browser asked; all are accepted. */
  readonly dialogs: string[] = [];
  private closed = false;

  constructor(
    readonly server: Server,
    readonly context: BrowserContext,
    readonly page: Page,
    readonly workspace: string,
    private readonly timeoutMs: number,
  ) {
    page.on('pageerror', (error) => void this.errors.push(String(error.message ?? error)));
    page.on('dialog', (dialog) => {
      this.dialogs.push(dialog.message());
      dialog.accept().catch(() => {});
    });
  }

  /** Reload Window. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  async ready(): Promise<void> {
    const shown = (selector: string) => this.page.locator(selector).first().waitFor({ timeout: 60_000 });
    await shown('.monaco-workbench .part.statusbar');
    await shown('.monaco-workbench .part.activitybar .action-item');
    // The remote indicator shows its host once the extension host is there.
    await shown('#status\\.host:not([aria-label*="Opening"])');
  }

  /** Runs a command by its title in the palette, e.g. 'File: Save'. */
  async command(title: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.quickOpen(`>${title}`);
      const row = this.quickRow(title);
      try {
        await row.waitFor({ timeout: attempt < 4 ? 5000 : this.timeoutMs });
        await row.click({ timeout: 3000 });
        return;
      } catch (error) {
        const seen = await this.quickRows().allInnerTexts().catch(() => []);
        await this.page.keyboard.press('Escape');
        if (attempt >= 4) throw new Error(`There is no command "${title}" in the palette; it shows ${JSON.stringify(seen.slice(0, 8))}`, { cause: error });
      }
    }
  }

  /** Chooses an entry of the quick pick that is open, by its label. */
  async pick(label: string | RegExp): Promise<void> {
    const row = this.quickRow(label);
    await row.waitFor();
    await row.click();
  }

  /** Types into the input box that is open, and Enter. */
  async answer(text: string): Promise<void> {
    await this.quickInput().waitFor();
    await this.quickInput().fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Opens a file of the workspace with its default editor; returns its tab. */
  async openFile(file: string): Promise<Locator> {
    const folder = statSync(this.workspace).isDirectory() ? this.workspace : dirname(this.workspace);
    const path = isAbsolute(file) ? file : join(folder, file);
    const name = path.slice(path.lastIndexOf('/') + 1);
    for (let attempt = 1; ; attempt++) {
      await this.quickOpen(path);
      try {
        await this.quickRows().filter({ hasText: name }).first().waitFor({ timeout: 5000 });
        await this.page.keyboard.press('Enter');
        const tab = this.page.locator(`.editor-group-container.active .tab.active[data-resource-name=${JSON.stringify(name)}]`);
        await tab.waitFor({ timeout: 8000 });
        return tab;
      } catch (error) {
        await this.page.keyboard.press('Escape');
        if (attempt >= 4) throw new Error(`${path} did not open`, { cause: error });
      }
    }
  }

  /** Opens a file, then View: Reopen Editor With… */
  async openWith(file: string, editorName: string): Promise<Locator> {
    const tab = await this.openFile(file);
    await this.command('View: Reopen Editor With...');
    await this.pick(editorName);
    await this.quickInput().waitFor({ state: 'hidden' });
    await tab.waitFor();
    return tab;
  }

  tab(name: string): Locator {
    return this.page.locator(`.tabs-container .tab[data-resource-name=${JSON.stringify(name)}]`);
  }

  /** Waits until a tab has its dirty dot, or none. */
  async waitDirty(name: string, dirty = true): Promise<void> {
    const isDirty = async () => /\bdirty\b/.test((await this.tab(name).first().getAttribute('class')) ?? '');
    await this.until(async () => (await isDirty()) === dirty, `${name} becomes ${dirty ? 'dirty' : 'clean'}`);
  }

  /**
   * The document that our extension shows in the visible webview. A frame goes stale when its html is set again: ask again then.
   * `ready` is a selector to wait for in it.
   */
  async webview({ extensionId = 'posttrain.posttrain', ready }: { extensionId?: string; ready?: string } = {}): Promise<Frame> {
    let last = 'no webview is visible';
    return this.until(
      async () => {
        for (const element of (await this.page.locator('iframe.webview.ready').elementHandles()).reverse()) {
          try {
            const source = (await element.getAttribute('src')) ?? '';
            if (!source.toLowerCase().includes(`extensionid=${encodeURIComponent(extensionId).toLowerCase()}`) || !(await element.isVisible())) continue;
            const outer = await element.contentFrame();
            const frame = await (await outer?.$('iframe#active-frame'))?.contentFrame();
            if (!frame) {
              last = 'the webview has no content yet';
              continue;
            }
            await frame.waitForLoadState('domcontentloaded', { timeout: 5000 });
            if (ready) await frame.waitForSelector(ready, { timeout: Math.min(5000, this.timeoutMs) });
            if (!frame.isDetached()) return frame;
          } catch (error) {
            last = (error as Error).message;
          }
        }
        return undefined;
      },
      () => `a webview of ${extensionId}: ${last}`,
    );
  }

  /** Every notification since the window loaded, faded ones too. */
  notifications(): Promise<Notification[]> {
    return this.page.evaluate(() => (globalThis as unknown as RecordedPage).recorded.map(({ text, severity, actions, element }) => ({ text, severity, actions, visible: element.isConnected })));
  }

  async waitNotification(text: string | RegExp): Promise<Notification> {
    let seen: Notification[] = [];
    const find = async () => (seen = await this.notifications()).find((one) => (typeof text === 'string' ? one.text.includes(text) : text.test(one.text)));
    return this.until(find, () => `the notification ${text}; seen: ${JSON.stringify(seen.map((one) => one.text))}`);
  }

  /** Opens the Problems panel and reads it, once it shows at least `min`. */
  async problems({ min = 0 } = {}): Promise<ShownProblem[]> {
    await this.command('View: Focus Problems (Errors, Warnings, Infos)').catch(() => this.command('Problems: Focus on Problems View'));
    await this.page.locator('.markers-panel').waitFor();
    const rows = this.page.locator('.markers-panel .monaco-list-row');
    let shown: ShownProblem[] = [];
    const read = async () => {
      const all = await rows.evaluateAll((elements) =>
        elements.map((element) => ({
          label: element.getAttribute('aria-label') ?? '',
          message: element.querySelector('.marker-message-details, .marker-message')?.textContent ?? '',
          icon: element.querySelector('.marker-icon')?.outerHTML ?? '',
        })),
      );
      shown = all.filter(({ message }) => message).map(({ icon, ...rest }) => ({ ...rest, severity: (['error', 'warning', 'info'] as const).find((name) => icon.includes(`codicon-${name}`)) ?? 'unknown' }));
      return shown.length >= min;
    };
    await this.until(read, () => `${min} problems; there are ${shown.length}`);
    return shown;
  }

  statusbar(): Promise<string[]> {
    return this.page.locator('.part.statusbar .statusbar-item').evaluateAll((items) => items.map((item) => item.getAttribute('aria-label') || item.textContent?.trim() || '').filter(Boolean));
  }

  /** VS Code's own figure for our activation, from Developer: Show Running Extensions. */
  async activationMs(name = 'posttrain'): Promise<number> {
    await this.command('Developer: Show Running Extensions');
    const rows = this.page.locator('.runtime-extensions-editor .monaco-list-row');
    await rows.first().waitFor();
    await rows.first().click();
    let seen: string[] = [];
    let key = 'End';
    return this.until(
      async () => {
        // The list is sorted by time and renders what is in view: look at both ends.
        await this.page.keyboard.press((key = key === 'End' ? 'Home' : 'End'));
        await this.page.waitForTimeout(300);
        const texts = await rows.evaluateAll((elements) => elements.map((element) => `${element.getAttribute('aria-label')} ${element.querySelector('.activation-time')?.textContent ?? ''}`));
        seen = texts;
        const own: string | undefined = texts.find((text) => text.toLowerCase().includes(name));
        const ms = own && /(\d+)\s*ms/.exec(own)?.[1];
        return ms ? Number(ms) : undefined;
      },
      () => `${name} among the running extensions: ${JSON.stringify(seen)}`,
    );
  }

  /**
   * As if the person looked at another window and came back: VS Code stores then which editors are open and where their backups
   * are, else only once a minute. A headless browser never loses the focus by itself; a crash test needs this before crash().
   */
  async blurWindow(): Promise<void> {
    await this.page.evaluate(async () => {
      const page = globalThis as unknown as { document: { hasFocus(): boolean; dispatchEvent(event: unknown): void }; Event: new (name: string) => unknown };
      const real = page.document.hasFocus;
      page.document.hasFocus = () => false;
      page.document.dispatchEvent(new page.Event('visibilitychange'));
      await new Promise((done) => void setTimeout(done, 700));
      page.document.hasFocus = real;
      page.document.dispatchEvent(new page.Event('visibilitychange'));
    });
  }

  processes(): ProcessInfo[] {
    return processTree(this.server.mark);
  }

  /** Written to out/screenshots/<name>.png; POSTTRAIN_SCREENSHOTS names another folder, to renew the pictures of the README. */
  async screenshot(name: string): Promise<string> {
    const path = resolve(process.env.POSTTRAIN_SCREENSHOTS ?? 'out/screenshots', `${name}.png`);
    mkdirSync(dirname(path), { recursive: true });
    await this.page.screenshot({ path, animations: 'disabled' });
    return path;
  }

  /** SIGKILL for everything. The profile stays: launch({ profileDir }) restarts it. */
  async crash(): Promise<void> {
    this.closed = true;
    this.server.kill();
    await this.context.close().catch(() => {});
    await this.server.stop({ keepProfile: true });
  }

  async close(options: { keepProfile?: boolean } = {}): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.race([this.context.close().catch(() => {}), new Promise((done) => void setTimeout(done, 5000))]);
    await this.server.stop(options);
  }

  /** As `until`, with a picture of the window when the wait was in vain. */
  private async until<T>(read: () => T | Promise<T>, what: string | (() => string)): Promise<NonNullable<T>> {
    try {
      return await until(read, what, this.timeoutMs);
    } catch (error) {
      const path = resolve('out/screenshots', `failed-${Date.now()}.png`);
      mkdirSync(dirname(path), { recursive: true });
      const seen = await this.page.screenshot({ path, animations: 'disabled' }).catch(() => undefined);
      throw seen ? new Error(`${(error as Error).message}\nThe window then: ${path}`) : error;
    }
  }

  private quickInput(): Locator {
    return this.page.locator('.quick-input-widget:not([style*="display: none"]) .quick-input-box input');
  }

  private quickRows(): Locator {
    return this.page.locator('.quick-input-widget .quick-input-list .monaco-list-row');
  }

  private quickRow(label: string | RegExp): Locator {
    const name = typeof label === 'string' ? new RegExp(`^\\s*${label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`) : label;
    return this.quickRows().filter({ has: this.page.locator('.quick-input-list-label .label-name, .quick-input-list-label', { hasText: name }) }).first();
  }

  /** Opens quick open or the palette with a text. Tried again, because a moving focus can swallow the key. */
  private async quickOpen(text: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.page.keyboard.press('F1');
        await this.quickInput().waitFor({ timeout: 2500 });
        await this.quickInput().fill(text);
        return;
      } catch (error) {
        if (attempt >= 5) throw error;
        await this.page.keyboard.press('Escape');
        // A webview or dialog may hold the focus: click where nothing is.
        if (attempt >= 2) await this.page.locator('.part.titlebar, .part.statusbar').first().click({ position: { x: 5, y: 5 }, force: true }).catch(() => {});
      }
    }
  }
}

interface RecordedPage {
  recorded: { text: string; severity: Notification['severity']; actions: string[]; element: { isConnected: boolean } }[];
}

/** Runs in the page: toasts fade, so each is written down when it appears. */
function recordNotifications(): void {
  /* eslint-disable @typescript-eslint/no-explicit-any -- the page's DOM; this project's Node code has no DOM types. */
  const page = globalThis as any;
  if (page !== page.top || page.recorded) return;
  page.recorded = [];
  const scan = () => {
    for (const element of page.document.querySelectorAll('.notification-list-item')) {
      const text = element.querySelector('.notification-list-item-message')?.textContent?.trim();
      if (!text) continue;
      let entry = page.recorded.find((one: any) => one.element === element || (one.text === text && !one.element.isConnected));
      if (!entry) page.recorded.push((entry = {}));
      entry.element = element;
      entry.text = text;
      entry.severity = ['error', 'warning', 'info'].find((name) => element.querySelector(`.codicon-${name}`)) ?? 'unknown';
      entry.actions = [...element.querySelectorAll('.notification-list-item-buttons-container .monaco-button')].map((button: any) => button.textContent.trim());
    }
  };
  const observe = () => new page.MutationObserver(scan).observe(page.document.documentElement, { childList: true, subtree: true, characterData: true });
  if (page.document.documentElement) observe();
  else page.addEventListener('DOMContentLoaded', observe);
}
