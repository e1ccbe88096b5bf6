/** `posttrain bench` from the built program: a tiny model really trains and answers, and wrong words are refused. */

import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { noBench, parseBench, type BenchReport } from '../../src/protocol/bench.ts';

const bench = (...args: string[]) => spawnSync(process.execPath, ['dist/cli.js', 'bench', ...args], { encoding: 'utf8' });
const tiny = ['--backend', 'wasm', '--size', 'tiny', '--steps', '2', '--batch', '2', '--length', '16'];

test('a backend trains and answers, and says how fast, as one JSON object', { timeout: 120_000 }, () => {
  const { status, stdout, stderr } = bench(...tiny, '--json');
  assert.equal(status, 0, stderr);
  const report = JSON.parse(stdout) as BenchReport;
  assert.deepEqual([report.backend, report.usable, report.reason, report.size, report.steps, report.batch, report.length], ['wasm', true, '', 'tiny', 2, 2, 16]);
  for (const key of ['stepSeconds', 'firstStepSeconds', 'stepGflops', 'matmulGflops', 'trainTokensPerSecond', 'generate1TokensPerSecond', 'generate16TokensPerSecond'] as const) assert.ok(report[key]! > 0, key);
  assert.ok(Math.abs(report.trainTokensPerSecond! * report.stepSeconds! - 32) < 1e-6, 'two rows of sixteen tokens a step');
});

test('for people: training, generation and the share of a matrix product', { timeout: 120_000 }, () => {
  const { status, stdout } = bench(...tiny);
  assert.equal(status, 0);
  assert.match(stdout, /^wasm: .*, model tiny \(\d+\.?\d*k parameters\)\n {2}training .* tokens\/s \(2 × 16, .* % of the .* of a matrix product\)\n {2}generation .* tokens\/s, .* with 16 answers at once\n$/);
});

test('what does not fit is refused with the numbers, and is no crash', { timeout: 120_000 }, () => {
  const { status, stdout } = bench('--backend', 'wasm', '--size', '135m', '--batch', '256');
  assert.equal(status, 1);
  assert.match(stdout, /^wasm: Not enough memory: .* --size, --batch or --length\.\n$/);
});

test('wrong words are refused', () => {
  for (const [args, words] of [[['--size', '7b'], /no size "7b"\. Known: tiny, small/], [['--backend', 'wasn'], /no backend "wasn".*"wasm"/], [['--steps', '0'], /--steps must be between 1/], [['--length', '4000'], /--length must be between 1 and 1536/]] as const) {
    const { status, stderr } = bench(...args);
    assert.equal(status, 2);
    assert.match(stderr, words);
  }
});

test('what a trainer prints beside its report is no report, and what it lacks is not known', () => {
  const question = { backend: 'wasm', size: 'tiny', steps: 1, batch: 1, length: 8 };
  for (const line of ['', 'hello', 'null', '[]', '{"backend": "cpu", "usable": true}', '{"backend": "wasm"}']) assert.equal(parseBench(line, question), undefined, line);
  assert.deepEqual(parseBench('{"backend": "wasm", "usable": true, "device": "d", "stepSeconds": "fast"}', question), { ...noBench(question, ''), usable: true, device: 'd' });
});
