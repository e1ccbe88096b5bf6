/** Run specs: every mistake is found at its place and answered with the next step; what is good resolves to one meaning. */

import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { lineColumn } from '../../../src/core/text.ts';
import { hasError } from '../../../src/core/problem.ts';
import { methods } from '../../../src/methods/index.ts';
import { parseRunSpec, resolveRunSpec, type ResolvedSpec } from '../../../src/run/spec.ts';
import { checkFiles, type FileKind } from '../../../src/run/specFiles.ts';
import { trlMethods } from '../../../src/run/trlKeys.ts';

const good = `method: sft
model_name_or_path: models/tiny
dataset: data/train.jsonl
output_dir: runs/x
`;
const where = { specDir: '/project/spec', cwd: '/home/me' };

function resolved(text: string, overrides: string[] = [], json = false): ResolvedSpec {
  const parsed = parseRunSpec(text, { overrides, json });
  const spec = resolveRunSpec(parsed, where);
  assert.ok(spec, JSON.stringify(parsed.problems));
  return spec;
}

/** `code line:column "marked text"` of every problem, message ignored. */
function found(text: string, options: { overrides?: string[]; json?: boolean } = {}): string[] {
  return parseRunSpec(text, options).problems.map((p) => {
    const { line, column } = lineColumn(text, p.start);
    return `${p.code} ${p.severity === 'error' ? '' : `${p.severity} `}${line}:${column} ${text.slice(p.start, p.end)}`;
  });
}

function messageOf(text: string, overrides: string[] = []): string {
  return parseRunSpec(text, { overrides }).problems.map((p) => p.message).join('\n');
}

describe('a good spec', () => {
  test('resolves with defaults of the method and absolute paths', () => {
    const spec = resolved(good);
    assert.equal(spec.method, 'sft');
    assert.equal(spec.model_name_or_path, '/project/spec/models/tiny');
    assert.deepEqual(spec.dataset, [{ path: '/project/spec/data/train.jsonl', weight: 1 }]);
    assert.deepEqual(spec.eval_dataset, []);
    assert.equal(spec.output_dir, '/project/spec/runs/x');
    assert.equal(spec.backend, 'auto');
    assert.equal(spec.seed, 42);
    assert.equal(spec.params.learning_rate, 2e-5); // the method's, not the shared one
    assert.equal(spec.params.max_length, 1024);
    assert.equal(spec.params.use_peft, false);
    assert.equal(spec.params.lora, null);
    assert.ok(!('overwrite_output_dir' in spec.params) && !('seed' in spec.params));
  });
  test('may be JSON', () => {
    const json = JSON.stringify({ method: 'sft', model_name_or_path: 'm', dataset: [{ path: 'a.jsonl', weight: 0.5 }, { path: 'b.jsonl' }], output_dir: 'o', learning_rate: 1e-3 }, null, 2);
    const spec = resolved(json, [], true);
    assert.deepEqual(spec.dataset, [{ path: '/project/spec/a.jsonl', weight: 0.5 }, { path: '/project/spec/b.jsonl', weight: 1 }]);
    assert.equal(spec.params.learning_rate, 1e-3);
  });
  test('null is a value where it has a meaning', () => {
    assert.equal(resolved(`${good}max_length: null\n`).params.max_length, null);
    assert.equal(resolved(`${good}save_total_limit: ~\neval_dataset:\n`).params.save_total_limit, null);
  });
  test('takes what YAML 1.1 and TRL read as booleans, and no as a word where it is one', () => {
    assert.equal(resolved(`${good}use_peft: yes\n`).params.use_peft, true);
    assert.equal(resolved(`${good}use_peft: Off\n`).params.use_peft, false);
    assert.equal(resolved(`${good}save_strategy: no\n`).params.save_strategy, 'no');
    assert.equal(resolved(`${good}save_strategy: false\n`).params.save_strategy, 'no');
  });
  test('numbers may be written as 2e-5, 2.0e-5 and 1E3', () => {
    assert.equal(resolved(`${good}learning_rate: 2e-5\n`).params.learning_rate, 2e-5);
    assert.equal(resolved(`${good}learning_rate: 2.0E-05\nsave_steps: 1E3\n`).params.save_steps, 1000);
  });
  test('CRLF, a byte order mark, comments, anchors and flow style make no difference', () => {
    const text = `\uFEFF# hello\r\n${good.replaceAll('\n', '\r\n')}learning_rate: &lr 1.0e-3\r\nweight_decay: *lr\r\nsamples: {prompts: p.jsonl}\r\n`;
    const spec = resolved(text);
    assert.equal(spec.params.weight_decay, 1e-3);
    const samples = spec.params.samples as Record<string, unknown>;
    assert.deepEqual([samples.prompts, samples.every_steps, samples.max_new_tokens], ['/project/spec/p.jsonl', 50, 64]);
  });
});

