/** One VS Code server with a profile of its own, on 127.0.0.1, a free port and a connection token; and the browser that shows it. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join, resolve } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { chromiumPath, ensureHost } from './install.ts';
import { guard, killMarked, MARK } from './processes.ts';

export interface ServerOptions {
  /** User data, extensions, browser profile, port. New and temporary by default; give one again to restart the same VS Code. */
  profileDir?: string;
  userDataDir?: string;
  extensionsDir?: string;
  /** User settings over `quiet`. */
  settings?: Record<string, unknown>;
  /** Extensions to install first. */
  vsix?: readonly string[];
  /** Allow an extension to be loaded from a folder, with tests. */
  development?: boolean;
  /** For the server and everything it starts. */
  env?: Record<string, string | undefined>;
  /** VS Code's log level. */
  log?: string;
  /** Let workspace trust work as for a person; off by default. */
  workspaceTrust?: boolean;
}

export interface Server {
  readonly mark: string;
  readonly profileDir: string;
  readonly port: number;
  readonly token: string;
  readonly process: ChildProcess;
  /** What the server printed. */
  readonly logFile: string;
  /** The address that shows a folder or .code-workspace file. `payload` are options of VS Code's workbench. */
  url(target: string, payload?: readonly (readonly [string, string])[]): string;
  /** A crash: every process gets SIGKILL, the profile stays. */
  kill(): void;
  stop(options?: { keepProfile?: boolean }): Promise<void>;
}

/** Settings without which a test meets what it is not about: questions, tips, animations, assistants. */
const quiet = {
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  // Dark or light as the browser was asked to prefer.
  'window.autoDetectColorScheme': true,
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.list.smoothScrolling': false,
  'workbench.reduceMotion': 'on',
  'editor.smoothScrolling': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'chat.disableAIFeatures': true,
  'git.openRepositoryInParentFolders': 'never',
  'files.autoSave': 'off',
  'files.simpleDialog.enable': true,
};

