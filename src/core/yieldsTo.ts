/** When `backend: auto` goes past a graphics card: read by what opens backends and by what shows them. */

export interface MeasuredBackend {
  backend: string;
  /** Of a matrix product, in billions of operations a second; undefined where nobody measured. */
  gflops: number | undefined;
}

/** Graphics in the processor's chip may be slower than the processor, and only WebGPU offers them. */
export function mayBeSlower(backend: string): boolean {
  return backend === 'webgpu';
}

/** Whether the first in auto's order leaves its place to the next. */
export function yieldsTo(first: MeasuredBackend, next: MeasuredBackend): boolean {
  return mayBeSlower(first.backend) && (first.gflops ?? 0) < (next.gflops ?? 0);
}
