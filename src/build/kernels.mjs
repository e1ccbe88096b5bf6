/** Compiles src/backend/wasm/kernels/*.as (AssemblyScript) into kernelsBinary.ts beside that folder, which git ignores, when a source or the compiler changed. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeWhole } from './files.mjs';
import { inRoot } from './paths.mjs';

const folder = inRoot('src/backend/wasm/kernels');
const output = inRoot('src/backend/wasm/kernelsBinary.ts');
const flags = ['--importMemory', '--sharedMemory', '--noExportMemory', '--initialMemory', '1', '--maximumMemory', '65535', '--runtime', 'stub', '-O3', '--noAssert', '--uncheckedBehavior', 'always'];

/** Does nothing, in a millisecond, when the compiled kernels are those of the sources. */
export function compileKernels() {
  const manifest = createRequire(import.meta.url).resolve('assemblyscript/package.json');
  const sources = readdirSync(folder).filter((name) => name.endsWith('.as')).sort();
  const stamp = stampOf(sources, JSON.parse(readFileSync(manifest, 'utf8')).version);
  if (existsSync(output) && readFileSync(output, 'utf8').includes(stamp)) return;

  const work = mkdtempSync(join(os.tmpdir(), 'posttrain-kernels-'));
  try {
    mkdirSync(join(work, 'src'));
    // The compiler reads .ts only; under that name they would be checked as TypeScript here.
    for (const name of sources) cpSync(join(folder, name), join(work, 'src', name.replace(/\.as$/, '.ts')));
    const compile = (name, features) => {
      const enable = features.flatMap((feature) => ['--enable', feature]);
      execFileSync(process.execPath, [join(dirname(manifest), 'bin/asc.js'), 'src/index.ts', ...flags, ...enable, '--outFile', name], { cwd: work, stdio: ['ignore', 'inherit', 'inherit'] });
      return readFileSync(join(work, name)).toString('base64');
    };
    const plain = compile('plain.wasm', ['simd', 'threads']);
    const relaxed = compile('relaxed.wasm', ['simd', 'threads', 'relaxed-simd']);
    writeWhole(output, `/** The compiled kernels in base64, without and with fused multiply-add (relaxed SIMD). Made from kernels/*.as by the build (${stamp}). */

export const plainBinary =
  '${plain}';

export const relaxedBinary =
  '${relaxed}';
`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function stampOf(sources, version) {
  const hash = createHash('sha256').update(version).update(flags.join(' '));
  for (const name of sources) hash.update(`${name}\n`).update(readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n'));
  return `stamp ${hash.digest('hex').slice(0, 16)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) compileKernels();
