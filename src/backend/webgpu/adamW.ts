/** AdamW in one kernel a parameter, in place. Of tfjs' operations the same update takes a dozen, and as many passes over memory. */

import type * as Tf from '@tensorflow/tfjs-core';
import type { ComputePipeline, WebgpuBackend } from './types.ts';

const workgroup = 256;

/** The tensors in the order of their bindings: three that are changed, the others read; the last of them are single numbers. */
const changed = ['param', 'm', 'v'] as const;
const read = ['grad', 'rate', 'epsilon', 'decay', 'scale'] as const;

/** What the betas leave is not computed here: single precision knows 1 − 0.999 to five digits. */
function source(names: readonly string[]): string {
  const [decays, scales] = [names.includes('decay'), names.includes('scale')];
  return `
struct Arguments { size: u32, across: u32, beta1: f32, rest1: f32, beta2: f32, rest2: f32 };
${names.map((name, i) => `@group(0) @binding(${i}) var<storage, ${(changed as readonly string[]).includes(name) ? 'read_write' : 'read'}> ${name}: array<f32>;`).join('\n')}
@group(0) @binding(${names.length}) var<uniform> a: Arguments;
@compute @workgroup_size(${workgroup}) fn main(@builtin(global_invocation_id) at: vec3<u32>) {
  let i = at.y * a.across + at.x;
  if (i >= a.size) { return; }
  let g = grad[i]${scales ? ' * scale[0]' : ''};
  let mean = a.beta1 * m[i] + a.rest1 * g;
  let square = a.beta2 * v[i] + a.rest2 * g * g;
  m[i] = mean;
  v[i] = square;
  param[i] = param[i]${decays ? ' - param[i] * decay[0]' : ''} - mean * rate[0] / (sqrt(square) + epsilon[0]);
}`;
}

/** Registers `PosttrainAdamW` (see train/optimizer.ts): what it returns are the tensors that it was given, with their new numbers. */
export function installAdamW(tf: typeof Tf, backend: WebgpuBackend): void {
  const name = { kernelName: 'PosttrainAdamW', backendName: 'webgpu' };
  const { device } = backend;
  const pipelines = new Map<string, ComputePipeline>();
  if (tf.getKernel(name.kernelName, name.backendName)) tf.unregisterKernel(name.kernelName, name.backendName);
  tf.registerKernel({
    ...name,
    kernelFunc({ inputs, attrs }) {
      const names = [...changed, ...read].filter((key) => inputs[key]);
      let pipeline = pipelines.get(names.join());
      if (!pipeline) pipelines.set(names.join(), (pipeline = device.createComputePipeline({ layout: 'auto', compute: { module: device.createShaderModule({ code: source(names) }), entryPoint: 'main' } })));
      const tensors = names.map((key) => inputs[key] as Tf.TensorInfo);
      const size = tf.util.sizeFromShape(tensors[0]!.shape);
      const groups = Math.ceil(size / workgroup);
      const across = Math.min(groups, device.limits.maxComputeWorkgroupsPerDimension!);
      const { beta1, beta2 } = attrs as Record<'beta1' | 'beta2', number>;
      const uniform = backend.makeUniforms([
        ...[size, across * workgroup].map((value) => ({ type: 'uint32', data: [value] })),
        ...[beta1, 1 - beta1, beta2, 1 - beta2].map((value) => ({ type: 'float32', data: [value] })),
      ]);
      for (const { dataId } of tensors) {
        backend.uploadToGPU(dataId);
        backend.commandQueueOwnedIds.add(dataId);
      }
      const bound = [...tensors.map(({ dataId }) => ({ buffer: backend.tensorMap.get(dataId).resource! })), uniform];
      backend.ensureCommandEncoderReady();
      const pass = (backend.computePassEncoder ??= backend.commandEncoder!.beginComputePass());
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: bound.map((resource, binding) => ({ binding, resource })) }));
      pass.dispatchWorkgroups(across, Math.ceil(groups / across));
      backend.dispatchCountInPass++;
      if (backend.dispatchCountInPass >= tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')) {
        backend.endComputePassEncoder();
        backend.submitQueue();
      }
      return tensors.slice(0, changed.length).map(({ dataId, shape, dtype }) => {
        backend.incRef(dataId);
        return { dataId, shape, dtype };
      });
    },
  });
}
