/** What a backend is: the place where tensors live, opened once per process. */

import type * as tf from '@tensorflow/tfjs-core';

export type BackendId = 'wasm' | 'tensorflow' | 'cpu';

export interface Backend {
  readonly name: BackendId;
  /** One line for people: "WebAssembly, SIMD, 2 threads". */
  readonly device: string;
  readonly threads: number;
  /** tfjs-core, with this backend active and every gradient registered. The same instance that nn and train import. */
  readonly tf: typeof tf;
  /** Bytes that tensors hold now. */
  memoryBytes(): number;
  /** Bytes that tensors may hold at most: what the machine or its container has, less where the backend can address less. */
  memoryLimitBytes(): number;
  dispose(): Promise<void>;
}

export interface BackendOptions {
  /** Threads for backends that have them; default: one per physical core as the system reports it, at most 8. */
  threads?: number;
  /** Where `tensorflow` looks for its set-up folder; default POSTTRAIN_HOME, then ~/.posttrain. */
  home?: string;
  /** Told about things that work otherwise than hoped (threads switched off …). */
  warn?: (message: string) => void;
}

export interface DeviceReport {
  backend: BackendId;
  usable: boolean;
  /** Empty when usable; else why not and what to do. */
  reason: string;
  device: string;
  memoryBytes: number | null;
  probe: { matmulGflops: number } | null;
}

/** One entry of the backend registry. */
export interface BackendSlot {
  readonly id: BackendId;
  /** Empty when it can be opened; else the reason in words. Cheap: loads nothing heavy. */
  unusable(options: BackendOptions): string;
  open(options: BackendOptions): Promise<Backend>;
}
