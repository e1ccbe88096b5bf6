/** Two ends of a port: answers, errors, cancelling, a mismatch, and a page that comes back as a new one. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connectPeer, portPair, PROTOCOL, type Port } from '../../../src/protocol/rpc.ts';

type Host = { requests: { add: { params: { a: number; b: number }; result: number }; wait: { params: null; result: string } }; events: { tick: number } };
type Page = { requests: Record<never, never>; events: Record<never, never> };

const handlers = { add: ({ a, b }: { a: number; b: number }) => a + b, wait: (_: null, signal: AbortSignal) => new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('aborted'))) };

describe('typed messages', () => {
  test('a request is answered, an event arrives, both sides are ready', async () => {
    const [left, right] = portPair();
    const ticks: number[] = [];
    const host = connectPeer<Host, Page>(left, handlers, {});
    const page = connectPeer<Page, Host>(right, {}, { tick: (n) => ticks.push(n) });
    await Promise.all([host.ready, page.ready]);
    host.emit('tick', 7);
    assert.equal(await page.request('add', { a: 2, b: 3 }), 5);
    assert.deepEqual(ticks, [7]);
  });

  test('what a handler throws rejects the caller, with its name and code', async () => {
    const [left, right] = portPair();
    connectPeer<Host, Page>(left, { ...handlers, add: () => { throw Object.assign(new Error('no'), { name: 'UserError', code: 'x' }); } }, {});
    const page = connectPeer<Page, Host>(right, {}, {});
    await assert.rejects(page.request('add', { a: 1, b: 1 }), { name: 'UserError', message: 'no', code: 'x' });
  });

  test('cancelling reaches the handler', async () => {
    const [left, right] = portPair();
    connectPeer<Host, Page>(left, handlers, {});
    const page = connectPeer<Page, Host>(right, {}, {});
    const abort = new AbortController();
    const answer = page.request('wait', null, abort.signal);
    setTimeout(() => abort.abort(), 5);
    assert.equal(await answer, 'aborted');
  });

  test('a disposed end answers every request at once, and sends nothing more', async () => {
    const sent: { type: string }[] = [];
    let toPage: (message: unknown) => void = () => undefined;
    const port: Port = { post: (message) => void sent.push(message as { type: string }), listen: (f) => ((toPage = f), () => undefined) };
    const page = connectPeer<Host, Host>(port, handlers, {});
    const before = page.request('add', { a: 1, b: 1 });
    toPage({ type: 'request', id: 9, method: 'wait', params: null });
    sent.length = 0;
    page.dispose();
    const after = page.request('add', { a: 1, b: 1 }, new AbortController().signal);
    for (const request of [before, after, page.ready]) await assert.rejects(Promise.race([request, new Promise((resolve) => setTimeout(resolve, 1000))]), /is gone/);
    page.emit('tick', 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(sent, []);
  });

  test('another protocol is a clear error, not a hang', async () => {
    const [left, right] = portPair();
    const page = connectPeer<Page, Host>(right, {}, {});
    left.post({ type: 'hello', protocol: PROTOCOL + 1, build: 'other', answer: true });
    await assert.rejects(page.ready, /do not match.*Reload the window/);
  });

  test('a page that begins anew on the same port is greeted, and never gets the answers to the old one', async () => {
    const received: { type: string; id?: number }[] = [];
    let toHost: (message: unknown) => void = () => undefined;
    const port: Port = { post: (message) => void received.push(message as { type: string }), listen: (f) => ((toHost = f), () => undefined) };
    const host = connectPeer<Host, Page>(port, handlers, {});
    const hello = { type: 'hello', protocol: PROTOCOL, build: '', answer: false };
    toHost(hello);
    await host.ready;
    toHost({ type: 'request', id: 1, method: 'wait', params: null });
    received.length = 0;
    toHost(hello);
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(received.map(({ type }) => type), ['hello'], 'greeted once, and the old request was dropped');
    toHost({ type: 'request', id: 1, method: 'add', params: { a: 1, b: 1 } });
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(received.at(-1), { type: 'result', id: 1, result: 2 });
  });
});
