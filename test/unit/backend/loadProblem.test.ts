/** A native library that does not load: what the loaders of three systems say, and real files that are half written, foreign or empty. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { chooseBackend, openBackend } from '../../../src/backend/index.ts';
import { loadProblem } from '../../../src/backend/loadProblem.ts';
import { halfWritten } from '../../../src/backend/wholeLibrary.ts';

for (const [said, words] of [
  ['/x/tfjs_binding.node: file too short', /is damaged or only half written/],
  ['/x/tfjs_binding.node: invalid ELF header', /is damaged or only half written/],
  ["dlopen(/x/tfjs_binding.node, 0x0001): tried: '/x' (mach-o file, but is an incompatible architecture (have 'x86_64', need 'arm64'))", /was made for another kind of machine/],
  ['\\\\?\\C:\\x\\tfjs_binding.node is not a valid Win32 application.', /is damaged or only half written/],
  ['libtensorflow_cc.so.2: cannot open shared object file: No such file or directory', /needs libtensorflow_cc\.so\.2, which is not where it belongs/],
  ['libcudart.so.12: cannot open shared object file: No such file or directory', /needs libcudart\.so\.12 of NVIDIA’s driver or CUDA, which this machine does not have/],
  ["/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /x/libtensorflow_cc.so.2)", /needs a newer system: GLIBC_2\.38/],
  ['/x/tfjs_binding.node: undefined symbol: TFE_NewContext', /not of the same version \(TFE_NewContext is missing\)/],
  ["Module did not self-register: '/x/tfjs_binding.node'.", /another version of Node/],
  ['something else', /does not load \(something else\)/],
] as const) {
  test(said.slice(0, 60), () => {
    const { reason, next, setUp } = loadProblem('tensorflow', '/x/tfjs_binding.node', new Error(said));
    assert.match(reason, words);
    assert.ok(reason.includes(said), 'the loader’s own words are kept');
    assert.match(next, /^Repair it: `posttrain setup tensorflow --repair`/);
    assert.equal(setUp, true);
  });
}

/** The first page of a library of 64-bit Linux, whose table of sections would lie at its end. */
function halfAnElf(): Buffer {
  const page = Buffer.alloc(4096);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(page);
  page.writeBigUInt64LE(98_000n, 0x28);
  page.writeUInt16LE(64, 0x3a);
  page.writeUInt16LE(12, 0x3c);
  return page;
}

describe('a set-up that is half there', () => {
  const home = mkdtempSync(join(tmpdir(), 'posttrain-setup-'));
  after(() => rmSync(home, { recursive: true, force: true }));
  const folder = join(home, 'tensorflow');
  mkdirSync(folder, { recursive: true });
  const binding = join(folder, 'tfjs_binding.node');
  const fill = (content: string | Buffer) => writeFileSync(binding, content);

  for (const [what, make] of [
    ['empty', () => fill('')],
    ['no library', () => fill('x'.repeat(5000))],
    ['cut in the middle', () => fill(halfAnElf())],
  ] as const) {
    test(`a binding that is ${what}: said by name, and auto goes on with a warning`, async () => {
      make();
      await assert.rejects(openBackend('tensorflow', { home }), (error: Error) => error.name === 'UserError' && error.message.includes(binding) && /Repair it: `posttrain setup tensorflow --repair`.*Or take `backend: auto`/.test(error.message));
      const warnings: string[] = [];
      const { backend, reason } = await chooseBackend('auto', { home, threads: 1, warn: (message) => warnings.push(message) });
      assert.equal(backend.name, 'wasm');
      assert.match(reason, /^the fastest that works here; tensorflow: its native library .*tfjs_binding\.node/);
      assert.match(warnings.join(), /^The tensorflow backend cannot be used: .*Repair it/);
      await backend.dispose();
    });
  }

  test('a library beside a whole binding is looked at too, and what is whole passes', () => {
    fill('#! another kind of file');
    const site = join(folder, 'site', 'tensorflow');
    mkdirSync(site, { recursive: true });
    writeFileSync(join(site, 'libtensorflow_cc.so.2'), halfAnElf());
    assert.equal(halfWritten(binding), join(site, 'libtensorflow_cc.so.2'));
    writeFileSync(join(site, 'libtensorflow_cc.so.2'), Buffer.concat([halfAnElf(), Buffer.alloc(98_000 + 64 * 12 - 4096)]));
    assert.equal(halfWritten(binding), undefined);
    const cublas = join(folder, 'site/nvidia/cublas/lib/libcublas.so.12');
    mkdirSync(dirname(cublas), { recursive: true });
    writeFileSync(cublas, halfAnElf());
    assert.equal(halfWritten(binding), cublas);
    rmSync(cublas);
    assert.equal(halfWritten(binding), undefined);
  });

  test('no binding at all is a backend that is not set up: no warning', async () => {
    rmSync(binding);
    const warnings: string[] = [];
    const { backend, reason } = await chooseBackend('auto', { home, threads: 1, warn: (message) => warnings.push(message) });
    assert.match(reason, /tensorflow: it is not set up/);
    assert.deepEqual(warnings, []);
    await backend.dispose();
  });
});
