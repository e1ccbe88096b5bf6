/** `posttrain devices`: what can compute on this machine. */

import { join } from 'node:path';
import { findDevices, type Device } from '../../node/devices.ts';
import { findNode } from '../../node/nodeProgram.ts';
import { formatBytes, formatNumber } from '../../run/format.ts';
import type { CliCommand } from './command.ts';

export const devices: CliCommand = {
  name: 'devices',
  summary: 'Show which backends work on this machine, and how fast.',
  usage: 'devices [--json]',
  options: [{ name: 'json', type: 'boolean', description: 'One JSON object a line: {backend, usable, reason, device, memoryBytes, probe: {matmulGflops}}.' }],
  positionals: { min: 0, max: 0 },
  async run(args, context) {
    let usable = 0;
    for await (const device of findDevices(await findNode(undefined, context.signal), join(context.distDir, 'trainer.js'), context.signal)) {
      if (device.usable) usable++;
      if (args.options.json) context.printJson(device);
      else context.print(`${words(device)}\n`);
    }
    return usable > 0 ? 0 : 1;
  },
};

function words({ backend, usable, reason, device, memoryBytes, probe }: Device): string {
  if (!usable) return `${backend.padEnd(11)} no   ${reason}`;
  return [`${backend.padEnd(11)} yes  ${device}`, memoryBytes ? formatBytes(memoryBytes) : '', probe ? `${formatNumber(probe.matmulGflops)} GFLOP/s` : '', reason].filter(Boolean).join(', ');
}
