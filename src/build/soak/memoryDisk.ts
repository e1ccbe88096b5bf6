/** A disk in memory that can fail, be full, lose its power or its process at any operation: stands in for `fs.promises` below one folder. */

import { promises } from 'node:fs';
import { join, sep } from 'node:path';
import type { Rng } from '../../core/rng.ts';

interface Inode {
  number: number;
  data: Buffer;
  /** What a power cut leaves for certain. */
  synced: Buffer;
  modifiedMs: number;
}

export type End = 'kill' | 'power';

/** Of the machine: survives every end. */
export interface MemoryDisk {
  /** The folder of this life; the next life has another one, and what an earlier one still tries never ends. */
  readonly root: string;
  /** File operations so far. */
  readonly operations: number;
  /** The process ends when it asks for this operation; a write may be done in part. Undefined: it goes on. */
  endAt(operation: number | undefined, rng: Rng): void;
  /** No space is left from this operation on; undefined: there is space. */
  fullFrom: number | undefined;
  /** Settles when the process has ended. */
  readonly ended: Promise<void>;
  /** The disk as the next process finds it. */
  restart(how: End, rng: Rng): void;
  read(name: string): Buffer;
  /** Puts another file in its place, as someone else. */
  write(name: string, data: Buffer): void;
  /** Writes on at its end, as someone else. */
  append(name: string, data: Buffer): void;
  names(folder: string): string[];
  /** Gives `fs.promises` back. */
  dispose(): void;
}

const never = () => new Promise<never>(() => {});
let disks = 0;