describe('LoRA', () => {
  test('flat names and the block are the same thing', () => {
    const flat = resolved(`${good}use_peft: true\nlora_r: 8\nlora_alpha: 4\nlora_dropout: 0.0\nlora_target_modules: [q_proj]\n`);
    const block = resolved(`${good}lora: {r: 8, alpha: 4, dropout: 0.0, target_modules: q_proj}\n`);
    assert.deepEqual(block, flat);
  });
  test('init is a path of the block and has no flat name', () => {
    assert.deepEqual(resolved(`${good}lora: {init: a/b.safetensors}\n`).params.lora, { init: '/project/spec/a/b.safetensors' });
  });
  test('all-linear stays a word', () => {
    assert.equal(resolved(`${good}use_peft: true\nlora_target_modules: all-linear\n`).params.lora_target_modules, 'all-linear');
  });
  test('two different values are a conflict, the same value twice is not', () => {
    assert.deepEqual(found(`${good}lora_r: 4\nlora: {r: 8}\n`), ['spec-conflict 6:8 r']);
    assert.deepEqual(found(`${good}lora_r: 8\nlora: {r: 8}\n`), []);
    assert.deepEqual(found(`${good}use_peft: false\nlora: {r: 8}\n`), ['spec-conflict 5:1 use_peft']);
  });
  test('an override beats the file, whichever way either is written', () => {
    assert.equal(resolved(`${good}lora: {r: 8}\n`, ['lora_r=2']).params.lora_r, 2);
    assert.equal(resolved(`${good}use_peft: true\nlora_r: 8\n`, ['lora.r=2']).params.lora_r, 2);
  });
  test('settings of an adapter without one are a warning', () => {
    assert.deepEqual(found(`${good}lora_r: 4\n`), ['spec-no-effect warning 5:1 lora_r']);
    assert.deepEqual(found(`${good}freeze: [embed_tokens]\nlora: {r: 8}\n`), ['spec-no-effect warning 5:1 freeze']);
    assert.deepEqual(found(`${good}freeze: [embed_tokens]\n`), []);
  });
  test('a learning rate that follows evaluations needs them', () => {
    assert.deepEqual(found(`${good}lr_scheduler_type: greedy\n`), ['spec-conflict 5:1 lr_scheduler_type']);
  });
});

