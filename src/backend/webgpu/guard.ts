/**
 * What goes wrong on a GPU is told beside the work: a command that fails gives no exception but zeros. So every failure is kept, and the
 * next allocation or read-back throws it; a training step has both.
 */

import { UserError } from '../../core/problem.ts';
import type { GpuDevice, WebgpuBackend } from './types.ts';

/** Buffers of tensors that are gone may wait for reuse up to this, or up to what tensors hold if that is more. */
const idleBytes = 256 * 2 ** 20;

/** `closing` says that an end of the device is meant. */
export function guardBackend(backend: WebgpuBackend, device: GpuDevice): { closing(): void; broken(): boolean } {
  let fault: Error | undefined;
  let closing = false;
  device.addEventListener('uncapturederror', ({ error }) => {
    fault ??= error.constructor.name === 'GPUOutOfMemoryError' ? outOfMemory(backend, error.message) : new Error(`The GPU refused a command: ${error.message}`);
  });
  void device.lost.then(({ message }) => {
    if (!closing) fault = new UserError(`The GPU was lost (${message || 'no reason given'}): its driver crashed, was updated or took it away. Nothing of this step was kept; "posttrain resume" goes on from the last checkpoint.`, 'device-lost');
  });
  const check = () => {
    if (fault) throw fault;
  };
  guardBuffers(backend, check);

  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    check();
    const values = await read(dataId).catch((error: unknown) => {
      check();
      throw error;
    });
    check();
    // tfjs keeps what was read beside the tensor: twice the memory, and wrong as soon as a kernel of ours writes in place.
    const data = backend.tensorMap.get(dataId);
    if (data.resource) data.values = null;
    return values;
  };
  const readSync = backend.readSync.bind(backend);
  backend.readSync = (dataId) => {
    const { resource, values } = backend.tensorMap.get(dataId);
    if (resource && !values) throw new Error('The webgpu backend reads tensors back asynchronously only (data, not dataSync).');
    return readSync(dataId);
  };
  return {
    closing() {
      closing = true;
    },
    broken: () => fault !== undefined,
  };
}

function guardBuffers(backend: WebgpuBackend, check: () => void): void {
  const { bufferManager: manager, device } = backend;
  const largest = Math.min(device.limits.maxBufferSize!, device.limits.maxStorageBufferBindingSize!);
  const acquire = manager.acquireBuffer.bind(manager);
  manager.acquireBuffer = (size, usage, mapped, reuse) => {
    check();
    if (size > largest) throw new UserError(`Out of memory: one tensor needs ${mebibytes(size)}, and this GPU has at most ${mebibytes(largest)} for one. ${whatToLower}`, 'out-of-memory');
    const key = `${size}_${usage}`;
    const waiting = manager.freeBuffers.get(key);
    if (waiting) {
      // The map's order tells what was wanted last.
      manager.freeBuffers.delete(key);
      manager.freeBuffers.set(key, waiting);
    }
    if (!waiting?.length) dropIdle(backend);
    return acquire(size, usage, mapped, reuse);
  };
}

/** tfjs keeps a buffer of every size there ever was; rows of many lengths would fill the GPU with them. */
function dropIdle({ bufferManager: manager }: WebgpuBackend): void {
  const allowed = Math.max(idleBytes, manager.numBytesUsed);
  if (manager.numBytesAllocated - manager.numBytesUsed <= allowed) return;
  for (const [key, buffers] of manager.freeBuffers) {
    if (manager.numBytesAllocated - manager.numBytesUsed <= allowed / 2) return;
    for (const buffer of buffers) {
      manager.numBytesAllocated -= buffer.size;
      manager.numFreeBuffers--;
      buffer.destroy();
    }
    manager.freeBuffers.set(key, []);
  }
}

function outOfMemory({ bufferManager }: WebgpuBackend, message: string): UserError {
  return new UserError(`Out of memory: the GPU has no room beside the ${mebibytes(bufferManager.numBytesAllocated)} of this run (${message.split('\n')[0]}). ${whatToLower}`, 'out-of-memory');
}

const whatToLower = 'Take a smaller per_device_train_batch_size or max_length, LoRA, or the wasm backend.';

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
