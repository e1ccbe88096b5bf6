/** Compiles src/backend/wasm/kernels/*.as (AssemblyScript) into kernelsBinary.ts: `node src/build/kernels.mjs`. Needed only after changing them. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The compiler is 100 MB and nobody else needs it, so it is no dependency: it is fetched into a temporary folder when this runs.
const compiler = 'assemblyscript@0.28.20';
const folder = fileURLToPath(new URL('../backend/wasm/kernels/', import.meta.url));
const output = fileURLToPath(new URL('../backend/wasm/kernelsBinary.ts', import.meta.url));

/** Changes when a source or the way of compiling changes; a test compares it with the one in kernelsBinary.ts. */
export function kernelsHash() {
  const hash = createHash('sha256').update(compiler);
  for (const name of sources()) hash.update(`${name}\n`).update(readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n'));
  return hash.digest('hex').slice(0, 16);
}

function sources() {
  return readdirSync(folder).filter((name) => name.endsWith('.as')).sort();
}

function compile() {
  const work = process.env.POSTTRAIN_ASC ? mkdtempSync(join(process.env.POSTTRAIN_ASC, 'kernels-')) : mkdtempSync(join(os.tmpdir(), 'posttrain-kernels-'));
  try {
    if (!process.env.POSTTRAIN_ASC) {
      writeFileSync(join(work, 'package.json'), '{"private":true}');
      execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', compiler], { cwd: work, stdio: 'inherit', shell: process.platform === 'win32' });
    }
    const asc = join(process.env.POSTTRAIN_ASC ?? work, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
    mkdirSync(join(work, 'src'));
    // The compiler reads .ts only; under that name they would be checked as TypeScript here.
    for (const name of sources()) cpSync(join(folder, name), join(work, 'src', name.replace(/\.as$/, '.ts')));
    const build = (name, features) => {
      const flags = ['--importMemory', '--sharedMemory', '--noExportMemory', '--initialMemory', '1', '--maximumMemory', '65535', '--runtime', 'stub', '-O3', '--noAssert', '--uncheckedBehavior', 'always'];
      execFileSync(process.execPath, [asc, 'src/index.ts', ...flags, ...features.flatMap((feature) => ['--enable', feature]), '--outFile', name], { cwd: work, stdio: 'inherit' });
      return readFileSync(join(work, name)).toString('base64').match(/.{1,160}/g).map((line) => `  '${line}',`).join('\n');
    };
    const plain = build('plain.wasm', ['simd', 'threads']);
    const relaxed = build('relaxed.wasm', ['simd', 'threads', 'relaxed-simd']);
    writeFileSync(output, `/** Made by src/build/kernels.mjs from kernels/*.as: do not edit. The compiled kernels in base64, without and with fused multiply-add (relaxed SIMD). */

export const sourceHash = '${kernelsHash()}';

// prettier-ignore
export const plainBinary = [
${plain}
].join('');

// prettier-ignore
export const relaxedBinary = [
${relaxed}
].join('');
`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) compile();
