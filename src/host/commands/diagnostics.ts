/** Copy Diagnostics: what a bug report needs, as text on the clipboard. No paths of files, no contents, nothing leaves the machine by itself. */

import { arch, cpus, homedir, platform, release, totalmem } from 'node:os';
import * as vscode from 'vscode';
import { posttrainHome } from '../../core/home.ts';
import { readManifests } from '../../node/setup/manifest.ts';
import type { HostContext } from '../context.ts';
import { settings, type SettingId } from '../manifest/settings.ts';

export async function copyDiagnostics(context: HostContext, describeNode: () => Promise<string>): Promise<string> {
  const { version } = context.extension.extension.packageJSON as { version: string };
  const changed = (Object.keys(settings) as SettingId[]).filter((id) => JSON.stringify(context.settings.get(id)) !== JSON.stringify(settings[id].default));
  const lines = [
    `Posttrain ${version}`,
    `VS Code ${vscode.version} (${vscode.env.appName}, ${vscode.env.remoteName ?? 'local'}, ${vscode.env.language})`,
    `${platform()} ${release()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Extension host: Node ${process.version}`,
    `Trainer: ${await describeNode()}`,
    `Set up: ${(await readManifests(posttrainHome(process.env, homedir())).catch(() => [])).map(({ words, at }) => `${words} (${at.slice(0, 10)})`).join(', ') || 'no backend'}`,
    `Workspace: ${vscode.workspace.isTrusted ? 'trusted' : 'restricted'}, ${vscode.workspace.workspaceFolders?.length ?? 0} folder(s), ${[...new Set(vscode.workspace.workspaceFolders?.map((folder) => folder.uri.scheme))].join(' ') || 'none'}`,
    `Settings changed: ${changed.join(', ') || 'none'}`,
  ];
  const text = lines.join('\n');
  await vscode.env.clipboard.writeText(text);
  void vscode.window.showInformationMessage(vscode.l10n.t('Copied. Paste it into your report, and attach the log (Posttrain: Show Log) where it helps.'));
  return text;
}
