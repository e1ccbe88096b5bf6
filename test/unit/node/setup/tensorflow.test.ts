/** What the tensorflow recipe takes on which machine, what it compiles, and how it says what is missing. */

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { noLibraryFor } from '../../../../src/core/nativeLibraries.ts';
import { findNode } from '../../../../src/node/nodeProgram.ts';
import { install } from '../../../../src/node/setup/install.ts';
import { cudaProblem, parseDriverVersion, parseNvidiaSmi } from '../../../../src/node/setup/nvidia.ts';
import { pins, type Pins } from '../../../../src/node/setup/pins.ts';
import type { SetupContext } from '../../../../src/node/setup/recipe.ts';
import { tensorflowRecipe } from '../../../../src/node/setup/tensorflow.ts';
import type { SetupEvent } from '../../../../src/protocol/setup.ts';
import { makePackage, makeWheel } from '../../../fixtures/setup/archives.ts';
import { startRegistry } from '../../../fixtures/setup/registry.ts';

const root = mkdtempSync(join(tmpdir(), 'posttrain-tensorflow-'));
after(() => rmSync(root, { recursive: true, force: true }));
const linux = process.platform === 'linux' ? false : 'the compiler and nvidia-smi are scripts of a Linux shell here';

/** A program on a PATH of its own. */
function program(name: string, text: string): string {
  const folder = mkdtempSync(join(root, 'bin-'));
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, name), 0o755);
  return folder;
}
/** Writes its arguments to the file that it is to make. */
const compiler = program('g++', 'if [ "$1" = --version ]; then echo "g++ (fake) 13"; exit 0; fi\nall="$*"; while [ "$1" != -o ]; do shift; done; echo "$all" > "$2"');

const js = makePackage('@tensorflow/tfjs-node-gpu', '4.22.0', { 'package/package.json': '{}', 'package/dist/index.js': 'js', 'package/dist/index.d.ts': 'types', 'package/binding/tfjs_backend.cc': 'c', 'package/scripts/install.js': 'no' });
const headers = makePackage('node-api-headers', '1.9.0', { 'package/include/node_api.h': 'h', 'package/index.js': 'no' });
const wheelFiles = { 'tensorflow/libtensorflow_cc.so.2': 'cc', 'tensorflow/libtensorflow_framework.so.2': 'framework', 'tensorflow/include/tensorflow/c/c_api.h': 'h', 'tensorflow/python/big.so': 'no' };
const onCpu = makeWheel('tensorflow-cpu', '2.21.0', wheelFiles);
const onGpu = makeWheel('tensorflow', '2.21.0', wheelFiles);
const cublas = makeWheel('nvidia-cublas-cu12', '12.9.1.4', { 'nvidia/cublas/lib/libcublas.so.12': 'cublas', 'nvidia/cublas/include/cublas.h': 'no' });
const made = [js, headers, onCpu, onGpu, cublas];
const fakePins = { ...pins, tensorflowJs: js.artifact, nodeApiHeaders: headers.artifact, tensorflowCpu: { 'linux-x64': [onCpu.artifact], 'linux-arm64': [onCpu.artifact] }, tensorflowGpu: { 'linux-x64': [onGpu.artifact, cublas.artifact] } } satisfies Pins;

/** Answers as the trainer does when it looks at a backend, if the binding lies where it is looked for. */
const trainer = (device: object) => {
  const path = join(mkdtempSync(join(root, 'trainer-')), 'trainer.cjs');
  writeFileSync(path, `const there = require('fs').existsSync(process.env.POSTTRAIN_HOME + '/tensorflow/tfjs_binding.node');
console.log(JSON.stringify(there ? ${JSON.stringify({ backend: 'tensorflow', usable: true, device: 'TensorFlow 2.21.0', ...device })} : { backend: 'tensorflow', usable: false, reason: 'not there' }));`);
  return path;
};

