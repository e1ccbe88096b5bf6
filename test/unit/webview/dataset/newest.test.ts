/** Readings of the selected row that overtake each other: the newest is shown, and a failure is told once. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMessages } from '../../../../webview/dataset/messages.ts';
import { createNewest } from '../../../../webview/dataset/newest.ts';

function open() {
  const asked: { answer(text: string): void; fail(error: Error): void }[] = [];
  const shown: string[] = [];
  const read = createNewest<string>(() => new Promise((answer, fail) => asked.push({ answer, fail })), (text) => shown.push(text));
  return { asked, shown, read };
}

test('only the newest is shown, and whoever asked before waits for it', async () => {
  const { asked, shown, read } = open();
  const [first, second] = [read(), read()];
  let done = false;
  void first.then(() => (done = true));
  asked[0]!.answer('old');
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual([shown, done], [[], false]);
  asked[1]!.answer('new');
  await Promise.all([first, second]);
  assert.deepEqual(shown, ['new']);
});

test('one that was overtaken may fail where the newest does not', async () => {
  const { asked, shown, read } = open();
  const [first, second] = [read(), read()];
  asked[0]!.fail(new Error('gone'));
  asked[1]!.answer('new');
  await Promise.all([first, second]);
  assert.deepEqual(shown, ['new']);
});

test('two that fail together are told once, and the next failure again', async () => {
  const { asked, read } = open();
  const said: string[] = [];
  const { run } = createMessages((text) => said.push(text), () => undefined);
  const settled = async () => await new Promise((resolve) => setTimeout(resolve, 5));
  run(read());
  run(read());
  asked[1]!.fail(new Error('no space'));
  asked[0]!.fail(new Error('no space'));
  await settled();
  assert.deepEqual(said, ['no space']);
  run(read());
  asked[2]!.fail(new Error('no space'));
  await settled();
  assert.deepEqual(said, ['no space', 'no space']);
});
