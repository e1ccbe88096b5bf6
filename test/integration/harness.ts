/**
 * Runs tests inside VS Code's extension host, where node:test cannot (it owns its process). The same words: describe, test, before, after.
 * Results go to the file POSTTRAIN_TEST_RESULTS, one object a line, where src/build/testIntegration.mjs reads them.
 */

import { appendFileSync } from 'node:fs';
import { findSourceMap } from 'node:module';
import { inspect } from 'node:util';

type Step = () => void | Promise<void>;
interface Group {
  name: string;
  before: Step[];
  after: Step[];
  tests: { name: string; body: Step; timeoutMs: number }[];
}

const groups: Group[] = [];
let current: Group | undefined;

export function describe(name: string, body: () => void): void {
  groups.push((current = { name, before: [], after: [], tests: [] }));
  body();
  current = undefined;
}

/** A test in the group that is being described. */
export function test(name: string, body: Step, { timeoutMs = 60_000 } = {}): void {
  open().tests.push({ name, body, timeoutMs });
}

export const before = (step: Step) => void open().before.push(step);
export const after = (step: Step) => void open().after.push(step);

/** A measured figure, shown with the results. */
export function metric(name: string, value: string | number): void {
  report({ metric: `METRIC ${name} ${value}` });
}

/** Polls until `read` gives something true. */
export async function until<T>(read: () => T | Promise<T>, what: string, timeoutMs = 20_000): Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (value) return value;
    if (Date.now() > end) throw new Error(`Waited ${timeoutMs / 1000} s in vain: ${what}`);
    await new Promise((done) => void setTimeout(done, 25));
  }
}

/** VS Code calls this. It never rejects: failures are in the results, and a missing last line tells of a crash. */
export async function run(): Promise<void> {
  for (const group of groups) {
    let broken: unknown;
    try {
      for (const step of group.before) await limited(step, 60_000);
    } catch (error) {
      broken = error;
    }
    for (const { name, body, timeoutMs } of group.tests) {
      const started = performance.now();
      let error = broken;
      if (!broken) {
        try {
          await limited(body, timeoutMs);
        } catch (thrown) {
          error = thrown;
        }
      }
      report({ name: `${group.name} › ${name}`, ms: performance.now() - started, error: error && mapped(error instanceof Error ? error.stack! : inspect(error)) });
    }
    try {
      for (const step of group.after) await limited(step, 60_000);
    } catch (error) {
      report({ name: `${group.name} › after`, ms: 0, error: inspect(error) });
    }
  }
  report({ done: true });
}

function open(): Group {
  if (!current) throw new Error('Tests are written inside describe().');
  return current;
}

async function limited(step: Step, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(`Not done after ${timeoutMs / 1000} s.`)), timeoutMs)));
  try {
    await Promise.race([step(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The extension host prints places in the bundle; a person wants those in the sources. */
function mapped(stack: string): string {
  return stack.replace(/\(?(\/[^\s():]+\.cjs):(\d+):(\d+)\)?/g, (place, file: string, line: string, column: string) => {
    const entry = findSourceMap(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    return entry && 'originalSource' in entry ? `(${entry.originalSource.replace(/^(\.\.\/)+/, '')}:${entry.originalLine + 1}:${entry.originalColumn + 1})` : place;
  });
}

function report(line: object): void {
  appendFileSync(process.env.POSTTRAIN_TEST_RESULTS!, `${JSON.stringify(line)}\n`);
}
