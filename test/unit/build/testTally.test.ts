/** How test results are counted and said: the last line, the exit code, what a skip means in continuous integration. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

interface Tally {
  startSuite(name: string): void;
  endSuite(): void;
  pass(test: object): void;
  fail(test: object): void;
  skip(test: object, reason: string): void;
  finish(): number;
}
type CreateTally = (options: { ci?: boolean }) => Tally;

/** Runs one suite with everything that was printed caught. */
async function tallied(options: { ci?: boolean }, suite: (tally: Tally) => void): Promise<{ code: number; lines: string[] }> {
  const { createTally } = (await import(pathToFileURL(join(process.cwd(), 'src/build/testTally.mjs')).href)) as { createTally: CreateTally };
  const lines: string[] = [];
  const { log } = console;
  console.log = (text: string) => void lines.push(...String(text).split('\n'));
  try {
    const tally = createTally(options);
    tally.startSuite('unit');
    suite(tally);
    tally.endSuite();
    return { code: tally.finish(), lines };
  } finally {
    console.log = log;
  }
}

describe('the tally', () => {
  test('ends with the counts and 0 when all passed', async () => {
    const { code, lines } = await tallied({}, (tally) => tally.pass({ name: 'a', ms: 1 }));
    assert.equal(lines.at(-1), '1 passed, 0 failed');
    assert.equal(code, 0);
  });

  test('names the failure, its file and what was thrown, and ends with 1', async () => {
    const { code, lines } = await tallied({}, (tally) => {
      tally.pass({ name: 'a', ms: 1 });
      tally.fail({ name: 'b', file: 'test/unit/b.test.ts', error: new Error('two is not three') });
    });
    assert.equal(lines.at(-1), '1 passed, 1 failed');
    assert.equal(code, 1);
    for (const text of ['✖ unit: b', 'test/unit/b.test.ts', 'two is not three']) assert.ok(lines.some((line) => line.includes(text)), text);
  });

  test('counts a skip and says what brings it', async () => {
    const { code, lines } = await tallied({}, (tally) => {
      tally.pass({ name: 'a', ms: 1 });
      tally.skip({ name: 'c' }, 'no Chromium: apt-get install -y chromium');
    });
    assert.equal(lines.at(-1), '1 passed, 0 failed, 1 skipped');
    assert.equal(code, 0);
    assert.ok(lines.some((line) => line.includes('1 × no Chromium: apt-get install -y chromium')));
  });

  test('takes a skip for a failure in continuous integration', async () => {
    const { code, lines } = await tallied({ ci: true }, (tally) => tally.skip({ name: 'c' }, 'no Chromium'));
    assert.equal(lines.at(-1), '0 passed, 1 failed');
    assert.equal(code, 1);
  });

  test('nothing run is no success', async () => assert.equal((await tallied({}, () => {})).code, 1));
});
