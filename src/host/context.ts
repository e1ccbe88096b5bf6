/** What every part of the extension host is handed: the extension, its log, its settings, and how to tell a person about an error. */

import type * as vscode from 'vscode';
import type { CommandId } from './manifest/commands.ts';
import type { SettingsReader } from './settings.ts';

export interface HostContext {
  readonly extension: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly settings: SettingsReader;
  /** A file that ships with the extension: `asset('dist', 'server.js')`. */
  asset(...segments: string[]): vscode.Uri;
  /** Logs an error and shows it: a UserError as it is, cancelling not at all, anything else as a bug with a way to the log. */
  report(error: unknown): void;
}

export type CommandHandler = (...args: unknown[]) => unknown;

/** One handler for every command of the manifest: a missing one does not compile. */
export type CommandHandlers = { [K in CommandId]: CommandHandler };

/** What a feature's `register…` returns: what ends it, and the commands that it implements. */
export interface Feature<K extends CommandId = never> {
  readonly commands: Pick<CommandHandlers, K>;
  dispose(): void;
}
