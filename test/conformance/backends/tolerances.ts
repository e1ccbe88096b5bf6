/** How far a backend may be from the reference: the largest difference in a tensor, against the largest number in it. */

interface Tolerance {
  /** One kernel or gradient. */
  operations: number;
  /** A whole training step, a generation, an update of the optimiser. */
  passes: number;
}

export const tolerances: Readonly<Record<'wasm' | 'tensorflow' | 'webgpu', Tolerance>> = {
  wasm: { operations: 3e-5, passes: 1e-4 },
  tensorflow: { operations: 3e-5, passes: 1e-4 },
  // WGSL's exp and log are exact to some units in the last place only, and more of them the larger the number.
  webgpu: { operations: 1e-4, passes: 1e-4 },
};

/** What a backend's library gets wrong, by operation and the tensor of it, and why that does no harm. */
export const knownWrong: Partial<Record<keyof typeof tolerances, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {
  webgpu: { 'cumsum [1000]': { 'gradient 0': 'tfjs adds up from the end wrongly there; a loss counts places by it, and nothing takes its gradient' } },
};
