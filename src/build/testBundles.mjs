/** Bundles test files to out/test/**.cjs, because Node 20 does not read TypeScript. Packages stay outside. */

import { existsSync } from 'node:fs';
import { writeWhole } from './files.mjs';
import { inRoot, root } from './paths.mjs';

/** Returns [{file, bundle}] and, for files that do not compile, [{file, error}]. One broken file does not stop the others. */
export async function bundleTests(files) {
  if (files.length === 0) return [];
  const esbuild = await import('esbuild');
  const build = async (some) => {
    const result = await esbuild.build({
      entryPoints: some,
      absWorkingDir: root,
      outbase: '.',
      outdir: inRoot('out'),
      outExtension: { '.js': '.cjs' },
      bundle: true,
      write: false,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      packages: 'external',
      sourcemap: 'inline',
      sourcesContent: false,
      loader: { '.css': 'empty', '.svg': 'text' },
      logLevel: 'silent',
    });
    for (const output of result.outputFiles) writeWhole(output.path, output.contents);
    return some.map((file) => ({ file, bundle: inRoot('out', file.replace(/\.ts$/, '.cjs')) })).filter(({ bundle }) => existsSync(bundle));
  };
  try {
    return await build(files);
  } catch {
    return (await Promise.all(files.map((file) => build([file]).catch(async (error) => [{ file, error: await errorText(error) }])))).flat();
  }
}

/** What esbuild says of a file that does not compile. */
export async function errorText(error) {
  const esbuild = await import('esbuild');
  return error.errors ? (await esbuild.formatMessages(error.errors, { kind: 'error' })).join('\n') : String(error.stack ?? error);
}
