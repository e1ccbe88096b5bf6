/** Opens a backend by name, once per process, and says which ones this machine has. */

import './gradients.ts';
import { UserError } from '../core/problem.ts';
import { defineRegistry } from '../core/registry.ts';
import type { Backend, BackendId, BackendOptions, BackendSlot, DeviceReport } from './backend.ts';
import { cpuSlot } from './cpu.ts';
import { tensorflowSlot } from './tensorflow/slot.ts';
import { wasmSlot } from './wasm/slot.ts';

export type { Backend, BackendId, BackendOptions, DeviceReport } from './backend.ts';

export const backends = defineRegistry<BackendId, BackendSlot>('backend', [tensorflowSlot, wasmSlot, cpuSlot]);

/** `auto`: tensorflow where it is set up, else wasm. Throws a UserError with the reason when the backend cannot be used. */
export async function openBackend(name: 'auto' | BackendId | (string & {}), options: BackendOptions = {}): Promise<Backend> {
  const slot = name === 'auto' ? backends.get(backends.get('tensorflow').unusable(options) ? 'wasm' : 'tensorflow') : backends.find(name);
  const reason = slot.unusable(options);
  if (reason) throw new UserError(`The ${slot.id} backend cannot be used: ${reason}. Take \`backend: auto\`, or \`wasm\`, which needs nothing set up.`, 'backend-unusable');
  return slot.open(options);
}

/** Every backend with the reason why it cannot be used, or the speed of a small matrix product. Opens them one after another. */
export async function probeBackends(options: BackendOptions = {}): Promise<DeviceReport[]> {
  const reports: DeviceReport[] = [];
  for (const slot of backends.entries) {
    const reason = slot.unusable(options);
    if (reason) {
      reports.push({ backend: slot.id, usable: false, reason, device: '', memoryBytes: null, probe: null });
      continue;
    }
    try {
      const backend = await slot.open(options);
      reports.push({ backend: slot.id, usable: true, reason: '', device: backend.device, memoryBytes: backend.memoryLimitBytes(), probe: { matmulGflops: measureMatmul(backend) } });
      await backend.dispose();
    } catch (error) {
      reports.push({ backend: slot.id, usable: false, reason: (error as Error).message, device: '', memoryBytes: null, probe: null });
    }
  }
  return reports;
}

function measureMatmul({ tf, name }: Backend): number {
  const size = name === 'cpu' ? 128 : 512;
  return tf.tidy(() => {
    const a = tf.ones([size, size]) as ReturnType<typeof tf.tensor2d>;
    tf.matMul(a, a).dataSync();
    let best = Infinity;
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      tf.matMul(a, a).dataSync();
      best = Math.min(best, performance.now() - start);
    }
    return Math.round((2 * size ** 3) / best / 1e4) / 100;
  });
}
