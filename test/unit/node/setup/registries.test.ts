/** Which registry is asked: what npm and pip would ask, never what the current folder says. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readRegistries } from '../../../../src/node/setup/registries.ts';

const folder = mkdtempSync(join(tmpdir(), 'posttrain-registries-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const none = { NPM_CONFIG_GLOBALCONFIG: join(folder, 'none'), PIP_CONFIG_FILE: join(folder, 'none') };
const person = (name: string, files: Record<string, string>): string => {
  const home = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(home, path, '..'), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  return home;
};

test('the public ones where nothing is configured', async () => {
  const registries = await readRegistries(none, person('nothing', { x: '' }));
  assert.deepEqual([registries.npm('a').href, registries.pypi.href], ['https://registry.npmjs.org/', 'https://pypi.org/simple/']);
  assert.equal(registries.authorization(new URL('https://registry.npmjs.org/a')), undefined);
});

test('files, and variables before them', async () => {
  const home = person('files', {
    '.npmrc': '; a comment\nregistry = "https://npm.example/mirror"\n@tensorflow:registry=https://scope.example/\n//npm.example/mirror/:_authToken=t1\ncafile=/nowhere.pem\n',
    '.pip/pip.conf': '[global]\nindex-url = https://me:pa%20ss@pip.example/simple\n',
  });
  const registries = await readRegistries(none, home);
  assert.deepEqual([registries.npm('a').href, registries.npm('@tensorflow/x').href, registries.pypi.href], ['https://npm.example/mirror/', 'https://scope.example/', 'https://pip.example/simple/']);
  assert.equal(registries.authorization(new URL('https://npm.example/mirror/a/-/a.tgz')), 'Bearer t1');
  assert.equal(registries.authorization(new URL('https://npm.example/other/a.tgz')), undefined);
  assert.equal(registries.authorization(new URL('https://pip.example/files/a.whl')), `Basic ${Buffer.from('me:pa ss').toString('base64')}`);
  assert.equal(registries.authorization(new URL('https://scope.example/a')), undefined);
  const chosen = await readRegistries({ ...none, NPM_CONFIG_REGISTRY: 'https://a.example', PIP_INDEX_URL: 'https://b.example/simple/' }, home);
  assert.deepEqual([chosen.npm('a').href, chosen.pypi.href], ['https://a.example/', 'https://b.example/simple/']);
});

test('the proxy and the certificates of npm', async () => {
  const home = person('proxy', { '.npmrc': 'https-proxy=http://proxy.example:8080\nnoproxy=.internal\n', 'company.pem': 'ONE\n', 'own.pem': 'TWO\n' });
  const env = { ...none, npm_config_cafile: join(home, 'company.pem'), NODE_EXTRA_CA_CERTS: join(home, 'own.pem') };
  const { proxy, extraCertificates } = await readRegistries(env, home);
  assert.deepEqual(proxy, { npm_config_https_proxy: 'http://proxy.example:8080', npm_config_noproxy: '.internal' });
  assert.equal(extraCertificates, 'ONE\n\nTWO');
  assert.equal((await readRegistries({ ...none, NODE_EXTRA_CA_CERTS: join(home, 'own.pem') }, home)).extraCertificates, undefined, 'Node reads its own by itself');
});

test('the current folder is not asked', async () => {
  const here = person('project', { '.npmrc': 'registry=https://evil.example/\n', 'pip.conf': '[global]\nindex-url=https://evil.example/\n' });
  const before = process.cwd();
  process.chdir(here);
  try {
    const registries = await readRegistries(none, person('trusting', { x: '' }));
    assert.doesNotMatch(registries.npm('a').href + registries.pypi.href, /evil/);
  } finally {
    process.chdir(before);
  }
});

test('a login goes over https where the configuration says https, and a scope may have one of its own', async () => {
  const home = person('logins', { '.npmrc': 'registry=https://npm.example/\n@tensorflow:registry=https://me:secret@scope.example/npm/\n//npm.example/:_authToken=t1\n//plain.example/:_authToken=t2\n@plain:registry=http://plain.example/\n' });
  const registries = await readRegistries(none, home);
  const login = (url: string) => registries.authorization(new URL(url));
  assert.equal(login('https://scope.example/npm/x.tgz'), `Basic ${Buffer.from('me:secret').toString('base64')}`);
  assert.equal(login('https://npm.example/x.tgz'), 'Bearer t1');
  assert.equal(login('http://npm.example/x.tgz'), undefined);
  assert.equal(login('http://scope.example/npm/x.tgz'), undefined);
  assert.equal(login('http://plain.example/x.tgz'), 'Bearer t2');
});

test('what is no address says where it stands', async () => {
  await assert.rejects(readRegistries({ ...none, npm_config_registry: 'npm.example' }, folder), { name: 'UserError', message: /the registry of your npm configuration is "npm\.example\/?", which is no address/ });
  await assert.rejects(readRegistries({ ...none, npm_config_registry: 'ftp://me:secret@npm.example/' }, folder), (error: Error) => (assert.match(error.message, /is "ftp:\/\/…@npm\.example\/"/), assert.doesNotMatch(error.message, /secret/), true));
});
