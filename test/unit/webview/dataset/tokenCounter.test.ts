/** Lengths in tokens: asked for in pauses, once for each text, and again for another tokenizer. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countedTexts, createTokenCounter } from '../../../../webview/dataset/tokenCounter.ts';
import { layoutRow } from '../../../../webview/dataset/rowLayout.ts';
import { blindLayout } from '../../../../webview/dataset/blind.ts';
import { formats } from '../../../../src/dataset/formats/index.ts';

function open(answer: (texts: string[]) => Promise<number[] | undefined> = async (texts) => texts.map(({ length }) => length)) {
  const asked: { texts: string[]; signal: AbortSignal }[] = [];
  let counted = 0;
  const counter = createTokenCounter(
    (texts, signal) => {
      asked.push({ texts, signal });
      return answer(texts);
    },
    () => counted++,
  );
  return { asked, counter, counted: () => counted };
}

test('a text is asked for once, after a pause, while it is on the card', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const pause = async () => {
    t.mock.timers.tick(1000);
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  const { asked, counter, counted } = open();
  counter.want(['a']);
  counter.want(['ab', 'abc', 'ab']);
  assert.deepEqual([counter.of('ab'), counter.of('')], [undefined, 0]);
  await pause();
  assert.deepEqual(asked.map(({ texts }) => texts), [['ab', 'abc']]);
  assert.deepEqual([counter.of('ab'), counter.of('abc'), counted()], [2, 3, 1]);
  counter.want(['ab', 'abcd']);
  await pause();
  assert.deepEqual(asked.at(-1)!.texts, ['abcd']);
  assert.equal(counter.of('abc'), undefined, 'what is gone is forgotten');
  counter.forget();
  assert.equal(counter.of('ab'), undefined);
  await pause();
  assert.deepEqual(asked.at(-1)!.texts, ['ab', 'abcd']);
});

test('nobody is asked again while nobody said whose tokens, and a failure is no count', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const pause = async () => {
    t.mock.timers.tick(1000);
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  const nobodys = open(async () => undefined);
  for (const text of ['a', 'b']) {
    nobodys.counter.want([text]);
    await pause();
  }
  assert.equal(nobodys.asked.length, 1);
  nobodys.counter.forget();
  await pause();
  assert.equal(nobodys.asked.length, 2);
  const failing = open(async () => Promise.reject(new Error('no tokenizer')));
  for (const text of ['a', 'b']) {
    failing.counter.want([text]);
    await pause();
  }
  assert.deepEqual([failing.asked.length, failing.counter.of('b')], [2, undefined]);
});

test('an answer for texts that are gone is thrown away', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const answers: ((counts: number[]) => void)[] = [];
  const { asked, counter } = open(() => new Promise((answer) => answers.push(answer)));
  counter.want(['a']);
  t.mock.timers.tick(1000);
  counter.want(['b']);
  t.mock.timers.tick(1000);
  assert.equal(asked[0]!.signal.aborted, true);
  answers[0]!([7]);
  answers[1]!([1]);
  for (let i = 0; i < 5; i++) await Promise.resolve();
  assert.deepEqual([counter.of('a'), counter.of('b')], [undefined, 1]);
});

test('turns and single texts are counted, nothing that is blind', () => {
  const texts = (format: Parameters<typeof formats.get>[0], row: object, first?: 'chosen') => countedTexts(blindLayout(layoutRow(JSON.stringify(row), formats.get(format).fields)!, first));
  assert.deepEqual(texts('prompt-completion', { prompt: 'p', completion: 'c' }), ['p', 'c']);
  const turns = (answer: string) => [{ role: 'user', content: 'q' }, { role: 'assistant', content: answer }];
  assert.deepEqual(texts('messages', { messages: turns('x') }), ['q', 'x']);
  assert.deepEqual(texts('preference', { prompt: 'p', chosen: 'c', rejected: 'r' }), ['p']);
  assert.deepEqual(texts('preference', { chosen: turns('a'), rejected: turns('b') }), ['q', 'a', 'q', 'b']);
  assert.deepEqual(texts('preference', { chosen: turns('a'), rejected: turns('b') }, 'chosen'), []);
});
