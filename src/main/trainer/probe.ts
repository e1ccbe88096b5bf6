/** A look at one backend: why it cannot be used, or what it is and the speed of a matrix product. */

import { repairWith, UnusableBackend, type BackendId, type BackendOptions, type Unusable } from '../../backend/backend.ts';
import { backends, speedRank } from '../../backend/index.ts';
import { measureMatmul } from '../../backend/measureMatmul.ts';
import type { Device } from '../../protocol/devicesView.ts';

export async function probeBackend(id: BackendId, options: BackendOptions = {}): Promise<Device> {
  const slot = backends.get(id);
  const problem = slot.unusable(options);
  if (problem) return notUsable(id, problem);
  try {
    const backend = await slot.open(options);
    const { device, gpu, threads, versions } = backend;
    const report: Device = { backend: id, usable: true, reason: '', setUp: false, device, gpu, threads, versions, memoryBytes: backend.memoryLimitBytes(), probe: { matmulGflops: Math.round(100 * (await measureMatmul(backend))) / 100 }, rank: speedRank(backend) };
    await backend.dispose();
    return report;
  } catch (error) {
    return notUsable(id, error instanceof UnusableBackend ? error.problem : unexpected(id, error as Error));
  }
}

function unexpected(id: BackendId, { message }: Error): Unusable {
  const reason = `it does not start (${message})`;
  return id === 'tensorflow' || id === 'webgpu' ? { reason, next: repairWith(id), setUp: true } : { reason, next: 'If it stays so, report it to Posttrain.', setUp: false };
}

function notUsable(backend: BackendId, { reason, next, setUp }: Unusable): Device {
  const sentence = `${reason.charAt(0).toUpperCase()}${reason.slice(1)}`;
  return { backend, usable: false, reason: `${sentence}. ${next}`, setUp, device: '', gpu: false, threads: null, versions: {}, memoryBytes: null, probe: null, rank: null };
}
