/** Where VS Code enters: builds the object graph by hand, and nothing else. */

import * as vscode from 'vscode';
import { generalCommands, registerCommands } from './host/commands/index.ts';
import type { HostContext } from './host/context.ts';
import { registerDatasetEditor } from './host/datasetEditor/index.ts';
import { registerLanguage } from './host/language/index.ts';
import { reporter } from './host/log.ts';
import { registerRuns } from './host/runs/index.ts';
import { settingsReader } from './host/settings.ts';

export function activate(extension: vscode.ExtensionContext): void {
  const begun = performance.now();
  const log = vscode.window.createOutputChannel('Posttrain', { log: true });
  const context: HostContext = {
    extension,
    log,
    settings: settingsReader(),
    asset: (...segments) => vscode.Uri.joinPath(extension.extensionUri, ...segments),
    report: reporter(log),
  };
  const runs = registerRuns(context);
  const dataset = registerDatasetEditor(context);
  const language = registerLanguage(context);
  const commands = registerCommands(context, { ...generalCommands(context), ...runs.commands, ...dataset.commands });
  extension.subscriptions.push(log, runs, dataset, language, commands);
  void welcome(context).catch(context.report);
  log.info(`Activated in ${Math.round(performance.now() - begun)} ms`);
}

/** After the window is up: nobody waits for it. */
async function welcome(context: HostContext): Promise<void> {
  const { welcomeToSample } = await import('./host/commands/sampleProject.ts');
  await welcomeToSample(context);
}
