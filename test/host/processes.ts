/** The processes of one test VS Code: found by a mark in their environment, measured from /proc, ended by their ids. Linux only. */

import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';

export type ProcessKind = 'server' | 'extensionHost' | 'languageServer' | 'trainer' | 'fileWatcher' | 'ptyHost' | 'chromium' | 'other';

export interface ProcessInfo {
  pid: number;
  ppid: number;
  kind: ProcessKind;
  /** Proportional set size: sums of it count shared memory once. */
  pssMiB: number;
  cpuMs: number;
  command: string;
}

export const MARK = 'POSTTRAIN_TEST_MARK';

/** Every live process of a launch. */
export function processTree(mark: string): ProcessInfo[] {
  const rows = marked(mark).flatMap((pid) => {
    const stat = readStat(pid);
    return stat ? [{ pid, ...stat, command: readProc(pid, 'cmdline').split('\0').join(' ').trim() }] : [];
  });
  const commandOf = new Map(rows.map((row) => [row.pid, row.command]));
  return rows.map(({ pid, ppid, cpuMs, command }) => {
    const pss = /^Pss:\s+(\d+)/m.exec(readProc(pid, 'smaps_rollup'))?.[1] ?? '0';
    return { pid, ppid, kind: kindOf(command, commandOf.get(ppid) ?? ''), pssMiB: Math.round(Number(pss) / 1024), cpuMs, command: command.slice(0, 200) };
  });
}

function kindOf(command: string, parent: string): ProcessKind {
  if (command.includes('--type=extensionHost')) return 'extensionHost';
  if (command.includes('--type=fileWatcher')) return 'fileWatcher';
  if (command.includes('--type=ptyHost')) return 'ptyHost';
  if (command.includes('server-main.js')) return 'server';
  if (/chrom(e|ium)/.test(command.split(' ')[0]!)) return 'chromium';
  if (/trainer\.js/.test(command)) return 'trainer';
  if (parent.includes('--type=extensionHost') && /--node-ipc|--stdio|--clientProcessId/.test(command)) return 'languageServer';
  return 'other';
}

/** Ends every process of a launch, by its id, until none is left. */
export function killMarked(mark: string): void {
  for (let round = 0; round < 20; round++) {
    const pids = marked(mark);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone already.
      }
    }
    spawnSync('sleep', ['0.05']);
  }
}

/**
 * Cleans up after a launch whatever ends this process: on exit and on signals here; when it is killed outright, a small shell
 * sees its input close and does it. `release` when the launch has ended in order.
 */
export function guard(mark: string, folders: readonly string[]): { release(): Promise<void> } {
  hookExit();
  live.set(mark, folders);
  const script = `read line; [ "$line" = done ] && exit 0
for i in 1 2 3; do
  for d in /proc/[0-9]*; do p=\${d#/proc/}; [ "$p" = $$ ] && continue; grep -qs "${MARK}=$0" "$d/environ" && kill -KILL "$p" 2>/dev/null; done
  sleep 0.1
done
rm -rf "$@"`;
  const shell = spawn('/bin/sh', ['-c', script, mark, ...folders], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, env: { PATH: process.env.PATH } });
  shell.unref();
  (shell.stdin as unknown as { unref?(): void }).unref?.();
  shell.stdin.on('error', () => {});
  return {
    async release() {
      live.delete(mark);
      if (shell.exitCode !== null || shell.signalCode !== null) return;
      await new Promise<void>((resolve) => {
        shell.once('exit', () => resolve());
        shell.ref();
        shell.stdin.end('done\n');
      });
    },
  };
}

const live = new Map<string, readonly string[]>();
let hooked = false;

function hookExit(): void {
  if (hooked) return;
  hooked = true;
  const endAll = () => {
    for (const [mark, folders] of live) {
      killMarked(mark);
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    }
    live.clear();
  };
  process.on('exit', endAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      endAll();
      if (process.listenerCount(signal) === 1) process.exit(128 + os.constants.signals[signal]);
    });
  }
}

/** Whatever its parent or session: terminals and orphans too. Chromium's zygotes overwrite their environment, so children of hits count as well. */
function marked(mark: string): number[] {
  const wanted = `${MARK}=${mark}`;
  const alive = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).flatMap((pid) => {
    const stat = pid === process.pid ? undefined : readStat(pid);
    return stat && stat.state !== 'Z' ? [{ pid, ppid: stat.ppid }] : [];
  });
  const hits = new Set(alive.filter(({ pid }) => readProc(pid, 'environ').includes(wanted)).map(({ pid }) => pid));
  for (let before = -1; before !== hits.size; ) {
    before = hits.size;
    for (const { pid, ppid } of alive) if (hits.has(ppid)) hits.add(pid);
  }
  return [...hits];
}

function readStat(pid: number): { ppid: number; state: string; cpuMs: number } | undefined {
  const text = readProc(pid, 'stat');
  if (!text) return undefined;
  // The name in brackets may hold spaces and brackets.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0]!, ppid: Number(fields[1]), cpuMs: (Number(fields[11]) + Number(fields[12])) * 10 };
}

function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
