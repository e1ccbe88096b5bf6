/**
 * The tensorflow backend: TensorFlow's C library out of a Python wheel (nothing of Python is used), CUDA's libraries where there is a
 * card for them, and tfjs-node's binding, compiled here against that library: the prebuilt one is for TensorFlow 2.9 and CUDA 11.
 */

import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../core/problem.ts';
import { compile, findCompiler } from './compiler.ts';
import { cudaProblem, findNvidia } from './nvidia.ts';
import type { Recipe, SetupContext } from './recipe.ts';
import { smokeTest } from './smokeTest.ts';
import { unpackPackage, unpackWheel } from './unpack.ts';

export async function tensorflowRecipe(context: SetupContext, options: { cpu: boolean }): Promise<Recipe> {
  const { pins, platform, env, signal, report } = context;
  const gpu = !options.cpu && (await cudaFits(context));
  const wheels = gpu ? pins.tensorflowGpu[platform]! : pins.tensorflowCpu[platform]!;
  const words = `TensorFlow ${wheels[0]!.version} ${gpu ? 'with CUDA 12' : 'for the processor'}`;
  return {
    target: 'tensorflow',
    words,
    artifacts: [pins.tensorflowJs, pins.nodeApiHeaders, ...wheels],
    unpackedBytes: gpu ? 6.5e9 : 0.9e9,
    cpu: options.cpu,
    async prepare() {
      await findCompiler(env, signal);
    },
    async build(folder, [tensorflowJs, nodeApiHeaders, ...wheelFiles]) {
      report({ type: 'step', words: `Unpacking ${words}` });
      const site = join(folder, 'site');
      const js = join(folder, 'node_modules/@tensorflow/tfjs-node-gpu');
      await unpackPackage(tensorflowJs!, js, (path) => path === 'package.json' || path === 'LICENSE' || /^(dist\/.*\.js|binding\/.*)$/.test(path), signal);
      await unpackPackage(nodeApiHeaders!, join(folder, 'headers'), (path) => /^include\/[^/]+\.h$/.test(path), signal);
      for (const wheel of wheelFiles) await unpackWheel(wheel, site, isNeeded, signal);
      report({ type: 'step', words: 'Compiling the binding' });
      await compile(await findCompiler(env, signal), bindingArguments(folder, await fs.readdir(join(site, 'tensorflow'))), signal);
      await fs.rm(join(folder, 'headers'), { recursive: true });
      await fs.rm(join(site, 'tensorflow/include'), { recursive: true });
    },
    smokeTest: (home) => smokeTest(context, home, 'tensorflow', gpu ? (device) => (device.gpu ? '' : `it loads, but finds no card to compute on (it says: ${device.device}). Check the driver with nvidia-smi, or set it up for the processor: posttrain setup tensorflow --cpu.`) : undefined),
  };
}

async function cudaFits({ pins, platform, signal, report }: SetupContext): Promise<boolean> {
  if (!pins.tensorflowGpu[platform]) return false;
  const nvidia = await findNvidia(signal);
  if (nvidia === 'none') return false;
  if (nvidia === 'no driver') {
    report({ type: 'note', words: 'There is an NVIDIA card, but no driver for it: TensorFlow is set up for the processor. Install the driver (525 or newer) and run posttrain setup tensorflow again to train on the card.' });
    return false;
  }
  const problem = cudaProblem(nvidia);
  if (problem) throw new UserError(`${problem} Or set it up for the processor (posttrain setup tensorflow --cpu), or use the card with posttrain setup webgpu.`, 'driver');
  return true;
}

/** The library, the headers of its C interface, CUDA's libraries and the ptxas and libdevice that compile for new cards. */
function isNeeded(path: string): boolean {
  return (
    /^tensorflow\/libtensorflow_(cc|framework)\.(so\.2|2\.dylib)$/.test(path) ||
    /^tensorflow\/include\/(tensorflow\/c\/.*\.h|(tensorflow\/core|tsl|tensorflow\/tsl|xla\/tsl|external\/local_tsl\/tsl|external\/local_xla\/xla\/tsl)\/(platform\/ctstring(_internal)?|c\/tsl_status)\.h)$/.test(path) ||
    /^nvidia\/[^/]+\/(lib|bin|nvvm)\//.test(path)
  );
}

function bindingArguments(folder: string, libraries: readonly string[]): string[] {
  const tensorflow = join(folder, 'site/tensorflow');
  const binding = join(folder, 'node_modules/@tensorflow/tfjs-node-gpu/binding');
  const mac = process.platform === 'darwin';
  return [
    ...['-std=c++17', '-O2', '-fPIC', '-w', ...(mac ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'])],
    ...['-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'],
    ...['headers/include', 'site/tensorflow/include', 'site/tensorflow/include/external/local_tsl', 'site/tensorflow/include/external/local_xla'].map((path) => `-I${join(folder, path)}`),
    ...[join(binding, 'tfjs_backend.cc'), join(binding, 'tfjs_binding.cc')],
    ...['-o', join(folder, 'tfjs_binding.node')],
    ...libraries.filter((name) => name.startsWith('libtensorflow_')).map((name) => join(tensorflow, name)),
    // Beside the binding, wherever the folder is moved.
    `-Wl,-rpath,${mac ? '@loader_path' : '$ORIGIN'}/site/tensorflow`,
  ];
}
