/** `posttrain devices`: what can compute on this machine. The trainer program looks, because only it loads tensor libraries. */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { UserError } from '../../core/problem.ts';
import { findNode } from '../../node/nodeProgram.ts';
import { formatBytes, formatNumber } from '../../run/format.ts';
import type { CliCommand } from './command.ts';

interface DeviceLine {
  backend: string;
  usable: boolean;
  reason: string;
  device: string;
  memoryBytes: number | null;
  probe: { matmulGflops: number } | null;
}

export const devices: CliCommand = {
  name: 'devices',
  summary: 'Show which backends work on this machine, and how fast.',
  usage: 'devices [--json]',
  options: [{ name: 'json', type: 'boolean', description: 'One JSON object a line: {backend, usable, reason, device, memoryBytes, probe: {matmulGflops}}.' }],
  positionals: { min: 0, max: 0 },
  async run(args, context) {
    const node = await findNode();
    const child = spawn(node.command, [join(context.distDir, 'trainer.js'), '--devices'], { windowsHide: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...node.env } });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)));
    const exited = new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject));
    exited.catch(() => undefined);
    let usable = 0;
    for await (const text of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
      const line = readLine(text);
      if (!line) continue; // a library that greets on stdout
      if (line.usable) usable++;
      if (args.options.json) context.printJson(line);
      else context.print(`${words(line)}\n`);
    }
    const code = await exited;
    if (code !== 0) throw new UserError(`The backends could not be looked at: ${errors.trim().split('\n').at(-1) || `the trainer ended with code ${code}`}.`, 'devices');
    return usable > 0 ? 0 : 1;
  },
};

function readLine(text: string): DeviceLine | undefined {
  try {
    const raw = JSON.parse(text) as Partial<DeviceLine> | null;
    return typeof raw?.backend === 'string' && typeof raw.usable === 'boolean' ? (raw as DeviceLine) : undefined;
  } catch {
    return undefined;
  }
}

function words({ backend, usable, reason, device, memoryBytes, probe }: DeviceLine): string {
  if (!usable) return `${backend.padEnd(11)} no   ${reason}`;
  return [`${backend.padEnd(11)} yes  ${device}`, memoryBytes ? formatBytes(memoryBytes) : '', probe ? `${formatNumber(probe.matmulGflops)} GFLOP/s` : '', reason].filter(Boolean).join(', ');
}
