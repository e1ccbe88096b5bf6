/** Typed requests and events between two sides that share a port: webview and extension, trainer and client, two ends in a test. */

/** One side of a boundary: what it answers and what it sends unasked. */
export interface Contract {
  requests: Record<string, { params: unknown; result: unknown }>;
  events: Record<string, unknown>;
}

export interface Port {
  post(message: unknown): void;
  /** Called for every message that arrives; returns what stops it. */
  listen(onMessage: (message: unknown) => void): () => void;
}

export type Handlers<C extends Contract> = {
  [K in keyof C['requests']]: (params: C['requests'][K]['params'], signal: AbortSignal) => Promise<C['requests'][K]['result']> | C['requests'][K]['result'];
};
export type Listeners<C extends Contract> = { [K in keyof C['events']]?: (payload: C['events'][K]) => void };

/** This end of a port: asks `Theirs`, and tells them the events of `Mine`. */
export interface Peer<Mine extends Contract, Theirs extends Contract> {
  request<K extends keyof Theirs['requests'] & string>(method: K, params: Theirs['requests'][K]['params'], signal?: AbortSignal): Promise<Theirs['requests'][K]['result']>;
  emit<K extends keyof Mine['events'] & string>(event: K, payload: Mine['events'][K]): void;
  /** Settles when the other side said hello with the same protocol; rejects with a clear error when it speaks another. */
  readonly ready: Promise<void>;
  dispose(): void;
}

/** Raised by the number when a message changes its shape, so that a stale window says so instead of misreading. */
export const PROTOCOL = 1;

type Wire =
  | { type: 'hello'; protocol: number; build: string; answer: boolean }
  | { type: 'request'; id: number; method: string; params: unknown }
  | { type: 'cancel'; id: number }
  | { type: 'result'; id: number; result: unknown }
  | { type: 'error'; id: number; name: string; message: string; code?: string }
  | { type: 'event'; event: string; payload: unknown };

/** An error that the other side threw. `code` is that of a UserError there, undefined for a bug. */
export class RemoteError extends Error {
  constructor(name: string, message: string, readonly code: string | undefined) {
    super(message);
    this.name = name;
  }
}

/**
 * Connects this end. Every request is answered: with a result, with the error its handler threw, or with an error when the peer is
 * disposed. `build` is shown in the message about a mismatch.
 */
export function connectPeer<Mine extends Contract, Theirs extends Contract>(
  port: Port,
  handlers: Handlers<Mine>,
  listeners: Listeners<Theirs>,
  build = '',
): Peer<Mine, Theirs> {
  let nextId = 1;
  /** Counts the lives of the other side: a webview that was hidden comes back as a new page on the same port. */
  let life = 0;
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  const running = new Map<number, AbortController>();
  let settleReady: { resolve: () => void; reject: (error: Error) => void };
  const ready = new Promise<void>((resolve, reject) => (settleReady = { resolve, reject }));
  ready.catch(() => undefined);

  let disposed = false;
  const gone = () => new Error('The other side is gone.');
  const send = (message: Wire) => {
    if (!disposed) port.post(message);
  };
  const hello = (answer: boolean) => send({ type: 'hello', protocol: PROTOCOL, build, answer });

  const answer = async (id: number, method: string, params: unknown) => {
    const abort = new AbortController();
    const asked = life;
    // Whoever asked before the other side began anew would take this for the answer to a question of its own.
    const reply = (message: Wire) => {
      if (asked === life) send(message);
    };
    running.set(id, abort);
    try {
      const handler = (handlers as Record<string, ((p: unknown, s: AbortSignal) => unknown) | undefined>)[method];
      if (!handler || !Object.hasOwn(handlers, method)) throw new Error(`No handler for "${method}".`);
      reply({ type: 'result', id, result: await handler(params, abort.signal) });
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      reply({ type: 'error', id, name: error.name, message: error.message, code: (error as { code?: string }).code });
    } finally {
      if (running.get(id) === abort) running.delete(id);
    }
  };

  const onMessage = (raw: unknown) => {
    if (typeof raw !== 'object' || raw === null || typeof (raw as { type?: unknown }).type !== 'string') return;
    const message = raw as Wire;
    switch (message.type) {
      case 'hello':
        // The other side began after our first hello, or began anew. An answer is not answered, or the two would never end.
        if (!message.answer) {
          life++;
          for (const abort of running.values()) abort.abort();
          running.clear();
          hello(true);
        }
        if (message.protocol !== PROTOCOL) {
          settleReady.reject(new Error(`The two parts of Posttrain do not match (protocol ${PROTOCOL} ${build}, other side ${message.protocol} ${message.build}). Reload the window.`));
        } else {
          settleReady.resolve();
        }
        return;
      case 'request':
        void answer(message.id, message.method, message.params);
        return;
      case 'cancel':
        running.get(message.id)?.abort();
        return;
      case 'result':
        waiting.get(message.id)?.resolve(message.result as never);
        waiting.delete(message.id);
        return;
      case 'error':
        waiting.get(message.id)?.reject(new RemoteError(message.name, message.message, message.code));
        waiting.delete(message.id);
        return;
      case 'event':
        (listeners as Record<string, ((payload: unknown) => void) | undefined>)[message.event]?.(message.payload);
        return;
    }
  };
  const stop = port.listen(onMessage);
  hello(false);

  return {
    ready,
    request(method, params, signal) {
      if (disposed) return Promise.reject(gone());
      const id = nextId++;
      const cancel = () => send({ type: 'cancel', id });
      const answer = new Promise<never>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        send({ type: 'request', id, method, params });
        if (signal?.aborted) cancel();
        else signal?.addEventListener('abort', cancel, { once: true });
      });
      return signal ? answer.finally(() => signal.removeEventListener('abort', cancel)) : answer;
    },
    emit: (event, payload) => send({ type: 'event', event, payload }),
    dispose() {
      disposed = true;
      stop();
      for (const abort of running.values()) abort.abort();
      for (const { reject } of waiting.values()) reject(gone());
      waiting.clear();
      settleReady.reject(gone());
    },
  };
}

/** Two connected ports in memory, for tests. Messages are structured clones and arrive asynchronously, as in the real thing. */
export function portPair(): [Port, Port] {
  const ends: ((message: unknown) => void)[][] = [[], []];
  const make = (mine: 0 | 1): Port => ({
    post(message) {
      const copy: unknown = structuredClone(message);
      queueMicrotask(() => ends[1 - mine]!.forEach((f) => f(copy)));
    },
    listen(f) {
      ends[mine]!.push(f);
      return () => void ends[mine]!.splice(ends[mine]!.indexOf(f), 1);
    },
  });
  return [make(0), make(1)];
}
