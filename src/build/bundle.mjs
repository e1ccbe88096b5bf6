/** Builds dist/: `npm run build`, with `--watch` to stay and rebuild, `--why extension.js` to see what makes a bundle big. */

import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundles, esbuildOptions, wasm } from './bundles.mjs';
import { writeWhole } from './files.mjs';
import { ensureInstalled } from './install.mjs';
import { compileKernels } from './kernels.mjs';
import { inRoot, root } from './paths.mjs';

/**
 * Builds every bundle (or those whose `out` is named) and copies the WebAssembly files.
 * Returns one result each: {out, sizeBytes} or {out, errors: string[]}. Nothing throws for an error in the sources.
 */
export async function bundleAll({ only } = {}) {
  const esbuild = await import('esbuild');
  compileKernels();
  copyWasm();
  return Promise.all(bundles.filter((bundle) => !only || only.includes(bundle.out)).map((bundle) => bundleOne(esbuild, bundle)));
}

async function bundleOne(esbuild, bundle) {
  if (!existsSync(inRoot(bundle.entry))) return { out: bundle.out, missing: bundle.entry };
  try {
    return keep(bundle, await esbuild.build(buildOptions(bundle)));
  } catch (error) {
    return { out: bundle.out, errors: error.errors ? await esbuild.formatMessages(error.errors, { kind: 'error' }) : [String(error.stack ?? error)] };
  }
}

const buildOptions = (bundle) => ({ ...esbuildOptions(bundle), absWorkingDir: root, outfile: inRoot('dist', bundle.out), write: false });

/** Writes what was built. The metafile goes to out/, where the tidy suite reads what is in a bundle. */
function keep(bundle, result) {
  let sizeBytes = 0;
  for (const file of result.outputFiles) {
    if (file.path.endsWith(bundle.out)) sizeBytes = file.contents.length;
    writeWhole(file.path, file.contents);
  }
  if (bundle.executable) chmodSync(inRoot('dist', bundle.out), 0o755);
  writeWhole(metaPath(bundle.out), JSON.stringify(result.metafile));
  return { out: bundle.out, sizeBytes };
}

export const metaPath = (out) => inRoot('out/meta', `${out.replaceAll('/', '-')}.json`);

function copyWasm() {
  for (const file of wasm.files) writeWhole(inRoot('dist/wasm', file), readFileSync(inRoot(wasm.from, file)));
}

async function watch() {
  const esbuild = await import('esbuild');
  compileKernels();
  copyWasm();
  for (const bundle of bundles.filter(({ entry }) => existsSync(inRoot(entry)))) {
    const report = {
      name: 'report',
      setup: (build) =>
        build.onEnd(async (result) => {
          if (result.errors.length > 0) console.log((await esbuild.formatMessages(result.errors, { kind: 'error', color: true })).join('\n'));
          else print([keep(bundle, result)]);
        }),
    };
    const context = await esbuild.context({ ...buildOptions(bundle), sourcemap: 'inline', plugins: [report] });
    await context.watch();
  }
  console.log('Watching. Reload the VS Code window to see a change; Ctrl+C ends this.');
}

/** Prints the results and returns how many bundles could not be built. */
export function print(results) {
  for (const { out, sizeBytes, missing, errors } of results) {
    if (errors) console.error(errors.join('\n'));
    else if (missing) console.error(`${out}: ${missing} is missing`);
    else {
      const { budget } = bundles.find((bundle) => bundle.out === out);
      console.log(`${`dist/${out}`.padEnd(26)} ${kb(sizeBytes).padStart(9)} of ${kb(budget)}${sizeBytes > budget ? '  OVER BUDGET' : ''}`);
    }
  }
  return results.filter((result) => result.errors || result.missing).length;
}

const kb = (bytes) => `${(bytes / 1024).toFixed(0)} KB`;

function why(out) {
  const { outputs } = JSON.parse(readFileSync(metaPath(out), 'utf8'));
  const sizes = new Map();
  for (const [path, { bytesInOutput }] of Object.entries(Object.values(outputs).find(({ entryPoint }) => entryPoint)?.inputs ?? {})) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? relative(root, join(root, path)).split('/').slice(0, 2).join('/');
    sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
  }
  for (const [name, bytes] of [...sizes].sort((a, b) => b[1] - a[1])) console.log(`${kb(bytes).padStart(9)}  ${name}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  ensureInstalled();
  if (args[0] === '--why') why(args[1] ?? 'extension.js');
  else if (args.includes('--watch')) await watch();
  else {
    if (args.includes('--clean')) rmSync(inRoot('dist'), { recursive: true, force: true });
    process.exitCode = print(await bundleAll()) > 0 ? 1 : 0;
  }
}
