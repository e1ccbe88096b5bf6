/** Who a process is beyond its id: ids are reused, so a lock also names the start time, the host and the id space (container, boot). */

import { execFile } from 'node:child_process';
import { promises as fs, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  host: string;
  pid: number;
  /** Opaque, equal for one process however often it is asked; null where the system does not tell. */
  processStart: string | null;
  /** Where the id means this process: boot and id namespace on Linux (two containers may share host name and folder), else the host. */
  space: string;
}

let own: Promise<ProcessIdentity> | undefined;

export function ownIdentity(): Promise<ProcessIdentity> {
  return (own ??= processStart(process.pid).then((start) => ({ host: hostname(), pid: process.pid, processStart: start ?? null, space: processSpace() })));
}

/** How to learn when a process began. */
export interface ProcessTable {
  /** Another program has to be started to ask. */
  costly: boolean;
  start(pid: number): Promise<string | undefined>;
}

const ownTable: ProcessTable = { costly: process.platform !== 'linux', start: processStart };

/**
 * Whether that process lives, as far as this machine can tell: undefined when it cannot (another host, another container, another
 * boot, a start time that cannot be read), and then only the heartbeat speaks. `saidSo`: it said a moment ago that it lives; then its id is
 * enough where asking is costly.
 */
export async function isAlive(identity: ProcessIdentity, { saidSo = false, table = ownTable }: { saidSo?: boolean; table?: ProcessTable } = {}): Promise<boolean | undefined> {
  if (identity.host !== hostname() || identity.space !== processSpace()) return undefined;
  if (!pidExists(identity.pid)) return false;
  if (saidSo && table.costly) return true;
  if (identity.processStart === null) return undefined;
  const start = await table.start(identity.pid);
  if (start === ended) return false;
  if (start === undefined) return pidExists(identity.pid) ? undefined : false;
  return start === identity.processStart;
}

/** Whether there is a process of that id here, whoever it is. */
export function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export function processSpace(): string {
  if (process.platform !== 'linux') return hostname();
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

async function processStart(pid: number): Promise<string | undefined> {
  switch (process.platform) {
    case 'linux':
      return fs.readFile(`/proc/${pid}/stat`, 'utf8').then(startFromProcStat, () => undefined);
    case 'win32':
      return output('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`]);
    default:
      return output('ps', ['-o', 'lstart=', '-p', String(pid)]);
  }
}

/** A process that has ended and whose parent has not asked for its exit code yet: its id is still taken. */
const ended = 'ended';

/** Field 22 of /proc/<pid>/stat, in ticks since boot. The second field, the command's name, may itself hold spaces and brackets. */
export function startFromProcStat(stat: string): string | undefined {
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (afterName[0] === 'Z' || afterName[0] === 'X') return ended;
  return /^\d+$/.test(afterName[19] ?? '') ? afterName[19] : undefined;
}

function output(command: string, args: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 10_000, windowsHide: true, env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } }, (error, stdout) => resolve(error ? undefined : stdout.trim() || undefined));
  });
}
