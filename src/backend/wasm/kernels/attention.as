/** Causal self-attention with rotary positions: block by block of queries, probabilities computed again in the backward pass instead of kept. */

import { leftBytes, multiply, packRight, rightBytes } from "./gemm";
import { exp4, largest, log1 } from "./math";
import { float, int, pointer } from "./pool";

/** Queries that are computed together. */
const QB: i32 = 32;
const MASKED: f32 = -1e30;

// Arguments of both directions: 3 q, 4 k, 5 v, 6 cos, 7 sin, 8 out, 9 lse, 10 time, 11 heads, 12 kvHeads, 13 headDim, 14 scale, 15 the
// first key that each query sees (i32 [batch, time], never falling along a row; 0: all see the first one), 16 floats of cos and sin for
// each row of the batch (0: one table for all), 17 and 18 from and up to which key each query sees none (i32 [batch, time]; 0: no such
// hole); backward: 19 dOut, 20 dq, 21 dk, 22 dv. A chunk is one row of the batch and one key-value head. Of packed rows only the keys from a block's first one on are looked at, from the start of their panel of 8.

export function scratchBytes(time: i32, headDim: i32): i32 {
  const panels = rightBytes(headDim, time), across = rightBytes(time, headDim);
  const square = <usize>(QB * ((time + 7) & ~7)) << 2;
  const small = <usize>(QB * headDim) << 2;
  const whole = <usize>(time * headDim) << 2;
  return <i32>(panels * 2 + across * 2 + whole * 3 + square * 2 + small * 3 + rightBytes(QB, headDim) + leftBytes(max(time, QB), max(time, headDim)) + (<usize>time << 2) + 256);
}

/** [time, headDim] of one head, rotated and scaled. */
function rotateIn(from: usize, stride: usize, cos: usize, sin: usize, first: i32, rows: i32, headDim: i32, scale: f32, to: usize): void {
  const half = headDim >> 1;
  const s = f32x4.splat(scale);
  for (let t = 0; t < rows; t++) {
    const a = from + stride * <usize>(first + t), b = a + (<usize>half << 2);
    const c = cos + (<usize>((first + t) * half) << 2), d = sin + (<usize>((first + t) * half) << 2);
    const out = to + (<usize>(t * headDim) << 2);
    let i = 0;
    for (; i + 4 <= half; i += 4) {
      const at = <usize>i << 2;
      const x = f32x4.mul(v128.load(a + at), s), y = f32x4.mul(v128.load(b + at), s);
      const cs = v128.load(c + at), sn = v128.load(d + at);
      v128.store(out + at, f32x4.sub(f32x4.mul(x, cs), f32x4.mul(y, sn)));
      v128.store(out + at + (<usize>half << 2), f32x4.add(f32x4.mul(y, cs), f32x4.mul(x, sn)));
    }
    for (; i < half; i++) {
      const at = <usize>i << 2;
      const x = load<f32>(a + at) * scale, y = load<f32>(b + at) * scale;
      const cs = load<f32>(c + at), sn = load<f32>(d + at);
      store<f32>(out + at, x * cs - y * sn);
      store<f32>(out + at + (<usize>half << 2), y * cs + x * sn);
    }
  }
}

/** The inverse rotation of gradients, into a head's place in [time, heads * headDim]. */
function rotateOut(from: usize, cos: usize, sin: usize, first: i32, rows: i32, headDim: i32, scale: f32, to: usize, stride: usize): void {
  const half = headDim >> 1;
  for (let t = 0; t < rows; t++) {
    const x = from + (<usize>(t * headDim) << 2);
    const c = cos + (<usize>((first + t) * half) << 2), d = sin + (<usize>((first + t) * half) << 2);
    const out = to + stride * <usize>(first + t);
    for (let i = 0; i < half; i++) {
      const at = <usize>i << 2, to2 = at + (<usize>half << 2);
      const g = load<f32>(x + at) * scale, h = load<f32>(x + to2) * scale;
      const cs = load<f32>(c + at), sn = load<f32>(d + at);
      store<f32>(out + at, g * cs + h * sn);
      store<f32>(out + to2, h * cs - g * sn);
    }
  }
}

@inline function fill(row: usize, from: i32, to: i32, value: f32): void {
  for (let j = from; j < to; j++) store<f32>(row + (<usize>j << 2), value);
}

