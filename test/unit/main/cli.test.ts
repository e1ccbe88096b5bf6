/** The posttrain program as a person or a script meets it: exit codes, one-line errors, clean pipes, Ctrl+C. */

import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sleep } from '../../../src/core/abort.ts';
import { openWeightsFile, writeWeightsFile } from '../../../src/node/weightsFile.ts';
import { buildPrograms, writeSpec } from '../../fixtures/run/programs.ts';

const { folder, cli } = buildPrograms();

interface Result {
  code: number | null;
  out: string;
  err: string;
}
function start(args: string[], env: Record<string, string> = {}): { child: ChildProcess; done: Promise<Result>; out: () => string } {
  const child = spawn(process.execPath, [cli, ...args], { cwd: folder, env: { ...process.env, FAKE_TRAINER: '', ...env } });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return { child, out: () => out, done: new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err }))) };
}
const run = (args: string[], env?: Record<string, string>): Promise<Result> => start(args, env).done;
const lines = (text: string) => text.split('\n').filter(Boolean);
const json = (text: string) => lines(text).map((line) => JSON.parse(line) as Record<string, unknown>);
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return name;
};

describe('posttrain convert', () => {
  const pairs = '{"prompt": "a", "chosen": " b", "rejected": " c"}\n{"prompt": "a", "chosen": " b"}\n';
  test('says what would be lost and which rows are left out, and writes nothing until told to', async () => {
    file('pairs.jsonl', pairs);
    const told = await run(['convert', 'pairs.jsonl', 'chosen.json', '--to', 'prompt-completion']);
    assert.equal(told.code, 1);
    assert.match(told.err, /^pairs\.jsonl:2: The row has no "rejected"\.\n2 rows from preference to prompt-completion; 1 cannot be converted; lost:\n {2}rejected \(1 row\): left out\nposttrain: Nothing was written, .*--lossy\.\n$/);
    assert.ok(!existsSync(join(folder, 'chosen.json')));
    const done = await run(['convert', 'pairs.jsonl', 'chosen.json', '--to', 'prompt-completion', '--lossy']);
    assert.deepEqual([done.code, done.out], [0, 'chosen.json: 1 prompt-completion row\n']);
    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'chosen.json'), 'utf8')), [{ prompt: 'a', completion: ' b' }]);
  });
  test('--json says the same to programs; a file that is there stays', async () => {
    file('pairs.jsonl', pairs);
    file('there.jsonl', 'mine');
    const { code, out } = await run(['convert', 'pairs.jsonl', 'new.parquet', '--to', 'nemo-rl', '--lossy', '--json']);
    assert.equal(code, 0);
    assert.deepEqual(json(out).map(({ line, rows, written, refused }) => [line, rows, written, refused]), [[2, undefined, undefined, undefined], [undefined, 2, 1, 1]]);
    const refused = await run(['convert', 'pairs.jsonl', 'there.jsonl', '--to', 'preference']);
    assert.deepEqual([refused.code, refused.out, readFileSync(join(folder, 'there.jsonl'), 'utf8')], [1, '', 'mine']);
    assert.match(refused.err, /there already/);
  });
});

describe('posttrain', () => {
  test('--version and --help', async () => {
    assert.deepEqual(await run(['--version']), { code: 0, out: '9.8.7\n', err: '' });
    const help = await run(['--help']);
    assert.equal(help.code, 0);
    for (const command of ['train', 'resume', 'stop', 'pause', 'continue', 'runs', 'validate', 'stats', 'rows', 'generate', 'tokens', 'convert', 'merge', 'devices', 'bench', 'formats']) {
      assert.match(help.out, new RegExp(`^  ${command} `, 'm'));
    }
    for (const args of [['train', '--help'], ['help', 'generate'], ['validate', '-h', '--nonsense']]) {
      const own = await run(args);
      assert.equal(own.code, 0, args.join(' '));
      assert.match(own.out, /^Usage: posttrain (?:train|generate|validate)/);
    }
    assert.equal((await run([])).code, 2);
  });
  test('bad usage: exit 2, one line on stderr, nothing on stdout', async () => {
    const cases: [string[], RegExp][] = [
      [['trian', 'x'], /no command "trian"\. Did you mean "train"\?/],
      [['--jsno'], /no option "--jsno"/],
      [['runs', '--jsno'], /no option --jsno\. Did you mean "--json"\?/],
      [['generate', '--model', 'model'], /--prompt TEXT or --file/],
      [['generate', '--model', 'model', '--prompt', 'x', '--top_p', '2'], /--top_p must be/],
      [['generate', '--model', 'model', '--prompt', 'x', '--backend', 'wsm'], /no backend "wsm"\. Did you mean "wasm"\?/],
      [['merge', 'model'], /needs --output DIR/],
      [['convert', 'train.jsonl', 'x.jsonl'], /needs --to ID/],
      [['convert', 'train.jsonl', 'x.jsonl', '--to', 'mesages'], /Did you mean "messages"\?/],
      [['validate', 'nothing.jsonl'], /no file nothing\.jsonl/],
      [['validate', 'model'], /is a folder/],
      [['validate', 'train.jsonl', '--format', 'mesages'], /Did you mean "messages"\?/],
      [['tokens', 'train.jsonl', '--line', '1', '--model', 'model', '--format', 'mesages'], /Did you mean "messages"\?/],
      [['validate', 'train.jsonl', '--method', 'sft'], /needs both/],
      [['train', 'x.posttrain.yaml', 'stray'], /no override/],
      [['train', 'none.posttrain.yaml'], /no file .*none\.posttrain\.yaml/],
      [['train', 'model'], /model is a folder\. Give the run spec in it/],
      [['train', 'train.jsonl'], /train\.jsonl holds rows\. Give a run spec/],
      [['validate', 'train.jsonl', '--method', 'sft', '--model', 'nowhere'], /nowhere/],
    ];
    writeSpec(folder, 'unused');
    const results = await Promise.all(cases.map(([args]) => run(args)));
    results.forEach(({ code, out, err }, i) => {
      const [args, message] = cases[i]!;
      assert.equal(code, 2, `${args.join(' ')}: ${err}`);
      assert.match(err, message);
      assert.equal(lines(err).length, 1, err);
      assert.equal(out, '');
    });
  });
  test('--debug shows a stack, nothing else does', async () => {
    assert.doesNotMatch((await run(['resume', 'nowhere'])).err, /\n\s+at /);
    assert.match((await run(['resume', 'nowhere', '--debug'])).err, /\n\s+at /);
  });
});

