/** A look at one backend: why it cannot be used, or what it is and the speed of a matrix product. */

import { UnusableBackend, type Backend, type BackendId, type BackendOptions, type DeviceReport, type Unusable } from './backend.ts';
import { backends, speedRank } from './index.ts';

export async function probeBackend(id: BackendId, options: BackendOptions = {}): Promise<DeviceReport> {
  const slot = backends.get(id);
  const problem = slot.unusable(options);
  if (problem) return notUsable(id, problem);
  try {
    const backend = await slot.open(options);
    const { device, gpu, threads, versions } = backend;
    const report: DeviceReport = { backend: id, usable: true, reason: '', setUp: false, device, gpu, threads, versions, memoryBytes: backend.memoryLimitBytes(), probe: { matmulGflops: await measureMatmul(backend) }, rank: speedRank(backend) };
    await backend.dispose();
    return report;
  } catch (error) {
    return notUsable(id, error instanceof UnusableBackend ? error.problem : { reason: (error as Error).message, next: '', setUp: false });
  }
}

function notUsable(backend: BackendId, { reason, next, setUp }: Unusable): DeviceReport {
  const sentence = `${reason.charAt(0).toUpperCase()}${reason.slice(1)}`;
  return { backend, usable: false, reason: next ? `${sentence}. ${next}` : sentence, setUp, device: '', gpu: false, threads: null, versions: {}, memoryBytes: null, probe: null, rank: null };
}

/** Of the third product and later ones: the first make threads, and compile where something is compiled. */
async function measureMatmul({ tf, name, gpu }: Backend): Promise<number> {
  const size = name === 'cpu' ? 128 : gpu ? 2048 : 512;
  const a = tf.ones([size, size]) as ReturnType<typeof tf.tensor2d>;
  let best = Infinity;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    const product = tf.matMul(a, a);
    // One number, so that what is measured is the product and not the way back from the card.
    const corner = tf.slice(product, [0, 0], [1, 1]);
    await corner.data();
    if (i > 1) best = Math.min(best, performance.now() - start);
    product.dispose();
    corner.dispose();
  }
  a.dispose();
  return Math.round((2 * size ** 3) / best / 1e4) / 100;
}