export function forward(control: usize, chunk: i32, scratch: usize): void {
  const time = int(control, 10), heads = int(control, 11), kvHeads = int(control, 12), headDim = int(control, 13);
  const b = chunk / kvHeads, g = chunk % kvHeads;
  const table = <usize>(b * int(control, 16)) << 2;
  const cos = pointer(control, 6) + table, sin = pointer(control, 7) + table;
  const firsts = pointer(control, 15) ? pointer(control, 15) + (<usize>(b * time) << 2) : 0;
  const holes = pointer(control, 17) ? pointer(control, 17) + (<usize>(b * time) << 2) : 0;
  const holeEnds = pointer(control, 18) + (<usize>(b * time) << 2);
  const repeat = heads / kvHeads;
  const qStride = <usize>(heads * headDim) << 2, kStride = <usize>(kvHeads * headDim) << 2;
  const k = pointer(control, 4) + kStride * <usize>(b * time) + (<usize>(g * headDim) << 2);
  const v = pointer(control, 5) + kStride * <usize>(b * time) + (<usize>(g * headDim) << 2);
  let at = scratch;
  const keys = at; at += <usize>(time * headDim) << 2;
  const keyPanels = at; at += rightBytes(headDim, time);
  const valuePanels = at; at += rightBytes(time, headDim);
  const width = (time + 7) & ~7;
  const scores = at; at += <usize>(QB * width) << 2;
  const query = at; at += <usize>(QB * headDim) << 2;
  const left = at;
  rotateIn(k, kStride, cos, sin, 0, time, headDim, 1, keys);
  const keyPanel = <usize>headDim << 5, valuePanel = <usize>time << 5;
  packRight(headDim, time, keys, 1, headDim, keyPanels, keyPanel, 0, time);
  packRight(time, headDim, v, kvHeads * headDim, 1, valuePanels, valuePanel, 0, headDim);
  for (let r = 0; r < repeat; r++) {
    const h = g * repeat + r;
    const q = pointer(control, 3) + qStride * <usize>(b * time) + (<usize>(h * headDim) << 2);
    const out = pointer(control, 8) + qStride * <usize>(b * time) + (<usize>(h * headDim) << 2);
    const lse = pointer(control, 9) + (<usize>((b * heads + h) * time) << 2);
    for (let i0 = 0; i0 < time; i0 += QB) {
      const start = firsts ? load<i32>(firsts + (<usize>i0 << 2)) & ~7 : 0;
      const rows = min(QB, time - i0), end = i0 + rows - start, padded = (end + 7) & ~7;
      rotateIn(q, qStride, cos, sin, i0, rows, headDim, float(control, 14), query);
      multiply(rows, padded, headDim, query, headDim, 1, keyPanels + keyPanel * <usize>(start >> 3), keyPanel, scores, width, false, left);
      for (let i = 0; i < rows; i++) {
        const row = scores + (<usize>(i * width) << 2);
        const hidden = firsts ? load<i32>(firsts + (<usize>(i0 + i) << 2)) - start : 0;
        const valid = i0 + i + 1 - start;
        const hole = holes ? max(load<i32>(holes + (<usize>(i0 + i) << 2)) - start, 0) : 0;
        const holeEnd = holes ? load<i32>(holeEnds + (<usize>(i0 + i) << 2)) - start : 0;
        fill(row, 0, hidden, MASKED);
        fill(row, hole, holeEnd, MASKED);
        fill(row, valid, padded, MASKED);
        const top = largest(row + (<usize>hidden << 2), valid - hidden);
        const shift = f32x4.splat(top);
        let z = f32x4.splat(0);
        for (let j = 0; j < padded; j += 4) {
          const e = exp4(f32x4.sub(v128.load(row + (<usize>j << 2)), shift));
          v128.store(row + (<usize>j << 2), e);
          z = f32x4.add(z, e);
        }
        // What the mask left behind is 1e-38 an entry: set to zero below.
        const sum = f32x4.extract_lane(z, 0) + f32x4.extract_lane(z, 1) + (f32x4.extract_lane(z, 2) + f32x4.extract_lane(z, 3));
        store<f32>(lse + (<usize>(i0 + i) << 2), top + log1(sum));
        const scale = f32x4.splat(1 / sum);
        for (let j = 0; j < padded; j += 4) v128.store(row + (<usize>j << 2), f32x4.mul(v128.load(row + (<usize>j << 2)), scale));
        fill(row, 0, hidden, 0);
        fill(row, hole, holeEnd, 0);
        fill(row, valid, padded, 0);
      }
      multiply(rows, headDim, end, scores, width, 1, valuePanels + (<usize>start << 5), valuePanel, out + qStride * <usize>i0, heads * headDim, false, left);
    }
  }
}