describe('posttrain merge', () => {
  test('a whole model of an adapter, or of a run that has one; --json tells how far it is', async () => {
    const base = resolve('test/parity/models/tied');
    const source = await openWeightsFile(resolve('test/parity/traces/sft_turns_lora/weights_final.safetensors'));
    const adapter = join(folder, 'merge-run/final');
    mkdirSync(adapter, { recursive: true });
    await writeWeightsFile(join(adapter, 'adapter_model.safetensors'), source);
    await source.close();
    writeFileSync(join(adapter, 'adapter_config.json'), JSON.stringify({ peft_type: 'LORA', r: 4, lora_alpha: 8, target_modules: 'all-linear', base_model_name_or_path: 'elsewhere' }));
    writeFileSync(join(folder, 'merge-run/run.json'), '{}');
    const lost = await run(['merge', 'merge-run', '--output', 'merged']);
    assert.equal(lost.code, 1);
    assert.match(lost.err, /belongs to the base model "elsewhere", which is not there/);
    const wrong = await run(['merge', 'merge-run', '--base', 'nowhere', '--output', 'merged']);
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /nowhere is no model folder: it has no config\.json/, 'not what the adapter names, but what was given');
    const made = await run(['merge', 'merge-run', '--base', base, '--output', 'merged']);
    assert.deepEqual([made.code, made.err], [0, '']);
    assert.match(made.out, /^merged is a whole model\. Try it: posttrain generate --model merged /);
    assert.ok(existsSync(join(folder, 'merged/model.safetensors')) && existsSync(join(folder, 'merged/tokenizer.json')));
    const again = await run(['merge', 'merge-run/final', '--base', base, '--output', 'merged']);
    assert.equal(again.code, 1);
    assert.match(again.err, /merged is there already/);
    const shown = await run(['merge', 'merge-run/final', '--base', base, '--output', 'merged2', '--json']);
    assert.deepEqual(json(shown.out).at(-1), { done: 20, total: 20 });
  });
});

