/** Operations on rows: norms, gates, the vocabulary's softmax, exact sums. */

import { exp1, exp4, largest, log1, sigmoid4 } from "./math";
import { total } from "./gemm";

/** y = x * r * w with r = 1 / sqrt(mean(x²) + eps), kept for the backward pass. d is a multiple of 4. */
export function rmsNorm(x: usize, w: usize, y: usize, rs: usize, d: i32, eps: f32, first: i32, last: i32): void {
  for (let i = first; i < last; i++) {
    const row = x + (<usize>(i * d) << 2), out = y + (<usize>(i * d) << 2);
    let sum = f32x4.splat(0);
    for (let j = 0; j < d; j += 4) {
      const v = v128.load(row + (<usize>j << 2));
      sum = f32x4.add(sum, f32x4.mul(v, v));
    }
    const r: f32 = 1 / sqrt<f32>(total(sum) / <f32>d + eps);
    store<f32>(rs + (<usize>i << 2), r);
    const scale = f32x4.splat(r);
    for (let j = 0; j < d; j += 4) {
      const at = <usize>j << 2;
      v128.store(out + at, f32x4.mul(f32x4.mul(v128.load(row + at), scale), v128.load(w + at)));
    }
  }
}

/** dx = r (dy w - n mean(dy w n)) with n = x r; dw (this chunk's own row of partial sums) = Σ dy n. */
export function rmsNormBackward(dy: usize, x: usize, w: usize, rs: usize, dx: usize, dw: usize, d: i32, first: i32, last: i32): void {
  if (dw) memory.fill(dw, 0, <usize>d << 2);
  for (let i = first; i < last; i++) {
    const offset = <usize>(i * d) << 2;
    const scale = f32x4.splat(load<f32>(rs + (<usize>i << 2)));
    let sum = f32x4.splat(0);
    for (let j = 0; j < d; j += 4) {
      const at = <usize>j << 2;
      const g = v128.load(dy + offset + at);
      const n = f32x4.mul(v128.load(x + offset + at), scale);
      sum = f32x4.add(sum, f32x4.mul(f32x4.mul(g, v128.load(w + at)), n));
      if (dw) v128.store(dw + at, f32x4.add(v128.load(dw + at), f32x4.mul(g, n)));
    }
    const mean = f32x4.splat(total(sum) / <f32>d);
    for (let j = 0; j < d; j += 4) {
      const at = <usize>j << 2;
      const n = f32x4.mul(v128.load(x + offset + at), scale);
      const g = f32x4.mul(v128.load(dy + offset + at), v128.load(w + at));
      v128.store(dx + offset + at, f32x4.mul(f32x4.sub(g, f32x4.mul(n, mean)), scale));
    }
  }
}

/** y = silu(g) u, elements [first, last) in steps of 4. */
export function swiglu(g: usize, u: usize, y: usize, first: i32, last: i32): void {
  for (let i = first; i < last; i += 4) {
    const at = <usize>i << 2;
    const gate = v128.load(g + at);
    v128.store(y + at, f32x4.mul(f32x4.mul(gate, sigmoid4(gate)), v128.load(u + at)));
  }
}

export function swigluBackward(dy: usize, g: usize, u: usize, dg: usize, du: usize, first: i32, last: i32): void {
  const one = f32x4.splat(1);
  for (let i = first; i < last; i += 4) {
    const at = <usize>i << 2;
    const gate = v128.load(g + at), d = v128.load(dy + at);
    const s = sigmoid4(gate);
    const silu = f32x4.mul(gate, s);
    v128.store(du + at, f32x4.mul(d, silu));
    v128.store(dg + at, f32x4.mul(f32x4.mul(d, v128.load(u + at)), f32x4.add(s, f32x4.mul(silu, f32x4.sub(one, s)))));
  }
}

/** Per row of logits [n, vocab]: table [n, 3] = log p(target), entropy, target is the most likely; lse[n] = log Σ exp. */
export function tokenScores(logits: usize, targets: usize, table: usize, lse: usize, vocab: i32, first: i32, last: i32): void {
  for (let i = first; i < last; i++) {
    const row = logits + (<usize>i * <usize>vocab << 2);
    const top = largest(row, vocab);
    const shift = f32x4.splat(top);
    let z = f32x4.splat(0), weighted = f32x4.splat(0);
    let j = 0;
    for (; j + 4 <= vocab; j += 4) {
      const x = f32x4.sub(v128.load(row + (<usize>j << 2)), shift);
      const e = exp4(x);
      z = f32x4.add(z, e);
      weighted = f32x4.add(weighted, f32x4.mul(e, x));
    }
    let zSum = total(z), wSum = total(weighted);
    for (; j < vocab; j++) {
      const x = load<f32>(row + (<usize>j << 2)) - top;
      const e = exp1(x);
      zSum += e;
      wSum += e * x;
    }
    const logZ: f32 = log1(zSum);
    const picked = load<f32>(row + (<usize>load<i32>(targets + (<usize>i << 2)) << 2)) - top;
    const out = table + <usize>(i * 12);
    store<f32>(out, picked - logZ);
    store<f32>(out, logZ - wSum / zSum, 4);
    store<f32>(out, picked == 0 ? 1 : 0, 8);
    store<f32>(lse + (<usize>i << 2), top + logZ);
  }
}

/** d logits = (onehot(target) - softmax) * d log p, row by row. dTable is [n, 3]; only its first column counts. */
export function tokenScoresBackward(logits: usize, targets: usize, lse: usize, dTable: usize, out: usize, vocab: i32, first: i32, last: i32): void {
  for (let i = first; i < last; i++) {
    const offset = <usize>i * <usize>vocab << 2;
    const d = load<f32>(dTable + <usize>(i * 12));
    const to = out + offset;
    if (d == 0) {
      memory.fill(to, 0, <usize>vocab << 2);
      continue;
    }
    const row = logits + offset;
    const l = load<f32>(lse + (<usize>i << 2));
    const shift = f32x4.splat(l), scale = f32x4.splat(-d);
    let j = 0;
    for (; j + 4 <= vocab; j += 4) v128.store(to + (<usize>j << 2), f32x4.mul(exp4(f32x4.sub(v128.load(row + (<usize>j << 2)), shift)), scale));
    for (; j < vocab; j++) store<f32>(to + (<usize>j << 2), exp1(load<f32>(row + (<usize>j << 2)) - l) * -d);
    const at = to + (<usize>load<i32>(targets + (<usize>i << 2)) << 2);
    store<f32>(at, load<f32>(at) + d);
  }
}

/** Sums of n consecutive floats, in double precision: tfjs adds in single, and a norm over 400,000 numbers loses four digits. */
export function sums(x: usize, out: usize, n: i32, first: i32, last: i32): void {
  for (let i = first; i < last; i++) {
    const row = x + (<usize>i * <usize>n << 2);
    let low = f64x2.splat(0), high = f64x2.splat(0);
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      const v = v128.load(row + (<usize>j << 2));
      low = f64x2.add(low, f64x2.promote_low_f32x4(v));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0)));
    }
    const both = f64x2.add(low, high);
    let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
    for (; j < n; j++) sum += <f64>load<f32>(row + (<usize>j << 2));
    store<f32>(out + (<usize>i << 2), <f32>sum);
  }
}
