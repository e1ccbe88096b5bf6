/** Downloads: found in whatever registry is configured, going on after a cut, verified, cancelled; and what is said when they fail. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fetchArtifact, fileName, missingBytes, type Artifact, type Source } from '../../../../src/node/setup/artifact.ts';
import { readRegistries } from '../../../../src/node/setup/registries.ts';
import { makePackage, makeWheel } from '../../../fixtures/setup/archives.ts';
import { cert } from '../../../fixtures/setup/certificate.ts';
import { startRegistry, type Registry } from '../../../fixtures/setup/registry.ts';

const root = mkdtempSync(join(tmpdir(), 'posttrain-download-'));
after(() => rmSync(root, { recursive: true, force: true }));
const wheel = makeWheel('thing-cpu', '2.0', { 'thing/big.bin': randomBytes(300_000) });
const pack = makePackage('@scope/thing', '1.2.3', { 'package/index.js': randomBytes(50_000) });

let count = 0;
async function start(change: Partial<Registry> = {}, tls = false): Promise<{ registry: Registry; folder: string; source: Source; fetch(artifact?: Artifact, more?: Partial<Source>): Promise<string>; progress: number[] }> {
  const registry = await startRegistry([wheel, pack], { tls });
  after(() => registry.close());
  Object.assign(registry, change);
  const folder = join(root, String(count++));
  mkdirSync(folder);
  const registries = await readRegistries(registry.env, folder);
  const source: Source = { env: registry.env, registries, authorization: registries.authorization, extraCertificates: tls ? cert : undefined, retryMs: 1 };
  const progress: number[] = [];
  return { registry, folder, source, progress, fetch: (artifact = wheel.artifact, more = {}) => fetchArtifact(artifact, folder, { ...source, ...more }, (done) => progress.push(done)) };
}
const files = (registry: Registry) => registry.asked.filter(({ path }) => path.startsWith('/files/'));
const rejects = (work: Promise<unknown>, message: RegExp) => assert.rejects(work, (error: Error) => (assert.equal(error.name, 'UserError', error.stack), assert.match(error.message, message), true));

describe('a download', () => {
  test('arrives whole, is verified, and is not asked for again', async () => {
    const { registry, folder, fetch, progress } = await start();
    for (const made of [wheel, pack]) assert.deepEqual(readFileSync(await fetch(made.artifact)), made.data);
    assert.deepEqual(readdirSync(folder).sort(), ['scope-thing-1.2.3.tgz', 'thing_cpu-2.0-py3-none-any.whl']);
    assert.ok(progress.includes(wheel.data.length) && progress.every((done) => done <= wheel.data.length));
    const before = registry.asked.length;
    await fetch();
    assert.equal(registry.asked.length, before);
    assert.equal(await missingBytes(wheel.artifact, folder), 0);
  });
  test('is found in an index that answers in HTML', async () => {
    const { fetch } = await start({ html: true });
    assert.deepEqual(readFileSync(await fetch()), wheel.data);
  });
  test('goes on after a cut connection where it ended', async () => {
    const { registry, folder, source } = await start();
    let arrived = () => {};
    registry.cut = { after: 100_000, when: new Promise((resolve) => (arrived = resolve)) };
    const path = await fetchArtifact(wheel.artifact, folder, source, (done) => done === 100_000 && arrived());
    assert.deepEqual(readFileSync(path), wheel.data);
    assert.equal(files(registry).length, 2);
    assert.match(files(registry)[1]!.range ?? '', /^bytes=\d+-$/);
    assert.notEqual(files(registry)[1]!.range, 'bytes=0-');
  });
  test('goes on in a second start, also where the server knows no ranges', async () => {
    for (const noRanges of [false, true]) {
      const { registry, folder, fetch, progress } = await start({ noRanges });
      writeFileSync(join(folder, `${fileName(wheel.artifact)}.part`), wheel.data.subarray(0, 120_000));
      assert.equal(await missingBytes(wheel.artifact, folder), wheel.data.length - 120_000);
      assert.deepEqual(readFileSync(await fetch()), wheel.data);
      assert.equal(files(registry)[0]!.range, 'bytes=120000-');
      assert.equal(progress[0], noRanges ? 0 : 120_000);
    }
  });
  test('begins anew when what an earlier start left was another file', async () => {
    const { registry, folder, fetch } = await start();
    writeFileSync(join(folder, `${fileName(wheel.artifact)}.part`), randomBytes(1000));
    assert.deepEqual(readFileSync(await fetch()), wheel.data);
    assert.deepEqual(files(registry).map(({ range }) => range), ['bytes=1000-', undefined]);
  });
  test('ends when it is cancelled, and keeps what has arrived', async () => {
    const { folder, fetch } = await start({ stall: true });
    await assert.rejects(fetch(wheel.artifact, { signal: AbortSignal.timeout(200) }), { name: 'Cancelled' });
    assert.equal(statSync(join(folder, `${fileName(wheel.artifact)}.part`)).size, 100);
  });
});

describe('what goes wrong with a download', () => {
  test('another file: nothing of it stays', async () => {
    const { folder, fetch } = await start({ instead: randomBytes(wheel.data.length) });
    await rejects(fetch(), /thing_cpu-2\.0-py3-none-any\.whl from 127\.0\.0\.1:\d+ is not the file that Posttrain was tested with.*checksum.*Nothing was installed/);
    assert.deepEqual(readdirSync(folder), []);
  });
  test('another size is refused before it is downloaded', async () => {
    const { fetch } = await start({ instead: Buffer.from('<html>Please log in</html>') });
    await rejects(fetch(), /the server offers 26 bytes where \d+ are expected/);
  });
  test('statuses say what to check, and 5xx is tried again', async () => {
    for (const [status, message, times] of [[404, /answers 404: it has no such file\. Check that the registry/, 1], [403, /answers 403: it wants a login/, 1], [503, /answers 503: try again later/, 5]] as const) {
      const { registry, fetch } = await start({ status });
      await rejects(fetch(), message);
      assert.equal(files(registry).length, times, String(status));
    }
  });
  test('a registry without the version, and one that answers with a page', async () => {
    const { registry, fetch, source, folder } = await start();
    await rejects(fetch({ ...pack.artifact, version: '9.9.9' }), /has no @scope\/thing 9\.9\.9\. Check the registry of your npm configuration/);
    await rejects(fetch({ ...wheel.artifact, file: 'other.whl' }), /has no other\.whl\. Check index-url of your pip configuration/);
    const page = http.createServer((_request, response) => response.end('<html>login</html>')).listen(0, '127.0.0.1');
    after(() => page.close());
    await new Promise((resolve) => page.once('listening', resolve));
    const env = { ...registry.env, npm_config_registry: `http://127.0.0.1:${(page.address() as AddressInfo).port}/` };
    await rejects(fetchArtifact(pack.artifact, folder, { ...source, registries: await readRegistries(env, folder) }, () => undefined), /no registry's answer \(a login page\?\)/);
  });
  test('an index that is cut is asked for again, and then said', async () => {
    const { registry, fetch } = await start({ cutIndex: 2 });
    assert.deepEqual(readFileSync(await fetch(pack.artifact)), pack.data);
    registry.cutIndex = 100;
    await rejects(fetch(), /^127\.0\.0\.1:\d+ cannot be reached: the connection broke\. Check the network.*run the same command again/);
  });
  test('no network: the host, what to do, and that nothing is lost', async () => {
    const { registry, fetch } = await start();
    await registry.close();
    await rejects(fetch(), /127\.0\.0\.1:\d+ cannot be reached: nothing answers there\. Check the network; behind a proxy, set HTTPS_PROXY.*what has arrived is kept/);
  });
});

describe('a proxy', () => {
  /** With `status` it refuses tunnels. */
  async function startProxy(status?: number): Promise<{ url: string; seen: string[] }> {
    const seen: string[] = [];
    const proxy = http.createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
      http.get(request.url!, { headers: request.headers }, (answer) => (response.writeHead(answer.statusCode!, answer.headers), answer.pipe(response)));
    });
    proxy.on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
      seen.push(`CONNECT ${request.url}`);
      if (status) return void socket.end(`HTTP/1.1 ${status} no\r\n\r\n`);
      const [host, port] = request.url!.split(':');
      const there = net.connect(Number(port), host!, () => (socket.write('HTTP/1.1 200 yes\r\n\r\n'), there.pipe(socket).pipe(there)));
      for (const end of [there, socket]) end.on('error', () => (there.destroy(), socket.destroy()));
    });
    proxy.listen(0, '127.0.0.1');
    await new Promise((resolve) => proxy.once('listening', resolve));
    const sockets = new Set<net.Socket>();
    proxy.on('connection', (socket) => void sockets.add(socket));
    after(() => (sockets.forEach((socket) => socket.destroy()), proxy.close()));
    return { url: `http://me:p%40ss@127.0.0.1:${(proxy.address() as AddressInfo).port}`, seen };
  }
  test('is used with its name and password, unless NO_PROXY names the host', async () => {
    const { url, seen } = await startProxy();
    const { source, fetch } = await start();
    assert.deepEqual(readFileSync(await fetch(wheel.artifact, { env: { ...source.env, http_proxy: url } })), wheel.data);
    assert.ok(seen.length >= 2 && seen.every((line) => line.startsWith('GET http://127.0.0.1:') && line.endsWith(Buffer.from('me:p@ss').toString('base64'))), seen.join('\n'));
    const again = await start();
    await again.fetch(wheel.artifact, { env: { ...source.env, http_proxy: url, NO_PROXY: 'example.org, 127.0.0.1' } });
    assert.equal(seen.length, 2);
  });
  test('is asked for a tunnel to https, and named when it refuses, without its password', async () => {
    const { url, seen } = await startProxy(407);
    const { folder, source } = await start();
    const env = { npm_config_registry: 'https://registry.invalid/', HTTPS_PROXY: url };
    const work = fetchArtifact(pack.artifact, folder, { ...source, env, registries: await readRegistries(env, folder) }, () => undefined);
    await rejects(work, /^The proxy http:\/\/…@127\.0\.0\.1:\d+ refuses registry\.invalid \(407: it wants a name and a password.*Correct HTTPS_PROXY/);
    assert.deepEqual(seen, ['CONNECT registry.invalid:443']);
  });
  test('leads a tunnel to https, also where only npm is configured for it', async () => {
    for (const name of ['HTTPS_PROXY', 'npm_config_https_proxy']) {
      const { url, seen } = await startProxy();
      const { registry, source, fetch } = await start({}, true);
      assert.deepEqual(readFileSync(await fetch(wheel.artifact, { env: { ...source.env, [name]: url } })), wheel.data);
      const target = `CONNECT ${new URL(registry.origin).host}`;
      assert.deepEqual(seen, [target, target]);
    }
  });
  test('is none where npm was told to have none', async () => {
    for (const nothing of ['null', 'false', 'undefined']) {
      const { source, folder } = await start();
      writeFileSync(join(folder, '.npmrc'), `proxy=${nothing}\nhttps-proxy=${nothing}\n`);
      const { proxy } = await readRegistries({ NPM_CONFIG_GLOBALCONFIG: join(folder, 'none') }, folder);
      assert.equal(proxy.npm_config_proxy, nothing);
      assert.ok(existsSync(await fetchArtifact(wheel.artifact, folder, { ...source, env: { ...proxy, ...source.env } }, () => undefined)));
    }
  });
  test('is named when nothing answers', async () => {
    const { source, fetch } = await start();
    await rejects(fetch(wheel.artifact, { env: { ...source.env, HTTP_PROXY: 'http://127.0.0.1:9' } }), /cannot be reached through the proxy http:\/\/127\.0\.0\.1:9 \(HTTP_PROXY\): nothing answers there\. Check the network and the proxy/);
    await rejects(fetch(wheel.artifact, { env: { ...source.env, HTTP_PROXY: 'socks5://127.0.0.1:9' } }), /HTTP_PROXY is "socks5:\/\/127\.0\.0\.1:9": only a proxy that speaks HTTP/);
  });
});

