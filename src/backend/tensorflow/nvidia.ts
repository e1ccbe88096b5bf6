/** Which card TensorFlow computes on, and how much memory it has: the driver's own program tells, the library does not. */

import { execFileSync } from 'node:child_process';

export interface NvidiaCard {
  name: string;
  memoryBytes: number;
}

/** The first card that this process may see; undefined where the driver's program is not there. */
export function nvidiaCard(env: NodeJS.ProcessEnv = process.env): NvidiaCard | undefined {
  const first = (env.CUDA_VISIBLE_DEVICES ?? '').split(',')[0]!.trim();
  for (const program of ['nvidia-smi', '/usr/lib/wsl/lib/nvidia-smi']) {
    try {
      return parseCard(execFileSync(program, ['--query-gpu=name,memory.total', '--format=csv,noheader,nounits', ...(first ? [`--id=${first}`] : [])], { encoding: 'utf8', timeout: 10_000, windowsHide: true, stdio: ['ignore', 'pipe', 'ignore'] }));
    } catch {
      // Not there, or it does not answer: the next one.
    }
  }
  return undefined;
}

/** "NVIDIA A100-SXM4-40GB, 40960", in MiB. */
export function parseCard(text: string): NvidiaCard | undefined {
  const found = /^\s*(.+?)\s*,\s*(\d+)\s*$/m.exec(text);
  return found ? { name: found[1]!, memoryBytes: Number(found[2]) * 2 ** 20 } : undefined;
}
