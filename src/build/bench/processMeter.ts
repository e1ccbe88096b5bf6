/** What one process used between two moments, and what others did with the machine meanwhile, from Linux' /proc. */

import { readFileSync } from 'node:fs';

/** Clock ticks a second in /proc, on every Linux that Node runs on. */
const ticks = 100;

/** Seconds that all processors together were busy, with what a hypervisor took from them; from the first line of /proc/stat. */
export function busySeconds(stat: string): number {
  const [user, nice, system, , , irq, softirq, steal] = stat.split('\n', 1)[0]!.split(/\s+/).slice(1).map(Number) as number[];
  return (user! + nice! + system! + irq! + softirq! + (steal ?? 0)) / ticks;
}

/** Processor seconds of a process with all its threads, from /proc/PID/stat. Its name, in parentheses, may hold spaces. */
export function processSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

/** A size of /proc/PID/status in bytes: VmRSS is memory now, VmHWM the most it ever was. */
export function statusBytes(status: string, key: 'VmRSS' | 'VmHWM'): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
}

export interface Usage {
  /** Most memory that the process ever had, above what it had at the beginning of the measurement. */
  peakBytes: number;
  /** Share of all processors that others used. */
  others: number;
}

/** Begins to measure; the function that is returned ends it. */
export function meterProcess(pid: number, cpus: number): () => Usage {
  const now = () => ({ busy: busySeconds(readFileSync('/proc/stat', 'utf8')), own: processSeconds(readFileSync(`/proc/${pid}/stat`, 'utf8')), wall: performance.now() / 1000, status: readFileSync(`/proc/${pid}/status`, 'utf8') });
  const before = now();
  return () => {
    const after = now();
    const others = (after.busy - before.busy - (after.own - before.own)) / (cpus * (after.wall - before.wall));
    return { peakBytes: statusBytes(after.status, 'VmHWM') - statusBytes(before.status, 'VmRSS'), others: Math.max(0, others) };
  };
}