export function backward(control: usize, chunk: i32, scratch: usize): void {
  const time = int(control, 10), heads = int(control, 11), kvHeads = int(control, 12), headDim = int(control, 13);
  const scale = float(control, 14);
  const b = chunk / kvHeads, g = chunk % kvHeads;
  const table = <usize>(b * int(control, 16)) << 2;
  const cos = pointer(control, 6) + table, sin = pointer(control, 7) + table;
  const firsts = pointer(control, 15) ? pointer(control, 15) + (<usize>(b * time) << 2) : 0;
  const holes = pointer(control, 17) ? pointer(control, 17) + (<usize>(b * time) << 2) : 0;
  const holeEnds = pointer(control, 18) + (<usize>(b * time) << 2);
  const repeat = heads / kvHeads;
  const qStride = <usize>(heads * headDim) << 2, kStride = <usize>(kvHeads * headDim) << 2;
  const kvOffset = kStride * <usize>(b * time) + (<usize>(g * headDim) << 2);
  const k = pointer(control, 4) + kvOffset, v = pointer(control, 5) + kvOffset;
  let at = scratch;
  const keys = at; at += <usize>(time * headDim) << 2;
  const dKeys = at; at += <usize>(time * headDim) << 2;
  const keyPanels = at; at += rightBytes(headDim, time);
  const valuePanels = at; at += rightBytes(headDim, time);
  const keyRows = at; at += rightBytes(time, headDim);
  const dValues = at; at += <usize>(time * headDim) << 2;
  const width = (time + 7) & ~7;
  const scores = at; at += <usize>(QB * width) << 2;
  const dScores = at; at += <usize>(QB * width) << 2;
  const query = at; at += <usize>(QB * headDim) << 2;
  const dQuery = at; at += <usize>(QB * headDim) << 2;
  const block = at; at += rightBytes(QB, headDim);
  const left = at;
  const panel = <usize>headDim << 5, rowPanel = <usize>time << 5, blockPanel = <usize>QB << 5;
  rotateIn(k, kStride, cos, sin, 0, time, headDim, 1, keys);
  packRight(headDim, time, keys, 1, headDim, keyPanels, panel, 0, time);
  packRight(headDim, time, v, 1, kvHeads * headDim, valuePanels, panel, 0, time);
  packRight(time, headDim, keys, headDim, 1, keyRows, rowPanel, 0, headDim);
  memory.fill(dKeys, 0, <usize>(time * headDim) << 2);
  memory.fill(dValues, 0, <usize>(time * headDim) << 2);
  for (let r = 0; r < repeat; r++) {
    const h = g * repeat + r;
    const qOffset = qStride * <usize>(b * time) + (<usize>(h * headDim) << 2);
    const q = pointer(control, 3) + qOffset, out = pointer(control, 8) + qOffset, dOut = pointer(control, 19) + qOffset;
    const lse = pointer(control, 9) + (<usize>((b * heads + h) * time) << 2);
    for (let i0 = 0; i0 < time; i0 += QB) {
      const start = firsts ? load<i32>(firsts + (<usize>i0 << 2)) & ~7 : 0;
      const rows = min(QB, time - i0), end = i0 + rows - start, padded = (end + 7) & ~7;
      const d = dOut + qStride * <usize>i0;
      rotateIn(q, qStride, cos, sin, i0, rows, headDim, scale, query);
      const skipped = panel * <usize>(start >> 3);
      multiply(rows, padded, headDim, query, headDim, 1, keyPanels + skipped, panel, scores, width, false, left);
      multiply(rows, padded, headDim, d, heads * headDim, 1, valuePanels + skipped, panel, dScores, width, false, left);
      for (let i = 0; i < rows; i++) {
        const row = scores + (<usize>(i * width) << 2), dRow = dScores + (<usize>(i * width) << 2);
        const shift = f32x4.splat(load<f32>(lse + (<usize>(i0 + i) << 2)));
        let dot: f32 = 0;
        const o = out + qStride * <usize>(i0 + i), dO = d + qStride * <usize>i;
        for (let j = 0; j < headDim; j++) dot += load<f32>(o + (<usize>j << 2)) * load<f32>(dO + (<usize>j << 2));
        const mean = f32x4.splat(dot);
        for (let j = 0; j < padded; j += 4) {
          const offset = <usize>j << 2;
          const p = exp4(f32x4.sub(v128.load(row + offset), shift));
          v128.store(row + offset, p);
          v128.store(dRow + offset, f32x4.mul(p, f32x4.sub(v128.load(dRow + offset), mean)));
        }
        const hidden = firsts ? load<i32>(firsts + (<usize>(i0 + i) << 2)) - start : 0;
        const valid = i0 + i + 1 - start;
        const hole = holes ? max(load<i32>(holes + (<usize>(i0 + i) << 2)) - start, 0) : 0;
        const holeEnd = holes ? load<i32>(holeEnds + (<usize>(i0 + i) << 2)) - start : 0;
        fill(row, 0, hidden, 0);
        fill(dRow, 0, hidden, 0);
        fill(row, hole, holeEnd, 0);
        fill(dRow, hole, holeEnd, 0);
        fill(row, valid, padded, 0);
        fill(dRow, valid, padded, 0);
      }
      const from = <usize>(start * headDim) << 2;
      packRight(rows, headDim, d, heads * headDim, 1, block, blockPanel, 0, headDim);
      multiply(end, headDim, rows, scores, 1, width, block, blockPanel, dValues + from, headDim, true, left);
      packRight(rows, headDim, query, headDim, 1, block, blockPanel, 0, headDim);
      multiply(end, headDim, rows, dScores, 1, width, block, blockPanel, dKeys + from, headDim, true, left);
      multiply(rows, headDim, end, dScores, width, 1, keyRows + (<usize>start << 5), rowPanel, dQuery, headDim, false, left);
      rotateOut(dQuery, cos, sin, i0, rows, headDim, scale, pointer(control, 20) + qOffset, qStride);
    }
  }
  rotateOut(dKeys, cos, sin, 0, time, headDim, 1, pointer(control, 21) + kvOffset, kStride);
  const dv = pointer(control, 22) + kvOffset;
  for (let t = 0; t < time; t++) memory.copy(dv + kStride * <usize>t, dValues + (<usize>(t * headDim) << 2), <usize>headDim << 2);
}
