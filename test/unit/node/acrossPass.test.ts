/** When the rows of an open file are held against each other: once changes rest, once for the newest rows, and never for rows that are gone. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sleep } from '../../../src/core/abort.ts';
import type { LineProblem } from '../../../src/language/validate.ts';
import { createAcrossPass, type AcrossPass } from '../../../src/node/acrossPass.ts';
import type { AcrossRequest, RowThread } from '../../../src/node/rowThread.ts';

const found: LineProblem[] = [{ line: 1, problem: { code: 'duplicate-row', severity: 'info', message: 'The row is a copy.', start: 0, end: 1 } }];

interface Played {
  pass: AcrossPass;
  /** Threads that were started, each with what ends its work. */
  threads: { file: AcrossRequest | undefined; answer(problems: LineProblem[]): void; fail(error: Error): void; ended: boolean }[];
  told: (readonly LineProblem[])[];
  errors: unknown[];
  stale: boolean;
}

function play(): Played {
  const played: Played = { pass: undefined as unknown as AcrossPass, threads: [], told: [], errors: [], stale: false };
  played.pass = createAcrossPass({
    restMs: 1,
    startThread() {
      const thread: Played['threads'][number] = { file: undefined, answer: () => undefined, fail: () => undefined, ended: false };
      played.threads.push(thread);
      return {
        across(file: AcrossRequest) {
          thread.file = file;
          return new Promise<LineProblem[]>((resolve, reject) => Object.assign(thread, { answer: resolve, fail: reject }));
        },
        dispose: () => void (thread.ended = true),
      } as unknown as RowThread;
    },
    open: () => Promise.resolve({ chunks: (async function* () {})(), format: 'text', again: () => Promise.resolve([]), isStale: () => played.stale }),
    onFound: (problems) => played.told.push(problems),
    onError: (error) => played.errors.push(error),
  });
  return played;
}

describe('a pass over all rows', () => {
  test('begins once changes rest, in one thread, which ends with it', async () => {
    const { pass, threads, told } = play();
    for (let i = 0; i < 5; i++) pass.restart();
    assert.equal(threads.length, 0);
    await sleep(20);
    assert.deepEqual([threads.length, threads[0]!.file?.format, threads[0]!.ended], [1, 'text', false]);
    threads[0]!.answer(found);
    await sleep(5);
    assert.deepEqual([told, threads[0]!.ended, threads.length], [[found], true, 1]);
  });

  test('is given up for the next one when rows change', async () => {
    const { pass, threads, told, errors } = play();
    pass.restart();
    await sleep(20);
    pass.restart();
    assert.ok(threads[0]!.ended);
    threads[0]!.fail(new Error('gone'));
    await sleep(20);
    threads[0]!.answer([]);
    threads[1]!.answer(found);
    await sleep(5);
    assert.deepEqual([threads.length, told, errors], [2, [found], []]);
  });

  test('says nothing of rows that are no longer there, and looks again', async () => {
    const played = play();
    played.pass.restart();
    await sleep(20);
    played.stale = true;
    played.threads[0]!.fail(new Error('the file was replaced'));
    await sleep(20);
    played.stale = false;
    assert.deepEqual([played.told, played.errors, played.threads.length], [[], [], 2]);
    played.pass.dispose();
    assert.ok(played.threads[1]!.ended);
  });

  test('tells what went wrong otherwise, and nothing after its end', async () => {
    const { pass, threads, told, errors } = play();
    pass.restart();
    await sleep(20);
    threads[0]!.fail(new Error('broken'));
    await sleep(5);
    assert.deepEqual(errors.map(String), ['Error: broken']);
    pass.restart();
    pass.dispose();
    await sleep(20);
    assert.deepEqual([threads.length, told], [1, []]);
  });
});
