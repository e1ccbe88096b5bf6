/**
 * Stands in for the VS Code executable that `@vscode/test-electron` starts: the same flags and exit codes, behind it the test host.
 * POSTTRAIN_SHIM_TIMEOUT_MS ends a run (exit code 124), POSTTRAIN_SHIM_SCREENSHOT=file.png shows a failed one, POSTTRAIN_SHIM_RAW=1 prints VS Code's own log.
 */

import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { ensureHost } from './install.ts';
import { openBrowser, startServer, type Server } from './server.ts';

const WITH_VALUE = new Set(['extensionDevelopmentPath', 'extensionTestsPath', 'user-data-dir', 'extensions-dir', 'folder-uri', 'file-uri', 'log', 'locale', 'enable-proposed-api', 'disable-extension']);

/** VS Code hands over its own log and the tests' console in one stream; these lines are surely its own. */
const OWN_LOG =
  /^(Resolv(ing|ed) connection token|Creating a socket |\[reconnection-grace-time\]|Updating additional builtin|Ignoring fetching additional builtin|\[Service Worker\] registration|\[AgentHost|\[AccountPolicyGate\]|\[Extension Host\] \[|%c|Extension host \(Remote\)|Started local extension host|\[DefaultAccount\]|Settings Sync)/;

void main(process.argv.slice(2)).then((code) => process.exit(code));

async function main(args: readonly string[]): Promise<number> {
  const { flags, targets } = readArguments(args);
  if (flags.has('version')) {
    console.log(ensureHost().version);
    return 0;
  }
  const tests = flags.get('extensionTestsPath')?.[0];
  if (!tests) {
    console.error('codeShim: --extensionTestsPath is missing; only tests can be run.');
    return 2;
  }
  const target = targets[0] ?? flags.get('folder-uri')?.[0] ?? '';
  let server: Server | undefined;
  let context: BrowserContext | undefined;
  let page: Page | undefined;
  let code = 1;
  try {
    // With the log off, what tests print is lost as well.
    server = await startServer({ development: true, log: 'info', userDataDir: chosen(flags, 'user-data-dir'), extensionsDir: chosen(flags, 'extensions-dir') });
    context = await openBrowser(server);
    page = context.pages()[0] ?? (await context.newPage());
    code = await runTests(server, page, { tests: localPath(tests), development: (flags.get('extensionDevelopmentPath') ?? []).map(localPath), target: target && localPath(target), flags });
  } catch (error) {
    console.error(error);
    if (error instanceof TimeoutError) code = 124;
  }
  const picture = process.env.POSTTRAIN_SHIM_SCREENSHOT;
  if (code !== 0 && picture) {
    mkdirSync(dirname(picture), { recursive: true });
    await page?.screenshot({ path: picture }).catch(() => {});
  }
  await context?.close().catch(() => {});
  await server?.stop({ keepProfile: false });
  return code;
}

class TimeoutError extends Error {}

async function runTests(server: Server, page: Page, { tests, development, target, flags }: { tests: string; development: string[]; target: string; flags: Map<string, string[]> }): Promise<number> {
  const finished = new Promise<number>((done) => void page.exposeFunction('codeAutomationExit', done));
  await page.exposeFunction('codeAutomationLog', (type: string, values: unknown[]) => {
    if (!process.env.POSTTRAIN_SHIM_RAW && typeof values[0] === 'string' && OWN_LOG.test(values[0])) return;
    const print = type === 'error' || type === 'warn' ? console.error : console.log;
    print(...values);
  });
  page.on('dialog', (dialog) => void dialog.accept().catch(() => {}));
  const died = new Promise<never>((_, reject) => {
    server.process.once('exit', () => reject(new Error(`The VS Code server died:\n${readFileSync(server.logFile, 'utf8').slice(-2000)}`)));
    page.once('crash', () => reject(new Error("VS Code's page crashed.")));
  });
  died.catch(() => {});
  const remote = (path: string) => `vscode-remote://127.0.0.1:${server.port}${encodeURI(path)}`;
  const index = statSync(tests, { throwIfNoEntry: false })?.isDirectory() ? join(tests, 'index') : tests;
  const payload: [string, string][] = [['extensionTestsPath', remote(index)], ...development.map((path): [string, string] => ['extensionDevelopmentPath', remote(path)])];
  if (flags.has('enable-proposed-api')) payload.push(['enableProposedApi', '']);
  if (flags.has('disable-extensions')) payload.push(['disableExtensions', 'true']);
  await page.goto(server.url(target, payload), { timeout: 60_000 });
  const limitMs = Number(process.env.POSTTRAIN_SHIM_TIMEOUT_MS ?? 300_000);
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new TimeoutError(`codeShim: the tests did not end within ${limitMs / 1000} s.`)), limitMs).unref());
  return Promise.race([finished, died, late]);
}

function readArguments(args: readonly string[]): { flags: Map<string, string[]>; targets: string[] } {
  const flags = new Map<string, string[]>();
  const targets: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [, name, given] = /^--([\w-]+)(?:=(.*))?$/s.exec(args[i]!) ?? [];
    if (!name) {
      if (!args[i]!.startsWith('-')) targets.push(args[i]!);
      continue;
    }
    const next = args[i + 1];
    const value = given ?? (WITH_VALUE.has(name) && next && !next.startsWith('-') ? args[++i]! : '');
    flags.set(name, [...(flags.get(name) ?? []), value]);
  }
  return { flags, targets };
}

/** test-electron's defaults are shared by all runs of a project; only a folder that someone chose is used. */
function chosen(flags: Map<string, string[]>, name: string): string | undefined {
  const value = flags.get(name)?.[0];
  return value && !/[\\/]\.vscode-test[\\/]/.test(value) ? localPath(value) : undefined;
}

function localPath(value: string): string {
  return value.startsWith('file:') ? decodeURI(new URL(value).pathname) : resolve(value);
}
