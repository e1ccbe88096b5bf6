/** The one file that opens a connection to another machine, and only for `posttrain setup`: reads a text, downloads a file that can be resumed. */

import { createWriteStream, promises as fs } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tls from 'node:tls';
import { Cancelled, sleep, throwIfAborted } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';
import { diskError, errorCode } from '../files.ts';
import { proxyFor, withoutPassword } from './proxy.ts';

export interface NetworkOptions {
  env: NodeJS.ProcessEnv;
  /** The Authorization header for an address, where the person's npm or pip configuration has one. */
  authorization?: (url: URL) => string | undefined;
  /** Certificates to trust besides Node's own, PEM. */
  extraCertificates?: string;
  signal?: AbortSignal;
  /** Before the second try; doubles each time. Default 1000. */
  retryMs?: number;
}

const idleMs = 60_000;
const mostTries = 5;
const mostRedirects = 8;

/** The body as text, and the address it came from in the end (relative links count from there). */
export async function readText(url: URL, accept: string, options: NetworkOptions): Promise<{ text: string; url: URL; type: string }> {
  return withRetries(options, () => false, async () => {
    const { response, url: at } = await request(url, { accept }, options);
    if (response.statusCode !== 200) throw await statusError(response, at, options);
    let text = '';
    try {
      for await (const piece of response.setEncoding('utf8')) text += piece as string;
    } catch (error) {
      throw connectionError(error, at, options.env);
    }
    return { text, url: at, type: response.headers['content-type'] ?? '' };
  });
}

/**
 * Downloads to `file`, going on where an earlier try ended: what is there is taken as the beginning. Asks again when the connection
 * breaks, as long as something arrives. The caller verifies what came.
 */
export async function download(url: URL, file: string, bytes: number, onProgress: (done: number) => void, options: NetworkOptions): Promise<void> {
  let have = await fs.stat(file).then((s) => s.size, () => 0);
  if (have > bytes) {
    await fs.rm(file);
    have = 0;
  }
  let before = have;
  const grew = () => have > before && ((before = have), true);
  await withRetries(options, grew, async () => {
    if (have === bytes) return onProgress(have);
    const { response, url: at } = await request(url, have > 0 ? { range: `bytes=${have}-` } : {}, options);
    const goesOn = response.statusCode === 206 && response.headers['content-range']?.startsWith(`bytes ${have}-`);
    if (!goesOn && response.statusCode !== 200) throw await statusError(response, at, options);
    if (!goesOn) have = before = 0;
    const announced = Number(response.headers['content-length'] ?? bytes - have);
    if (announced !== bytes - have) {
      response.destroy();
      throw new UserError(`${shown(at)}: the server offers ${announced} bytes where ${bytes - have} are expected. Ask whoever runs the mirror or the proxy, or try again later.`, 'download');
    }
    onProgress(have);
    await pipeline(
      response,
      async function* (pieces: AsyncIterable<Buffer>) {
        for await (const piece of pieces) {
          yield piece;
          have += piece.length;
          onProgress(have);
        }
      },
      createWriteStream(file, { flags: goesOn ? 'a' : 'w' }),
      { signal: options.signal },
    ).catch(async (error: unknown) => {
      have = await fs.stat(file).then((s) => s.size, () => 0);
      const disk = diskError(error, file);
      throw disk === error ? connectionError(error, at, options.env) : disk;
    });
    if (have !== bytes) throw connectionError(Object.assign(new Error(), { code: 'ECONNRESET' }), at, options.env);
  });
}

/** `grew`: something arrived since it was last asked, so the count begins anew. */
async function withRetries<T>({ signal, retryMs = 1000 }: NetworkOptions, grew: () => boolean, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    throwIfAborted(signal);
    try {
      return await attempt();
    } catch (error) {
      if (signal?.aborted) throw new Cancelled();
      if (grew()) tries = 0;
      if (error instanceof UserError && error.code !== 'network') throw error;
      if (tries >= mostTries) throw error;
      await sleep(retryMs * 2 ** Math.max(0, tries - 1), signal);
    }
  }
}

async function request(url: URL, headers: Record<string, string>, options: NetworkOptions): Promise<{ response: http.IncomingMessage; url: URL }> {
  for (let at = url, redirects = 0; ; redirects++) {
    const response = await requestOnce(at, headers, options);
    const { location } = response.headers;
    if (!location || ![301, 302, 303, 307, 308].includes(response.statusCode ?? 0)) return { response, url: at };
    response.resume();
    const next = new URL(location, at);
    if (redirects === mostRedirects) throw new UserError(`${shown(url)} leads in a circle of redirects. Check the registry's address.`, 'download');
    if (at.protocol === 'https:' && next.protocol !== 'https:') throw new UserError(`${shown(at)} leads to ${shown(next)}, which is not encrypted. Check the registry's address.`, 'download');
    at = next;
  }
}

