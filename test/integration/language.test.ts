/** The language server in a real VS Code: problems of rows and run specs, fixes, hover and completion, in the text editor. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { after, before, describe, metric, test, until } from './harness.ts';

describe('the language server', () => {
  let folder: string;
  before(() => void (folder = mkdtempSync(join(tmpdir(), 'posttrain-language-'))));
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(join(folder, name)));
    await vscode.window.showTextDocument(document);
    return document;
  };
  const problems = (document: vscode.TextDocument) => vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === 'posttrain');
  const codes = (document: vscode.TextDocument) => problems(document).map(({ code }) => code);

  test('lists the problems of a dataset, and takes them away when they are fixed', async () => {
    const started = performance.now();
    const document = await open('rows.jsonl', '{"prompt": "a", "completion": "b"}\n{"promt": "c", "completion": "d"}\n');
    assert.equal(document.languageId, 'jsonl');
    await until(() => codes(document).includes('misspelt-key'), 'the problem is listed');
    metric('first problem after opening', `${(performance.now() - started).toFixed(0)} ms`);
    const [problem] = problems(document);
    assert.deepEqual([problem!.range.start.line, problem!.range.start.character, problem!.range.end.character], [1, 1, 8]);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', document.uri, problem!.range);
    const rename = actions.find(({ title }) => title === 'Rename "promt" to "prompt"')!;
    assert.ok(rename, actions.map(({ title }) => title).join());
    await vscode.workspace.applyEdit(rename.edit!);
    assert.equal(document.lineAt(1).text, '{"prompt": "c", "completion": "d"}');
    await until(() => problems(document).length === 0, 'the problem is gone');
  });

  test('holds rows against each other once typing rests', async () => {
    const document = await open('copies.jsonl', '{"prompt": "a", "completion": "b"}\n{"prompt": "c", "completion": "d"}\n{"completion": "b", "prompt": "a"}\n');
    await until(() => codes(document).includes('duplicate-row'), 'the copy is listed');
    assert.deepEqual(problems(document).map(({ range }) => range.start.line), [2]);
  });

  test('takes .ndjson for rows, explains keys and completes them', async () => {
    const document = await open('rows.ndjson', '{"prompt": "a", "completion": "b"}\n{"prompt": "a", }\n');
    assert.equal(document.languageId, 'jsonl');
    await until(() => codes(document).includes('trailing-comma'), 'the problem is listed');
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', document.uri, new vscode.Position(0, 4));
    assert.match(hovers.flatMap(({ contents }) => contents).map((one) => (typeof one === 'string' ? one : one.value)).join(), /What the model is given/);
    const list = await vscode.commands.executeCommand<vscode.CompletionList>('vscode.executeCompletionItemProvider', document.uri, new vscode.Position(1, 16));
    assert.ok(list.items.some(({ label }) => label === 'completion'));
  });

  test('checks a run spec against its files', async () => {
    const document = await open('a.posttrain.yaml', 'method: sft\nmodel_name_or_path: nowhere\ndataset: rows.jsonl\noutput_dir: out\nlearning_rat: 1\n');
    await until(() => codes(document).length === 2, 'both problems are listed');
    assert.deepEqual(codes(document), ['spec-missing-file', 'spec-unknown-key']);
  });

  test('ignores what a check finds in a row when the light bulb says so', async () => {
    const document = await open('fine.jsonl', '{"prompt": "a", "completion": ""}\n{"prompt": "b", "completion": ""}\n');
    await until(() => codes(document).length === 2, 'the problems are listed');
    const [problem] = problems(document);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', document.uri, problem!.range);
    const { command, arguments: given } = actions.find(({ title }) => title === 'Ignore "empty-answer" in this row')!.command!;
    await vscode.commands.executeCommand(command, ...given!);
    await until(() => codes(document).length === 1, 'the other one is left');
    assert.equal(problems(document)[0]!.range.start.line, 1);
    writeFileSync(join(folder, 'fine.jsonl.checks.json'), '{}');
    await until(() => codes(document).length === 2, 'it is told again');
  });

  test('has an outline, and lenses above the first row that lead to commands', async () => {
    const document = await open('outline.jsonl', '{"prompt": "a", "completion": "b"}\n{"prompt": "c", "completion": "d"}\n');
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>('vscode.executeDocumentSymbolProvider', document.uri);
    assert.deepEqual(symbols.map(({ name, detail, children }) => [name, detail, children.map((child) => child.name)]), [['Row 1', 'a', ['prompt', 'completion']], ['Row 2', 'c', ['prompt', 'completion']]]);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', document.uri);
    assert.ok(lenses.some(({ command }) => command?.title === 'Prompt and completion: 2 rows'));
    const known = await vscode.commands.getCommands();
    for (const { command } of lenses) assert.ok(known.includes(command!.command), command!.command);
  });

  test('leaves other JSON and YAML alone', async () => {
    const document = await open('other.yaml', 'method: nonsense\n');
    await new Promise((done) => void setTimeout(done, 500));
    assert.deepEqual(codes(document), []);
  });

  test('keeps to the setting of the folder', async () => {
    const document = await open('many.jsonl', '{,}\n'.repeat(40));
    await until(() => codes(document).length === 40, 'all problems are listed');
    const settings = vscode.workspace.getConfiguration('posttrain', document.uri);
    await settings.update('validation.maxProblems', 5, vscode.ConfigurationTarget.Global);
    try {
      await until(() => codes(document).length === 6 && codes(document).includes('more-problems'), 'five problems and the count of the others are listed');
    } finally {
      await settings.update('validation.maxProblems', undefined, vscode.ConfigurationTarget.Global);
    }
  });
});
