/** `posttrain devices`: what can compute on this machine. */

import { join } from 'node:path';
import { presentBackends } from '../../methods/shared.ts';
import { findDevices } from '../../node/devices.ts';
import { findNode } from '../../node/nodeProgram.ts';
import { automatic, type Device } from '../../protocol/devicesView.ts';
import { formatBytes, formatMeasured } from '../../run/format.ts';
import type { CliCommand } from './command.ts';

export const devices: CliCommand = {
  name: 'devices',
  summary: 'Show which backends work on this machine, and how fast.',
  usage: 'devices [--json]',
  options: [{ name: 'json', type: 'boolean', description: 'One JSON object a line: {backend, usable, reason, device, memoryBytes, probe: {matmulGflops}, gpu, threads, versions, setUp, rank}.' }],
  positionals: { min: 0, max: 0 },
  details: 'Each backend is looked at in a process of its own. The speed is that of a matrix product, in billions of operations a second.\n`backend: auto` takes the usable one with the lowest rank, but for a webgpu that is slower than the next. Exit codes: 0 at least one can be used, 1 none can.',
  async run(args, context) {
    const found: Device[] = [];
    const node = await findNode(undefined, context.signal);
    for await (const device of findDevices({ node, trainerPath: join(context.distDir, 'trainer.js'), backends: presentBackends, signal: context.signal })) {
      found.push(device);
      if (args.options.json) context.printJson(device);
      else context.print(`${words(device)}\n`);
    }
    const taken = automatic(found);
    if (!args.options.json && taken) context.print(`\n\`backend: auto\` takes ${taken.backend}.\n`);
    return found.some(({ usable }) => usable) ? 0 : 1;
  },
};

function words({ backend, usable, reason, device, memoryBytes, probe }: Device): string {
  if (!usable) return `${backend.padEnd(11)} no   ${reason}`;
  return [`${backend.padEnd(11)} yes  ${device}`, memoryBytes ? `${formatBytes(memoryBytes)} of memory` : '', probe ? `${formatMeasured(probe.matmulGflops)} GFLOP/s` : ''].filter(Boolean).join(', ');
}