export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const { node, main } = ensureHost();
  const temporary = !options.profileDir;
  const profileDir = resolve(options.profileDir ?? mkdtempSync(join(os.tmpdir(), 'posttrain-vscode-')));
  const userDataDir = resolve(options.userDataDir ?? join(profileDir, 'user-data'));
  const extensionsDir = resolve(options.extensionsDir ?? join(profileDir, 'extensions'));
  const serverData = join(profileDir, 'server-data');
  for (const folder of [join(userDataDir, 'User'), extensionsDir, serverData]) mkdirSync(folder, { recursive: true });
  const folders = ['--server-data-dir', serverData, '--user-data-dir', userDataDir, '--extensions-dir', extensionsDir];
  const trust = options.workspaceTrust ? { 'security.workspace.trust.enabled': true } : {};
  const settingsFile = join(userDataDir, 'User/settings.json');
  if (!existsSync(settingsFile) || options.settings) writeFileSync(settingsFile, JSON.stringify({ ...quiet, ...trust, ...options.settings }, null, 2));

  const mark = randomUUID();
  // Its sockets need a short path, and would stay in /tmp.
  const sockets = mkdtempSync(join(os.tmpdir(), 'ptv-'));
  const { ELECTRON_RUN_AS_NODE: _, VSCODE_IPC_HOOK_CLI: __, NODE_OPTIONS: ___, NODE_TEST_CONTEXT: ____, ...inherited } = process.env;
  const env = { EXTENSIONS_GALLERY: '{"serviceUrl":""}', ...inherited, ...options.env, [MARK]: mark, XDG_RUNTIME_DIR: sockets };
  const guarded = guard(mark, temporary ? [sockets, profileDir] : [sockets]);
  const cleanUp = async (keepProfile: boolean) => {
    killMarked(mark);
    await guarded.release();
    rmSync(sockets, { recursive: true, force: true });
    if (!keepProfile) rmSync(profileDir, { recursive: true, force: true, maxRetries: 5 });
  };

  try {
    for (const file of options.vsix ?? []) {
      const { status, stdout, stderr } = spawnSync(node, [main, '--install-extension', resolve(file), '--force', ...folders], { encoding: 'utf8', env });
      if (status !== 0 || /failed/i.test(stderr)) throw new Error(`VS Code did not install ${file}:\n${stdout}${stderr}`);
    }
    // Browser storage belongs to an address, so a restart comes back on the same port; the token is in a cookie there.
    const remembered = join(profileDir, 'address.json');
    const { port: wantedPort, token } = existsSync(remembered) ? (JSON.parse(readFileSync(remembered, 'utf8')) as { port: number; token: string }) : { port: 0, token: randomUUID() };
    const logFile = join(profileDir, 'server.log');
    const log = openSync(logFile, 'w');
    const flags = ['--telemetry-level', 'off', '--disable-telemetry', '--disable-experiments', '--disable-update-check', '--disable-getting-started-override', '--accept-server-license-terms'];
    const args = ['--host', '127.0.0.1', '--port', String(wantedPort), '--connection-token', token, '--log', options.log ?? 'off', ...flags, ...folders];
    if (!options.workspaceTrust) args.push('--disable-workspace-trust');
    if (options.development) args.push('--enable-smoke-test-driver');
    const child = spawn(node, [main, ...args], { stdio: ['ignore', log, log], detached: true, env, cwd: profileDir });
    closeSync(log);
    const port = await listening(child, logFile);
    writeFileSync(remembered, JSON.stringify({ port, token }));
    return {
      mark,
      profileDir,
      port,
      token,
      process: child,
      logFile,
      url(target, payload = []) {
        const what = target ? `${target.endsWith('.code-workspace') ? 'workspace' : 'folder'}=${encodeURIComponent(target)}` : 'ew=true';
        return `http://127.0.0.1:${port}/?tkn=${token}&${what}&payload=${encodeURIComponent(JSON.stringify([['skipWelcome', 'true'], ...payload]))}`;
      },
      kill: () => killMarked(mark),
      async stop({ keepProfile = !temporary } = {}) {
        if (running(child)) child.kill('SIGTERM');
        for (let i = 0; i < 60 && running(child); i++) await sleep(50);
        await cleanUp(keepProfile);
      },
    };
  } catch (error) {
    await cleanUp(!temporary);
    throw error;
  }
}

const running = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;
const sleep = (ms: number) => new Promise<void>((done) => void setTimeout(done, ms));

async function listening(child: ChildProcess, logFile: string): Promise<number> {
  for (let i = 0; i < 600; i++) {
    const printed = readFileSync(logFile, 'utf8');
    if (!running(child)) throw new Error(`The VS Code server ended (${child.exitCode ?? child.signalCode}):\n${printed.slice(-4000)}`);
    const port = /Extension host agent listening on (\d+)/.exec(printed)?.[1];
    if (port) return Number(port);
    await sleep(100);
  }
  throw new Error(`The VS Code server did not start within 60 s:\n${readFileSync(logFile, 'utf8').slice(-4000)}`);
}

/** Headless unless `visible`; dark unless asked for light. */
export async function openBrowser(server: Server, options: { viewport?: { width: number; height: number } | null; colorScheme?: 'dark' | 'light'; visible?: boolean; args?: readonly string[] } = {}): Promise<BrowserContext> {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  return chromium.launchPersistentContext(join(server.profileDir, 'chromium'), {
    executablePath: chromiumPath(),
    headless: !options.visible,
    viewport: options.viewport === undefined ? { width: 1280, height: 800 } : options.viewport,
    colorScheme: options.colorScheme ?? 'dark',
    env: { ...(inherited as Record<string, string>), [MARK]: server.mark },
    // Root, containers and small /dev/shm are where these tests run.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--disable-component-update', ...(options.args ?? [])],
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}