describe('https', () => {
  test('is trusted with the certificates that the person names, and with no others', async () => {
    const { fetch } = await start({}, true);
    assert.deepEqual(readFileSync(await fetch()), wheel.data);
    const other = await start({}, true);
    await rejects(other.fetch(wheel.artifact, { extraCertificates: undefined }), /shows a certificate that is not trusted here \(DEPTH_ZERO_SELF_SIGNED_CERT\).*NODE_EXTRA_CA_CERTS or as cafile/);
  });
  test('is kept for files of a registry that links to itself without it', async () => {
    const { fetch } = await start({ linksByHttp: true }, true);
    for (const made of [wheel, pack]) assert.deepEqual(readFileSync(await fetch(made.artifact)), made.data);
  });
  test('is not left for an address without it, nor for a circle', async () => {
    const { registry, fetch } = await start({}, true);
    registry.redirect = 'http://127.0.0.1:9/thing.whl';
    await rejects(fetch(), /leads to http:\/\/127\.0\.0\.1:9\/thing\.whl, which is not encrypted/);
    registry.redirect = `${registry.origin}/files/${wheel.artifact.file}`;
    await rejects(fetch(), /leads in a circle of redirects/);
  });
});

test('a token goes to the registry it was written for, and nowhere else', async () => {
  const files = await startRegistry([wheel, pack]);
  after(() => files.close());
  const { registry, folder, source } = await start({ filesAt: files.origin });
  writeFileSync(join(folder, '.npmrc'), `//${new URL(registry.origin).host}/npm/:_authToken=\${SECRET}\n`);
  const env = { ...registry.env, SECRET: 's3cret' };
  const registries = await readRegistries(env, folder);
  await fetchArtifact(pack.artifact, folder, { ...source, env, registries, authorization: registries.authorization }, () => undefined);
  assert.deepEqual(registry.asked.map(({ authorization }) => authorization), ['Bearer s3cret']);
  assert.deepEqual(files.asked.map(({ authorization }) => authorization), [undefined]);
  assert.ok(existsSync(join(folder, fileName(pack.artifact))));
});
