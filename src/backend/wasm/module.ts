/** Starts tfjs' threaded SIMD module inside Node, which its own loader never does, on a memory that we made and therefore can guard. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../core/problem.ts';
import { moduleFile } from './files.ts';

/** The part of the Emscripten module that is used here and by tfjs' BackendWasm. */
export interface WasmModule {
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  cwrap(name: string, returns: string | null, args: string[]): (...values: never[]) => never;
  PThread?: { terminateAllThreads(): void; runningWorkers?: { unref(): void }[]; unusedWorkers?: { unref(): void }[] };
  tfjs: {
    registerTensor(id: number, size: number, pointer: number): void;
    disposeData(id: number): void;
    [name: string]: unknown;
  };
}

const pageBytes = 65536;
/** 32-bit addresses: everything beyond 4 GiB must fail, and the last page stays unused so that no pointer wraps to zero. */
export const heapLimitBytes = 65535 * pageBytes;

export async function startModule(folder: string, threads: number): Promise<{ module: WasmModule; memory: WebAssembly.Memory }> {
  const require = createRequire(join(folder, moduleFile));
  const factory = require(join(folder, moduleFile)) as (settings: object) => Promise<WasmModule>;
  const { wasmWorkerContents } = require(join(folder, moduleFile.replace('.js', '.worker.js'))) as { wasmWorkerContents: string };
  const memory = new WebAssembly.Memory({ initial: 16777216 / pageBytes, maximum: heapLimitBytes / pageBytes, shared: true });
  const scratch = mkdtempSync(join(os.tmpdir(), 'posttrain-wasm-'));
  const workerFile = join(scratch, 'worker.cjs');
  // Only the published file's text is inside a template literal; the escapes in it are the worker's own.
  writeFileSync(workerFile, wasmWorkerContents.replace(/\n/g, '\\n'));
  const restore = [pretendCores(threads), keepListeners('uncaughtException'), keepListeners('unhandledRejection')];
  try {
    const module = await factory({
      wasmMemory: memory,
      wasmBinary: readFileSync(join(folder, moduleFile.replace('.js', '.wasm'))),
      locateFile: (file: string) => (file.endsWith('.worker.js') ? workerFile : join(folder, file)),
      mainScriptUrlOrBlob: join(folder, moduleFile),
    });
    guardMalloc(module);
    module.tfjs = {
      init: module.cwrap('init', null, []),
      initWithThreadsCount: module.cwrap('init_with_threads_count', null, ['number']),
      getThreadsCount: module.cwrap('get_threads_count', 'number', []),
      registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
      disposeData: module.cwrap('dispose_data', null, ['number']),
      dispose: module.cwrap('dispose', null, []),
    };
    // Idle threads must not keep the process alive.
    for (const worker of [...(module.PThread?.runningWorkers ?? []), ...(module.PThread?.unusedWorkers ?? [])]) worker.unref();
    return { module, memory };
  } finally {
    for (const undo of restore) undo();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** tfjs never looks at what malloc returns: without this an exhausted heap is written over from address 0. */
function guardMalloc(module: WasmModule): void {
  // Emscripten's stub replaces itself on the first call.
  module._free(module._malloc(8));
  const malloc = module._malloc;
  module._malloc = (bytes) => {
    const pointer = malloc(bytes);
    if (pointer === 0 && bytes > 0) {
      throw new UserError(
        `Out of memory: the WebAssembly backend holds ${mebibytes(module.HEAPU8.length)} and cannot get another ${mebibytes(bytes)} (its limit is 4 GiB in all). Take a smaller per_device_train_batch_size or max_length, LoRA, or the tensorflow backend.`,
        'out-of-memory',
      );
    }
    return pointer;
  };
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

/** The C++ side takes half of `os.cpus()` as the size of its thread pool. */
function pretendCores(threads: number): () => void {
  const real = os.cpus;
  const list = real();
  const one = list[0] ?? ({ model: '', speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } } as os.CpuInfo);
  os.cpus = () => Array.from({ length: threads * 2 }, (_, i) => list[i] ?? one);
  return () => {
    os.cpus = real;
  };
}

/** Emscripten installs handlers that turn every later error of the process into an abort of its own. */
function keepListeners(event: 'uncaughtException' | 'unhandledRejection'): () => void {
  const before = new Set(process.listeners(event as 'uncaughtException'));
  return () => {
    for (const listener of process.listeners(event as 'uncaughtException')) if (!before.has(listener)) process.removeListener(event, listener);
  };
}
