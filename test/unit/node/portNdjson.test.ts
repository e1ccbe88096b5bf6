/** A peer over two byte streams: whole lines from torn chunks, foreign output read past, an end that is told. */

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { ndjsonPort } from '../../../src/node/portNdjson.ts';
import { connectPeer } from '../../../src/protocol/rpc.ts';

type Adder = { requests: { add: { params: { a: number; b: number }; result: number }; fail: { params: null; result: null } }; events: Record<never, never> };
type Asker = { requests: Record<never, never>; events: Record<never, never> };

function pair() {
  const [there, back] = [new PassThrough(), new PassThrough()];
  return { there, back, near: ndjsonPort(back, there), far: ndjsonPort(there, back) };
}

test('requests and errors go over a pair of streams', async () => {
  const { near, far } = pair();
  const refuse = (): null => {
    throw new Error('no');
  };
  connectPeer<Adder, Asker>(far, { add: ({ a, b }) => a + b, fail: refuse }, {});
  const peer = connectPeer<Asker, Adder>(near, {}, {});
  await peer.ready;
  assert.equal(await peer.request('add', { a: 2, b: 3 }), 5);
  await assert.rejects(peer.request('fail', null), /no/);
});

test('lines are put together from chunks, characters too', async () => {
  const input = new PassThrough();
  const seen: unknown[] = [];
  const foreign: string[] = [];
  ndjsonPort(input, new PassThrough(), { onForeign: (line) => void foreign.push(line) }).listen((message) => void seen.push(message));
  const bytes = Buffer.from('{"a":"é日🎉"}\nplain words\n\n[1]\n{"b":1}\n');
  for (const byte of bytes) input.write(Buffer.of(byte));
  await new Promise(setImmediate);
  assert.deepEqual(seen, [{ a: 'é日🎉' }, [1], { b: 1 }]);
  assert.deepEqual(foreign, ['plain words']);
});

test('what arrives before anybody listens is not lost', async () => {
  const input = new PassThrough();
  const port = ndjsonPort(input, new PassThrough());
  input.write('{"early":1}\n');
  await new Promise(setImmediate);
  const seen: unknown[] = [];
  port.listen((message) => void seen.push(message));
  assert.deepEqual(seen, [], 'the listener is in place before its first message');
  await new Promise(setImmediate);
  assert.deepEqual(seen, [{ early: 1 }]);
});

test('the end of the other side is told once, and posting after it does nothing', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const reasons: string[] = [];
  const port = ndjsonPort(input, output, { onClosed: (reason) => void reasons.push(reason) });
  input.end();
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(reasons, ['The other side closed the connection.']);
  port.post({ late: true });
  assert.equal(output.read(), null);
});

test('a line without end closes the connection instead of filling the memory', () => {
  const input = new PassThrough();
  const reasons: string[] = [];
  ndjsonPort(input, new PassThrough(), { maxLineChars: 100, onClosed: (reason) => void reasons.push(reason) });
  input.emit('data', Buffer.alloc(101, 'x'));
  assert.match(reasons[0]!, /longer than 100 characters/);
});
