/** `npm run check:gpu-kernels -- FOLDER` writes which recorded ops the TensorFlow library in FOLDER computes on an NVIDIA card (kernels.json). It needs python3, and no card. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dtypes } from '../../backend/tensorflow/graph/protobuf.ts';
import { emittedOps } from './emittedOps.ts';

interface Kernel {
  device: string;
  types: Record<string, number[]>;
  host: string[];
}

/** card: computed there; memory of the computer: the kernel is for cards, its numbers are not; processor: no kernel for cards. */
type Where = 'card' | 'memory of the computer' | 'processor';

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error('Usage: npm run check:gpu-kernels -- FOLDER   (the folder tensorflow/ of the unpacked wheel)');
  process.exit(2);
}
const ops = emittedOps();
const here = join('src', 'build', 'gpuKernels');
const { version, kernels: found } = JSON.parse(execFileSync('python3', [join(here, 'read.py'), folder, ...ops], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 26 })) as { version: string; kernels: Record<string, Kernel[]> };
const table = Object.fromEntries(ops.map((op) => [op, { float32: whereOf(found[op]!, dtypes.float32), int32: whereOf(found[op]!, dtypes.int32) }]));
writeFileSync(join(here, 'kernels.json'), `{\n  "version": ${JSON.stringify(version)},\n  "ops": {\n${Object.entries(table).map(([op, where]) => `    ${JSON.stringify(op)}: ${JSON.stringify(where)}`).join(',\n')}\n  }\n}\n`);
for (const [op, { float32 }] of Object.entries(table)) if (float32 !== 'card') console.log(`${op}: ${float32}`);

function whereOf(kernels: readonly Kernel[], dtype: number): Where {
  const fitting = kernels.filter(({ device, types }) => ['GPU', 'DEFAULT'].includes(device) && ['T', 'dtype', 'Tparams', 'SrcT'].every((name) => !types[name] || types[name].includes(dtype)));
  if (fitting.length === 0) return 'processor';
  return fitting.some(({ host }) => !host.some((argument) => ['output', 'y', 'z', 'product'].includes(argument))) ? 'card' : 'memory of the computer';
}
