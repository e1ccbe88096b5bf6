/** Setting up: beside its place until it works, what worked before stays, one at a time, resumable, removable. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, promises as fs, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { UserError } from '../../../../src/core/problem.ts';
import { install, remove } from '../../../../src/node/setup/install.ts';
import { readManifest, readManifests } from '../../../../src/node/setup/manifest.ts';
import type { Recipe, SetupContext } from '../../../../src/node/setup/recipe.ts';
import type { SetupEvent } from '../../../../src/protocol/setup.ts';
import { makePackage } from '../../../fixtures/setup/archives.ts';
import { startRegistry, type Registry } from '../../../fixtures/setup/registry.ts';

const root = mkdtempSync(join(tmpdir(), 'posttrain-install-'));
after(() => rmSync(root, { recursive: true, force: true }));
const old = makePackage('engine', '1.0.0', { 'package/index.js': 'old' });
const now = makePackage('engine', '2.0.0', { 'package/index.js': 'x'.repeat(50_000) });

interface Place {
  registry: Registry;
  context: SetupContext;
  events: SetupEvent[];
  /** What lies in Posttrain's folder. */
  files(): string[];
}
let count = 0;
async function open(more: Partial<SetupContext> = {}): Promise<Place> {
  const registry = await startRegistry([old, now]);
  after(() => registry.close());
  const home = join(root, String(count++));
  const events: SetupEvent[] = [];
  const context = { home, env: registry.env, userFolder: home, signal: new AbortController().signal, report: (event: SetupEvent) => events.push(event), freeBytes: () => Promise.resolve(1e12), ...more } as SetupContext;
  return { registry, context, events, files: () => (existsSync(home) ? readdirSync(home).sort() : []) };
}
/** Puts the version into a file; `works` decides what the smoke test says. */
function recipe(made = now, { works = () => '' as string, build = () => Promise.resolve() } = {}): Recipe {
  return {
    target: 'webgpu',
    words: `Engine ${made.artifact.version}`,
    artifacts: [made.artifact],
    unpackedBytes: 1000,
    async build(folder, files) {
      assert.deepEqual(files.map((file) => basename(file)), [`engine-${made.artifact.version}.tgz`]);
      writeFileSync(join(folder, 'engine'), made.artifact.version);
      await build();
    },
    smokeTest(home) {
      const problem = works();
      if (problem) return Promise.reject(new UserError(problem, 'smoke-test'));
      return Promise.resolve(`engine ${readFileSync(join(home, 'webgpu/engine'), 'utf8')}`);
    },
  };
}
const engine = ({ context }: Place) => readFileSync(join(context.home, 'webgpu/engine'), 'utf8');

describe('a set-up', () => {
  test('puts what works in its place with a manifest, and nothing else stays', async () => {
    const place = await open();
    assert.deepEqual(await install(recipe(), { repair: false }, place.context), { words: 'engine 2.0.0', bytes: 5, already: false });
    assert.deepEqual(place.files(), ['webgpu']);
    const manifest = await readManifest(place.context.home, 'webgpu');
    assert.deepEqual({ ...manifest, at: '' }, { target: 'webgpu', words: 'Engine 2.0.0', at: '', bytes: 5, parts: [{ name: 'engine', version: '2.0.0', checksum: now.artifact.integrity }] });
    assert.ok(Math.abs(Date.parse(manifest!.at) - Date.now()) < 60_000);
    assert.deepEqual(await readManifests(place.context.home), [manifest]);
    const progress = place.events.filter((event) => event.type === 'progress');
    assert.deepEqual(progress.at(-1), { type: 'progress', done: now.data.length, total: now.data.length });
  });
  test('that is done is tried and not done again, unless it is to be repaired, or does not work any more', async () => {
    const place = await open();
    await install(recipe(), { repair: false }, place.context);
    const asked = place.registry.asked.length;
    assert.equal((await install(recipe(), { repair: false }, place.context)).already, true);
    assert.equal(place.registry.asked.length, asked);
    writeFileSync(join(place.context.home, 'webgpu/engine'), 'damaged');
    assert.equal((await install(recipe(), { repair: true }, place.context)).already, false);
    assert.equal(engine(place), '2.0.0');
    const answers = ['library missing', ''];
    assert.equal((await install(recipe(now, { works: () => answers.shift()! }), { repair: false }, place.context)).already, false);
    assert.ok(place.events.some((event) => event.type === 'note' && /does not work any more.*library missing/.test(event.words)));
  });
  test('takes the place of an older version', async () => {
    const place = await open();
    await install(recipe(old), { repair: false }, place.context);
    await install(recipe(now), { repair: false }, place.context);
    assert.equal(engine(place), '2.0.0');
    assert.deepEqual(place.files(), ['webgpu']);
  });
});