describe('mistakes', () => {
  const cases: [name: string, extra: string, expected: string[]][] = [
    ['unknown key', 'learning_rat: 1\n', ['spec-unknown-key 5:1 learning_rat']],
    ['key with dashes', 'learning-rate: 1\n', ['spec-unknown-key 5:1 learning-rate']],
    ['unknown key in a block', 'samples: {prompt: x}\n', ['spec-missing-key 5:10 {', 'spec-unknown-key 5:11 prompt']],
    ['removed TRL name', 'max_seq_length: 512\n', ['spec-removed-key 5:1 max_seq_length']],
    ['ignored key', 'report_to: wandb\n', ['spec-ignored-key info 5:1 report_to']],
    ['packing without a length', 'packing: true\nmax_length: null\n', ['spec-conflict 6:1 max_length']],
    ['a packing strategy without packing', 'packing_strategy: wrapped\n', ['spec-no-effect warning 5:1 packing_strategy']],
    ['an end that packing cuts off', 'packing: true\ntruncation_mode: keep_end\n', ['spec-no-effect warning 6:1 truncation_mode']],
    ['refused key', 'label_smoothing_factor: 0.1\n', ['spec-refused-key 5:1 label_smoothing_factor']],
    ['refused key that asks for nothing', 'label_smoothing_factor: 0.0\nload_in_4bit: false\noptim: adamw_torch\n', ['spec-ignored-key info 5:1 label_smoothing_factor', 'spec-ignored-key info 6:1 load_in_4bit', 'spec-ignored-key info 7:1 optim']],
    ['key of another method', 'num_generations: 8\n', ['spec-other-method-key 5:1 num_generations']],
    ['wrong type', 'learning_rate: fast\n', ['spec-wrong-type 5:16 fast']],
    ['number in quotes', 'learning_rate: "2e-5"\n', ['spec-wrong-type 5:16 "2e-5"']],
    ['fraction of an integer', 'max_steps: 1.5\n', ['spec-wrong-type 5:12 1.5']],
    ['no value', 'learning_rate:\nmax_steps: 3\n', ['spec-wrong-type 5:1 learning_rate']],
    ['list for a number', 'learning_rate: [1]\n', ['spec-wrong-type 5:16 [1]']],
    ['out of range', 'learning_rate: -1\n', ['spec-out-of-range 5:16 -1']],
    ['infinite', 'learning_rate: .inf\n', ['spec-out-of-range 5:16 .inf']],
    ['not a number', 'learning_rate: .nan\n', ['spec-out-of-range 5:16 .nan']],
    ['far too large', 'learning_rate: 1e30\n', ['spec-out-of-range 5:16 1e30']],
    ['bad enum', 'lr_scheduler_type: lineer\n', ['spec-bad-value 5:20 lineer']],
    ['enum of the wrong type', 'lr_scheduler_type: 3\n', ['spec-wrong-type 5:20 3']],
    ['boolean in quotes', 'use_peft: "true"\n', ['spec-wrong-type 5:11 "true"']],
    ['duplicate key', 'seed: 1\nseed: 2\n', ['spec-duplicate-key 6:1 seed']],
    ['evaluation without data', 'eval_strategy: steps\n', ['spec-conflict 5:1 eval_strategy']],
    ['data without evaluation', 'eval_dataset: e.jsonl\n', ['spec-no-effect info 5:1 eval_dataset']],
    ['tab that a quoted backslash made', 'eval_dataset: "data\\train.jsonl"\neval_strategy: epoch\n', ['spec-bad-value 5:15 "data\\train.jsonl"']],
  ];
  for (const [name, extra, expected] of cases) test(name, () => assert.deepEqual(found(good + extra), expected));

  test('a missing key is marked at the first key, in JSON at the opening brace', () => {
    assert.deepEqual(found('method: sft\ndataset: d\noutput_dir: o\n'), ['spec-missing-key 1:1 method']);
    assert.deepEqual(found('{"method": "sft", "dataset": "d", "output_dir": "o"}', { json: true }), ['spec-missing-key 1:1 {']);
    assert.deepEqual(found('seed: 1\n').map((f) => f.split(' ')[0]), ['spec-missing-key', 'spec-missing-key', 'spec-missing-key', 'spec-missing-key']);
  });
  test('an unknown method is named with the nearest', () => {
    assert.deepEqual(found(good.replace('sft', 'stf')), ['spec-unknown-method 1:9 stf']);
    const later = trlMethods().find((id) => !methods.has(id));
    if (later) assert.match(messageOf(good.replace('sft', later)), /is not in this version/);
    assert.match(messageOf(good.replace('sft', 'stf')), /Did you mean "sft"\?/);
    assert.deepEqual(found(good.replace('sft', '[sft]')), ['spec-wrong-type 1:9 [sft]']);
  });
  test('messages name the nearest key, the successor, the methods, the way out', () => {
    assert.match(messageOf(`${good}learning_rat: 1\n`), /Did you mean "learning_rate"\?/);
    assert.match(messageOf(`${good}max_seq_length: 1\n`), /use "max_length"/);
    assert.match(messageOf(`${good}evaluation_strategy: no\n`), /use "eval_strategy"/);
    assert.match(messageOf(`${good}num_generations: 1\n`), /grpo/);
    assert.match(messageOf(`${good}learning_rate: "1"\n`), /Remove the quotes/);
    assert.match(messageOf(good.replace('runs/x', '2024')), /Put it in quotes/);
    assert.match(messageOf(`${good}lr_scheduler_type: lineer\n`), /Did you mean "linear"\?/);
    assert.match(messageOf(`${good}learning_rate: -1\n`), /above 0/);
  });
  test('empty files and files that are no block', () => {
    for (const text of ['', '\n', '# only a comment\n', '---\n', '\uFEFF', 'null\n']) assert.deepEqual(found(text).map((f) => f.split(' ')[0]), ['spec-empty'], JSON.stringify(text));
    assert.deepEqual(found('', { json: true }).map((f) => f.split(' ')[0]), ['spec-empty']);
    for (const text of ['just words\n', '- a\n- b\n', '42\n']) assert.deepEqual(found(text).map((f) => f.split(' ')[0]), ['spec-syntax'], text);
  });
  test('syntax errors have a place and no follow-up errors', () => {
    assert.deepEqual(found('method: sft\n\tdataset: x\n').map((f) => f.split(' ').slice(0, 2).join(' ')), ['spec-syntax 2:1']);
    assert.deepEqual(found('method: sft\ndataset: [a, b\n').map((f) => f.split(' ')[0]), ['spec-syntax']);
    assert.deepEqual(found('{"method": "sft",}', { json: true }).map((f) => f.split(' ')[0]), ['spec-syntax']);
    assert.deepEqual(found('{"method": "sft" // x\n}', { json: true }).map((f) => f.split(' ')[0]), ['spec-syntax']);
    assert.match(messageOf('dataset: "C:\\Users\\me"\n'), /single quotes/);
    assert.match(messageOf(`${good}seed: *start\n`), /no "&start" before/);
    assert.match(messageOf('a: 1\n---\nb: 2\n'), /one YAML document/);
  });
  test('hostile texts end with a problem, not with an exception', () => {
    for (const text of ['['.repeat(20_000), '{a: '.repeat(20_000), `a: ${'&x '.repeat(5)}`, 'a: *nothing\n', '? [complex]\n: 1\n', '"\\uD800": 1\n', 'x'.repeat(1_100_000), '\u0000\u0001', '!!binary x: 1', '%YAML 9\n---\na: 1', 'a: &a [*a]\n']) {
      const parsed = parseRunSpec(text);
      assert.ok(hasError(parsed.problems), text.slice(0, 30));
    }
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.split('').map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`).join('\n')}\n`;
    const begun = process.cpuUsage();
    parseRunSpec(bomb);
    assert.ok(process.cpuUsage(begun).user < 3e6);
  });
});

