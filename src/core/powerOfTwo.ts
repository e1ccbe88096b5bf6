/** Sizes of which there are few. */

/** The smallest power of two that is no less. */
export function powerOfTwo(n: number): number {
  return 2 ** Math.ceil(Math.log2(n));
}
