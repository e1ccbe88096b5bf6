/** The set-up program in processes of its own, on a Node that a registry here hands out: from nothing to removed, two at once, killed at bad moments, and a Node brought for others. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import { sleep } from '../../../src/core/abort.ts';
import { pins, thisPlatform } from '../../../src/node/setup/pins.ts';
import { parseSetupEvent, type SetupEvent } from '../../../src/protocol/setup.ts';
import { makePackage } from '../../fixtures/setup/archives.ts';
import { startRegistry, type Registry } from '../../fixtures/setup/registry.ts';

const root = mkdtempSync(join(tmpdir(), 'posttrain-setup-program-'));
after(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
const program = join(root, 'dist/setup.js');

/** Says that it is a Node, and hands everything else to the real one. */
const node = makePackage('node', '24.1.0', { 'package/LICENSE': 'x'.repeat(300_000), 'package/bin/node': `#!/bin/sh\ncase "$1" in -e) echo '["24.1.0",false]';; -p) echo 24.1.0;; *) exec '${process.execPath}' "$@";; esac\n` });
const dawn = makePackage('webgpu', '0.1.0', { 'package/package.json': '{}', 'package/index.js': 'x'.repeat(40_000) });
const kernels = makePackage('@tensorflow/tfjs-backend-webgpu', '4.22.0', { 'package/package.json': '{}' });

before(async () => {
  const pinned = join(root, 'pins.json');
  writeFileSync(pinned, JSON.stringify({ ...pins, node: { [thisPlatform]: node.artifact }, webgpu: [dawn.artifact, kernels.artifact] }));
  await build({ entryPoints: ['src/main/setup.ts'], outfile: program, bundle: true, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'error', plugins: [{ name: 'pins', setup: ({ onResolve }) => void onResolve({ filter: /pins\.json$/ }, () => ({ path: pinned })) }] });
  writeFileSync(join(root, 'dist/trainer.js'), `console.log(JSON.stringify({ backend: process.argv.at(-1), usable: true, device: 'WebGPU, ' + process.env.POSTTRAIN_HOME }));`);
});

