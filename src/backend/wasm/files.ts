/** Finds tfjs' WebAssembly files: `wasm/` next to the bundle, or the package in node_modules when run from a clone. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const moduleFile = 'tfjs-backend-wasm-threaded-simd.js';
/** What a bundle has to carry in `wasm/`. */
export const wasmFiles = [moduleFile, 'tfjs-backend-wasm-threaded-simd.wasm'] as const;

/** The folder that holds `wasmFiles`, or undefined. Looked for from this program's own place only: the current folder may be anybody's. */
export function findWasmFolder(): string | undefined {
  const candidates = [join(__dirname, 'wasm')];
  try {
    candidates.push(join(dirname(createRequire(__filename).resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'wasm-out'));
  } catch {
    // Not installed beside this program.
  }
  return candidates.find((folder) => wasmFiles.every((file) => existsSync(join(folder, file))));
}
