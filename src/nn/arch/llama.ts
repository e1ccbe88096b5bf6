/** The llama decoder: pre-norm blocks of rotary attention with grouped heads and a SwiGLU, as transformers' LlamaForCausalLM computes it. */

import * as tf from '@tensorflow/tfjs-core';
import { embeddingName, finalNormName, layerName, type LinearModule } from '../../model/shapes.ts';
import { param, trains, type ForwardOptions, type Model } from '../model.ts';
import { attention, linear, linearWithAdapter, linearWithDora, rmsNorm, rotate, swiglu, weightNorms, withoutGradientOf } from '../ops.ts';
import { causalTables, placedTables, ropeRows } from '../rope.ts';
import type { NextOptions } from './index.ts';

export const llama = {
  id: 'llama' as const,

  hidden(model: Model, ids: tf.Tensor2D, options: ForwardOptions): tf.Tensor2D {
    const { config } = model;
    const [batch, time] = ids.shape;
    const tables = options.tables ?? (options.places ? placedTables(config, options.places) : causalTables(config, time));
    const shape = { batch, time, heads: config.heads, kvHeads: config.kvHeads, headDim: config.headDim };
    const embedded = embed(model, ids);
    const x = options.noise ? (tf.add(embedded, options.noise) as tf.Tensor2D) : embedded;
    return layers(model, x, options, (layer, q, k, v) => {
      if (options.remember) {
        const split = (rows: tf.Tensor2D) => tf.transpose(tf.reshape(rows, [batch, time, config.kvHeads, config.headDim]), [0, 2, 1, 3]) as tf.Tensor4D;
        options.remember(layer, rotate(split(k), tables), split(v));
      }
      return attention(q, k, v, tables, shape);
    });
  },

  next(model: Model, ids: tf.Tensor1D, options: NextOptions): tf.Tensor2D {
    const { heads, kvHeads, headDim } = model.config;
    const [batch] = ids.shape;
    const rope = ropeRows(model.config, options.positions, options.window);
    const unseen = unseenMask(options.positions, options.window);
    const split = (rows: tf.Tensor2D, count: number) => tf.reshape(rows, [batch, count, 1, headDim]) as tf.Tensor4D;
    return layers(model, embed(model, ids), options, (layer, q, k, v) => {
      const grouped = tf.mul(tf.reshape(rotate(split(q, heads), rope), [batch * kvHeads, heads / kvHeads, headDim]), 1 / Math.sqrt(headDim)) as tf.Tensor3D;
      const { keys, values } = options.extend(layer, rotate(split(k, kvHeads), rope), split(v, kvHeads));
      const scores = tf.reshape(tf.matMul(grouped, keys, false, true), [batch, heads, 1, options.window]);
      const p = tf.reshape(tf.softmax(tf.add(scores, unseen)), [batch * kvHeads, heads / kvHeads, options.window]) as tf.Tensor3D;
      return tf.reshape(tf.matMul(p, values), [batch, heads * headDim]) as tf.Tensor2D;
    });
  },
};

/** Blocks and last norm; `mix` is what a layer's attention makes of queries, keys and values. */
function layers(model: Model, embedded: tf.Tensor2D, options: ForwardOptions, mix: (layer: number, q: tf.Tensor2D, k: tf.Tensor2D, v: tf.Tensor2D) => tf.Tensor2D): tf.Tensor2D {
  let x = embedded;
  for (let layer = 0; layer < model.config.layers; layer++) {
    const project = projection(model, layer, options);
    const h = norm(model, x, layerName(layer, 'input_layernorm'));
    const mixed = mix(layer, project('self_attn.q_proj', h), project('self_attn.k_proj', h), project('self_attn.v_proj', h));
    x = tf.add(x, project('self_attn.o_proj', mixed));
    x = tf.add(x, mlp(project, norm(model, x, layerName(layer, 'post_attention_layernorm'))));
  }
  return norm(model, x, finalNormName);
}

type Project = (module: LinearModule, x: tf.Tensor2D) => tf.Tensor2D;

function embed(model: Model, ids: tf.Tensor): tf.Tensor2D {
  const { padTokenId } = model.config;
  const flat = tf.reshape(ids, [-1]) as tf.Tensor1D;
  const rows = tf.gather(param(model, embeddingName) as unknown as tf.Tensor2D, flat);
  const whole: tf.Tensor2D = model.tokenRows ? tf.add(rows, model.tokenRows.extraEmbedding(flat)) : rows;
  // As torch's embedding with a padding index: what the padding token is looked up for teaches its row nothing, also where it begins or ends a text.
  return padTokenId === null || (!trains(model, embeddingName) && !model.tokenRows) ? whole : withoutGradientOf(whole, flat, padTokenId);
}

function norm(model: Model, x: tf.Tensor2D, name: string): tf.Tensor2D {
  return rmsNorm(x, param(model, name), model.config.rmsNormEps, trains(model, name));
}

/** A layer's matrices applied to rows, with their adapters where there are any. */
function projection(model: Model, layer: number, options: ForwardOptions): Project {
  return (module, x) => {
    const path = `model.layers.${layer}.${module}`;
    const weight = param(model, `${path}.weight`);
    const pair = model.lora?.pairs.get(path);
    if (!pair) return linear(x, weight);
    const { scale } = model.lora!;
    const { a, b, magnitude } = pair;
    const mask = options.dropout?.[path] as tf.Tensor2D | undefined;
    if (!magnitude) return linearWithAdapter(x, weight, { a, b, scale, mask });
    return linearWithDora(x, weight, { a, b, magnitude, norms: () => options.norms?.[path] ?? weightNorms(weight, a, b, scale), scale, mask });
  };
}

function mlp(project: Project, h: tf.Tensor2D): tf.Tensor2D {
  return project('mlp.down_proj', swiglu(project('mlp.gate_proj', h), project('mlp.up_proj', h)));
}

/** [batch, 1, 1, window]: a large negative number over the slots behind each row's position. */
function unseenMask(positions: tf.Tensor1D, window: number): tf.Tensor4D {
  const later = tf.greater(tf.range(0, window, 1, 'int32'), tf.reshape(positions, [-1, 1, 1, 1]));
  return tf.mul(tf.cast(later, 'float32'), -1e9);
}
