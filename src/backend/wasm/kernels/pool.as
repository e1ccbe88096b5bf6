/** How several threads share one operation: chunks are claimed one by one from a counter in shared memory. */

// Layout of the control block, in bytes. Written by the main thread before an operation is published in COUNTER.
// COUNTER i64: generation << 32 | chunks not yet claimed.
const GENERATION: usize = 8; // i32, workers sleep on it
const COMPLETED: usize = 12; // i32, the main thread sleeps on it
const STOP: usize = 16; // i32
const ARGUMENTS: usize = 64; // i32 or f32 slots: 0 operation, 1 scratch of thread 0, 2 bytes of scratch per thread, 3… its own

// About 20 µs: longer than the pause between two kernels of a step, shorter than anybody notices.
const WORKER_SPINS: i32 = 12000;
const MAIN_SPINS: i32 = 20000;

import { execute } from "./operations";

@inline export function int(control: usize, index: i32): i32 {
  return load<i32>(control + ARGUMENTS + (<usize>index << 2));
}
@inline export function pointer(control: usize, index: i32): usize {
  return <usize>load<u32>(control + ARGUMENTS + (<usize>index << 2));
}
@inline export function float(control: usize, index: i32): f32 {
  return load<f32>(control + ARGUMENTS + (<usize>index << 2));
}

/**
 * Runs the operation in the control block in `chunks` parts; returns true when all are done, false when nothing has been completed for
 * about `patience` milliseconds. Main thread only.
 */
export function run(control: usize, chunks: i32, patience: i32): bool {
  atomic.store<i32>(control + COMPLETED, 0);
  const generation = atomic.load<i32>(control + GENERATION) + 1;
  atomic.store<i64>(control, (<i64>generation << 32) | <i64>chunks);
  atomic.store<i32>(control + GENERATION, generation);
  if (chunks > 1) atomic.notify(control + GENERATION, -1);
  work(control, 0);
  let spins = 0, before = 0;
  while (true) {
    const completed = atomic.load<i32>(control + COMPLETED);
    if (completed >= chunks) return true;
    if (completed > before) {
      before = completed;
      spins = 0;
    }
    if (++spins > MAIN_SPINS) {
      if (spins > MAIN_SPINS + patience) return false;
      atomic.wait<i32>(control + COMPLETED, completed, 1000000);
    }
  }
}

/** A worker's life. Returns after `stop`. */
export function serve(control: usize, thread: i32): void {
  let seen = 0;
  while (true) {
    let spins = 0;
    while (atomic.load<i32>(control + GENERATION) == seen) {
      if (++spins > WORKER_SPINS) atomic.wait<i32>(control + GENERATION, seen, -1);
    }
    if (atomic.load<i32>(control + STOP)) return;
    seen = atomic.load<i32>(control + GENERATION);
    if (work(control, thread)) atomic.notify(control + COMPLETED, 1);
  }
}

export function stop(control: usize): void {
  atomic.store<i32>(control + STOP, 1);
  atomic.add<i32>(control + GENERATION, 1);
  atomic.notify(control + GENERATION, -1);
}

/** Claims chunks until none is left. The arguments stay as they are while a claimed chunk is not completed, so they are read after the claim. */
function work(control: usize, thread: i32): bool {
  let any = false;
  while (true) {
    const seen = atomic.load<i64>(control);
    const left = <i32>seen;
    if (left <= 0) return any;
    if (atomic.cmpxchg<i64>(control, seen, seen - 1) != seen) continue;
    const scratch = pointer(control, 1) + <usize>thread * <usize>int(control, 2);
    execute(control, left - 1, scratch);
    atomic.add<i32>(control + COMPLETED, 1);
    any = true;
  }
}