describe('overrides', () => {
  test('win over the file, may add keys and reach into blocks and lists', () => {
    const text = `${good.replace('data/train.jsonl', '[{path: a.jsonl}, {path: b.jsonl}]')}samples: {prompts: p.jsonl}\n`;
    const spec = resolved(text, ['learning_rate=1e-3', 'samples.every_steps=7', 'dataset.1.weight=0.5', 'method=pretrain', 'trainable_token_indices=[1, 2]']);
    assert.equal(spec.method, 'pretrain');
    assert.equal(spec.params.learning_rate, 1e-3);
    assert.equal((spec.params.samples as { every_steps: number }).every_steps, 7);
    assert.equal(spec.dataset[1]!.weight, 0.5);
    assert.deepEqual(spec.params.trainable_token_indices, [1, 2]);
  });
  test('their paths are relative to the current folder, those of the file to its folder', () => {
    const spec = resolved(good, ['output_dir=out', 'dataset=["x.jsonl"]'.replace('["x.jsonl"]', 'x.jsonl')]);
    assert.equal(spec.output_dir, '/home/me/out');
    assert.equal(spec.dataset[0]!.path, '/home/me/x.jsonl');
    assert.equal(spec.model_name_or_path, '/project/spec/models/tiny');
  });
  test('what is text stays text', () => {
    assert.equal(resolved(good, ['output_dir=2024']).output_dir, '/home/me/2024');
    assert.equal(resolved(good, ['output_dir=C:\\runs\\x']).output_dir, 'C:\\runs\\x');
    assert.equal(resolved(good, ['model_name_or_path=a: b#c']).model_name_or_path, '/home/me/a: b#c');
    assert.equal(resolved(good, ['output_dir=a=b']).output_dir, '/home/me/a=b');
  });
  test('wrong ones are problems that name the override', () => {
    const bad = (override: string) => parseRunSpec(good, { overrides: [override] }).problems.filter((p) => p.severity === 'error');
    for (const override of ['=1', 'a..b=1', 'seed.x=1', 'learning_rate=fast', 'learning_rate=', 'nope=1', 'dataset.3.path=x', 'max_seq_length=3']) {
      const problems = bad(override);
      assert.ok(problems.length >= 1, override);
      assert.equal(problems[0]!.data?.override, override);
    }
  });
  test('can be all there is', () => {
    assert.equal(resolved('', ['method=sft', 'model_name_or_path=m', 'dataset=d', 'output_dir=o']).output_dir, '/home/me/o');
  });
});

