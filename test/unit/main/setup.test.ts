/** `posttrain setup` and the program behind it: what is said, cancelling, what is refused. */

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { buildSync } from 'esbuild';
import { sleep } from '../../../src/core/abort.ts';
import { pins } from '../../../src/node/setup/pins.ts';
import { parseSetupEvent } from '../../../src/protocol/setup.ts';
import { buildPrograms } from '../../fixtures/run/programs.ts';
import { startRegistry, type Registry } from '../../fixtures/setup/registry.ts';

const { folder, cli } = buildPrograms();
const program = join(folder, 'dist/setup.js');
buildSync({ entryPoints: ['src/main/setup.ts'], outfile: program, bundle: true, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'error' });
/** A registry that has the real packages by name and size, with other bytes in them. */
const registryOfStrangers = async (change: Partial<Registry> = {}): Promise<Registry> => {
  const registry = await startRegistry(pins.webgpu.map((artifact) => ({ artifact, data: randomBytes(artifact.bytes) })));
  after(() => registry.close());
  return Object.assign(registry, change);
};

let count = 0;
const newHome = () => join(folder, `home-${count++}`);
function start(args: string[], env: NodeJS.ProcessEnv): { child: ChildProcess; done: Promise<{ code: number | null; out: string; err: string }>; out(): string } {
  const child = spawn(process.execPath, args, { env: { ...process.env, HTTP_PROXY: '', http_proxy: '', ...env } });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return { child, out: () => out, done: new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err }))) };
}
const run = (args: string[], env: NodeJS.ProcessEnv) => start([cli, 'setup', ...args], env).done;
const until = async (condition: () => boolean) => {
  for (let i = 0; i < 1200 && !condition(); i++) await sleep(50);
  assert.ok(condition());
};

