/** Reads the extension's settings, typed by the manifest's table. */

import * as vscode from 'vscode';
import { settings, type SettingId, type SettingSpec, type SettingValue } from './manifest/settings.ts';

export interface SettingsReader {
  /** The value for a file or folder (or for the window); the default when what is set has the wrong type. */
  get<K extends SettingId>(id: K, scope?: vscode.Uri): SettingValue<K>;
  onDidChange(id: SettingId, listener: () => void): vscode.Disposable;
}

export function settingsReader(): SettingsReader {
  return {
    get<K extends SettingId>(id: K, scope?: vscode.Uri) {
      const spec: SettingSpec = settings[id];
      const value: unknown = vscode.workspace.getConfiguration(undefined, scope).get(id);
      const usable = typeof value === typeof spec.default && value !== null && (!spec.enum || spec.enum.includes(value as string));
      return (usable ? value : spec.default) as SettingValue<K>;
    },
    onDidChange: (id, listener) =>
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(id)) listener();
      }),
  };
}
