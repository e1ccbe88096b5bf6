/** The decoder's building blocks with hand-written gradients: fewer ops and fewer saved tensors than tfjs' own chain. */

// Each backward function is a tidy: tfjs calls it outside one, and its temporaries would live until the whole backward pass is over.

import * as tf from '@tensorflow/tfjs-core';
import { hasFused, runFused } from './fused.ts';

/** cos and sin for rotary positions, [1 or batch, 1, time, headDim / 2]. */
export interface RopeTables {
  cos: tf.Tensor4D;
  sin: tf.Tensor4D;
}

/** What attention knows of places: where each token stands and which ones it may see. */
export interface AttentionTables extends RopeTables {
  /** [time, time] or [batch, 1, time, time], added to the scores where no fused kernel masks: 0 for what is seen, else a large negative number. */
  mask: tf.Tensor;
  /** int32 [batch, time], for packed rows: the first place that each one sees. */
  first?: tf.Tensor;
  /** Both int32 [batch, time]: from and up to which place each one sees none. */
  holeFrom?: tf.Tensor;
  holeTo?: tf.Tensor;
}

export interface AttentionShape {
  batch: number;
  time: number;
  heads: number;
  kvHeads: number;
  headDim: number;
}

/** x, but not before the others are there: a recorded program makes as early as it can, and then holds, what the backward pass makes of saved tensors alone. */
export function after<T extends tf.Tensor>(x: T, others: readonly tf.Tensor[]): T {
  return hasFused('PosttrainAfter') ? (runFused('PosttrainAfter', { x, ...Object.fromEntries(others.map((other, i) => [`other${i}`, other])) })[0] as T) : x;
}

/** x wᵀ: x [n, in], w [out, in] as on disk. A frozen w costs no gradient: tfjs asks only for gradients on the way to what trains. */
export function linear(x: tf.Tensor2D, w: tf.Tensor): tf.Tensor2D {
  return tf.matMul(x, w as tf.Tensor2D, false, true);
}

/** A frozen w with a low-rank adapter: x wᵀ + s (x m) aᵀ bᵀ, with m the dropout mask or nothing. a [r, in], b [out, r]; gradients of x, a and b. */
export function linearWithAdapter(x: tf.Tensor2D, w: tf.Tensor, adapter: { a: tf.Tensor; b: tf.Tensor; scale: number; mask?: tf.Tensor2D }): tf.Tensor2D {
  const { scale, mask } = adapter;
  const product = (p: tf.Tensor, q: tf.Tensor, transposeP = false, transposeQ = false) => tf.matMul(p as tf.Tensor2D, q as tf.Tensor2D, transposeP, transposeQ);
  return tf.customGrad((x0, a0, b0, save) => {
    const [input, a, b] = [x0, a0, b0] as tf.Tensor[] as [tf.Tensor, tf.Tensor, tf.Tensor];
    const low = tf.mul(product(mask ? tf.mul(input, mask) : input, a, false, true), scale);
    (save as tf.GradSaveFunc)([input, a, b, low, ...(mask ? [mask] : [])]);
    return {
      value: tf.add(product(input, w, false, true), product(low, b, false, true)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [xs, as, bs, lows, masks] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor | undefined];
        return tf.tidy(() => {
          const dLow = tf.mul(product(dy, bs), scale);
          const back = product(dLow, as);
          const dx = tf.add(product(dy, w), masks ? tf.mul(back, masks) : back);
          return [dx, product(dLow, masks ? tf.mul(after(xs, [dy]), masks) : xs, true), product(dy, lows, true)];
        });
      },
    };
  })(x, adapter.a, adapter.b) as tf.Tensor2D;
}

/** The length of each row of w + s b a, [out]: what DoRA divides by. A constant to the backward pass (Liu et al. 2024, section 4.3). */
export function weightNorms(w: tf.Tensor, a: tf.Tensor, b: tf.Tensor, scale: number): tf.Tensor1D {
  return tf.tidy(() => tf.sqrt(tf.sum(tf.square(tf.add(w, tf.mul(tf.matMul(b as tf.Tensor2D, a as tf.Tensor2D), scale))), 1)));
}