describe('checkFiles', () => {
  const disk: Record<string, FileKind> = {
    '/project/spec/models/tiny': 'folder', '/project/spec/models/tiny/config.json': 'file', '/project/spec/models/tiny/tokenizer.json': 'file', '/project/spec/models/tiny/model.safetensors': 'file',
    '/project/spec/data/train.jsonl': 'file', '/project/spec/data': 'folder',
  };
  const check = async (text: string, more: Record<string, FileKind> = {}, toStart = true) => {
    const parsed = parseRunSpec(text);
    const problems = await checkFiles(parsed.value!, { ...where, toStart, exists: (path) => Promise.resolve({ ...disk, ...more }[path]) });
    return problems.map((p) => `${p.code} ${lineColumn(text, p.start).line}:${lineColumn(text, p.start).column} ${p.message}`);
  };
  test('all there', async () => assert.deepEqual(await check(good), []));
  test('missing dataset and model, each at its value', async () => {
    const problems = await check(good.replace('data/train', 'data/other').replace('models/tiny', 'org/name'));
    assert.match(problems[0]!, /^spec-missing-file 2:21 .*\/project\/spec\/org\/name.*hub/);
    assert.match(problems[1]!, /^spec-missing-file 3:10 .*\/project\/spec\/data\/other\.jsonl/);
  });
  test('a folder for a file, a file for a folder, a GGUF', async () => {
    assert.match((await check(good.replace('data/train.jsonl', 'data')))[0]!, /3:10 .*is a folder/);
    assert.match((await check(good, { '/project/spec/models/tiny': 'file' }))[0]!, /is a file/);
    assert.match((await check(good.replace('models/tiny', 'm.gguf'), { '/project/spec/m.gguf': 'file' }))[0]!, /GGUF/);
  });
  test('pickles, by name, wherever a file is given', async () => {
    const adapter = `${good}lora: {init: adapter_model.bin}\n`;
    for (const [text, more, place] of [
      [good.replace('models/tiny', 'model.pt'), { '/project/spec/model.pt': 'file' }, '2:21'],
      [good, { '/project/spec/models/tiny/model.safetensors': undefined, '/project/spec/models/tiny/pytorch_model.bin': 'file' }, '2:21'],
      [good.replace('train.jsonl', 'train.pkl'), { '/project/spec/data/train.pkl': 'file' }, '3:10'],
      [adapter, { '/project/spec/adapter_model.bin': 'file' }, '5:14'],
    ] as const) {
      const problems = await check(text, more);
      assert.equal(problems.length, 1, problems.join());
      assert.match(problems[0]!, new RegExp(`^spec-pickle ${place} .*is a pickle, .*Save it again as safetensors`));
    }
  });
  test('a model folder without a tokenizer, or that is an adapter', async () => {
    assert.match((await check(good, { '/project/spec/models/tiny/tokenizer.json': undefined }))[0]!, /has no tokenizer\.json/);
    assert.match((await check(good, { '/project/spec/models/tiny/model.safetensors': undefined, '/project/spec/models/tiny/adapter_config.json': 'file' }))[0]!, /adapter/);
    assert.deepEqual(await check(good, { '/project/spec/models/tiny/model.safetensors': undefined, '/project/spec/models/tiny/model.safetensors.index.json': 'file' }), []);
  });
  test('the parts of a list, samples and a first adapter', async () => {
    const text = `${good.replace('data/train.jsonl', '[{path: data/train.jsonl}, {path: no.jsonl}]')}samples: {prompts: no2.jsonl}\nlora: {init: no3.safetensors}\n`;
    assert.deepEqual((await check(text)).map((p) => p.split(' ')[1]), ['3:44', '5:20', '6:14']);
  });
  test('a run in output_dir is refused with resume and a free name, unless overwritten or only read', async () => {
    const run: Record<string, FileKind> = { '/project/spec/runs/x': 'folder', '/project/spec/runs/x/run.json': 'file', '/project/spec/runs/x-2': 'folder' };
    const [problem] = await check(good, run);
    assert.match(problem!, /^spec-output-exists 4:13 .*\(posttrain resume \/project\/spec\/runs\/x\), .*"runs\/x-3".*overwrite_output_dir/);
    assert.deepEqual(await check(good, run, false), []);
    assert.deepEqual(await check(`${good}overwrite_output_dir: true\n`, run), []);
    assert.match((await check(good, { '/project/spec/runs/x': 'file' }, false))[0]!, /is a file/);
    assert.deepEqual(await check(good, { '/project/spec/runs/x': 'folder' }), []);
  });
});
