/** The native backend: tfjs-node's kernels on libtensorflow. About as fast as PyTorch; needs a real Node and its set-up folder (see locate.ts). */

import { createRequire } from 'node:module';
import os from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { UnusableBackend, type BackendSlot } from '../backend.ts';
import { ourCore, withOurCore } from '../ourCore.ts';
import type { Recorder } from '../program.ts';
import { selfTest } from '../selfTest.ts';
import { systemMemoryBytes } from '../systemMemory.ts';
import { halfWrittenProblem, loadProblem, packageProblem } from '../loadProblem.ts';
import { createRecorder } from './graph/programs.ts';
import type { NodeBackend } from './graph/native.ts';
import { installKernels } from './kernels.ts';
import { locateTensorflow, type TensorflowFiles } from './locate.ts';
import { nvidiaCard } from './nvidia.ts';
import { handOverAtOnce } from './handOver.ts';
import { halfWritten } from '../wholeLibrary.ts';

export const tensorflowSlot: BackendSlot = {
  id: 'tensorflow',
  unusable(options) {
    const files = locateTensorflow(options);
    return 'reason' in files ? files : undefined;
  },
  async open(options) {
    const files = locateTensorflow(options);
    if ('reason' in files) throw new UnusableBackend('tensorflow', files);
    // Read by libtensorflow when it is loaded.
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
    // Without it one process takes the whole card, and nothing else can be tried, asked or set up beside a training.
    process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
    process.env.TF_NUM_INTRAOP_THREADS ||= String(options.threads ?? os.availableParallelism());
    // Who set it wants it so; what is no number, or 0, means all to TensorFlow.
    const threads = Number(process.env.TF_NUM_INTRAOP_THREADS) || os.availableParallelism();
    tf.enableProdMode();
    const { binding, packageName } = loadKernels(files);
    const gpu = binding.isUsingGpuDevice();
    const card = gpu ? nvidiaCard() : undefined;
    if (tf.findBackendFactory('tensorflow')) tf.removeBackend('tensorflow');
    tf.registerBackend('tensorflow', () => new binding.Backend(packageName), 3);
    if (!tf.setBackend('tensorflow')) throw new Error('tfjs did not start its tensorflow backend');
    await selfTest(tf);
    const backend = tf.backend() as unknown as NodeBackend & { recorder?: Recorder; keptLogitsBytes?: number };
    handOverAtOnce(backend);
    // For a card XLA needs more of CUDA than comes with TensorFlow.
    const recorder = createRecorder(backend, (message) => options.warn?.(message), !gpu);
    if (!options.uncompiled) backend.recorder = recorder;
    backend.keptLogitsBytes = 2 ** 30;
    return {
      name: 'tensorflow' as const,
      device: `TensorFlow ${binding.version}, ${gpu ? (card?.name ?? 'GPU') : `CPU, ${threads} thread${threads === 1 ? '' : 's'}`}`,
      threads,
      gpu,
      versions: { tensorflow: binding.version },
      tf,
      memoryBytes: () => tf.memory().numBytes,
      memoryLimitBytes: () => card?.memoryBytes ?? systemMemoryBytes(),
      dispose() {
        recorder.dispose();
        return Promise.resolve(tf.removeBackend('tensorflow'));
      },
    };
  },
};

interface Loaded {
  binding: { version: string; isUsingGpuDevice(): boolean; Backend: new (packageName: string) => tf.KernelBackend };
  packageName: string;
}
let loaded: Loaded | undefined;

/** Registers the package's kernels on OUR tfjs-core: two instances would each have their own tensors and registries. */
function loadKernels(files: TensorflowFiles): Loaded {
  if (loaded) return loaded;
  const require = createRequire(join(files.packageFolder, 'package.json'));
  const native = loadBinding(require, files.bindingFile);
  const util = createRequire(__filename)('node:util') as object;
  const answers = {
    '@tensorflow/tfjs': ourCore,
    // What Node 23 removed.
    util: { ...util, isNullOrUndefined: (value: unknown) => value === null || value === undefined, isArray: Array.isArray },
    // Only reads SavedModel files, and would want google-protobuf.
    './proto/api_pb': {},
  };
  try {
    const { NodeJSKernelBackend, name } = withOurCore(files.packageFolder, answers, () => {
      // Not the package's index.js: that one wants the whole of tfjs (layers, data, WebGL) and an install script's layout.
      const { NodeJSKernelBackend } = require('./dist/nodejs_kernel_backend.js') as { NodeJSKernelBackend: new (binding: object, name: string) => tf.KernelBackend };
      require('./dist/register_all_kernels.js');
      return { NodeJSKernelBackend, ...(require('./package.json') as { name: string }) };
    });
    installKernels();
    loaded = {
      packageName: name,
      binding: {
        version: native.TF_Version,
        isUsingGpuDevice: () => native.isUsingGpuDevice(),
        Backend: class {
          constructor(packageName: string) {
            return new NodeJSKernelBackend(native, packageName);
          }
        } as never,
      },
    };
    return loaded;
  } catch (error) {
    throw new UnusableBackend('tensorflow', packageProblem('tensorflow', files.packageFolder, error));
  }
}

function loadBinding(require: NodeJS.Require, file: string): { TF_Version: string; isUsingGpuDevice(): boolean } {
  const half = halfWritten(file);
  if (half !== undefined) throw new UnusableBackend('tensorflow', halfWrittenProblem('tensorflow', half));
  try {
    return require(file) as { TF_Version: string; isUsingGpuDevice(): boolean };
  } catch (error) {
    throw new UnusableBackend('tensorflow', loadProblem('tensorflow', file, error));
  }
}
