/** The dataset editor: a custom editor on JSONL files, and the commands that open it and move in it. */

import * as vscode from 'vscode';
import type { Feature, HostContext } from '../context.ts';
import { DATASET_EDITOR, editors } from '../manifest/editors.ts';
import { newFileFromRows } from './newFile.ts';
import { openAsDataset, openAsText, registerDatasetEditors, type ActivePage } from './provider.ts';
import { rowCommands } from './rowCommands.ts';
import { showAnnotations } from './showAnnotations.ts';
import { followMoves } from './sidecarMoves.ts';
import { viewCommands, type ViewCommandId } from './viewCommands.ts';

type DatasetCommand =
  | 'posttrain.dataset.openEditor' | 'posttrain.dataset.openText' | 'posttrain.dataset.makeDefault' | 'posttrain.dataset.goToRow'
  | 'posttrain.dataset.newFile' | 'posttrain.dataset.insertRow' | 'posttrain.dataset.duplicateRow' | 'posttrain.dataset.deleteRow'
  | 'posttrain.dataset.showAnnotations'
  | ViewCommandId;

export function registerDatasetEditor(context: HostContext): Feature<DatasetCommand> {
  const all = registerDatasetEditors(context, (page) => void goToRow(page).catch(context.report));
  const moves = followMoves(context, all);

  async function goToRow(active: ActivePage | undefined): Promise<void> {
    if (!active) return;
    const { rows } = active.open.document;
    const { selectedRow } = active.session;
    const answer = await vscode.window.showInputBox({
      title: vscode.l10n.t('Go to Row'),
      prompt: vscode.l10n.t('A number from 1 to {0}.', rows),
      value: selectedRow === undefined ? '' : String(selectedRow + 1),
      validateInput: (text) => (isRow(text, rows) ? undefined : vscode.l10n.t('Type a number from 1 to {0}.', rows)),
    });
    if (answer !== undefined && isRow(answer, rows)) active.session.reveal(Number(answer) - 1);
  }

  /** From what is selected in the Explorer, else from the file in front. */
  async function makeNewFile(target: unknown, selection: unknown): Promise<void> {
    const selected = Array.isArray(selection) ? selection.filter((uri) => uri instanceof vscode.Uri) : [];
    const file = target instanceof vscode.Uri ? target : activeFile();
    if (!file) return void vscode.window.showInformationMessage(vscode.l10n.t('Open a .jsonl file first, or choose one in the Explorer.'));
    const files = selected.length > 1 ? selected : [file];
    await newFileFromRows(files, { save: all.saved, format: all.find(files[0]!)?.document.format?.id });
  }

  return {
    commands: {
      'posttrain.dataset.openEditor': async (target) => {
        const uri = target instanceof vscode.Uri ? target : activeFile();
        if (!uri) return void vscode.window.showInformationMessage(vscode.l10n.t('Open a .jsonl file first, or choose one in the Explorer.'));
        await openAsDataset(uri);
        await sayOnce(context);
      },
      'posttrain.dataset.openText': async (target) => {
        const active = all.active();
        const uri = target instanceof vscode.Uri ? target : (active?.open.uri ?? activeFile());
        if (uri) await openAsText(uri, active?.open.uri.toString() === uri.toString() ? active.session.selectedRow : undefined);
      },
      'posttrain.dataset.makeDefault': () => makeDefault(),
      ...rowCommands(all.pageOf),
      'posttrain.dataset.newFile': (target, selection) => makeNewFile(target, selection),
      'posttrain.dataset.showAnnotations': () => showAnnotations(all.active()),
      'posttrain.dataset.goToRow': () => goToRow(all.active()),
      ...viewCommands(all.active),
    },
    dispose() {
      moves.dispose();
      all.dispose();
    },
  };
}

function isRow(text: string, rows: number): boolean {
  return /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= rows;
}

function activeFile(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom ? input.uri : undefined;
}

/** For this workspace, or for all where no folder is open. Diffs and merges stay in text editors. */
async function makeDefault(): Promise<void> {
  const target = vscode.workspace.workspaceFolders ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  const workbench = vscode.workspace.getConfiguration('workbench');
  const set = async (setting: string, editor: string) => {
    const known = workbench.inspect<Record<string, string>>(setting);
    if (known?.defaultValue === undefined) return; // this VS Code does not have it
    const before = target === vscode.ConfigurationTarget.Workspace ? known.workspaceValue : known.globalValue;
    await workbench.update(setting, { ...before, ...Object.fromEntries(editors.flatMap(({ patterns }) => patterns.map((pattern) => [pattern, editor]))) }, target);
  };
  await set('editorAssociations', DATASET_EDITOR);
  await set('diffEditorAssociations', 'default');
  const undo = vscode.l10n.t('Undo');
  const answer = await vscode.window.showInformationMessage(
    target === vscode.ConfigurationTarget.Workspace
      ? vscode.l10n.t('The dataset editor now opens .jsonl and .ndjson files in this workspace.')
      : vscode.l10n.t('The dataset editor now opens .jsonl and .ndjson files.'),
    undo,
  );
  if (answer !== undo) return;
  for (const setting of ['editorAssociations', 'diffEditorAssociations']) {
    const known = vscode.workspace.getConfiguration('workbench').inspect<Record<string, string>>(setting);
    const now = target === vscode.ConfigurationTarget.Workspace ? known?.workspaceValue : known?.globalValue;
    if (!now) continue;
    const rest = Object.fromEntries(Object.entries(now).filter(([pattern]) => !editors.some(({ patterns }) => (patterns as readonly string[]).includes(pattern))));
    await workbench.update(setting, Object.keys(rest).length > 0 ? rest : undefined, target);
  }
}

const SAID = 'posttrain.dataset.saidOwnUndo';

/** VS Code drops the text editor's undo history when another editor takes its place: say so before someone counts on it. */
async function sayOnce(context: HostContext): Promise<void> {
  if (context.extension.globalState.get(SAID)) return;
  await context.extension.globalState.update(SAID, true);
  void vscode.window.showInformationMessage(vscode.l10n.t('The dataset editor has an undo history of its own; the text editor starts with an empty one when you go back. Press ? for its keys.'));
}
