/** The dataset editor in a real extension host: how it opens, what it publishes, and that the text editor and diffs are left alone. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { DATASET_EDITOR } from '../../src/host/manifest/editors.ts';
import { after, describe, metric, test, until } from './harness.ts';

const folder = () => vscode.workspace.workspaceFolders![0]!.uri;
const activeTab = () => vscode.window.tabGroups.activeTabGroup.activeTab;
const isDataset = (tab: vscode.Tab | undefined) => tab?.input instanceof vscode.TabInputCustom && tab.input.viewType === DATASET_EDITOR;
const closeAll = () => vscode.commands.executeCommand('workbench.action.closeAllEditors');

function create(name: string, text: string): vscode.Uri {
  const path = join(folder().fsPath, name);
  writeFileSync(path, text);
  return vscode.Uri.file(path);
}

describe('the dataset editor', () => {
  after(async () => void (await closeAll()));

  test('is an option: a file opens as text, and a command puts the editor in its place', async () => {
    const uri = vscode.Uri.joinPath(folder(), 'train.jsonl');
    await vscode.commands.executeCommand('vscode.open', uri);
    await until(() => activeTab()?.input instanceof vscode.TabInputText, 'the text editor');
    await vscode.commands.executeCommand('posttrain.dataset.openEditor');
    await until(() => isDataset(activeTab()) && vscode.window.tabGroups.activeTabGroup.tabs.length === 1, 'the dataset editor alone');
    await vscode.commands.executeCommand('posttrain.dataset.openText');
    await until(() => activeTab()?.input instanceof vscode.TabInputText && vscode.window.tabGroups.activeTabGroup.tabs.length === 1, 'the text editor alone');
    await closeAll();
  });

  test('lists problems while no text editor shows the file, each once', async () => {
    const uri = create('problems.jsonl', '{"prompt": "a", "completion": "b"}\n{"prompt": "a", "completion": "b",}\n{"promt": "a", "completion": "b"}\n');
    const found = () => vscode.languages.getDiagnostics(uri);
    await vscode.commands.executeCommand('posttrain.dataset.openEditor', uri);
    await until(() => found().length >= 2, 'the problems of both rows');
    const lines = found().map((diagnostic) => diagnostic.range.start.line);
    assert.deepEqual([...new Set(lines)].sort(), [1, 2]);
    assert.ok(found().every((diagnostic) => diagnostic.source?.startsWith('posttrain') && diagnostic.code !== undefined));
    const before = found().map((diagnostic) => diagnostic.message).sort();
    // beside it as text: now the language server speaks, and says the same
    await vscode.commands.executeCommand('vscode.openWith', uri, 'default', vscode.ViewColumn.Beside);
    await until(() => vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri.toString()), 'the text document');
    await until(async () => {
      await new Promise((done) => void setTimeout(done, 300));
      const now = found().map((diagnostic) => diagnostic.message).sort();
      return JSON.stringify(now) === JSON.stringify(before);
    }, 'the same problems, each once');
    await closeAll();
    await until(() => found().length === 0, 'they go with the editors');
  });

  test('says what is wrong with a file as a whole, and takes the format that a setting names', async () => {
    const codes = (uri: vscode.Uri) => vscode.languages.getDiagnostics(uri).map(({ code, range }) => `${String(code)} ${range.start.line}`);
    const list = create('list.jsonl', '[\n  {"text": "a"},\n  {"text": "b"}\n]\n');
    await vscode.commands.executeCommand('posttrain.dataset.openEditor', list);
    await until(() => codes(list).length > 0, 'the problem of the file');
    assert.deepEqual(codes(list), ['not-json-lines 0']);
    const pairs = create('pairs.jsonl', '{"prompt": "a", "completion": "b"}\n');
    await vscode.commands.executeCommand('posttrain.dataset.openEditor', pairs);
    await until(() => isDataset(activeTab()), 'the editor');
    const format = (value: string | undefined) => vscode.workspace.getConfiguration('posttrain').update('dataset.format', value, vscode.ConfigurationTarget.Workspace);
    await format('text');
    await until(() => codes(pairs).some((code) => code.startsWith('missing-key')), 'the problem of a row in that format');
    await format(undefined);
    await until(() => codes(pairs).length === 0, 'no problem in the format that fits');
    await closeAll();
  });

  test('takes what checks find as the setting and the file beside it say, and follows both', async () => {
    const uri = create('levels.jsonl', '{"prompt": "a", "completion": ""}\n\n{"prompt": "b", "completion": "c"}\n');
    const beside = create('levels.jsonl.checks.json', '{"checks": {"blank-line": "warning"}}');
    const is = (...wanted: string[]) => until(() => vscode.languages.getDiagnostics(uri).map(({ code, severity }) => `${String(code)} ${severity}`).sort().join() === wanted.sort().join(), wanted.join());
    await vscode.commands.executeCommand('posttrain.dataset.openEditor', uri);
    await is('empty-answer 0', 'blank-line 1');
    const settings = vscode.workspace.getConfiguration('posttrain', uri);
    await settings.update('checks', { 'empty-answer': 'info', 'blank-line': 'off' }, vscode.ConfigurationTarget.Global);
    try {
      await is('empty-answer 2', 'blank-line 1');
      rmSync(beside.fsPath);
      await is('empty-answer 2');
      create('levels.jsonl.checks.json', '{"checks": "off"}');
      await is('checks-file 0', 'empty-answer 2');
    } finally {
      await settings.update('checks', undefined, vscode.ConfigurationTarget.Global);
    }
    await closeAll();
  });

  test('follows a file that another program writes', async () => {
    const uri = create('follow.jsonl', '{"prompt": "a", "completion": ""}\n');
    await vscode.commands.executeCommand('posttrain.dataset.openEditor', uri);
    const lines = () => vscode.languages.getDiagnostics(uri).map(({ range }) => range.start.line);
    await until(() => lines().includes(0), 'the problem of the row'); // it was checked
    writeFileSync(uri.fsPath, '{"prompt": "a", "completion": "b"}\n{"prompt": "a",\n');
    await until(() => JSON.stringify(lines()) === '[1]', 'the problem of the new row alone');
    await closeAll();
  });

  test('annotations go with a file that is renamed, and never over others', async () => {
    const uri = create('named.jsonl', '{"prompt": "a", "completion": "b"}\n');
    const sidecar = create('named.jsonl.annotations.jsonl', 'said\n');
    const checks = create('named.jsonl.checks.json', '{}');
    const renamed = vscode.Uri.joinPath(folder(), 'renamed.jsonl');
    const rename = async (from: vscode.Uri, to: vscode.Uri) => {
      const edit = new vscode.WorkspaceEdit();
      edit.renameFile(from, to);
      assert.ok(await vscode.workspace.applyEdit(edit));
    };
    const said = (of: vscode.Uri) => (existsSync(`${of.fsPath}.annotations.jsonl`) ? readFileSync(`${of.fsPath}.annotations.jsonl`, 'utf8') : undefined);
    await rename(uri, renamed);
    await until(() => said(renamed) === 'said\n' && said(uri) === undefined, 'the annotations beside the new name');
    await until(() => existsSync(`${renamed.fsPath}.checks.json`) && !existsSync(checks.fsPath), 'the file of checks as well');
    create('named.jsonl.annotations.jsonl', 'said of another\n');
    await rename(renamed, uri);
    await until(() => existsSync(uri.fsPath), 'the old name');
    await new Promise((done) => void setTimeout(done, 300));
    assert.deepEqual([said(uri), said(renamed)], ['said of another\n', 'said\n']);
    for (const path of [uri.fsPath, sidecar.fsPath, checks.fsPath, `${renamed.fsPath}.annotations.jsonl`]) rmSync(path);
  });

  test('refuses a pipe and a missing file without waiting for ever', async () => {
    const pipe = join(folder().fsPath, 'pipe.jsonl');
    const names = ['missing.jsonl'];
    if (process.platform === 'linux') {
      execFileSync('mkfifo', [pipe]);
      names.push('pipe.jsonl');
    }
    // with a dataset in front the command waits for a row number, without one it ends at once
    const asksForARow = async () => {
      const going = vscode.commands.executeCommand('posttrain.dataset.goToRow').then(() => false);
      const asks = await Promise.race([going, new Promise<boolean>((done) => void setTimeout(() => done(true), 500))]);
      await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
      return asks;
    };
    await vscode.commands.executeCommand('posttrain.dataset.openEditor', vscode.Uri.joinPath(folder(), 'train.jsonl'));
    await until(asksForARow, 'a dataset that can be opened');
    await closeAll();
    for (const name of names) {
      const started = performance.now();
      await vscode.commands.executeCommand('posttrain.dataset.openEditor', vscode.Uri.joinPath(folder(), name)).then(undefined, () => undefined); // VS Code shows the error in the tab
      assert.ok(performance.now() - started < 10_000, `${name} is refused at once`);
      assert.equal(await asksForARow(), false, `${name} is no dataset`);
      await closeAll();
    }
    rmSync(pipe, { force: true });
  });

  test('opens 100,000 rows without keeping anyone waiting', async () => {
    const row = `${JSON.stringify({ prompt: 'What is a row? '.repeat(10), completion: ' A line of a dataset.'.repeat(10) })}\n`;
    const wrong = `${JSON.stringify({ promt: 'What is a row? ', completion: '' })}\n`;
    const uri = create('large.jsonl', (row.repeat(9) + wrong).repeat(10_000));
    // what this thread computes between two turns of its loop: on a busy machine the clock would count other programs too
    const { threadCpuUsage } = process as { threadCpuUsage?: () => { user: number; system: number } };
    const computedMs = () => {
      const { user, system } = threadCpuUsage?.call(process) ?? { user: performance.now() * 1000, system: 0 };
      return (user + system) / 1000;
    };
    let longest = 0;
    let watching = true;
    const watch = (before: number) => {
      const now = computedMs();
      longest = Math.max(longest, now - before);
      if (watching) setImmediate(watch, now);
    };
    watch(computedMs());
    const started = performance.now();
    await vscode.commands.executeCommand('posttrain.dataset.openEditor', uri);
    await until(() => isDataset(activeTab()), 'the editor');
    metric('dataset-editor-open', `${(performance.now() - started).toFixed(0)} ms for 100,000 rows, ${(row.length * 0.1).toFixed(0)} MB`);
    await new Promise((done) => void setTimeout(done, 3000));
    watching = false;
    metric('dataset-editor-longest-task', `${longest.toFixed(0)} ms in the extension host, checking all rows`);
    assert.ok(longest < 32, `a task of ${longest.toFixed(0)} ms`); // 16 ms are promised; a cold start and the garbage collector are let off
    await closeAll();
  });

  test('becomes the default for a workspace, and stops being it', async () => {
    const associations = () => vscode.workspace.getConfiguration('workbench').get<Record<string, string>>('editorAssociations');
    void vscode.commands.executeCommand('posttrain.dataset.makeDefault');
    await until(() => associations()?.['*.jsonl'] === DATASET_EDITOR, 'the association');
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.joinPath(folder(), 'train.jsonl'));
    await until(() => isDataset(activeTab()), 'the dataset editor by default');
    await closeAll();
    await vscode.workspace.getConfiguration('workbench').update('editorAssociations', undefined, vscode.ConfigurationTarget.Workspace);
    await vscode.workspace.getConfiguration('workbench').update('diffEditorAssociations', undefined, vscode.ConfigurationTarget.Workspace).then(undefined, () => undefined);
  });
});
