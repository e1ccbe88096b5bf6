/** What is built from what, and how big it may get. One table for the bundler, the size test and the layer test. */

const KB = 1024;
/** Tensor libraries: in the programs that compute, never in those that VS Code waits for. */
const TENSORS = ['@tensorflow/'];

/**
 * `budget` is in bytes, minified. A bundle that outgrows it fails the tidy suite: raise it only knowing what came in
 * (`node src/build/bundle.mjs --why extension.js` lists the inputs by size).
 * `never` are packages whose code must not be in it.
 */
export const bundles = [
  { out: 'extension.js', entry: 'src/extension.ts', kind: 'node', budget: 1510 * KB, never: TENSORS, external: ['vscode'] },
  { out: 'server.js', entry: 'src/main/server.ts', kind: 'node', budget: 850 * KB, never: TENSORS },
  { out: 'tokenWorker.js', entry: 'src/main/tokenWorker.ts', kind: 'node', budget: 300 * KB, never: TENSORS },
  { out: 'rowWorker.js', entry: 'src/main/rowWorker.ts', kind: 'node', budget: 250 * KB, never: TENSORS },
  { out: 'convert.js', entry: 'src/main/convert.ts', kind: 'node', budget: 450 * KB, never: TENSORS },
  { out: 'stats.js', entry: 'src/main/stats.ts', kind: 'node', budget: 300 * KB, never: TENSORS },
  { out: 'supervisor.js', entry: 'src/main/supervisor.ts', kind: 'node', budget: 150 * KB, never: TENSORS },
  { out: 'trainer.js', entry: 'src/main/trainer.ts', kind: 'node', budget: 1520 * KB, never: ['vscode-languageclient'] },
  { out: 'cli.js', entry: 'src/main/cli/index.ts', kind: 'node', budget: 780 * KB, never: ['vscode-languageclient'], executable: true },
  { out: 'setup.js', entry: 'src/main/setup.ts', kind: 'node', budget: 300 * KB, never: [...TENSORS, 'vscode-languageclient'] },
  { out: 'webview/dataset.js', entry: 'webview/dataset/index.ts', kind: 'browser', budget: 300 * KB, never: TENSORS },
  { out: 'webview/devices.js', entry: 'webview/devices/index.ts', kind: 'browser', budget: 150 * KB, never: TENSORS },
  { out: 'webview/stats.js', entry: 'webview/stats/index.ts', kind: 'browser', budget: 300 * KB, never: TENSORS },
  { out: 'webview/run.js', entry: 'webview/run/index.ts', kind: 'browser', budget: 300 * KB, never: TENSORS },
];

/** tfjs' WebAssembly files that go to dist/wasm; the same names as `wasmFiles` in src/backend/wasm/files.ts (compared by a test). */
export const wasm = {
  from: 'node_modules/@tensorflow/tfjs-backend-wasm/wasm-out',
  files: ['tfjs-backend-wasm-threaded-simd.js', 'tfjs-backend-wasm-threaded-simd.wasm'],
};

/** Its native library comes from `posttrain setup`, so its JavaScript is loaded at run time from where that was put. */
const SET_UP_LATER = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** tfjs-core asks for it the first time it fetches something, which nothing here does: nothing leaves the machine. */
const NEVER_ASKED_FOR = ['node-fetch'];

/** esbuild's options for one row of the table. Names stay readable, so that a stack trace in a bug report says something. */
export function esbuildOptions(bundle) {
  const shared = { entryPoints: [bundle.entry], bundle: true, minifyWhitespace: true, minifySyntax: true, charset: 'utf8', legalComments: 'none', metafile: true, logLevel: 'silent' };
  if (bundle.kind === 'browser') {
    return { ...shared, platform: 'browser', format: 'iife', target: 'es2022', minifyIdentifiers: true, loader: { '.svg': 'text', '.ttf': 'file' }, assetNames: '[name]' };
  }
  return {
    ...shared,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // ES modules first: they can be shaken, and some packages' CommonJS builds hide their imports from a bundler.
    mainFields: ['module', 'main'],
    external: [...(bundle.external ?? []), ...SET_UP_LATER, ...NEVER_ASKED_FOR],
    banner: bundle.executable ? { js: '#!/usr/bin/env node' } : {},
  };
}
