/** Kernels for tfjs-node: replacements, and fused ones that nn/head.ts looks for by name. For uncompiled and recorded programs alike. */

import * as tf from '@tensorflow/tfjs-core';
import type { NodeBackend, OpAttribute } from './graph/native.ts';
import { dtypes } from './graph/protobuf.ts';

type Inputs = Record<string, tf.Tensor>;
type Attrs = Record<string, number>;

/** Once per process: kernels belong to the name of a backend, not to one opening of it. */
export function installKernels(): void {
  // tfjs-node's own reads all indices back to check them, at every call; TensorFlow checks them itself.
  register('GatherV2', ({ x, indices }, { axis, batchDims }) => gather(x!, indices!, axis!, batchDims ?? 0));
  register('PosttrainTokenScores', ({ logits, targets }) => tokenScores(logits as tf.Tensor2D, targets as tf.Tensor1D));
  // Without the squares in memory.
  register('PosttrainSquareSum', ({ x }) => tf.mul(run('L2Loss', { T: type(dtypes.float32) }, [x!]), 2));
  register('PosttrainTokenScoresGrad', ({ kept, targets, lse, dy }, { whole }) => {
    const [n] = kept!.shape as [number, number];
    const p = whole ? kept! : tf.exp(tf.sub(kept!, tf.reshape(lse!, [n, 1])));
    const d = tf.slice(dy as tf.Tensor2D, [0, 0], [n, 1]);
    const places = tf.concat([tf.reshape(tf.range(0, n, 1, 'int32'), [n, 1]), tf.reshape(targets!, [n, 1])], 1);
    // d (onehot - p)
    const spread = tf.mul(p, tf.neg(d));
    return run('TensorScatterAdd', { T: type(dtypes.float32), Tindices: type(dtypes.int32) }, [spread, places, tf.reshape(d, [n])]);
  });
}

/** [n, 3] log p of the target, entropy, whether the target is the most likely token; [n] log Σ exp; [n, vocab] the softmax. */
function tokenScores(logits: tf.Tensor2D, targets: tf.Tensor1D): tf.Tensor[] {
  const [n, vocab] = logits.shape;
  const p = tf.softmax(logits);
  const top = tf.max(logits, -1, true);
  // The largest probability is at least 1 / vocab: its logarithm is exact where that of the target's would be lost.
  const lse = tf.sub(top, tf.log(tf.max(p, -1, true)));
  const picked = gather(logits, tf.reshape(targets, [n, 1]), 1, 1);
  const mean = tf.reshape(tf.matMul(tf.reshape(p, [n, 1, vocab]), tf.reshape(logits, [n, vocab, 1])), [n, 1]);
  const correct = tf.cast(tf.greaterEqual(picked, top), 'float32');
  return [tf.concat([tf.sub(picked, lse), tf.sub(lse, mean), correct], 1), tf.reshape(lse, [n]), p];
}

function gather(x: tf.Tensor, indices: tf.Tensor, axis: number, batchDims: number): tf.Tensor {
  const attributes = { batch_dims: batchDims, Tparams: type(dtypes[x.dtype as 'float32']), Tindices: type(dtypes[indices.dtype as 'int32']), Taxis: type(dtypes.int32) };
  return run('GatherV2', attributes, [x, indices, tf.scalar(axis, 'int32')]);
}

/** A number is an integer attribute, or a type. */
type Attribute = number | { type: number };

function type(dtype: number): Attribute {
  return { type: dtype };
}

function run(op: string, attributes: Record<string, Attribute>, inputs: tf.Tensor[]): tf.Tensor {
  const backend = tf.backend() as unknown as NodeBackend;
  const { TF_ATTR_TYPE, TF_ATTR_INT } = backend.binding;
  const list = Object.entries(attributes).map(([name, value]): OpAttribute => (typeof value === 'number' ? { name, type: TF_ATTR_INT, value } : { name, type: TF_ATTR_TYPE, value: value.type }));
  return backend.executeSingleOutput(op, list, inputs);
}

function register(kernelName: string, compute: (inputs: Inputs, attrs: Attrs) => tf.Tensor | tf.Tensor[]): void {
  if (tf.getKernel(kernelName, 'tensorflow')) tf.unregisterKernel(kernelName, 'tensorflow');
  tf.registerKernel({ kernelName, backendName: 'tensorflow', kernelFunc: ({ inputs, attrs }) => tf.tidy(() => compute(inputs as Inputs, attrs as unknown as Attrs)) });
}