async function requestOnce(url: URL, headers: Record<string, string>, options: NetworkOptions): Promise<http.IncomingMessage> {
  const { env, signal, extraCertificates } = options;
  const proxy = proxyFor(url, env);
  try {
    const authorization = options.authorization?.(url);
    const all: http.OutgoingHttpHeaders = { 'user-agent': 'posttrain', ...headers, ...(authorization ? { authorization } : {}) };
    const ca = extraCertificates ? [...tls.rootCertificates, extraCertificates] : undefined;
    const request =
      url.protocol === 'https:'
        ? https.request(url, { headers: all, signal, ca, agent: false, ...(proxy ? { createConnection: tunnelled(await tunnel(proxy.url, url, signal), url, ca) } : {}) })
        : proxy
          ? http.request({ host: proxy.url.hostname, port: proxy.url.port || 80, path: url.href, headers: { ...all, host: url.host, ...proxyHeaders(proxy.url) }, signal, agent: false })
          : http.request(url, { headers: all, signal, agent: false });
    return await answer(request);
  } catch (error) {
    if (signal?.aborted) throw new Cancelled();
    if (error instanceof UserError) throw error;
    throw connectionError(error, url, env);
  }
}

function answer(request: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.setTimeout(idleMs, () => request.destroy(Object.assign(new Error(`nothing came for ${idleMs / 1000} seconds`), { code: 'ETIMEDOUT' })));
    request.once('response', resolve).on('error', reject).end();
  });
}

/** The tunnel does not end with what runs through it. */
function tunnelled(socket: Duplex, url: URL, ca: string[] | undefined): () => tls.TLSSocket {
  return () => tls.connect({ socket, servername: url.hostname, ca }).once('close', () => socket.destroy());
}

function tunnel(proxy: URL, url: URL, signal: AbortSignal | undefined): Promise<Duplex> {
  const target = `${url.hostname}:${url.port || 443}`;
  const connect = proxy.protocol === 'https:' ? https.request : http.request;
  return new Promise((resolve, reject) => {
    const request = connect({ host: proxy.hostname, port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80), method: 'CONNECT', path: target, headers: { host: target, ...proxyHeaders(proxy) }, agent: false, signal });
    request.setTimeout(idleMs, () => request.destroy(Object.assign(new Error('the proxy does not answer'), { code: 'ETIMEDOUT' })));
    request.once('connect', (response, socket) => {
      socket.setTimeout(0);
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new UserError(`The proxy ${withoutPassword(proxy)} refuses ${url.host} (${response.statusCode}${response.statusCode === 407 ? ': it wants a name and a password, as in http://name:password@host:port' : ''}). Correct HTTPS_PROXY, or name the host in NO_PROXY.`, 'proxy'));
    });
    request.once('error', reject).end();
  });
}

function proxyHeaders({ username, password }: URL): Record<string, string> {
  return username ? { 'proxy-authorization': `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}` } : {};
}

/** 5xx and 429 are worth another try. */
async function statusError(response: http.IncomingMessage, url: URL, { env }: NetworkOptions): Promise<UserError> {
  response.resume();
  const status = response.statusCode ?? 0;
  const advice =
    status === 401 || status === 403
      ? 'it wants a login. Check the token of your npm or pip configuration'
      : status === 404
        ? 'it has no such file. Check that the registry of your npm or pip configuration carries it'
        : 'try again later';
  return new UserError(`${shown(url)} answers ${status}${through(url, env)}: ${advice}.`, status >= 500 || status === 429 ? 'network' : 'download');
}

const reasons: Record<string, string> = {
  ENOTFOUND: 'its name is not known here',
  EAI_AGAIN: 'its name cannot be looked up',
  ECONNREFUSED: 'nothing answers there',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  ETIMEDOUT: 'it does not answer',
  ENETUNREACH: 'there is no network',
  EHOSTUNREACH: 'there is no way to it',
};

function connectionError(error: unknown, url: URL, env: NodeJS.ProcessEnv): UserError {
  const code = errorCode(error) ?? '';
  if (/CERT|SIGNED|ISSUER|ALTNAME/.test(code)) {
    return new UserError(`${url.host}${through(url, env)} shows a certificate that is not trusted here (${code}). If your network has a certificate authority of its own, name its file in NODE_EXTRA_CA_CERTS or as cafile in ~/.npmrc.`, 'certificate');
  }
  const what = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  const lasting = ['ENOTFOUND', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH'].includes(code);
  return new UserError(`${url.host} cannot be reached${through(url, env)}: ${what}. Check the network${proxyFor(url, env) ? ' and the proxy' : '; behind a proxy, set HTTPS_PROXY'}, then run the same command again: what has arrived is kept.`, lasting ? 'unreachable' : 'network', { cause: error });
}

/** Without what a signed address carries. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function through(url: URL, env: NodeJS.ProcessEnv): string {
  const proxy = proxyFor(url, env);
  return proxy ? ` through the proxy ${withoutPassword(proxy.url)} (${proxy.variable})` : '';
}