/**
 * DoRA as PEFT computes it: c (x wᵀ + s x aᵀ bᵀ) with c = magnitude / norms for each output. With a dropout mask m the base's part has it too:
 * x wᵀ + (c - 1) (x m) wᵀ + c s (x m) aᵀ bᵀ. Gradients of x, a, b and the magnitude; `norms` gives what `weightNorms` does, outside the gradient.
 */
export function linearWithDora(x: tf.Tensor2D, w: tf.Tensor, adapter: { a: tf.Tensor; b: tf.Tensor; magnitude: tf.Tensor; norms: () => tf.Tensor; scale: number; mask?: tf.Tensor2D }): tf.Tensor2D {
  const { scale, mask } = adapter;
  const product = (p: tf.Tensor, q: tf.Tensor, transposeP = false, transposeQ = false) => tf.matMul(p as tf.Tensor2D, q as tf.Tensor2D, transposeP, transposeQ);
  return tf.customGrad((x0, a0, b0, m0, save) => {
    const [input, a, b, magnitude] = [x0, a0, b0, m0] as tf.Tensor[] as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const dropped = mask ? tf.mul(input, mask) : input;
    const base = product(dropped, w, false, true);
    const low = tf.mul(product(dropped, a, false, true), scale);
    const adapted = tf.add(base, product(low, b, false, true));
    const norms = adapter.norms();
    const scaled = tf.mul(adapted, tf.div(magnitude, norms));
    (save as tf.GradSaveFunc)([input, a, b, magnitude, norms, low, adapted, ...(mask ? [mask] : [])]);
    return {
      value: mask ? tf.add(product(input, w, false, true), tf.sub(scaled, base)) : scaled,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [xs, as, bs, ms, ns, lows, outputs, masks] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor | undefined];
        return tf.tidy(() => {
          const g = tf.mul(dy, tf.div(ms, ns));
          const dLow = tf.mul(product(g, bs), scale);
          const back = product(dLow, as);
          const dx = masks ? tf.add(product(dy, w), tf.mul(tf.add(product(tf.sub(g, dy), w), back), masks)) : tf.add(product(g, w), back);
          return [dx, product(dLow, masks ? tf.mul(after(xs, [dy]), masks) : xs, true), product(g, lows, true), tf.div(tf.sum(tf.mul(dy, outputs), 0), ns)];
        });
      },
    };
  })(x, adapter.a, adapter.b, adapter.magnitude) as tf.Tensor2D;
}

/** x / rms(x) * w over the last axis; x [n, d], w [d] (Zhang and Sennrich 2019). */
export function rmsNorm(x: tf.Tensor2D, w: tf.Tensor, eps: number, trainWeight = true): tf.Tensor2D {
  const fused = hasFused('PosttrainRmsNorm') && x.shape[1] % 4 === 0;
  const forward = (input: tf.Tensor, scale: tf.Tensor, save: tf.GradSaveFunc, withWeight: boolean) => {
    if (fused) {
      const [y, rms] = runFused('PosttrainRmsNorm', { x: input, w: scale }, { eps }) as [tf.Tensor, tf.Tensor];
      save([input, scale, rms]);
      return {
        value: y,
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => runFused('PosttrainRmsNormGrad', { dy, x: saved[0]!, w: saved[1]!, r: saved[2]! }, { withWeight: withWeight ? 1 : 0 }),
      };
    }
    const r = tf.rsqrt(tf.add(tf.mean(tf.square(input), -1, true), eps));
    save([input, scale, r]);
    return {
      value: tf.mul(tf.mul(input, r), scale),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [xs, ws, rs] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        return tf.tidy(() => {
          const normed = tf.mul(after(xs, [dy]), rs);
          const g = tf.mul(dy, ws);
          const dx = tf.mul(tf.sub(g, tf.mul(normed, tf.mean(tf.mul(g, normed), -1, true))), rs);
          return withWeight ? [dx, tf.sum(tf.mul(dy, normed), 0)] : [dx];
        });
      },
    };
  };
  if (!trainWeight) return tf.customGrad((input, save) => forward(input as tf.Tensor, w, save as tf.GradSaveFunc, false) as never)(x) as tf.Tensor2D;
  return tf.customGrad((input, scale, save) => forward(input as tf.Tensor, scale as tf.Tensor, save as tf.GradSaveFunc, true) as never)(x, w) as tf.Tensor2D;
}