let count = 0;
async function open(): Promise<{ home: string; registry: Registry; files(): string[] }> {
  const registry = await startRegistry([node, dawn, kernels]);
  after(() => registry.close());
  const home = join(root, `home-${count++}`);
  return { home, registry, files: () => (existsSync(home) ? readdirSync(home).sort() : []) };
}
interface End {
  events: SetupEvent[];
  last: SetupEvent | undefined;
  signal: NodeJS.Signals | null;
}
/** `before`: what is run in its process first. */
function run(args: string[], { home, registry }: { home: string; registry: Registry }, { before = '', env = {}, cwd = root }: { before?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {}): Promise<End> {
  const preload = join(root, `before-${count++}.cjs`);
  writeFileSync(preload, before);
  const child = spawn(process.execPath, ['--require', preload, program, ...args], { cwd, env: { ...process.env, HTTP_PROXY: '', http_proxy: '', ...registry.env, POSTTRAIN_HOME: home, ...env } });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.pipe(process.stderr);
  return new Promise((resolve) => child.on('close', (_code, signal) => {
    const events = out.split('\n').map(parseSetupEvent).filter((event) => event !== undefined);
    resolve({ events, last: events.at(-1), signal });
  }));
}
function words({ last }: End): string {
  return last?.type === 'done' ? last.words : last?.type === 'failed' ? last.message : String(last);
}
const windows = process.platform === 'win32' ? 'a script stands in for Node' : false;

describe('the set-up program', { skip: windows }, () => {
  test('sets up, tries what is there, repairs and removes', async () => {
    const place = await open();
    assert.match(words(await run(['node'], place)), /^node is set up: Node 24\.1\.0\. 30\d KB in /);
    assert.match(words(await run(['node'], place)), /^node is set up already and works: Node 24\.1\.0\./);
    writeFileSync(join(place.home, 'node/bin/node'), 'damaged');
    const mended = await run(['node'], place);
    assert.match(words(mended), /^node is set up: /);
    assert.ok(mended.events.some((event) => event.type === 'note' && /does not work any more, so it is built anew/.test(event.words)));
    assert.match(words(await run(['node', '--repair'], place)), /^node is set up: /);
    assert.deepEqual(place.files(), ['node']);
    assert.match(words(await run(['node', '--remove'], place)), /^node was removed: 30\d KB freed/);
    assert.deepEqual(place.files(), []);
  });

  test('of two at once the second one leaves the first alone, and can go on after it', async () => {
    const place = await open();
    place.registry.stall = true;
    const first = run(['webgpu'], place, { before: `require('fs').writeFileSync(${JSON.stringify(join(root, 'first.pid'))}, String(process.pid));` });
    for (let i = 0; i < 600 && !place.registry.asked.some(({ path }) => path.startsWith('/files/')); i++) await sleep(50);
    const pid = Number(readFileSync(join(root, 'first.pid'), 'utf8'));
    for (const args of [['node'], ['webgpu', '--remove']]) assert.match(words(await run(args, place)), new RegExp(`^Another set-up works in .*\\(process ${pid} on `));
    assert.ok(existsSync(join(place.home, `setup-${pid}`)), 'what the first one works in is still there');
    process.kill(pid, 'SIGTERM');
    const ended = (await first).last;
    assert.ok(ended?.type === 'failed' && ended.cancelled);
    place.registry.stall = false;
    assert.match(words(await run(['webgpu'], place)), /^webgpu is set up: /);
  });
});

describe('the set-up program on a machine', { skip: windows }, () => {
  test('without Node brings one first, and tells of both downloads as one', async () => {
    const place = await open();
    const noNode = "Object.defineProperty(process.versions, 'electron', { value: '1' }); const { access } = require('fs').promises; require('fs').promises.access = (path, ...more) => (/node$/.test(path) ? Promise.reject(new Error('none')) : access(path, ...more));";
    const end = await run(['webgpu'], place, { before: noNode });
    assert.match(words(end), /^webgpu is set up: WebGPU, /);
    assert.deepEqual(place.files(), ['node', 'webgpu']);
    assert.ok(end.events.some((event) => event.type === 'note' && /no Node on this machine/.test(event.words)));
    const progress = end.events.filter((event) => event.type === 'progress');
    const all = [node, dawn, kernels].reduce((sum, { data }) => sum + data.length, 0);
    assert.deepEqual(new Set(progress.map(({ total }) => total)), new Set([all]));
    assert.deepEqual(progress.map(({ done }) => done), progress.map(({ done }) => done).sort((a, b) => a - b));
    assert.equal(progress.at(-1)!.done, all);
  });

  test('whose HOME is not set reads no configuration of the folder that it is run in', async () => {
    const place = await open();
    const cwd = mkdtempSync(join(root, 'project-'));
    writeFileSync(join(cwd, '.npmrc'), 'proxy=http://127.0.0.1:9\n');
    const before = "delete process.env.HOME; delete process.env.USERPROFILE; require('os').homedir = () => '/nowhere';";
    assert.match(words(await run(['node'], place, { cwd, before })), /^node is set up: /);
  });

  const linux = `${process.platform}-${process.arch}` === 'linux-x64' ? false : 'CUDA is set up on Linux x64 only';
  test('where the processor was asked for keeps to it, though there is a card', { skip: linux }, async () => {
    const place = await open();
    const bin = mkdtempSync(join(root, 'bin-'));
    for (const [name, text] of [['nvidia-smi', '470.1, 8.6, NVIDIA RTX A2000'], ['g++', '13']]) writeFileSync(join(bin, name!), `#!/bin/sh\necho "${text}"\n`, { mode: 0o755 });
    const env = { PATH: `${bin}:${process.env.PATH}` };
    assert.match(words(await run(['tensorflow', '--repair'], place, { env })), /^The NVIDIA driver 470\.1 is too old/);
    mkdirSync(join(place.home, 'tensorflow'), { recursive: true });
    writeFileSync(join(place.home, 'tensorflow/posttrain-setup.json'), JSON.stringify({ target: 'tensorflow', words: 'TensorFlow', at: '2026-05-04T03:02:01Z', bytes: 1, parts: [], cpu: true }));
    for (const args of [['--repair'], []]) assert.match(words(await run(['tensorflow', ...args], place, { env })), /@tensorflow%2ftfjs-node-gpu answers 404/);
  });

  test('that has an error of its own says it once', async () => {
    const end = await run(['node'], await open(), { before: "require('fs').promises.statfs = () => Promise.reject(new TypeError('strange'));" });
    assert.ok(end.last?.type === 'failed' && end.last.code === 'bug');
    assert.match(end.last.message, /^TypeError: strange\n +at /);
  });
});

describe('killed', { skip: windows }, () => {
  test('while it unpacks: the next one begins the folder anew, with what has arrived', async () => {
    const place = await open();
    // Options are given where a checksum is computed.
    const dies = "const fs = require('fs'); const read = fs.createReadStream; fs.createReadStream = (path, options) => (options ? read(path, options) : read(path).once('data', () => process.kill(process.pid, 'SIGKILL')));";
    assert.equal((await run(['node'], place, { before: dies })).signal, 'SIGKILL');
    assert.match(place.files().join(), /^downloads,setup-\d+,setup\.lock$/);
    const asked = place.registry.asked.length;
    assert.match(words(await run(['node'], place)), /^node is set up: /);
    assert.equal(place.registry.asked.length, asked);
    assert.deepEqual(place.files(), ['node']);
  });

  test('while it deletes: what is half gone does not come back', async () => {
    const place = await open();
    await run(['node'], place);
    const dies = "const fs = require('fs'); const { rm } = fs.promises; fs.promises.rm = (path, options) => (/setup-\\d+/.test(path) ? process.kill(process.pid, 'SIGKILL') : rm(path, options));";
    assert.equal((await run(['node', '--remove'], place, { before: dies })).signal, 'SIGKILL');
    assert.match(words(await run(['node', '--remove'], place)), /^node was not set up\.$/);
    assert.deepEqual(place.files(), []);
    // The same where an old one is deleted whose place another has taken, which is then deleted by hand.
    await run(['node'], place);
    assert.equal((await run(['node', '--repair'], place, { before: dies })).signal, 'SIGKILL');
    rmSync(join(place.home, 'node'), { recursive: true });
    assert.match(words(await run(['node', '--remove'], place)), /^node was not set up\.$/);
  });
});