export function createMemoryDisk(): MemoryDisk {
  const home = join('/', `posttrain-memory-disk-${++disks}`);
  const originals = { ...promises };
  let life = 1;
  let live = new Map<string, Inode>();
  let durable = new Map<string, Inode>();
  const folders = new Set<string>(['']);
  let inodes = 0;
  let clock = 1_700_000_000_000;
  let operations = 0;
  let endAt: { operation: number; rng: Rng } | undefined;
  let over = false;
  let end = () => {};
  let ended = new Promise<void>((resolve) => (end = resolve));

  const fail = (code: string, name: string) => Object.assign(new Error(`${code}: ${name}`), { code });
  const inodeAt = (name: string): Inode => {
    const inode = live.get(name);
    if (!inode) throw fail(folders.has(name) ? 'EISDIR' : 'ENOENT', name);
    return inode;
  };
  const stats = (inode: Inode | undefined) => ({
    size: inode?.data.length ?? 0,
    mtimeMs: inode?.modifiedMs ?? 0,
    ino: inode?.number ?? 0,
    dev: 1,
    nlink: 1,
    mode: 0o644,
    uid: 1,
    gid: 1,
    isFile: () => inode !== undefined,
    isDirectory: () => inode === undefined,
    isFIFO: () => false,
    isSocket: () => false,
  });
  const put = (inode: Inode, data: Buffer) => {
    inode.data = data;
    inode.modifiedMs = clock += 7;
  };
  const replacePart = (inode: Inode, bytes: Uint8Array, at: number) => {
    const data = Buffer.alloc(Math.max(inode.data.length, at + bytes.length));
    inode.data.copy(data);
    data.set(bytes, at);
    put(inode, data);
  };
  const syncFolder = (folder: string) => {
    const inside = (name: string) => name.startsWith(folder === '' ? '' : `${folder}/`) && !name.slice(folder === '' ? 0 : folder.length + 1).includes('/');
    for (const name of [...durable.keys()]) if (inside(name) && !live.has(name)) durable.delete(name);
    for (const [name, inode] of live) if (inside(name)) durable.set(name, inode);
  };

  /** Every operation goes through here: the process may end before it, or in the middle of a write. */
  const operation = async <T>(ofLife: number, work: () => T, half?: (rng: Rng) => void, writes = false): Promise<T> => {
    await Promise.resolve();
    if (ofLife !== life || over) return never();
    operations++;
    if (endAt?.operation === operations) {
      half?.(endAt.rng);
      over = true;
      end();
      return never();
    }
    if (writes && disk.fullFrom !== undefined && operations >= disk.fullFrom) {
      half?.(fullRng);
      throw fail('ENOSPC', 'no space left on device');
    }
    return work();
  };

  const openFile = (ofLife: number, name: string, flags: string) => {
    if (folders.has(name)) return handleOf(ofLife, name, undefined, false);
    let inode = live.get(name);
    if (flags.startsWith('wx') && inode) throw fail('EEXIST', name);
    if (!inode && flags.startsWith('r')) throw fail('ENOENT', name);
    if (!inode) live.set(name, (inode = { number: ++inodes, data: Buffer.alloc(0), synced: Buffer.alloc(0), modifiedMs: (clock += 7) }));
    else if (flags === 'w') put(inode, Buffer.alloc(0));
    return handleOf(ofLife, name, inode, flags === 'a');
  };
  const handleOf = (ofLife: number, name: string, inode: Inode | undefined, appending: boolean) => {
    let position = 0;
    const file = () => inode ?? inodeAt(name);
    const write = (bytes: Uint8Array, at: number) =>
      operation(ofLife, () => replacePart(file(), bytes, at), (rng) => replacePart(file(), bytes.subarray(0, rng.below(bytes.length + 1)), at), true);
    const append = async (data: string | Uint8Array) => {
      const bytes = Buffer.from(data as string);
      const at = appending ? file().data.length : position;
      await write(bytes, at);
      position = at + bytes.length;
    };
    const sync = () => operation(ofLife, () => void (inode ? (inode.synced = inode.data) : syncFolder(name)));
    return {
      stat: () => operation(ofLife, () => stats(inode)),
      read: (buffer: Uint8Array, offset: number, length: number, at: number) => operation(ofLife, () => ({ bytesRead: file().data.copy(buffer, offset, at, Math.min(file().data.length, at + length)) })),
      write: async (buffer: Uint8Array, offset: number, length: number, at: number) => (await write(buffer.subarray(offset, offset + length), at), { bytesWritten: length }),
      writeFile: append,
      appendFile: append,
      truncate: (length: number) => operation(ofLife, () => put(file(), Buffer.from(file().data.subarray(0, length)))),
      chmod: () => operation(ofLife, () => undefined),
      chown: () => operation(ofLife, () => undefined),
      sync,
      datasync: sync,
      close: () => operation(ofLife, () => undefined),
    };
  };

  const calls = {
    open: (ofLife: number, name: string, flags = 'r') => operation(ofLife, () => openFile(ofLife, name, flags)),
    stat: (ofLife: number, name: string) => operation(ofLife, () => stats(folders.has(name) ? undefined : inodeAt(name))),
    access: (ofLife: number, name: string) => operation(ofLife, () => void (folders.has(name) || inodeAt(name))),
    realpath: (ofLife: number, name: string) => operation(ofLife, () => (inodeAt(name), pathOf(ofLife, name))),
    readFile: (ofLife: number, name: string, encoding?: BufferEncoding) => operation(ofLife, () => (encoding ? inodeAt(name).data.toString(encoding) : inodeAt(name).data)),
    utimes: (ofLife: number, name: string) => operation(ofLife, () => void (inodeAt(name).modifiedMs = clock += 7)),
    rm: (ofLife: number, name: string) => operation(ofLife, () => void live.delete(name)),
    mkdir: (ofLife: number, name: string) => operation(ofLife, () => void folders.add(name)),
    readdir: (ofLife: number, name: string) =>
      operation(ofLife, () => {
        if (!folders.has(name)) throw fail('ENOENT', name);
        return disk.names(name);
      }),
    rename: (ofLife: number, name: string, to: string) =>
      operation(ofLife, () => {
        live.set(nameOf(to), inodeAt(name));
        live.delete(name);
      }),
  };
  const pathOf = (ofLife: number, name: string) => join(home, String(ofLife), ...name.split('/'));
  const nameOf = (path: string) => path.split(sep).slice(3).join('/');

  for (const [name, call] of Object.entries(calls) as [keyof typeof calls, (ofLife: number, name: string, ...rest: unknown[]) => Promise<unknown>][]) {
    const original = originals[name] as (...args: unknown[]) => Promise<unknown>;
    Object.assign(promises, {
      [name]: (path: unknown, ...rest: unknown[]) => {
        if (typeof path !== 'string' || !path.startsWith(`${home}${sep}`)) return original(path, ...rest);
        return call(Number(path.split(sep)[2]), nameOf(path), ...rest);
      },
    });
  }

  const disk: MemoryDisk = {
    get root() {
      return pathOf(life, '');
    },
    get operations() {
      return operations;
    },
    get ended() {
      return ended;
    },
    fullFrom: undefined,
    endAt(at, rng) {
      endAt = at === undefined ? undefined : { operation: at, rng };
    },
    restart(how, rng) {
      life++;
      over = false;
      endAt = undefined;
      disk.fullFrom = undefined;
      ended = new Promise<void>((resolve) => (end = resolve));
      if (how === 'power') {
        // each name as it was synced or as it is, each file with what was synced and perhaps some of the rest
        const names = new Set([...live.keys(), ...durable.keys()]);
        const left = new Map<string, Inode>();
        for (const name of names) {
          const inode = (rng.below(2) ? live : durable).get(name);
          if (inode) left.set(name, inode);
        }
        for (const inode of new Set(left.values())) {
          const grown = inode.data.subarray(0, inode.synced.length).equals(inode.synced);
          if (grown) inode.data = Buffer.from(inode.data.subarray(0, inode.synced.length + rng.below(inode.data.length - inode.synced.length + 1)));
          else if (rng.below(2)) inode.data = inode.synced;
        }
        live = left;
      }
      // what a new process finds is what there is
      for (const inode of live.values()) inode.synced = inode.data;
      durable = new Map(live);
    },
    read: (name) => inodeAt(name).data,
    write(name, data) {
      const inode = { number: ++inodes, data, synced: data, modifiedMs: (clock += 7) };
      live.set(name, inode);
      durable.set(name, inode);
    },
    append(name, data) {
      const inode = inodeAt(name);
      put(inode, Buffer.concat([inode.data, data]));
      inode.synced = inode.data;
    },
    names: (folder) => [...live.keys()].filter((name) => name.startsWith(folder === '' ? '' : `${folder}/`)).map((name) => name.slice(folder === '' ? 0 : folder.length + 1)).filter((name) => !name.includes('/')),
    dispose() {
      life = -1;
      Object.assign(promises, originals);
    },
  };
  return disk;
}

/** A full disk takes half of what is written. */
const fullRng: Rng = { next: () => 0.5, below: (n) => Math.floor(n / 2), normal: () => 0 };
