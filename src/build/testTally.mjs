/** Counts tests as they finish and prints what a person needs: a line per suite, the failures, the skipped, the slow ones. */

import { inspect } from 'node:util';

const SLOW_MS = 2000;

export function createTally({ ci = false, verbose = false } = {}) {
  const failures = [];
  const skipped = new Map();
  const slow = [];
  const suites = [];
  let current;

  const add = (kind) => current[kind]++;
  return {
    startSuite(name) {
      suites.push((current = { name, passed: 0, failed: 0, skipped: 0, started: Date.now(), ms: 0 }));
    },
    endSuite() {
      current.ms = Date.now() - current.started;
      const { name, passed, failed, ms } = current;
      console.log(`${name.padEnd(12)} ${`${passed} passed`.padStart(12)}${failed ? `, ${failed} failed` : ''}${current.skipped ? `, ${current.skipped} skipped` : ''}  ${seconds(ms)}`);
    },
    pass(test) {
      add('passed');
      if (test.ms > SLOW_MS) slow.push(test);
      if (verbose) console.log(`  ✔ ${test.name} (${test.ms?.toFixed(0)} ms)`);
    },
    fail(test) {
      add('failed');
      failures.push({ ...test, suite: current.name });
      console.log(`  ✖ ${test.name}${test.file ? `  (${test.file})` : ''}`);
    },
    /** `reason` says what brings it, as a command to type. Continuous integration has to bring it. */
    skip(test, reason) {
      if (ci) return this.fail({ ...test, error: `Skipped, which CI=true does not allow: ${reason}` });
      add('skipped');
      skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
    },
    /** A measured figure that a test printed as `METRIC name value`. */
    metric(text) {
      console.log(`  ${text}`);
    },
    finish() {
      for (const { suite, file, name, error, output } of failures) {
        console.log(`\n✖ ${suite}: ${name}${file ? `\n  ${file}` : ''}`);
        console.log(indent(errorText(error)));
        if (output) console.log(indent(`--- printed ---\n${output.slice(-4000)}`));
      }
      if (slow.length > 0) console.log('\nSlow tests:');
      for (const { name, file, ms } of slow.sort((a, b) => b.ms - a.ms).slice(0, 8)) console.log(`  ${seconds(ms).padStart(8)}  ${name}  (${file})`);
      if (skipped.size > 0) console.log('\nSkipped:');
      for (const [reason, count] of skipped) console.log(`  ${count} × ${reason}`);
      const sum = (kind) => suites.reduce((total, suite) => total + suite[kind], 0);
      console.log(`\n${suites.map(({ name, ms }) => `${name} ${seconds(ms)}`).join(', ')}`);
      console.log(`${sum('passed')} passed, ${sum('failed')} failed${sum('skipped') ? `, ${sum('skipped')} skipped` : ''}`);
      return sum('failed') > 0 || sum('passed') === 0 ? 1 : 0;
    },
  };
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
const indent = (text) => text.replace(/^/gm, '    ');

/** node:test wraps what a test threw; the inside is what a person wants to see. */
function errorText(error) {
  const inner = error?.cause ?? error;
  if (typeof inner === 'string') return inner;
  if (!inner) return 'no details';
  const stack = String(inner.stack ?? inspect(inner)).split('\n').filter((line) => !/node:internal|at async (Promise|Test|Suite|startSubtest)/.test(line)).join('\n');
  const { actual, expected } = inner;
  const simple = (value) => value === null || typeof value !== 'object';
  const shown = stack.includes('\n+ ') || (simple(actual) && simple(expected)) ? '' : `\nactual:   ${inspect(actual, { depth: 4 }).slice(0, 1500)}\nexpected: ${inspect(expected, { depth: 4 }).slice(0, 1500)}`;
  return stack + shown;
}