let count = 0;
async function open(path: string[], device: object = {}): Promise<{ context: SetupContext; events: SetupEvent[]; withPath<T>(work: () => Promise<T>): Promise<T> }> {
  const registry = await startRegistry(made);
  after(() => registry.close());
  const events: SetupEvent[] = [];
  const context: SetupContext = { home: join(root, String(count++)), env: { ...registry.env }, userFolder: root, platform: 'linux-x64', pins: fakePins, node: await findNode(), trainerPath: trainer(device), signal: new AbortController().signal, report: (event) => events.push(event), freeBytes: () => Promise.resolve(1e12) };
  return {
    context,
    events,
    async withPath(work) {
      const before = process.env.PATH;
      process.env.PATH = path.join(':');
      try {
        return await work();
      } finally {
        process.env.PATH = before;
      }
    },
  };
}
const smi = (rows: string) => program('nvidia-smi', `printf '${rows}'`);

describe('set up on Linux', { skip: linux }, () => {
  test('for the processor: the library, the JavaScript and a binding, nothing of Python, no headers', async () => {
    const { context, withPath } = await open([compiler, '/bin']);
    const result = await withPath(async () => install(await tensorflowRecipe(context, { cpu: false }), { repair: false }, context));
    assert.equal(result.words, 'TensorFlow 2.21.0');
    const all = readdirSync(join(context.home, 'tensorflow'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name);
    assert.deepEqual(all.sort(), ['index.js', 'libtensorflow_cc.so.2', 'libtensorflow_framework.so.2', 'package.json', 'posttrain-setup.json', 'tfjs_backend.cc', 'tfjs_binding.node']);
    const args = readFileSync(join(context.home, 'tensorflow/tfjs_binding.node'), 'utf8');
    assert.match(args, /-shared .*-DNAPI_VERSION=8 .*headers\/include .*tfjs_backend\.cc .*libtensorflow_cc\.so\.2 .*-Wl,-rpath,\$ORIGIN\/site\/tensorflow\n$/);
  });
  test('with CUDA where there is a card, and that is what the smoke test asks for', async () => {
    const path = [compiler, smi('550.54.14, 8.9, NVIDIA L4\\n'), '/bin'];
    const works = await open(path, { gpu: true });
    await works.withPath(async () => install(await tensorflowRecipe(works.context, { cpu: false }), { repair: false }, works.context));
    assert.ok(existsSync(join(works.context.home, 'tensorflow/site/nvidia/cublas/lib/libcublas.so.12')));
    assert.ok(!existsSync(join(works.context.home, 'tensorflow/site/nvidia/cublas/include')));
    const blind = await open(path, { gpu: false });
    await assert.rejects(blind.withPath(async () => install(await tensorflowRecipe(blind.context, { cpu: false }), { repair: false }, blind.context)), { name: 'UserError', code: 'driver', message: /finds no card to compute on.*nvidia-smi.*--cpu/ });
    const chosen = await open(path);
    assert.deepEqual((await chosen.withPath(() => tensorflowRecipe(chosen.context, { cpu: true }))).artifacts.map(({ name }) => name), ['@tensorflow/tfjs-node-gpu', 'node-api-headers', 'tensorflow-cpu']);
  });
  test('a driver or a card that is too old', async () => {
    for (const [rows, message] of [['470.1, 8.6, NVIDIA RTX A2000\\n', /^The NVIDIA driver 470\.1 is too old for CUDA 12: install 525 or newer\. Or .*--cpu/], ['550.1, 5.2, GTX 970\\n', /^The GTX 970 has compute capability 5\.2; .* needs 6\.0 or newer/]] as const) {
      const { context, withPath } = await open([compiler, smi(rows), '/bin']);
      await assert.rejects(withPath(() => tensorflowRecipe(context, { cpu: false })), { name: 'UserError', code: 'driver', message });
    }
  });
  test('no compiler, or one that cannot be run, or that fails', async () => {
    const { context, withPath } = await open(['/nowhere']);
    const setUp = async (more: SetupContext) => install(await tensorflowRecipe(more, { cpu: true }), { repair: false }, more);
    await assert.rejects(withPath(() => setUp(context)), { name: 'UserError', message: /^A C\+\+ compiler is needed to build a small binding: there is none\. Install one: .+; then run this again\.$/ });
    await assert.rejects(withPath(() => setUp({ ...context, env: { ...context.env, CXX: 'nonesuch++' } })), { message: /CXX is "nonesuch\+\+", which cannot be run/ });
    assert.ok(!existsSync(join(context.home, 'downloads')));
    const broken = program('g++', 'if [ "$1" = --version ]; then echo old; exit 0; fi\necho "note: x" >&2; echo "a.cc:1: error: unrecognized option" >&2; exit 1');
    const fails = await open([broken, '/bin']);
    await assert.rejects(fails.withPath(() => setUp(fails.context)), { name: 'UserError', message: /^g\+\+ could not build the binding: a\.cc:1: error: unrecognized option\..*A newer compiler may help/ });
    const full = await open([program('g++', 'if [ "$1" = --version ]; then echo 13; exit 0; fi\necho "Error: can\'t write 64 bytes to section .text of /tmp/ccX.o: \'No space left on device\'" >&2; exit 1'), '/bin']);
    await assert.rejects(full.withPath(() => setUp(full.context)), { code: 'disk', message: /the disk is full, that of the folder or that of temporary files\. Free some space, then run this again\.$/ });
  });
});

test('what nvidia-smi prints', () => {
  assert.deepEqual(parseNvidiaSmi('550.54.14, 9.0, NVIDIA H100 80GB HBM3\n550.54.14, 7.5, Tesla T4\n'), { driver: '550.54.14', cards: [{ name: 'NVIDIA H100 80GB HBM3', computeCapability: 9 }, { name: 'Tesla T4', computeCapability: 7.5 }] });
  for (const text of ['', 'No devices were found\n', 'NVIDIA-SMI has failed because it could not communicate with the driver.\n']) assert.equal(parseNvidiaSmi(text), undefined);
  assert.equal(cudaProblem({ driver: '525.60.13', cards: [] }), '');
  assert.equal(cudaProblem({ driver: '580.1', cards: [{ name: 'old', computeCapability: 3.5 }, { name: 'new', computeCapability: 12 }] }), '');
});

test('what the driver says of itself, closed or open', () => {
  assert.equal(parseDriverVersion('NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\nGCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n'), '535.104.05');
  assert.equal(parseDriverVersion('NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  560.35.03  Release Build  (dvs-builder@U16-I3-B03-4-3)  Fri Aug 16 21:22:33 UTC 2024\n'), '560.35.03');
  assert.equal(parseDriverVersion(''), undefined);
});

test('every pin has a size and a checksum, and every platform of tensorflow has a Node', () => {
  const all: Record<string, unknown>[] = [];
  const visit = (value: object): void => void ('from' in value ? all.push(value as Record<string, unknown>) : Object.values(value).forEach((part) => visit(part as object)));
  visit(pins);
  assert.ok(all.length > 20);
  for (const pin of all) {
    assert.ok(Number(pin.bytes) > 10_000, String(pin.name));
    assert.match(String(pin.from === 'npm' ? pin.integrity : pin.sha256), pin.from === 'npm' ? /^sha512-[\w+/]{86}==$/ : /^[0-9a-f]{64}$/, String(pin.name));
  }
  for (const platform of Object.keys(pins.tensorflowCpu)) {
    assert.ok(pins.node[platform], platform);
    assert.equal(noLibraryFor('tensorflow', platform), undefined, platform);
  }
  for (const platform of Object.keys(pins.tensorflowGpu)) assert.ok(pins.tensorflowCpu[platform], platform);
});
