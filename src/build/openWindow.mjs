/** Opens a real VS Code with the packaged extension, the sample project and a run's panel, in a profile of its own. */

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { packageExtension } from './package.mjs';
import { inRoot } from './paths.mjs';
import { loadHost, loadServer } from './vscodeHost.mjs';

/** The extension opens this run's panel when its window starts. */
const OPEN_RUN = 'POSTTRAIN_OPEN_RUN';

export async function openWindow({ project, runDir }) {
  const vsix = inRoot('out/posttrain.vsix');
  await packageExtension(vsix);
  const desktop = findDesktop();
  if (desktop) openDesktop(desktop, { vsix, project, runDir });
  else await openInBrowser({ vsix, project, runDir });
}

/** The `code` command, where there is a screen to show its window on. */
function findDesktop() {
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return undefined;
  const names = process.platform === 'win32' ? ['code.cmd'] : ['code', 'codium', 'code-insiders'];
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  if (process.platform === 'darwin') folders.push('/Applications/Visual Studio Code.app/Contents/Resources/app/bin');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

function openDesktop(code, { vsix, project, runDir }) {
  const profile = inRoot('.cache/window');
  const folders = ['--user-data-dir', join(profile, 'user-data'), '--extensions-dir', join(profile, 'extensions')];
  mkdirSync(join(profile, 'user-data/User'), { recursive: true });
  const settings = join(profile, 'user-data/User/settings.json');
  if (!existsSync(settings)) writeFileSync(settings, JSON.stringify({ 'workbench.startupEditor': 'none', 'telemetry.telemetryLevel': 'off' }, null, 2));
  const shell = process.platform === 'win32';
  const { status, stdout, stderr } = spawnSync(code, [...folders, '--install-extension', vsix, '--force'], { encoding: 'utf8', shell });
  if (status !== 0) throw new Error(`${code} did not install the extension:\n${stdout}${stderr}`);
  console.log(`Opening ${code}, in a profile of its own (.cache/window).`);
  spawn(code, [...folders, '--new-window', project], { detached: true, stdio: 'ignore', shell, env: { ...process.env, [OPEN_RUN]: runDir } }).unref();
}

/** The VS Code of the tests, on this machine only: in Chromium where there is a screen, else at an address to open. */
async function openInBrowser({ vsix, project, runDir }) {
  const host = await loadHost();
  const missing = host.whyNoHost();
  if (missing && !missing.startsWith('no Chromium')) {
    console.error(`No desktop VS Code was found (the "code" command), and ${missing}.`);
    process.exit(1);
  }
  const { startServer, openBrowser } = await loadServer();
  const server = await startServer({ profileDir: inRoot('.cache/window'), vsix: [vsix], env: { [OPEN_RUN]: runDir } });
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    await server.stop({ keepProfile: true });
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, end);
  console.log(`\nVS Code with Posttrain and the sample project, for this machine only:\n\n  ${server.url(project)}\n`);
  const screen = process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!missing && screen) {
    const context = await openBrowser(server, { visible: true, viewport: null, args: [`--app=${server.url(project)}`] });
    context.on('close', end);
    console.log('It opens in Chromium. Close its window, or press Ctrl+C, to end it.');
  } else {
    console.log('Open it in a browser on this machine, or forward its port. Ctrl+C ends it.');
  }
}