describe('posttrain train', () => {
  test('plain lines when piped, no escape codes, exit 0', async () => {
    const { code, out, err } = await run(['train', writeSpec(folder, 'plain')]);
    assert.equal(code, 0, err);
    assert.match(out, /^step 10\/10 {2}loss 0\.500/m);
    assert.match(out, /The result is in runs\/plain\/final/);
    assert.ok(!out.includes('\u001B') && !out.includes('\r'));
    assert.ok(existsSync(join(folder, 'runs/plain/events.jsonl')));
  });
  test('--json prints the events and nothing else', async () => {
    const { code, out } = await run(['train', writeSpec(folder, 'json'), '--json', 'max_steps=3']);
    assert.equal(code, 0);
    assert.deepEqual(json(out).map((e) => e.type), ['started', 'metrics', 'metrics', 'metrics', 'checkpoint', 'finished']);
    assert.equal(out, readFileSync(join(folder, 'runs/json/events.jsonl'), 'utf8'));
    const record = JSON.parse(readFileSync(join(folder, 'runs/json/run.json'), 'utf8')) as { spec: { params: Record<string, unknown> }; versions: Record<string, string>; datasets: { sizeBytes: number }[] };
    assert.equal(record.spec.params.max_steps, 3);
    assert.equal(record.versions.posttrain, '9.8.7');
    assert.equal(record.datasets[0]!.sizeBytes, 35);
  });
  test('a wrong spec: exit 2, every mistake on its line with its place', async () => {
    const path = file('wrong.posttrain.yaml', 'method: sft\nmodel_name_or_path: model\ndataset: missing.jsonl\noutput_dir: runs/wrong\nlearning_rat: 1\nmax_steps: many\n');
    const { code, err } = await run(['train', path, 'seed=x']);
    assert.equal(code, 2);
    assert.match(err, /wrong\.posttrain\.yaml:3:10: .*missing\.jsonl/);
    assert.match(err, /wrong\.posttrain\.yaml:5:1: .*Did you mean "learning_rate"/);
    assert.match(err, /wrong\.posttrain\.yaml:6:12: .*whole number/);
    assert.match(err, /posttrain: seed=x: /);
    assert.equal(lines(err).length, 4);
    assert.ok(!existsSync(join(folder, 'runs/wrong')));
  });
  test('a run that is there is refused with the way on, and replaced when asked', async () => {
    const spec = writeSpec(folder, 'twice');
    assert.equal((await run(['train', spec])).code, 0);
    const again = await run(['train', spec]);
    assert.equal(again.code, 2);
    assert.match(again.err, /posttrain resume runs\/twice.*runs\/twice-2.*overwrite_output_dir/);
    const needed = await run(['train', spec, 'overwrite_output_dir=true', 'dataset=runs/twice/events.jsonl']);
    assert.equal(needed.code, 2);
    assert.match(needed.err, /dataset\.path: .*events\.jsonl is part of the run that overwrite_output_dir would delete/);
    assert.ok(existsSync(join(folder, 'runs/twice/events.jsonl')));
    assert.equal((await run(['train', spec, 'overwrite_output_dir=true'])).code, 0);
    assert.equal((await run(['train', spec, 'output_dir=runs/twice-2'])).code, 0);
    // The command to copy is that of the folder one stands in, as one word.
    const spaced = ['train', spec, 'output_dir=runs/two words'];
    assert.equal((await run(spaced)).code, 0);
    assert.match((await run(spaced)).err, /posttrain resume "runs\/two words"\)/);
  });
  test('a failure is one line and exit 1; a crash says where its log is', async () => {
    const failed = await run(['train', writeSpec(folder, 'failed')], { FAKE_TRAINER: 'fail' });
    assert.deepEqual([failed.code, failed.err], [1, 'posttrain: data/train.jsonl has no row to train on.\n']);
    const crashed = await run(['train', writeSpec(folder, 'crashed')], { FAKE_TRAINER: 'crash' });
    assert.equal(crashed.code, 1);
    assert.match(crashed.err, /^posttrain: The trainer ended with code 7\. .*log\.txt.*Segmentation fault.*posttrain resume runs\/crashed\n$/);
  });
  test('a killed trainer: exit 1, then resume goes on to the end', async () => {
    const killed = await run(['train', writeSpec(folder, 'killed')], { FAKE_TRAINER: 'die' });
    assert.equal(killed.code, 1);
    assert.match(killed.err, /SIGKILL/);
    assert.equal(json((await run(['runs', 'runs/killed', '--json'])).out)[0]!.status, 'failed');
    const resumed = await run(['resume', 'runs/killed']);
    assert.equal(resumed.code, 0, resumed.err);
    const row = json((await run(['runs', 'runs/killed', '--json'])).out)[0]!;
    assert.deepEqual([row.status, row.step, row.maxSteps], ['completed', 10, 10]);
    const over = await run(['resume', 'runs/killed']);
    assert.equal(over.code, 1);
    assert.match(over.err, /complete/);
  });
  test('a trainer that dies behind a checkpoint: the way on is named', async () => {
    const { code, err } = await run(['train', writeSpec(folder, 'saved')], { FAKE_TRAINER: 'save-die' });
    assert.equal(code, 1);
    assert.match(err, /^posttrain: The trainer was ended .*SIGKILL.* Go on from the last checkpoint with: posttrain resume runs\/saved\n$/);
  });
  test('foreign lines are read past with a warning', async () => {
    const { code, err } = await run(['train', writeSpec(folder, 'foreign')], { FAKE_TRAINER: 'foreign' });
    assert.equal(code, 0);
    assert.match(err, /read past 2 line/);
    // Whoever reads the events of a newer version gets them; what is no JSON would break the stream.
    const { out } = await run(['train', writeSpec(folder, 'foreign-json'), '--json'], { FAKE_TRAINER: 'foreign' });
    assert.deepEqual(json(out).slice(0, 4).map((event) => event.type), ['started', 'metrics', 'dance', 'metrics']);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal} stops with a checkpoint: exit 130`, { skip: process.platform === 'win32' }, async () => {
      const name = `stop-${signal}`;
      const { child, done, out } = start(['train', writeSpec(folder, name, { max_steps: 100_000 })]);
      while (!out().includes('step 3/')) await sleep(10);
      child.kill(signal);
      const { code, err } = await done;
      assert.equal(code, 130);
      assert.match(err, new RegExp(`posttrain resume runs/${name}`));
      const row = json((await run(['runs', `runs/${name}`, '--json'])).out)[0]!;
      assert.equal(row.status, 'stopped');
      assert.ok((row.step as number) >= 3);
    });
  }
  test('a second Ctrl+C ends a trainer that does not answer', { skip: process.platform === 'win32' }, async () => {
    const { child, done, out } = start(['train', writeSpec(folder, 'deaf', { max_steps: 1_000_000 })], { FAKE_TRAINER: 'deaf' });
    while (!out().includes('step 3/')) await sleep(10);
    child.kill('SIGINT');
    await sleep(200);
    child.kill('SIGINT');
    const { code, err } = await done;
    assert.equal(code, 130);
    assert.match(err, /Ended without a checkpoint\. Go on from the last one with: posttrain resume runs\/deaf\n$/);
    await sleep(100);
    assert.equal(json((await run(['runs', 'runs/deaf', '--json'])).out)[0]!.status, 'stale');
  });
  test('when its starter is killed the trainer stops with a checkpoint, and resume waits for that', { skip: process.platform === 'win32' }, async () => {
    const { child, done, out } = start(['train', writeSpec(folder, 'orphan', { max_steps: 40 })], { FAKE_STEP_MS: '50' });
    while (!out().includes('step 3/')) await sleep(10);
    child.kill('SIGKILL');
    await done;
    const resumed = await run(['resume', 'runs/orphan', '--json']);
    assert.equal(resumed.code, 0, resumed.err);
    const first = json(resumed.out)[0]!;
    assert.equal(first.type, 'started');
    assert.ok((first.resumed_from as number) >= 3);
  });
  test('stop from another terminal; two trainers on one directory are refused', async () => {
    const { done, out } = start(['train', writeSpec(folder, 'other', { max_steps: 100_000 })]);
    while (!out().includes('step 3/')) await sleep(10);
    const second = await run(['train', join(folder, 'other.posttrain.yaml'), 'overwrite_output_dir=true']);
    assert.equal(second.code, 1);
    assert.match(second.err, /a trainer works here now/);
    const stopped = await run(['stop', 'runs/other']);
    assert.deepEqual([stopped.code, stopped.err], [0, '']);
    assert.equal((await done).code, 130);
    const again = await run(['stop', 'runs/other']);
    assert.equal(again.code, 1);
    assert.match(again.err, /is not running \(stopped\)/);
  });
  test('pause and continue from another terminal', async () => {
    const { done, out } = start(['train', writeSpec(folder, 'waiting', { max_steps: 100_000 })]);
    while (!out().includes('step 3/')) await sleep(10);
    const early = await run(['continue', 'runs/waiting']);
    assert.deepEqual([early.code, early.err], [1, 'posttrain: runs/waiting is not paused (running).\n']);
    assert.deepEqual(await run(['pause', 'runs/waiting']), { code: 0, out: 'runs/waiting is paused. Go on with: posttrain continue runs/waiting\n', err: '' });
    const row = json((await run(['runs', 'runs/waiting', '--json'])).out)[0]!;
    assert.equal(row.status, 'paused');
    await sleep(100);
    assert.equal(json((await run(['runs', 'runs/waiting', '--json'])).out)[0]!.step, row.step);
    assert.deepEqual(await run(['continue', 'runs/waiting']), { code: 0, out: 'runs/waiting is running.\n', err: '' });
    assert.equal((await run(['stop', 'runs/waiting'])).code, 0);
    assert.equal((await done).code, 130);
    const late = await run(['pause', 'runs/waiting']);
    assert.deepEqual([late.code, late.err], [1, 'posttrain: runs/waiting is not running (stopped). Go on with: posttrain resume runs/waiting\n']);
  });
  test('goes on when its reader goes away', { skip: process.platform === 'win32' }, async () => {
    const { child, done, out } = start(['train', writeSpec(folder, 'head', { max_steps: 60 })]);
    while (!out().includes('step 3/')) await sleep(10);
    child.stdout!.destroy();
    assert.equal((await done).code, 0);
  });
});

describe('posttrain runs', () => {
  test('an empty folder, a missing one, a wrong run with the nearest', async () => {
    mkdirSync(join(folder, 'empty'), { recursive: true });
    assert.match((await run(['runs', 'empty'])).out, /No runs here/);
    assert.deepEqual(await run(['runs', 'empty', '--json']), { code: 0, out: '', err: '' });
    assert.equal((await run(['runs', 'nowhere'])).code, 1);
    const missing = await run(['stop', 'runs/plian']);
    assert.equal(missing.code, 1);
    assert.match(missing.err, /Did you mean "runs\/plain"\?/);
  });
  test('the table and its JSON hold the documented keys', async () => {
    const rows = json((await run(['runs', '--json'])).out);
    assert.ok(rows.length > 5);
    for (const row of rows) assert.deepEqual(Object.keys(row), ['dir', 'method', 'status', 'step', 'maxSteps', 'started', 'ended', 'metrics']);
    assert.match((await run(['runs'])).out, /^run +method +status +step +loss +started/);
  });
});

describe('posttrain validate', () => {
  const bad = '\uFEFF{"prompt": "a", "completion": "b"}\r\n{"prompt": "😀", "completion": }\n{"promt": "a", "completion": "b"}\n{"prompt": "a"}\n';
  test('lines end at LF, columns are UTF-16 from 1, a BOM is column 1, a missing key is the brace', async () => {
    const { code, out } = await run(['validate', file('bad.jsonl', bad), '--json']);
    assert.equal(code, 1);
    const rows = json(out);
    for (const row of rows) assert.deepEqual(Object.keys(row), ['file', 'line', 'column', 'endLine', 'endColumn', 'code', 'severity', 'message']);
    const at = (line: number) => rows.filter((r) => r.line === line);
    assert.ok(at(1).some((r) => r.code === 'bom' && r.column === 1 && r.endColumn === 2));
    assert.ok(at(2).some((r) => r.severity === 'error' && r.column === 18 && r.endColumn === 31), JSON.stringify(at(2)));
    assert.ok(at(3).some((r) => r.column === 2 && r.endColumn === 9), JSON.stringify(at(3)));
    assert.ok(at(4).some((r) => r.code === 'missing-key' && r.column === 1 && r.endColumn === 2), JSON.stringify(at(4)));
  });
  test('errors beyond --max_problems count', async () => {
    const { code, out } = await run(['validate', 'bad.jsonl', '--json', '--max_problems', '0']);
    assert.deepEqual([code, out], [1, '']);
    const text = await run(['validate', 'bad.jsonl', '--max_problems', '1']);
    assert.equal(lines(text.out).length, 1);
    assert.match(text.err, /not listed/);
  });
  test('--severity makes a check weigh more, less or nothing, and the exit code follows', async () => {
    const told = async (...levels: string[]) => {
      const { code, out } = await run(['validate', 'bad.jsonl', '--json', ...levels.flatMap((level) => ['--severity', level])]);
      return [code, ...json(out).map((r) => `${r.line} ${r.code} ${r.severity}`)];
    };
    assert.deepEqual(await told(), [1, '1 bom warning', '2 malformed-json error', '3 misspelt-key error', '4 missing-key error']);
    assert.deepEqual(await told('malformed-json=off', 'misspelt-key=warning', 'missing-key=info', 'bom=off'), [0, '3 misspelt-key warning', '4 missing-key info']);
    assert.deepEqual((await told('bom=error', 'malformed-json=off', 'misspelt-key=off', 'missing-key=off')), [1, '1 bom error']);
    assert.match((await run(['validate', 'bad.jsonl', '--severity', 'bomb=off'])).err, /no check "bomb"\. Did you mean "bom"\?/);
    const wrong = await run(['validate', 'bad.jsonl', '--severity', 'bom=fatal']);
    assert.deepEqual([wrong.code, /"bom=fatal" is no CODE=LEVEL/.test(wrong.err)], [2, true]);
  });
  test('what is ignored beside a file, by row or as a whole, is not told, whatever --severity says, until the row is edited', async () => {
    const rows = ['{"prompt": "a", "completion": " "}', '{"prompt": "b", "completion": ""}', '', '{"prompt": "c", "completion": ""}'];
    file('fine.jsonl', `\uFEFF${rows.join('\r\n')}\n`);
    const told = async (...args: string[]) => json((await run(['validate', 'fine.jsonl', '--json', ...args])).out).map((r) => `${r.line} ${r.code} ${r.severity}`);
    assert.deepEqual(await told(), ['1 bom warning', '1 empty-answer error', '2 empty-answer error', '3 blank-line info', '4 empty-answer error']);
    const ignored = await run(['ignore', 'fine.jsonl', 'empty-answer', '--line', '1']);
    assert.deepEqual([ignored.code, ignored.out], [0, 'fine.jsonl.checks.json: empty-answer is ignored in the row of line 1.\n']);
    assert.equal((await run(['ignore', 'fine.jsonl', 'blank-line'])).code, 0);
    assert.equal((await run(['ignore', 'fine.jsonl', 'empty-answer', '--line', '4'])).code, 0);
    assert.deepEqual(await told('--severity', 'blank-line=error'), ['1 bom warning', '2 empty-answer error']);

    // another order of keys says the same, another text does not
    file('fine.jsonl', '{"completion": " ", "prompt": "a"}\n{"prompt": "c!", "completion": ""}\n');
    assert.deepEqual(await told(), ['2 empty-answer error']);

    for (const [args, message] of [[['fine.jsonl', 'bomb'], /no check "bomb"\. Did you mean "bom"/], [['fine.jsonl', 'bom', '--line', '9'], /no row in line 9/], [['fine.jsonl', 'bom', '--line', '0'], /no row in line 0/], [['nowhere.jsonl', 'bom'], /nowhere/]] as const) {
      const wrong = await run(['ignore', ...args]);
      assert.equal(wrong.code, 2);
      assert.match(wrong.err, message);
    }
    file('fine.jsonl.checks.json', '{"checks": {"empty-answr": "off"}}');
    assert.deepEqual(await told(), ['1 checks-file error', '1 empty-answer error', '2 empty-answer error']);
    file('fine.jsonl.checks.json', 'nothing');
    assert.match((await run(['ignore', 'fine.jsonl', 'bom'])).err, /fine\.jsonl\.checks\.json is no JSON object/);
    assert.equal(readFileSync(join(folder, 'fine.jsonl.checks.json'), 'utf8'), 'nothing');
  });
  test('good rows: exit 0; several files; a spec among them', async () => {
    writeSpec(folder, 'checked');
    const good = await run(['validate', 'train.jsonl', 'checked.posttrain.yaml']);
    assert.deepEqual([good.code, good.out], [0, '']);
    const spec = file('slip.posttrain.yaml', readFileSync(join(folder, 'checked.posttrain.yaml'), 'utf8').replace('max_steps', 'max_step'));
    const { code, out } = await run(['validate', 'train.jsonl', spec, '--json']);
    assert.equal(code, 1);
    assert.deepEqual(json(out).map((r) => [r.file, r.line, r.column, r.endColumn, r.code]), [[spec, 5, 1, 9, 'spec-unknown-key']]);
  });
  test('SARIF is one document with the same places', async () => {
    const { code, out } = await run(['validate', 'bad.jsonl', '--sarif']);
    assert.equal(code, 1);
    const document = JSON.parse(out) as { version: string; runs: { results: { ruleId: string; level: string; locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number; startColumn: number } } }[] }[]; tool: { driver: { rules: { id: string }[] } } }[] };
    assert.equal(document.version, '2.1.0');
    const { results, tool } = document.runs[0]!;
    assert.ok(results.length >= 4);
    assert.ok(results.every((r) => tool.driver.rules.some((rule) => rule.id === r.ruleId)));
    assert.equal(results[0]!.locations[0]!.physicalLocation.artifactLocation.uri, 'bad.jsonl');
    assert.equal(JSON.parse((await run(['validate', 'train.jsonl', '--sarif'])).out).runs[0].results.length, 0);
  });
  test('rows are held against each other, against evaluations and against benchmarks', async () => {
    const row = (prompt: string, completion: string) => `${JSON.stringify({ prompt, completion })}\n`;
    file('rows.jsonl', row('a', 'b') + row('c', 'd') + row('a', 'b'));
    const alone = await run(['validate', 'rows.jsonl', '--json']);
    assert.deepEqual([alone.code, json(alone.out).map((r) => [r.line, r.column, r.endColumn, r.code, r.severity, r.message])], [0, [[3, 1, 2, 'duplicate-row', 'info', 'The row is the same as line 1: every epoch learns it once more.']]]);
    file('eval.jsonl', row('x', 'y') + row(' C', 'z'));
    file('more.jsonl', '{"text": "a"}\n');
    file('bench.txt', 'Question 1\nwhat is said here, is said in so many words that nobody says it by chance\n');
    file('long.jsonl', row('c', 'What is said here is said in so many words that nobody says it twice'));
    const { out } = await run(['validate', 'rows.jsonl', 'long.jsonl', '--eval', 'eval.jsonl', '--eval=more.jsonl', '--benchmark', 'bench.txt', '--json']);
    assert.deepEqual(json(out).map((r) => [r.file, r.line, r.column, r.code]), [['rows.jsonl', 1, 11, 'eval-overlap'], ['rows.jsonl', 2, 11, 'eval-overlap'], ['rows.jsonl', 3, 1, 'duplicate-row'], ['rows.jsonl', 3, 11, 'eval-overlap'], ['long.jsonl', 1, 11, 'eval-overlap'], ['long.jsonl', 1, 29, 'benchmark-overlap']]);
    assert.match(out, /line 2 of eval\.jsonl/);
    assert.match(out, /line 1 of more\.jsonl/);
    assert.match(out, /line 2 of bench\.txt/);
    const missing = await run(['validate', 'rows.jsonl', '--eval', 'nowhere.jsonl']);
    assert.deepEqual([missing.code, missing.out], [2, '']);
    assert.match(missing.err, /There is no file nowhere\.jsonl/);
  });
  test("a spec's dataset is held against its eval_dataset", async () => {
    const row = (prompt: string) => `${JSON.stringify({ prompt, completion: 'b' })}\n`;
    file('learn.jsonl', row('a') + row('b') + row('b'));
    file('measure.jsonl', row('c') + row('B'));
    writeSpec(folder, 'overlap');
    const spec = readFileSync(join(folder, 'overlap.posttrain.yaml'), 'utf8');
    file('overlap.posttrain.yaml', `${spec.replace(/^dataset: .*$/m, 'dataset: learn.jsonl')}eval_dataset: measure.jsonl\neval_strategy: epoch\n`);
    const { code, out } = await run(['validate', 'overlap.posttrain.yaml', '--json']);
    assert.deepEqual([code, json(out).map((r) => [r.file, r.line, r.code])], [0, [['learn.jsonl', 2, 'eval-overlap'], ['learn.jsonl', 3, 'eval-overlap']]]);
    assert.match(out, /line 2 of measure\.jsonl/);
  });
  test('a closed pipe ends it quietly', { skip: process.platform === 'win32' }, async () => {
    file('many.jsonl', '{"prompt": 1}\n'.repeat(50_000));
    const { child, done } = start(['validate', 'many.jsonl', '--json']);
    child.stdout!.once('data', () => child.stdout!.destroy());
    const { code, err } = await done;
    assert.deepEqual([code, err], [0, '']);
  });
  test('memory does not grow with the file', { skip: process.platform !== 'linux', timeout: 120_000 }, async () => {
    file('large.jsonl', `{"prompt": "${'x'.repeat(1000)}", "completion": "y"}\n`.repeat(100_000)); // 100 MB
    const { code, err } = await run(['validate', 'large.jsonl'], { NODE_OPTIONS: '--max-old-space-size=100' });
    assert.equal(code, 0, err);
  });
});

describe('posttrain stats', () => {
  const pairs = Array.from({ length: 120 }, (_, i) => JSON.stringify({ prompt: [{ role: 'user', content: `Question ${i}?` }], chosen: [{ role: 'assistant', content: 'Yes.' }], rejected: [{ role: 'assistant', content: 'No.' }] }));
  const model = resolve('media/models/tiny-base');
  test('says what a file holds and can feed, for people', async () => {
    const { code, out, err } = await run(['stats', file('stats.jsonl', `\uFEFF${pairs.join('\n')}\n\n{"prompt": 1}\n{"text": "x"}\n`)]);
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^stats\.jsonl: 122 rows, .*, preference\n {2}2 of them cannot be read .*\n {2}1 blank line\n/);
    assert.match(out, /roles +assistant 240 \(67 %\), user 120 \(33 %\)/);
    assert.match(out, /\n {4}dpo +about \d+ learnt tokens, too few: 1k–1B are known to work\n/);
    assert.match(out, /\n {4}sft +about \d+ learnt tokens once converted to prompt-completion, /);
    assert.match(out, /\n {4}online-rl +about 120 prompts once converted to prompt-only, too few: 1k–10M/);
  });
  test('--json has the documented keys; with a model, the tokens of a method', async () => {
    const plain = json((await run(['stats', 'stats.jsonl', '--json'])).out)[0]!;
    assert.deepEqual(Object.keys(plain).slice(0, 7), ['file', 'rows', 'blank', 'invalid', 'formats', 'bytes', 'chars']);
    assert.deepEqual([plain.rows, plain.blank, plain.invalid, (plain.formats as Record<string, number>).preference], [122, 1, 2, 120]);
    const counted = json((await run(['stats', 'stats.jsonl', '--model', model, '--method', 'dpo', '--max_length', '24', '--tokens_per_second', '10', '--json'])).out)[0]!;
    const { total, trained, max, maxLength } = counted.tokens as Record<string, number>;
    assert.equal(maxLength, 24);
    assert.ok(trained! > 0 && total! > trained! && max! > 24, JSON.stringify(counted.tokens));
    const { usable, dropped, truncated } = (counted.methods as Record<string, Record<string, number>>).dpo!;
    assert.equal(usable! + dropped!, 120);
    assert.ok(truncated! > 0 || dropped! > 0);
    assert.equal(counted.seconds, (total! * 3) / 10);
  });
  test('without a row that can be read, and with a method that cannot use the rows, says so', async () => {
    const empty = await run(['stats', file('empty.jsonl', '')]);
    assert.deepEqual([empty.code, empty.out], [0, 'empty.jsonl: 0 rows, 0 B, no known format\n\n  No row can be trained on.\n']);
    const { code, out, err } = await run(['stats', 'stats.jsonl', '--model', model, '--method', 'sft']);
    assert.equal(code, 0);
    assert.match(err, /^stats\.jsonl: no tokens were counted, because the method "sft" cannot use preference rows: .* posttrain convert FILE NEW_FILE --to prompt-completion\.\n$/);
    assert.doesNotMatch(out, /Tokens an epoch/);
  });
  test('--measure tells how long training takes at best, by what the devices reach', async () => {
    const { code, out, err } = await run(['stats', 'stats.jsonl', '--model', model, '--method', 'dpo', '--measure']);
    assert.equal(code, 0, err);
    assert.match(out, /\n {2}3 epochs: At best [\dms ]+: 1\.5 GFLOP\/s in a matrix product, [\d.]+[kM] weights\./);
  });
  test('bad usage says what is missing', async () => {
    for (const [args, message] of [
      [['stats', 'nowhere.jsonl'], /nowhere\.jsonl/],
      [['stats', 'stats.jsonl', '--method', 'dpo'], /give --model DIR as well/],
      [['stats', 'stats.jsonl', '--tokens_per_second', '5'], /give --model DIR as well/],
      [['stats', 'stats.jsonl', '--model', model, '--tokens_per_second', '0'], /above 0/],
    ] as [string[], RegExp][]) {
      const { code, err } = await run(args);
      assert.equal(code, 2, err);
      assert.match(err, message);
    }
  });
  test('memory does not grow with the file', { skip: process.platform !== 'linux', timeout: 120_000 }, async () => {
    file('largeStats.jsonl', `{"prompt": "${'x'.repeat(1000)}", "completion": "y"}\n`.repeat(100_000)); // 100 MB
    const { code, err, out } = await run(['stats', 'largeStats.jsonl'], { NODE_OPTIONS: '--max-old-space-size=100' });
    assert.equal(code, 0, err);
    assert.match(out, /100,000 rows/);
  });
});

describe('posttrain validate --method', () => {
  const model = resolve('media/models/tiny-base');
  test('sums up in a sentence what becomes of the rows, and what TRL would do', async () => {
    file('mixed.jsonl', '\uFEFF{"prompt": [{"role": "user", "content": "Hi"}], "completion": [{"role": "assistant", "content": "Hello!"}]}\n{"prompt": "a", "completion": " b"}\n{"prompt": 5}\n');
    const { out, err } = await run(['validate', 'mixed.jsonl', '--method', 'sft', '--model', model]);
    assert.match(out, /mixed\.jsonl:2:1: info: TRL 1\.16 adds no end-of-text token to it.*\[trl-differs\]/);
    assert.match(err, /^mixed\.jsonl, sft: 3 rows: 2 used; 1 cannot be read\. 1 of 2 sequences end with "<\|endoftext\|>"\. TRL would stop at line 3\.\n/);
    const asJson = await run(['validate', 'mixed.jsonl', '--method', 'sft', '--model', model, '--json']);
    assert.equal(asJson.err, '');
    assert.deepEqual(json(asJson.out).filter((row) => row.code === 'trl-differs').map((row) => [row.line, row.method]), [[2, 'sft']]);
  });
});

describe('posttrain generate and devices', () => {
  test('one prompt, as text', async () => {
    const { code, out } = await run(['generate', '--model', 'model', '--prompt', 'hello']);
    assert.deepEqual([code, out], [0, 'HELLO\n']);
  });
  test('a file of prompts, several answers each, as JSON', async () => {
    const prompts = file('prompts.jsonl', `\uFEFF{"prompt": "a"}\n\n"b"\n{"prompt": [{"role": "user", "content": "c"}]}\n{"messages": [{"role": "user", "content": "d"}, {"role": "assistant", "content": "no"}]}\n${'{"prompt": "e"}\n'.repeat(20)}`);
    const { code, out } = await run(['generate', '--model', 'model', '--file', prompts, '--num_return_sequences', '2', '--seed', '5', '--json']);
    assert.equal(code, 0);
    const rows = json(out);
    assert.equal(rows.length, 48);
    assert.deepEqual(rows.slice(0, 8).map((r) => [r.index, r.completion]), [[0, 'A'], [0, 'A'], [1, 'B'], [1, 'B'], [2, 'C'], [2, 'C'], [3, 'D'], [3, 'D']]);
    assert.equal(rows.at(-1)!.index, 23);
    assert.deepEqual(Object.keys(rows[0]!).slice(0, 6), ['index', 'prompt', 'completion', 'ids', 'finish', 'seed']);
    assert.equal(rows[0]!.prompt, 'a');
  });
  test('what goes wrong is one line: no model, a bad prompt, a model without template, a crash', async () => {
    const missing = await run(['generate', '--model', 'missing', '--prompt', 'x']);
    assert.equal(missing.code, 1);
    assert.match(missing.err, /^posttrain: .*is no model folder\.\n$/);
    const bad = await run(['generate', '--model', 'model', '--file', file('p2.jsonl', '{"prompt": "a"}\n{"text": 1}\n')]);
    assert.equal(bad.code, 1);
    assert.match(bad.err, /p2\.jsonl:2: no prompt here/);
    assert.match((await run(['generate', '--model', 'plain', '--prompt', 'x'])).err, /no chat template/);
    const crash = await run(['generate', '--model', 'model', '--prompt', 'x'], { FAKE_TRAINER: 'serve-crash' });
    assert.equal(crash.code, 1);
    assert.match(crash.err, /^posttrain: The process that answers ended with code 3\. Its last words: serving\n$/);
    const other = await run(['generate', '--model', 'model', '--prompt', 'x', '--backend', 'wasm'], { FAKE_TRAINER: 'serve-crash' });
    assert.deepEqual([other.code, other.out], [0, 'X\n'], 'with another backend it does not');
  });
  test('devices', async () => {
    const { code, out } = await run(['devices', '--json']);
    assert.equal(code, 0);
    assert.deepEqual(json(out).map((r) => [r.backend, r.usable]), [['tensorflow', false], ['webgpu', true], ['wasm', true], ['cpu', true]]);
    assert.match((await run(['devices'])).out, /^tensorflow +no +It is not set up\. Set it up\.\nwebgpu .*\nwasm +yes +fake, 4\.0 GB of memory, 1\.5 GFLOP\/s\ncpu .*\n\n`backend: auto` takes wasm\.\n$/);
  });
});
