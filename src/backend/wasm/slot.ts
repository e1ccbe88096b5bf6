/** The WebAssembly backend: SIMD and threads in any Node, VS Code's own included. The default that works everywhere. */

import os from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../core/problem.ts';
import { UnusableBackend, type Backend, type BackendSlot, type Unusable } from '../backend.ts';
import { selfTest } from '../selfTest.ts';
import { systemMemoryBytes } from '../systemMemory.ts';
import { findWasmFolder } from './files.ts';
import { installFused } from './fused.ts';
import { installKernels } from './kernels.ts';
import { installMatMul } from './matmul.ts';
import { startModule } from './module.ts';
import { startKernels, type Kernels } from './threads.ts';

const maxThreads = 8;
const missing: Unusable = { reason: 'its files are missing', next: 'Run `npm install` (in a clone) or install the extension again.', setUp: false };

export const wasmSlot: BackendSlot = {
  id: 'wasm',
  unusable: () => (findWasmFolder() ? undefined : missing),
  async open(options) {
    const threads = Math.max(1, Math.min(maxThreads, options.threads ?? defaultThreads()));
    try {
      return await openWith(threads);
    } catch (error) {
      if (threads === 1 || error instanceof UserError) throw error;
      options.warn?.(`WebAssembly threads do not work here (${(error as Error).message}); going on with one thread.`);
      return openWith(1);
    }
  },
};

/** Hyper-threads share one SIMD unit, so half of what the system lists where it lists more than two. */
function defaultThreads(): number {
  const available = os.availableParallelism();
  return available > 2 ? Math.ceil(available / 2) : available;
}

async function openWith(threads: number): Promise<Backend> {
  const folder = findWasmFolder();
  if (!folder) throw new UnusableBackend('wasm', missing);
  tf.enableProdMode();
  // `require`, not `import()`: loaded only when this backend is opened, and found the same way in a bundle and beside one.
  const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm');
  const { module, memory, limitBytes } = await startModule(folder);
  wasm.setThreadsCount(1);
  if (tf.findBackendFactory('wasm')) tf.removeBackend('wasm');
  tf.registerBackend('wasm', () => new wasm.BackendWasm(module as never), 10);
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs did not start its wasm backend');
  const kernels = startKernels(module, memory, threads);
  // Those that close over this module's kernels are replaced on every opening; the others once per process.
  if (!installed) installKernels(tf);
  installed = true;
  installMatMul(tf, kernels);
  installFused(tf, kernels);
  try {
    await selfTest(tf);
  } catch (error) {
    kernels.stop();
    throw error;
  }
  return toBackend(kernels, limitBytes);
}
let installed = false;

function toBackend(kernels: Kernels, limitBytes: number): Backend {
  const { threads } = kernels;
  return {
    name: 'wasm',
    device: `WebAssembly, SIMD${kernels.relaxed ? ' with fused multiply-add' : ''}, ${threads} thread${threads === 1 ? '' : 's'}`,
    threads,
    gpu: false,
    versions: { tfjs: tf.version_core },
    tf,
    memoryBytes: () => tf.memory().numBytes,
    memoryLimitBytes: () => Math.min(limitBytes, systemMemoryBytes()),
    dispose() {
      kernels.stop();
      if (tf.findBackendFactory('wasm')) tf.removeBackend('wasm');
      return Promise.resolve();
    },
  };
}
