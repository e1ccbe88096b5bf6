/** Opens a backend by name, once per process, and says which ones this machine has. */

import type { Backend, BackendId, BackendOptions, DeviceReport } from './backend.ts';

export type { Backend, BackendId, BackendOptions, DeviceReport } from './backend.ts';

/** `auto`: tensorflow where it is set up, else wasm. Throws a UserError with the reason when the backend cannot be used. */
export function openBackend(_name: 'auto' | BackendId | (string & {}), _options: BackendOptions = {}): Promise<Backend> {
  throw new Error('not yet');
}

/** Every backend with the reason why it cannot be used, or the speed of a small matrix product (one per backend, in processes' turn). */
export function probeBackends(_options: BackendOptions = {}): Promise<DeviceReport[]> {
  throw new Error('not yet');
}