/** silu(gate) * up. */
export function swiglu(gate: tf.Tensor2D, up: tf.Tensor2D): tf.Tensor2D {
  if (hasFused('PosttrainSwiglu') && gate.size % 4 === 0) {
    return tf.customGrad((g, u, save) => {
      (save as tf.GradSaveFunc)([g as tf.Tensor, u as tf.Tensor]);
      return {
        value: runFused('PosttrainSwiglu', { gate: g as tf.Tensor, up: u as tf.Tensor })[0]!,
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => runFused('PosttrainSwigluGrad', { dy, gate: saved[0]!, up: saved[1]! }),
      };
    })(gate, up) as tf.Tensor2D;
  }
  return tf.customGrad((g, u, save) => {
    (save as tf.GradSaveFunc)([g as tf.Tensor, u as tf.Tensor]);
    return {
      value: tf.mul(tf.mul(g as tf.Tensor, tf.sigmoid(g as tf.Tensor)), u as tf.Tensor),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [g0, us] = saved as [tf.Tensor, tf.Tensor];
        return tf.tidy(() => {
          const gs = after(g0, [dy]);
          const ss = tf.sigmoid(gs);
          const silu = tf.mul(gs, ss);
          // silu' = s (1 + g (1 - s)) = s + silu - silu s
          return [tf.mul(tf.mul(dy, us), tf.add(ss, tf.mul(silu, tf.sub(1, ss)))), tf.mul(dy, silu)];
        });
      },
    };
  })(gate, up) as tf.Tensor2D;
}

/** Rotates [batch, heads, time, headDim] by position: Hugging Face's layout, first half with second half. `sign` -1 undoes it. */
export function rotate(x: tf.Tensor4D, rope: RopeTables, sign: 1 | -1 = 1): tf.Tensor4D {
  const [a, b] = tf.split(x, 2, 3) as [tf.Tensor4D, tf.Tensor4D];
  const { cos, sin } = rope;
  return sign === 1
    ? (tf.concat([tf.sub(tf.mul(a, cos), tf.mul(b, sin)), tf.add(tf.mul(b, cos), tf.mul(a, sin))], 3) as tf.Tensor4D)
    : (tf.concat([tf.add(tf.mul(a, cos), tf.mul(b, sin)), tf.sub(tf.mul(b, cos), tf.mul(a, sin))], 3) as tf.Tensor4D);
}

/**
 * Causal self-attention with rotary positions and grouped heads: q [batch*time, heads*headDim], k and v [batch*time, kvHeads*headDim]
 * → [batch*time, heads*headDim]. Saves q, k, v and the probabilities.
 */
