/**
 * Finds what the webgpu backend is made of, in its set-up folder `<home>/webgpu` (see ../home.ts):
 *
 *   webgpu/node_modules/webgpu                            Dawn, the WebGPU of Chromium, as a native module for Node
 *   webgpu/node_modules/@tensorflow/tfjs-backend-webgpu   tfjs' kernels in WGSL
 */

import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { halfSetUp, notSetUp, type BackendOptions, type Unusable } from '../backend.ts';
import { setupFolder } from '../home.ts';

export interface WebgpuFiles {
  /** The ES module that loads Dawn. */
  dawn: string;
  /** The native library that it loads. */
  library: string;
  /** The folder of tfjs' package. */
  kernels: string;
}

/** The files, or why there are none. */
export function locateWebgpu(options: BackendOptions): WebgpuFiles | Unusable {
  const setup = setupFolder(options, 'webgpu');
  if (typeof setup !== 'string') return setup;
  const packages = join(setup, 'node_modules');
  const dawn = join(packages, 'webgpu', 'index.js');
  const kernels = join(packages, '@tensorflow', 'tfjs-backend-webgpu');
  const missing = [dawn, join(kernels, 'package.json')].filter((file) => !existsSync(file));
  if (missing.length === 2) return notSetUp('webgpu', setup);
  if (missing.length === 1) return halfSetUp('webgpu', missing[0]!);
  const platform = `${process.platform}-${process.platform === 'darwin' ? 'universal' : process.arch}`;
  const library = join(packages, 'webgpu', 'dist', platform, 'dawn.node');
  if (!existsSync(library)) return { reason: `Dawn's package has nothing for this machine (${platform})`, next: 'Take another backend.', setUp: false };
  return { dawn: realpathSync(dawn), library, kernels: realpathSync(kernels) };
}
