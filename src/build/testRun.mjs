/** Runs bundled test files with node:test, each in a process of its own, and tells the tally what happened. */

import { relative } from 'node:path';
import { run } from 'node:test';
import { root } from './paths.mjs';

/** `tests` are [{file, bundle}]; the tally hears of each test by the name of its TypeScript file. */
export async function runTests(tests, { atOnce, minutes, tally, verbose }) {
  if (tests.length === 0) return;
  const sourceOf = new Map(tests.map(({ file, bundle }) => [bundle, file]));
  const printed = new Map();
  const failedFiles = new Set();
  const seen = new Map(tests.map(({ file }) => [file, 0]));
  // Children take their options from the environment: Node 20's run() has no way to pass them.
  process.env.NODE_OPTIONS = [process.env.NODE_OPTIONS, '--enable-source-maps'].filter(Boolean).join(' ');
  const stream = run({ files: tests.map(({ bundle }) => bundle), concurrency: atOnce, timeout: minutes * 60_000 });
  const fileOf = (data) => sourceOf.get(data.file) ?? sourceOf.get(data.name) ?? (data.file && relative(root, data.file));
  const isWholeFile = (data) => sourceOf.has(data.name) || tests.some(({ bundle }) => relative(process.cwd(), bundle) === data.name);

  for await (const { type, data } of stream) {
    if (type === 'test:stdout' || type === 'test:stderr') output(data);
    else if (type === 'test:pass') passed(data);
    else if (type === 'test:fail') failed(data);
  }
  for (const [file, count] of seen) if (count === 0) tally.fail({ name: 'the file holds tests', file, error: 'No test of this file ran.', output: printed.get(file) });

  function output(data) {
    const file = fileOf(data) ?? '';
    printed.set(file, (printed.get(file) ?? '') + data.message);
    for (const line of data.message.split('\n')) if (line.startsWith('METRIC ')) tally.metric(line);
    if (verbose) process.stdout.write(data.message);
  }
  function passed(data) {
    if (isWholeFile(data) || data.details.type === 'suite') return;
    const file = fileOf(data);
    seen.set(file, (seen.get(file) ?? 0) + 1);
    const test = { name: data.name, file, ms: data.details.duration_ms };
    const { skip, todo } = data;
    if (skip !== undefined || todo !== undefined) tally.skip(test, typeof skip === 'string' ? skip : `${data.name} (no reason given)`);
    else tally.pass(test);
  }
  function failed(data) {
    const file = fileOf(data);
    const { error } = data.details;
    // A parent fails because a child did; that child was counted. A file that died without a failed test counts itself.
    if (error?.failureType === 'subtestsFailed') return;
    if (isWholeFile(data) && failedFiles.has(file)) return;
    failedFiles.add(file);
    seen.set(file, (seen.get(file) ?? 0) + 1);
    tally.fail({ name: isWholeFile(data) ? 'the test file as a whole' : data.name, file, ms: data.details.duration_ms, error, output: printed.get(file) });
  }
}