export function attention(q: tf.Tensor2D, k: tf.Tensor2D, v: tf.Tensor2D, tables: AttentionTables, shape: AttentionShape): tf.Tensor2D {
  if (hasFused('PosttrainAttention')) return fusedAttention(q, k, v, tables, shape);
  const { batch, time, heads, kvHeads, headDim } = shape;
  const repeat = heads / kvHeads;
  const scale = 1 / Math.sqrt(headDim);
  const split = (x: tf.Tensor, count: number) => tf.transpose(tf.reshape(x, [batch, time, count, headDim]), [0, 2, 1, 3]) as tf.Tensor4D;
  const join = (x: tf.Tensor, count: number) => tf.reshape(tf.transpose(tf.reshape(x, [batch, count, time, headDim]), [0, 2, 1, 3]), [batch * time, count * headDim]);
  const grouped = (x: tf.Tensor) => tf.reshape(x, [batch * kvHeads, -1, headDim]) as tf.Tensor3D;
  return tf.customGrad((q0, k0, v0, save) => {
    const qh = grouped(tf.mul(rotate(split(q0 as tf.Tensor, heads), tables), scale));
    const kh = grouped(rotate(split(k0 as tf.Tensor, kvHeads), tables));
    const vh = grouped(split(v0 as tf.Tensor, kvHeads));
    const scores = tf.reshape(tf.matMul(qh, kh, false, true), [batch, heads, time, time]);
    const p = tf.reshape(tf.softmax(tf.add(scores, tables.mask)), [batch * kvHeads, repeat * time, time]) as tf.Tensor3D;
    // The tables too: those of packed rows are made inside the function that is differentiated.
    (save as tf.GradSaveFunc)([qh, kh, vh, p, tables.cos, tables.sin]);
    return {
      value: join(tf.matMul(p, vh), heads),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [qs, ks, vs, ps] = saved as tf.Tensor3D[] as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
        const rope: RopeTables = { cos: saved[4] as tf.Tensor4D, sin: saved[5] as tf.Tensor4D };
        return tf.tidy(() => {
          const g = grouped(split(dy, heads));
          const dv = tf.matMul(ps, g, true, false);
          const t = tf.mul(tf.matMul(g, vs, false, true), ps);
          const ds = tf.sub(t, tf.mul(ps, tf.sum(t, -1, true))) as tf.Tensor3D;
          const dq = tf.mul(tf.reshape(tf.matMul(ds, ks), [batch, heads, time, headDim]), scale) as tf.Tensor4D;
          const dk = tf.reshape(tf.matMul(ds, qs, true, false), [batch, kvHeads, time, headDim]) as tf.Tensor4D;
          return [join(rotate(dq, rope, -1), heads), join(rotate(dk, rope, -1), kvHeads), join(dv, kvHeads)];
        });
      },
    };
  })(q, k, v) as tf.Tensor2D;
}

/** Keeps no probabilities: the backward pass computes them again from the saved log-sums. The causal mask is built in. */
function fusedAttention(q: tf.Tensor2D, k: tf.Tensor2D, v: tf.Tensor2D, { cos, sin, first, holeFrom, holeTo }: AttentionTables, shape: AttentionShape): tf.Tensor2D {
  const tables: Record<string, tf.Tensor> = { cos, sin, ...(first ? { first } : {}), ...(holeFrom && holeTo ? { holeFrom, holeTo } : {}) };
  return tf.customGrad((q0, k0, v0, save) => {
    const inputs = { q: q0 as tf.Tensor, k: k0 as tf.Tensor, v: v0 as tf.Tensor, ...tables };
    const [out, lse] = runFused('PosttrainAttention', inputs, { ...shape }) as [tf.Tensor, tf.Tensor];
    (save as tf.GradSaveFunc)([inputs.q, inputs.k, inputs.v, out, lse, ...Object.values(tables)]);
    return {
      value: out,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const names = ['q', 'k', 'v', 'out', 'lse', ...Object.keys(tables)];
        return runFused('PosttrainAttentionGrad', { ...Object.fromEntries(names.map((name, i) => [name, saved[i]!])), dy }, { ...shape });
      },
    };
  })(q, k, v) as tf.Tensor2D;
}

/** The same rows [n, width]; those whose id is `id` pass no gradient on. */
export function withoutGradientOf(rows: tf.Tensor2D, ids: tf.Tensor1D, id: number): tf.Tensor2D {
  return tf.customGrad((x, save) => {
    (save as tf.GradSaveFunc)([ids]);
    return {
      value: tf.clone(x as tf.Tensor2D),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.tidy(() => tf.mul(dy, tf.reshape(tf.cast(tf.notEqual(saved!, id), 'float32'), [-1, 1]))),
    };
  })(rows) as tf.Tensor2D;
}
