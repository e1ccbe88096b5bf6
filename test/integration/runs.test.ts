/** Runs from the window: started, stopped, resumed to the end, asked for what is wrong with a spec; and the terminal's command. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { readEvents, runStatus } from '../../src/node/runDirectory.ts';
import { runPaths } from '../../src/run/directory.ts';
import { after, before, describe, test, until } from './harness.ts';

const root = process.env.POSTTRAIN_ROOT!;
const run = <T>(command: string, ...args: unknown[]) => vscode.commands.executeCommand<T>(command, ...args);
const panels = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter((tab) => tab.input instanceof vscode.TabInputWebview && tab.input.viewType.endsWith('posttrain.run'));

describe('runs in the window', () => {
  let folder: string;
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return vscode.Uri.file(path);
  };
  const spec = (name: string, more = '') => `method: sft
model_name_or_path: ${join(root, 'media/models/tiny-base')}
dataset: rows.jsonl
output_dir: ${name}
backend: wasm
max_steps: 400
per_device_train_batch_size: 2
max_length: 32
logging_steps: 1
save_steps: 1000
${more}`;

  before(() => {
    folder = mkdtempSync(join(os.tmpdir(), 'posttrain-runs-'));
    write('rows.jsonl', Array.from({ length: 20 }, (_, i) => `{"prompt": "Say ${i}.", "completion": "${i}."}\n`).join(''));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('start opens the panel, stop saves, resume goes on from there, pause waits', async () => {
    const dir = await run<string | undefined>('posttrain.run.start', write('a.posttrain.yaml', spec('out/a')));
    assert.equal(dir, join(folder, 'out/a'));
    assert.equal(await runStatus(dir), 'running');
    assert.deepEqual(panels().map((tab) => tab.label), ['a']);
    const { events } = runPaths(dir);
    await until(async () => (await readEvents(events)).some((event) => event.type === 'metrics'), 'the first metrics');

    await run('posttrain.run.stop', dir);
    await until(async () => (await runStatus(dir)) === 'stopped', 'the run stops');
    const stopped = await readEvents(events);
    const checkpoint = stopped.findLast((event) => event.type === 'checkpoint');
    assert.ok(checkpoint && existsSync(join(dir, checkpoint.path, 'model.safetensors')));

    await run('posttrain.run.resume', dir);
    const resumed = (await readEvents(events)).findLast((event) => event.type === 'resumed');
    assert.equal(resumed?.from_step, checkpoint.step);
    assert.equal(panels().length, 1, 'the same panel');
    await run('posttrain.run.pause', dir);
    await until(async () => (await runStatus(dir)) === 'paused', 'the run pauses');
    await run('posttrain.run.continue', dir);
    await until(async () => (await runStatus(dir)) === 'running', 'the run continues');
    await run('posttrain.run.stop', dir);
    await until(async () => (await runStatus(dir)) === 'stopped', 'the run stops again');
  }, { timeoutMs: 120_000 });

  test('a run to its end leaves a result', async () => {
    const dir = await run<string>('posttrain.run.start', write('b.posttrain.yaml', spec('out/b').replace('max_steps: 400', 'max_steps: 3')));
    await until(async () => (await runStatus(dir)) === 'completed', 'the run completes', 60_000);
    assert.ok(existsSync(join(runPaths(dir).final, 'model.safetensors')));
  }, { timeoutMs: 90_000 });

  test('the adapter of a run is merged beside it, once; a run without one is refused', async () => {
    const dir = await run<string>('posttrain.run.start', write('c.posttrain.yaml', spec('out/c', 'use_peft: true\nlora_r: 2\nuse_dora: true\n').replace('max_steps: 400', 'max_steps: 2')));
    await until(async () => (await runStatus(dir)) === 'completed', 'the run completes', 60_000);
    const merged = await run<string | undefined>('posttrain.run.merge', dir);
    assert.equal(merged, `${dir}-merged`);
    assert.ok(existsSync(join(merged, 'model.safetensors')) && existsSync(join(merged, 'tokenizer.json')));
    assert.equal(await run('posttrain.run.merge', dir), undefined, 'it is there already');
    const whole = await run<string>('posttrain.run.start', write('d.posttrain.yaml', spec('out/d').replace('max_steps: 400', 'max_steps: 1')));
    await until(async () => (await runStatus(whole)) === 'completed', 'the run completes', 60_000);
    assert.equal(await run('posttrain.run.merge', whole), undefined);
    assert.ok(!existsSync(`${whole}-merged`));
  }, { timeoutMs: 150_000 });

  test('problems of a spec are listed with their line, and nothing is started', async () => {
    const uri = write('wrong.posttrain.yaml', spec('out/wrong', 'lerning_rate: 1.0e-4\n').replace('rows.jsonl', 'rows.json'));
    void run('posttrain.run.start', uri);
    const problems = await until(() => {
      const found = vscode.languages.getDiagnostics(uri).filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error);
      return found.length >= 2 ? found : undefined;
    }, 'two problems');
    const codes = problems.map(({ code, range }) => `${String(typeof code === 'object' ? code.value : code)}:${range.start.line + 1}`);
    assert.ok(codes.includes('spec-missing-file:3') && codes.includes('spec-unknown-key:11'), codes.join());
    await until(() => new Set(vscode.languages.getDiagnostics(uri).map(({ code, range }) => `${JSON.stringify(code)}${range.start.line}`)).size === vscode.languages.getDiagnostics(uri).length, 'each problem is listed once');
    await until(() => vscode.window.activeTextEditor?.document.uri.fsPath === uri.fsPath, 'the spec is shown');
    assert.equal(existsSync(join(folder, 'out/wrong')), false);
  });

  test('the terminal has the posttrain command of this extension', async () => {
    await run('posttrain.terminal.open');
    const terminal = await until(() => vscode.window.terminals.find(({ name }) => name === 'Posttrain'), 'the terminal');
    const { env } = terminal.creationOptions as vscode.TerminalOptions;
    const bin = env!.PATH!.split(process.platform === 'win32' ? ';' : ':')[0]!;
    const printed = execFileSync(join(bin, process.platform === 'win32' ? 'posttrain.cmd' : 'posttrain'), ['formats', '--json'], { encoding: 'utf8' });
    assert.ok(printed.split('\n').some((line) => line && (JSON.parse(line) as { id: string }).id === 'prompt-completion'));
    terminal.dispose();
  });

  test('diagnostics are copied without paths of files', async () => {
    const text = await run<string>('posttrain.diagnostics.copy');
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    assert.match(text, new RegExp(`^Posttrain ${version.replaceAll('.', '\\.')}\n`));
    assert.match(text, /^Set up: .+$/m);
    assert.ok(!text.includes(folder) && !text.includes(os.homedir()));
  });
});
