/** Who annotates: a setting, asked for once, with the name that git has as a proposal. It goes into the sidecar and nowhere else. */

import { userInfo } from 'node:os';
import * as vscode from 'vscode';
import type { SettingsReader } from '../settings.ts';

const SETTING = 'posttrain.annotations.name';

export function annotatorName(settings: SettingsReader): string | undefined {
  return settings.get(SETTING).trim() || undefined;
}

/** Undefined when the question is left without an answer. */
export async function askAnnotatorName(settings: SettingsReader, file: vscode.Uri): Promise<string | undefined> {
  const known = annotatorName(settings);
  if (known !== undefined) return known;
  const answer = await vscode.window.showInputBox({
    title: vscode.l10n.t('Who Annotates?'),
    prompt: vscode.l10n.t('This name stands beside your labels in the file of annotations. It is sent nowhere; the setting {0} changes it.', SETTING),
    value: (await gitName(file).catch(() => undefined)) ?? userInfo().username,
    validateInput: (text) => (text.trim() === '' ? vscode.l10n.t('Type a name.') : undefined),
  });
  const name = answer?.trim();
  if (!name) return undefined;
  await vscode.workspace.getConfiguration().update(SETTING, name, vscode.ConfigurationTarget.Global);
  return name;
}

/** From VS Code's own git extension, where it is running already. */
async function gitName(file: vscode.Uri): Promise<string | undefined> {
  const git = vscode.extensions.getExtension<{ getAPI(version: 1): { getRepository(uri: vscode.Uri): { getConfig(key: string): Promise<string> } | null } }>('vscode.git');
  const repository = git?.isActive ? git.exports.getAPI(1).getRepository(file) : null;
  return (await repository?.getConfig('user.name'))?.trim() || undefined;
}
