/** Any vendor's GPU: Dawn under tfjs' WebGPU kernels. Needs a real Node and its set-up folder (see locate.ts). */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { UnusableBackend, type BackendSlot } from '../backend.ts';
import { packageProblem } from '../loadProblem.ts';
import { withOurCore } from '../ourCore.ts';
import { selfTest } from '../selfTest.ts';
import { systemMemoryBytes } from '../systemMemory.ts';
import { installAdamW } from './adamW.ts';
import { deviceName, openDevice } from './device.ts';
import { guardBackend } from './guard.ts';
import { locateWebgpu, type WebgpuFiles } from './locate.ts';
import type { AdapterInfo, GpuDevice, WebgpuBackend } from './types.ts';

export const webgpuSlot: BackendSlot = {
  id: 'webgpu',
  unusable(options) {
    const files = locateWebgpu(options);
    return 'reason' in files ? files : undefined;
  },
  async open(options) {
    const files = locateWebgpu(options);
    if ('reason' in files) throw new UnusableBackend('webgpu', files);
    tf.enableProdMode();
    const { Backend, versions } = loadKernels(files);
    const { device, info, close } = await openDevice(files, options.software ?? process.env.POSTTRAIN_WEBGPU === 'software');
    try {
      const backend = new Backend(device, info);
      const { closing, broken } = guardBackend(backend, device);
      if (tf.findBackendFactory('webgpu')) tf.removeBackend('webgpu');
      tf.registerBackend('webgpu', () => backend, 4);
      if (!(await tf.setBackend('webgpu'))) throw new Error('tfjs did not start its webgpu backend');
      installAdamW(tf, backend);
      await selfTest(tf);
      return {
        name: 'webgpu' as const,
        device: `WebGPU, ${deviceName(info)}${info.isFallbackAdapter ? ' (on the processor)' : ''}`,
        threads: 1,
        gpu: info.isFallbackAdapter !== true,
        versions,
        tf,
        memoryBytes: () => tf.memory().numBytes,
        // WebGPU does not say how much memory a GPU has: a card with less than the machine says so when it is full.
        memoryLimitBytes: () => systemMemoryBytes(),
        broken,
        dispose() {
          closing();
          tf.removeBackend('webgpu');
          close();
          return Promise.resolve();
        },
      };
    } catch (error) {
      close();
      throw error;
    }
  },
};

type BackendClass = new (device: GpuDevice, info: AdapterInfo) => WebgpuBackend;
let loaded: { Backend: BackendClass; versions: Record<string, string> } | undefined;

/** Registers the package's kernels. */
function loadKernels({ kernels, dawn }: WebgpuFiles): NonNullable<typeof loaded> {
  const require = createRequire(join(kernels, 'package.json'));
  try {
    loaded ??= {
      Backend: withOurCore(kernels, {}, () => (require(kernels) as { WebGPUBackend: BackendClass }).WebGPUBackend),
      versions: { dawn: (require(join(dirname(dawn), 'package.json')) as { version: string }).version },
    };
    return loaded;
  } catch (error) {
    throw new UnusableBackend('webgpu', packageProblem('webgpu', kernels, error));
  }
}
