/** Convert Dataset in a real VS Code: the worker runs, the file is there, and nothing is asked of who says what is wanted. */

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { after, before, describe, test } from './harness.ts';

describe('converting a dataset', () => {
  let folder: string;
  before(() => void (folder = mkdtempSync(join(tmpdir(), 'posttrain-convert-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const convert = (from: string, wanted: object) => vscode.commands.executeCommand<vscode.Uri | undefined>('posttrain.dataset.convert', vscode.Uri.file(join(folder, from)), wanted);

  test('there and back, through a table', async () => {
    writeFileSync(join(folder, 'a.json'), JSON.stringify([{ conversations: [{ from: 'human', value: 'Hi' }, { from: 'gpt', value: 'Hello!' }] }]));
    const table = vscode.Uri.file(join(folder, 'b.parquet'));
    assert.equal((await convert('a.json', { to: 'messages', output: table }))?.fsPath, table.fsPath);
    const rows = vscode.Uri.file(join(folder, 'c.jsonl'));
    assert.equal((await convert('b.parquet', { to: 'sharegpt', output: rows }))?.fsPath, rows.fsPath);
    assert.deepEqual(JSON.parse(readFileSync(rows.fsPath, 'utf8')), { conversations: [{ from: 'human', value: 'Hi' }, { from: 'gpt', value: 'Hello!' }] });
  });

  test('what is lost is lost only when that was said', async () => {
    writeFileSync(join(folder, 'pairs.jsonl'), '{"prompt": "a", "chosen": " b", "rejected": " c"}\n');
    const output = vscode.Uri.file(join(folder, 'chosen.jsonl'));
    await convert('pairs.jsonl', { to: 'prompt-completion', output, lossy: true });
    assert.equal(readFileSync(output.fsPath, 'utf8'), '{"prompt":"a","completion":" b"}\n');
    assert.equal(await convert('pairs.jsonl', { to: 'prompt-completion', output }), undefined, 'the file is there already');
    assert.ok(existsSync(output.fsPath));
  });
});