describe('a set-up that fails leaves what worked before', () => {
  const failures: [string, Recipe, (place: Place) => void, RegExp][] = [
    ['when the smoke test fails', recipe(now, { works: () => 'it crashes' }), () => undefined, /it crashes/],
    ['when building fails', recipe(now, { build: () => Promise.reject(new UserError('no compiler')) }), () => undefined, /no compiler/],
    ['when the disk is full', recipe(), ({ context }) => (context.freeBytes = () => Promise.resolve(500)), /^Engine 2\.0\.0 needs [\d.]+ .?B while it is set up, and the disk of .* has 500 B free\. Free some space, or name a folder on another disk in POSTTRAIN_HOME/],
    ['when the disk fills up', recipe(now, { build: () => Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })) }), () => undefined, /the disk is full/],
    ['when another file comes', recipe(), ({ registry }) => (registry.instead = Buffer.alloc(now.data.length)), /checksum/],
    ['when something is missing here', { ...recipe(), prepare: () => Promise.reject(new UserError('no compiler')) }, () => undefined, /no compiler/],
    ['when nothing comes', recipe(), ({ registry }) => (registry.status = 404), /answers 404/],
  ];
  for (const [name, wanted, prepare, message] of failures) {
    test(name, async () => {
      const place = await open();
      await install(recipe(old), { repair: false }, place.context);
      prepare(place);
      await assert.rejects(install(wanted, { repair: false }, place.context), (error: Error) => (assert.equal(error.name, 'UserError'), assert.match(error.message, message), true));
      assert.equal(engine(place), '1.0.0');
      assert.deepEqual(place.files().filter((name) => name !== 'downloads'), ['webgpu']);
    });
  }
  test('when it is cancelled, and the next one goes on with what has arrived', async () => {
    const controller = new AbortController();
    const place = await open({ signal: controller.signal });
    const wanted = recipe(now, { build: () => Promise.resolve(controller.abort()) });
    await assert.rejects(install(wanted, { repair: false }, place.context), { name: 'Cancelled' });
    assert.deepEqual(place.files(), ['downloads']);
    const asked = place.registry.asked.length;
    await install(recipe(), { repair: false }, { ...place.context, signal: new AbortController().signal });
    assert.equal(place.registry.asked.length, asked);
    assert.deepEqual(place.files(), ['webgpu']);
  });
  test('when it is killed between the old one and the new one', async () => {
    const place = await open();
    await install(recipe(old), { repair: false }, place.context);
    const dead = join(place.context.home, 'setup-4194300');
    mkdirSync(join(dead, 'replaced'), { recursive: true });
    mkdirSync(join(dead, 'webgpu'));
    renameSync(join(place.context.home, 'webgpu'), join(dead, 'replaced/webgpu'));
    await assert.rejects(install(recipe(now, { works: () => 'no' }), { repair: false }, place.context), /no/);
    assert.equal(engine(place), '1.0.0');
    assert.deepEqual(place.files().filter((name) => name !== 'downloads'), ['webgpu']);
  });
});

test('of two at once the second one says who is at it', async () => {
  const place = await open();
  let goOn = () => {};
  const building = new Promise<void>((resolve) => (goOn = resolve));
  let begun = () => {};
  const inside = new Promise<void>((resolve) => (begun = resolve));
  const first = install(recipe(now, { build: () => (begun(), building) }), { repair: false }, place.context);
  await inside;
  for (const second of [() => install(recipe(), { repair: false }, place.context), () => remove('webgpu', place.context)]) {
    await assert.rejects(second(), { name: 'UserError', code: 'setup-busy', message: new RegExp(`Another set-up works in .*\\(process ${process.pid} on .*Wait until it is done`) });
  }
  goOn();
  assert.equal((await first).words, 'engine 2.0.0');
  await install(recipe(), { repair: true }, place.context);
});

test('what is missing is said before anything is downloaded: here, or in the registry', async () => {
  const place = await open();
  const files = () => place.registry.asked.filter(({ path }) => path.startsWith('/files/')).length;
  await assert.rejects(install({ ...recipe(), prepare: () => Promise.reject(new UserError('no compiler')) }, { repair: false }, place.context), /no compiler/);
  assert.equal(place.registry.asked.length, 0);
  const lacksOne = { ...recipe(), artifacts: [now.artifact, { ...now.artifact, version: '3.0.0' }] };
  await assert.rejects(install(lacksOne, { repair: false }, place.context), /has no engine 3\.0\.0/);
  assert.equal(files(), 0);
  await install(recipe(), { repair: false }, place.context);
  assert.equal(files(), 1);
  await install({ ...recipe(), prepare: () => Promise.reject(new UserError('no compiler')) }, { repair: false }, place.context);
});

test('what cannot be deleted is said, and does not come back', async (t) => {
  const place = await open();
  await install(recipe(), { repair: false }, place.context);
  const { rm: really } = fs;
  const rm = t.mock.method(fs, 'rm', (path: string, options: object) => (/setup-\d/.test(path) ? Promise.reject(Object.assign(new Error(path), { code: 'EBUSY' })) : really(path, options)));
  await assert.rejects(remove('webgpu', place.context), { name: 'UserError', message: /another program holds it open/ });
  rm.mock.restore();
  assert.equal(await remove('webgpu', place.context), 0);
  assert.deepEqual(place.files(), []);
});

test('that the processor was asked for is kept', async () => {
  const place = await open();
  for (const repair of [false, true]) {
    await install(recipe(), { repair: true }, place.context);
    assert.equal((await install({ ...recipe(), cpu: true }, { repair }, place.context)).already, !repair);
    assert.equal((await readManifest(place.context.home, 'webgpu'))!.cpu, true);
  }
  await install({ ...recipe(), cpu: false }, { repair: true }, place.context);
  assert.equal((await readManifest(place.context.home, 'webgpu'))!.cpu, undefined);
});

test('removing says what it freed, and does nothing where nothing is', async () => {
  const place = await open();
  assert.equal(await remove('webgpu', place.context), 0);
  await install(recipe(), { repair: false }, place.context);
  mkdirSync(join(place.context.home, 'downloads/webgpu'), { recursive: true });
  writeFileSync(join(place.context.home, 'downloads/webgpu/x.part'), Buffer.alloc(1000));
  const freed = await remove('webgpu', place.context);
  assert.ok(freed > 1005, String(freed));
  assert.deepEqual(place.files(), []);
});

test('a folder that cannot be made is named', async () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  const place = await open({ home: join(file, 'below') });
  await assert.rejects(install(recipe(), { repair: false }, place.context), { name: 'UserError', message: /below: a part of this path is a file/ });
});
