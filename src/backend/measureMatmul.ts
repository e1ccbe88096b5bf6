/** How fast a backend multiplies matrices, in billions of operations a second: what `posttrain devices` shows, and what the steps of `posttrain bench` are a share of. */

import type { Backend } from './backend.ts';

/** Of ever larger square matrices, until one product takes long enough to be measured well. */
export async function measureMatmul({ tf }: Pick<Backend, 'tf'>): Promise<number> {
  let best = 0;
  for (let size = 128; size <= 8192; size *= 2) {
    const a = tf.ones([size, size]) as ReturnType<typeof tf.tensor2d>;
    let shortest = Infinity;
    // The first ones make threads, and compile where something is compiled.
    for (let i = 0; i < 5; i++) {
      const began = performance.now();
      const product = tf.matMul(a, a);
      // One number, so that what is measured is the product and not the way back from a card.
      const corner = tf.slice(product, [0, 0], [1, 1]);
      await corner.data();
      shortest = Math.min(shortest, (performance.now() - began) / 1000);
      product.dispose();
      corner.dispose();
    }
    a.dispose();
    best = Math.max(best, (2 * size ** 3) / shortest / 1e9);
    if (shortest > longEnough) break;
  }
  return best;
}

/** Seconds. */
const longEnough = 0.02;
