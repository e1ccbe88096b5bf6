/** The llama decoder: pre-norm blocks of rotary attention with grouped heads and a SwiGLU, as transformers' LlamaForCausalLM computes it. */

import * as tf from '@tensorflow/tfjs-core';
import { embeddingName, finalNormName, layerName, type LinearModule } from '../../model/shapes.ts';
import type { KvCache } from '../kvCache.ts';
import { param, trains, type ForwardOptions, type Model } from '../model.ts';
import { attention, linear, linearWithAdapter, linearWithDora, rmsNorm, rotate, swiglu, weightNorms, withoutGradientOf } from '../ops.ts';
import { causalTables, packedTables, ropeTables } from '../rope.ts';

export const llama = {
  id: 'llama' as const,

  hidden(model: Model, ids: tf.Tensor2D, options: ForwardOptions): tf.Tensor2D {
    const { config } = model;
    const [batch, time] = ids.shape;
    const tables = options.packed ? packedTables(config, options.packed) : causalTables(config, time);
    const shape = { batch, time, heads: config.heads, kvHeads: config.kvHeads, headDim: config.headDim };
    const embedded = embed(model, ids);
    let x = options.noise ? (tf.add(embedded, options.noise) as tf.Tensor2D) : embedded;
    for (let layer = 0; layer < config.layers; layer++) {
      const project = projection(model, layer, options);
      const h = norm(model, x, layerName(layer, 'input_layernorm'));
      const mixed = attention(project('self_attn.q_proj', h), project('self_attn.k_proj', h), project('self_attn.v_proj', h), tables, shape);
      x = tf.add(x, project('self_attn.o_proj', mixed));
      x = tf.add(x, mlp(project, norm(model, x, layerName(layer, 'post_attention_layernorm'))));
    }
    return norm(model, x, finalNormName);
  },

  extend(model: Model, ids: tf.Tensor2D, cache: KvCache): tf.Tensor2D {
    const { config } = model;
    const [batch, time] = ids.shape;
    const { heads, kvHeads, headDim } = config;
    const past = cache.length;
    const total = past + time;
    return tf.tidy(() => {
      const rope = ropeTables(config, cache.padding.map((pad) => Array.from({ length: time }, (_, t) => Math.max(0, past + t - pad))));
      const mask = cacheMask(cache.padding, past, time);
      const split = (x: tf.Tensor2D, count: number) => tf.transpose(tf.reshape(x, [batch, time, count, headDim]), [0, 2, 1, 3]) as tf.Tensor4D;
      let x = embed(model, ids);
      for (let layer = 0; layer < config.layers; layer++) {
        const project = projection(model, layer, {}, (path, compute) => (cache.norms[path] ??= tf.keep(compute())));
        const h = norm(model, x, layerName(layer, 'input_layernorm'));
        const q = rotate(split(project('self_attn.q_proj', h), heads), rope);
        let keys = rotate(split(project('self_attn.k_proj', h), kvHeads), rope);
        let values = split(project('self_attn.v_proj', h), kvHeads);
        const before = cache.layers[layer];
        if (before) {
          keys = tf.concat([before.keys, keys], 2);
          values = tf.concat([before.values, values], 2);
          tf.dispose([before.keys, before.values]);
        }
        cache.layers[layer] = { keys: tf.keep(keys), values: tf.keep(values) };
        const repeat = heads / kvHeads;
        const grouped = tf.reshape(q, [batch * kvHeads, repeat * time, headDim]) as tf.Tensor3D;
        const k3 = tf.reshape(keys, [batch * kvHeads, total, headDim]) as tf.Tensor3D;
        const v3 = tf.reshape(values, [batch * kvHeads, total, headDim]) as tf.Tensor3D;
        const scores = tf.reshape(tf.mul(tf.matMul(grouped, k3, false, true), 1 / Math.sqrt(headDim)), [batch, heads, time, total]);
        const p = tf.reshape(tf.softmax(tf.add(scores, mask)), [batch * kvHeads, repeat * time, total]) as tf.Tensor3D;
        const mixed = tf.reshape(tf.transpose(tf.reshape(tf.matMul(p, v3), [batch, heads, time, headDim]), [0, 2, 1, 3]), [batch * time, heads * headDim]) as tf.Tensor2D;
        x = tf.add(x, project('self_attn.o_proj', mixed));
        x = tf.add(x, mlp(project, norm(model, x, layerName(layer, 'post_attention_layernorm'))));
      }
      cache.length = total;
      const last = tf.reshape(tf.slice(tf.reshape(x, [batch, time, config.hiddenSize]), [0, time - 1, 0], [batch, 1, config.hiddenSize]), [batch, config.hiddenSize]) as tf.Tensor2D;
      return norm(model, last, finalNormName);
    });
  },
};

type Project = (module: LinearModule, x: tf.Tensor2D) => tf.Tensor2D;

function embed(model: Model, ids: tf.Tensor2D): tf.Tensor2D {
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

/** A layer's matrices applied to rows, with their adapters where there are any. `normsOf` may keep what DoRA computes from weights alone. */
function projection(model: Model, layer: number, options: ForwardOptions, normsOf = (_path: string, compute: () => tf.Tensor): tf.Tensor => compute()): Project {
  return (module, x) => {
    const path = `model.layers.${layer}.${module}`;
    const weight = param(model, `${path}.weight`);
    const pair = model.lora?.pairs.get(path);
    if (!pair) return linear(x, weight);
    const { scale } = model.lora!;
    const { a, b, magnitude } = pair;
    const mask = options.dropout?.[path] as tf.Tensor2D | undefined;
    if (!magnitude) return linearWithAdapter(x, weight, { a, b, scale, mask });
    return linearWithDora(x, weight, { a, b, magnitude, norms: () => normsOf(path, () => weightNorms(weight, a, b, scale)), scale, mask });
  };
}

function mlp(project: Project, h: tf.Tensor2D): tf.Tensor2D {
  return project('mlp.down_proj', swiglu(project('mlp.gate_proj', h), project('mlp.up_proj', h)));
}

/** [batch, 1, time, past + time]: a large negative number over padding and over the future. */
function cacheMask(padding: readonly number[], past: number, time: number): tf.Tensor4D {
  const total = past + time;
  const mask = new Float32Array(padding.length * time * total);
  padding.forEach((pad, b) => {
    for (let t = 0; t < time; t++) {
      const row = (b * time + t) * total;
      mask.fill(-1e9, row, row + pad);
      mask.fill(-1e9, row + past + t + 1, row + total);
    }
  });
  return tf.tensor4d(mask, [padding.length, 1, time, total]);
}
