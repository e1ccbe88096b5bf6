/** Starts tfjs' SIMD module inside Node on a shared memory that we made: so our own kernels and threads work on its tensors. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { UserError } from '../../core/problem.ts';
import { moduleFile } from './files.ts';

/** The part of the Emscripten module that is used here and by tfjs' BackendWasm. */
export interface WasmModule {
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  cwrap(name: string, returns: string | null, args: string[]): unknown;
  tfjs: object;
}

const pageBytes = 65536;
/** 32-bit addresses: everything beyond 4 GiB must fail. What is left below it is as much as one allocation may ask for without its end being looked at. */
const marginBytes = 64 * 2 ** 20;
const heapLimitBytes = 2 ** 32 - marginBytes;

export async function startModule(folder: string): Promise<{ module: WasmModule; memory: WebAssembly.Memory; limitBytes: number }> {
  const { memory, limitBytes } = reserveMemory();
  const restore = [keepListeners('uncaughtException'), keepListeners('unhandledRejection'), keepGlobal('Worker')];
  try {
    const module = await loadFactory(folder)({
      wasmMemory: memory,
      wasmBinary: readFileSync(join(folder, moduleFile.replace('.js', '.wasm'))),
      locateFile: (file: string) => join(folder, file),
    });
    guardMalloc(module, limitBytes);
    module.tfjs = {
      init: module.cwrap('init', null, []),
      initWithThreadsCount: module.cwrap('init_with_threads_count', null, ['number']),
      getThreadsCount: module.cwrap('get_threads_count', 'number', []),
      registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
      disposeData: module.cwrap('dispose_data', null, ['number']),
      dispose: module.cwrap('dispose', null, []),
    };
    return { module, memory, limitBytes };
  } finally {
    for (const undo of restore) undo();
  }
}

/** All that can be addressed; less where the system gives a process less address space. */
function reserveMemory(): { memory: WebAssembly.Memory; limitBytes: number } {
  for (let bytes = heapLimitBytes; ; bytes = Math.floor(bytes / 2 / pageBytes) * pageBytes) {
    try {
      return { memory: new WebAssembly.Memory({ initial: 16777216 / pageBytes, maximum: bytes / pageBytes, shared: true }), limitBytes: bytes };
    } catch (error) {
      if (bytes > 2 ** 28) continue;
      throw new UserError(`The WebAssembly backend cannot reserve ${mebibytes(bytes)} of address space (${(error as Error).message}): is the process' memory limited (ulimit -v)?`, 'out-of-memory', { cause: error });
    }
  }
}

/**
 * Only the threaded build takes a memory from outside, and it starts eight workers at once. Its threads are not used (its pool spins
 * and would take the cores from ours, and its matrix product is the slower one), so none are started.
 */
function loadFactory(folder: string): (settings: object) => Promise<WasmModule> {
  const file = join(folder, moduleFile);
  const Module = createRequire(file)('node:module') as { new (id: string): { exports: unknown; paths: string[]; _compile(text: string, file: string): void } };
  const module = new Module(file);
  let text = readFileSync(file, 'utf8');
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`${file} is not the version of tfjs-backend-wasm that Posttrain was built for`);
    text = text.replace(from, to);
  }
  module._compile(text, file);
  return module.exports as (settings: object) => Promise<WasmModule>;
}

/** No workers at start, and then no waiting for them. */
const changes: [from: string, to: string][] = [
  ['pthreadPoolSize=8', 'pthreadPoolSize=0'],
  ['var numWorkersToLoad=PThread.unusedWorkers.length;', 'var numWorkersToLoad=PThread.unusedWorkers.length;if(!numWorkersToLoad)removeRunDependency("wasm-instantiate");'],
];

/**
 * tfjs never looks at what malloc returns: without this an exhausted heap is written over from address 0. Worse, an allocation that
 * would end past 4 GiB wraps around inside malloc and "succeeds". One smaller than the margin cannot; a larger one is not even tried
 * where it could, although what was given back might have room for it.
 */
function guardMalloc(module: WasmModule, limitBytes: number): void {
  // Emscripten's stub replaces itself on the first call.
  module._free(module._malloc(8));
  const malloc = module._malloc;
  module._malloc = (bytes) => {
    // Half of the margin is for malloc's own rounding.
    const pointer = bytes > marginBytes / 2 && module.HEAPU8.length + bytes > limitBytes ? 0 : malloc(bytes);
    if (pointer === 0 && bytes > 0) {
      throw new UserError(
        `Out of memory: the WebAssembly backend holds ${mebibytes(module.HEAPU8.length)} and cannot get another ${mebibytes(bytes)} (its limit is ${mebibytes(limitBytes)} in all). Take a smaller per_device_train_batch_size or max_length, LoRA, or the tensorflow backend.`,
        'out-of-memory',
      );
    }
    return pointer;
  };
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

/** It makes a global of this name: other code would take the process for a browser. */
function keepGlobal(name: string): () => void {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  return () => {
    if (before) Object.defineProperty(globalThis, name, before);
    else Reflect.deleteProperty(globalThis, name);
  };
}

/** Emscripten installs handlers that turn every later error of the process into an abort of its own. */
function keepListeners(event: 'uncaughtException' | 'unhandledRejection'): () => void {
  const before = new Set(process.listeners(event as 'uncaughtException'));
  return () => {
    for (const listener of process.listeners(event as 'uncaughtException')) if (!before.has(listener)) process.removeListener(event, listener);
  };
}