describe('posttrain setup', () => {
  test('alone says what is set up', async () => {
    const home = newHome();
    mkdirSync(join(home, 'webgpu'), { recursive: true });
    writeFileSync(join(home, 'webgpu/posttrain-setup.json'), JSON.stringify({ target: 'webgpu', words: 'WebGPU (Dawn 1)', at: '2026-05-04T03:02:01Z', bytes: 27e6, parts: [] }));
    const { code, out } = await run([], { POSTTRAIN_HOME: home });
    assert.equal(code, 0);
    assert.match(out, /^tensorflow +not set up: posttrain setup tensorflow\nwebgpu +WebGPU \(Dawn 1\), 27 MB in .*webgpu, since 2026-05-04\nnode +not set up/);
    const json = (await run(['--json'], { POSTTRAIN_HOME: home })).out.trim().split('\n').map((line) => JSON.parse(line) as { target: string; words?: string });
    assert.deepEqual(json.map(({ target, words }) => [target, words]), [['tensorflow', undefined], ['webgpu', 'WebGPU (Dawn 1)'], ['node', undefined]]);
  });
  test('does not send people to what there is no library for', async () => {
    const elsewhere = join(folder, 'elsewhere.cjs');
    writeFileSync(elsewhere, "Object.defineProperty(process, 'arch', { value: 'riscv64' });");
    const home = newHome();
    assert.match((await start(['--require', elsewhere, cli, 'setup'], { POSTTRAIN_HOME: home }).done).out, /^tensorflow +cannot be set up: there is no TensorFlow library for \w+-riscv64\nwebgpu +cannot be set up: there is no Dawn/);
    assert.match((await start(['--require', elsewhere, program, 'tensorflow'], { POSTTRAIN_HOME: home }).done).out, /"tensorflow cannot be set up here: there is no TensorFlow library for \w+-riscv64\. Take the webgpu backend/);
    assert.ok(!existsSync(home));
  });
  test('refuses what makes no sense, with exit code 2', async () => {
    for (const [args, message] of [[['webgp'], /nothing called "webgp" to set up\. Did you mean "webgpu"/], [['webgpu', '--cpu'], /--cpu is for tensorflow/], [['webgpu', '--repair', '--remove'], /exclude each other/], [['--remove'], /Say what: posttrain setup/]] as const) {
      const { code, err } = await run([...args], { POSTTRAIN_HOME: newHome() });
      assert.equal(code, 2);
      assert.match(err, message);
    }
  });
  test('says that a folder must be a whole path', async () => {
    const { code, err } = await run(['webgpu'], { POSTTRAIN_HOME: 'here' });
    assert.equal(code, 1);
    assert.match(err, /^posttrain: POSTTRAIN_HOME is "here": give the whole path/);
  });
  test('prints one line when it fails, and nothing is left in place', async () => {
    const home = newHome();
    const registry = await registryOfStrangers();
    const { code, out, err } = await run(['webgpu'], { POSTTRAIN_HOME: home, ...registry.env });
    assert.equal(code, 1);
    assert.match(err, /^posttrain: webgpu-[\d.]+\.tgz from 127\.0\.0\.1:\d+ is not the file.*\n$/);
    assert.match(out, /^Downloading WebGPU \(Dawn [\d.]+\), 54 MB\n/);
    assert.deepEqual(readdirSync(home), ['downloads']);
  });
  test('removes, in words and in JSON', async () => {
    const home = newHome();
    mkdirSync(join(home, 'tensorflow'), { recursive: true });
    writeFileSync(join(home, 'tensorflow/x'), Buffer.alloc(2_000_000));
    const { code, out } = await run(['tensorflow', '--remove'], { POSTTRAIN_HOME: home });
    assert.equal(code, 0);
    assert.match(out, /^tensorflow was removed: 2\.0 MB freed in /);
    assert.ok(!existsSync(join(home, 'tensorflow')));
    const json = JSON.parse((await run(['tensorflow', '--remove', '--json'], { POSTTRAIN_HOME: home })).out) as object;
    assert.deepEqual({ ...json, seconds: 0 }, { type: 'done', words: 'tensorflow was not set up.', target: 'tensorflow', folder: join(home, 'tensorflow'), bytes: 0, seconds: 0 });
  });
});

describe('cancelling leaves only what can be resumed', () => {
  const ways: [string, string[], (child: ChildProcess) => void, number, RegExp][] = [
    ['Ctrl+C in a terminal', [cli, 'setup', 'webgpu'], (child) => child.kill('SIGINT'), 130, /Downloading[^]*\nStopped\. The same command goes on: what has arrived is kept\.\n$/],
    ['SIGTERM to the program', [program, 'webgpu'], (child) => child.kill('SIGTERM'), 1, /"cancelled":true/],
    ['the end of its starter', [program, 'webgpu'], (child) => child.stdin!.end(), 1, /"cancelled":true/],
  ];
  for (const [name, args, cancel, exitCode, said] of ways) {
    test(name, { skip: process.platform === 'win32' && name !== 'the end of its starter' ? 'Windows has no signals' : false }, async () => {
      const home = newHome();
      const registry = await registryOfStrangers({ stall: true });
      const { child, done } = start(args, { POSTTRAIN_HOME: home, ...registry.env });
      await until(() => registry.asked.some(({ path }) => path.startsWith('/files/')));
      await until(() => existsSync(join(home, 'downloads/webgpu')) && readdirSync(join(home, 'downloads/webgpu')).length > 0);
      cancel(child);
      const { code, out, err } = await done;
      assert.equal(code, exitCode, out + err);
      assert.match(out + err, said);
      await until(() => readdirSync(home).length === 1);
      assert.deepEqual([readdirSync(home), readdirSync(join(home, 'downloads/webgpu'))], [['downloads'], [`webgpu-${pins.webgpu[0]!.version}.tgz.part`]]);
    });
  }
});

test('a set-up that is killed says so, and does not stand in the way of the next one', async () => {
  const home = newHome();
  const registry = await registryOfStrangers({ stall: true });
  const { done } = start([cli, 'setup', 'webgpu'], { POSTTRAIN_HOME: home, ...registry.env });
  await until(() => registry.asked.some(({ path }) => path.startsWith('/files/')));
  process.kill((JSON.parse(readFileSync(join(home, 'setup.lock'), 'utf8')) as { pid: number }).pid, 'SIGKILL');
  const { code, err } = await done;
  assert.equal(code, 1);
  assert.match(err, /^posttrain: The set-up (was ended by SIGKILL|ended with code 1) without a word\. Run it again: what has arrived is kept\.\n$/);
  assert.ok(existsSync(join(home, 'setup.lock')));
  registry.stall = false;
  assert.match((await run(['webgpu'], { POSTTRAIN_HOME: home, ...registry.env })).err, /is not the file that Posttrain was tested with/);
  assert.deepEqual(readdirSync(home), ['downloads']);
});

test('a Node that was set up is found where there is no other', { skip: process.platform === 'win32' ? 'a script stands in for it' : false }, async () => {
  const home = newHome();
  mkdirSync(join(home, 'node/bin'), { recursive: true });
  writeFileSync(join(home, 'node/bin/node'), '#!/bin/sh\necho \'["24.1.0",false]\'\n');
  chmodSync(join(home, 'node/bin/node'), 0o755);
  // Nor in the usual places of a system.
  const script = `Object.defineProperty(process.versions, 'electron', { value: '1' }); process.env.PATH = '/nowhere'; require('fs').promises.access = () => Promise.reject(new Error('none')); require(${JSON.stringify(join(folder, 'findNode.cjs'))}).findNode().then((node) => console.log(JSON.stringify(node)));`;
  buildSync({ stdin: { contents: "export { findNode } from './src/node/nodeProgram.ts'", resolveDir: process.cwd(), loader: 'ts' }, outfile: join(folder, 'findNode.cjs'), bundle: true, platform: 'node', format: 'cjs' });
  const { out } = await start(['-e', script], { POSTTRAIN_HOME: home }).done;
  const found = JSON.parse(out) as { command: string; source: string };
  assert.deepEqual([found.command, found.source], [join(home, 'node/bin/node'), 'posttrain setup']);
});

test('lines of the program that are no events are passed over', () => {
  for (const line of ['', 'x', 'null', '{"type":"step"}', '{"type":"progress","done":"1","total":2}', '{"type":"other"}']) assert.equal(parseSetupEvent(line), undefined, line);
  assert.deepEqual(parseSetupEvent('{"type":"step","words":"a"}'), { type: 'step', words: 'a' });
});
