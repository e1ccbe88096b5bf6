/** How much memory this process may have, and how much of it is left now. */

import os from 'node:os';

/** What the machine has, or less where a container (its cgroup) allows less. */
export function systemMemoryBytes(): number {
  const total = os.totalmem();
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(total, constrained) : total;
}

/** What can be had without swapping. macOS calls free only what it uses for nothing, which says little: no limit there. */
export function freeMemoryBytes(): number {
  if (process.platform === 'darwin') return Infinity;
  // Not in the first releases of Node 20.
  const available = (process as { availableMemory?: () => number }).availableMemory?.() ?? os.freemem();
  return Math.min(available, systemMemoryBytes());
}
