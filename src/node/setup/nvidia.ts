/** Which NVIDIA card and driver this machine has, and whether TensorFlow's CUDA 12 libraries can use them. */

import { execFile } from 'node:child_process';
import { promises as fs } from 'node:fs';

export interface Nvidia {
  /** "550.54.14" */
  driver: string;
  cards: { name: string; computeCapability: number }[];
}

/** `none`: no card · `no driver`: a card that no driver was found for. */
export async function findNvidia(signal?: AbortSignal): Promise<Nvidia | 'none' | 'no driver'> {
  for (const program of ['nvidia-smi', '/usr/lib/wsl/lib/nvidia-smi']) {
    const found = parseNvidiaSmi(await output(program, ['--query-gpu=driver_version,compute_cap,name', '--format=csv,noheader'], signal));
    if (found) return found;
  }
  const version = parseDriverVersion(await fs.readFile('/proc/driver/nvidia/version', 'utf8').catch(() => ''));
  if (version) return { driver: version, cards: [] };
  return (await hasCard()) ? 'no driver' : 'none';
}

export function parseNvidiaSmi(text: string): Nvidia | undefined {
  const rows = text.split('\n').map((line) => /^\s*(\d+(?:\.\d+)+)\s*,\s*(\d+\.\d+)\s*,\s*(.+?)\s*$/.exec(line)).filter((row) => row !== null);
  return rows.length === 0 ? undefined : { driver: rows[0]![1]!, cards: rows.map((row) => ({ name: row[3]!, computeCapability: Number(row[2]) })) };
}

/** Of what the driver says of itself: "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  560.35.03  Release Build …". */
export function parseDriverVersion(text: string): string | undefined {
  return /Kernel Module(?: for \S+)?\s+(\d+(?:\.\d+)+)/.exec(text)?.[1];
}

/** What CUDA 12 runs on, by its rule that a driver of the first 12.0 runs all of them; cubins and PTX are what the wheel was built with. */
const oldestDriver = 525;
const oldestCard = 6;

/** Why the CUDA libraries cannot be used here, and what would help; empty when they can. */
export function cudaProblem({ driver, cards }: Nvidia): string {
  if (Number(driver.split('.')[0]) < oldestDriver) return `The NVIDIA driver ${driver} is too old for CUDA 12: install ${oldestDriver} or newer.`;
  const best = cards.toSorted((a, b) => b.computeCapability - a.computeCapability)[0];
  if (best && best.computeCapability < oldestCard) return `The ${best.name} has compute capability ${best.computeCapability.toFixed(1)}; TensorFlow's CUDA 12 library needs ${oldestCard.toFixed(1)} or newer.`;
  return '';
}

/** Only Linux tells without a driver. Class 03 is a display controller. */
async function hasCard(): Promise<boolean> {
  const devices = '/sys/bus/pci/devices';
  for (const device of await fs.readdir(devices).catch(() => [])) {
    const [vendor, kind] = await Promise.all(['vendor', 'class'].map((file) => fs.readFile(`${devices}/${device}/${file}`, 'utf8').catch(() => '')));
    if (vendor!.trim() === '0x10de' && kind!.startsWith('0x03')) return true;
  }
  return false;
}

function output(program: string, args: string[], signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve) => execFile(program, args, { timeout: 20_000, signal, windowsHide: true }, (error, stdout) => resolve(error ? '' : stdout)));
}
