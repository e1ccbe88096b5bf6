/** Matrix products: operands of any strides are packed into panels of 4 rows and 8 columns, which a small SIMD kernel multiplies. */

/** The packed left side is cut into pieces of this many columns, so that a panel of the right side stays in the first-level cache. */
export const KC: i32 = 256;

@inline function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(c, f32x4.mul(a, b));
}

/** Bytes that `packRight` writes for [k, n]. */
@inline export function rightBytes(k: i32, n: i32): usize {
  return <usize>(((n + 7) >> 3) * k) << 5;
}

/** Columns [first, last) in steps of 8 of the right side b (k, j) = b[k * rs + j * cs] → panels [k][8] at `to`, each `panel` bytes after the one before; missing columns are zero. */
export function packRight(k: i32, n: i32, b: usize, rs: i32, cs: i32, to: usize, panel: usize, first: i32, last: i32): void {
  for (let j = first; j < last; j += 8) {
    let t = to + panel * <usize>(j >> 3);
    const from = b + (<usize>(j * cs) << 2);
    if (j + 8 <= n && cs == 1) {
      let f = from;
      const step = <usize>rs << 2;
      for (let p = 0; p < k; p++) {
        v128.store(t, v128.load(f));
        v128.store(t, v128.load(f, 16), 16);
        f += step;
        t += 32;
      }
    } else if (j + 8 <= n && rs == 1) {
      const step = <usize>cs << 2;
      let p = 0;
      for (; p + 4 <= k; p += 4) {
        const f = from + (<usize>p << 2);
        transpose4(f, step, t, 32);
        transpose4(f + step * 4, step, t + 16, 32);
        t += 128;
      }
      for (; p < k; p++) {
        for (let c = 0; c < 8; c++) store<f32>(t + (<usize>c << 2), load<f32>(from + <usize>c * step + (<usize>p << 2)));
        t += 32;
      }
    } else {
      for (let p = 0; p < k; p++) {
        for (let c = 0; c < 8; c++) store<f32>(t + (<usize>c << 2), j + c < n ? load<f32>(from + (<usize>(p * rs + c * cs) << 2)) : 0);
        t += 32;
      }
    }
  }
}

/** Four rows of four floats, `step` bytes apart → their transpose, rows `toStep` bytes apart. */
@inline function transpose4(f: usize, step: usize, t: usize, toStep: usize): void {
  const a = v128.load(f), b = v128.load(f + step), c = v128.load(f + step * 2), d = v128.load(f + step * 3);
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(t, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5));
  v128.store(t + toStep, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7));
  v128.store(t + toStep * 2, v128.shuffle<f32>(ab1, cd1, 0, 1, 4, 5));
  v128.store(t + toStep * 3, v128.shuffle<f32>(ab1, cd1, 2, 3, 6, 7));
}

/** The left side a (i, p) = a[i * rs + p * cs] → panels [k][4]; missing rows are zero. */
function packLeft(m: i32, k: i32, a: usize, rs: i32, cs: i32, to: usize): void {
  let t = to;
  for (let i = 0; i < m; i += 4) {
    const from = a + (<usize>(i * rs) << 2);
    if (i + 4 <= m && cs == 1) {
      const step = <usize>rs << 2;
      let p = 0;
      for (; p + 4 <= k; p += 4) {
        transpose4(from + (<usize>p << 2), step, t, 16);
        t += 64;
      }
      for (; p < k; p++) {
        for (let r = 0; r < 4; r++) store<f32>(t + (<usize>r << 2), load<f32>(from + <usize>r * step + (<usize>p << 2)));
        t += 16;
      }
    } else if (i + 4 <= m && rs == 1) {
      let f = from;
      const step = <usize>cs << 2;
      for (let p = 0; p < k; p++) {
        v128.store(t, v128.load(f));
        f += step;
        t += 16;
      }
    } else {
      for (let p = 0; p < k; p++) {
        for (let r = 0; r < 4; r++) store<f32>(t + (<usize>r << 2), i + r < m ? load<f32>(from + (<usize>(r * rs + p * cs) << 2)) : 0);
        t += 16;
      }
    }
  }
}

/** Scratch bytes that `multiply` needs for its left side. */
@inline export function leftBytes(m: i32, k: i32): usize {
  return <usize>(((m + 3) & ~3) * min(k, KC)) << 2;
}

/**
 * c[m, n] (row length ldc) = or += a b, with b packed by `packRight` (panels of `panel` bytes; k starts at `right`). `scratch` holds
 * `leftBytes(m, k)`. Rows and columns beyond m and n are not written.
 */
export function multiply(m: i32, n: i32, k: i32, a: usize, rs: i32, cs: i32, right: usize, panel: usize, c: usize, ldc: i32, accumulate: bool, scratch: usize): void {
  for (let k0 = 0; k0 < k; k0 += KC) {
    const kn = min(KC, k - k0);
    packLeft(m, kn, a + (<usize>(k0 * cs) << 2), rs, cs, scratch);
    const add = accumulate || k0 > 0;
    let b = right + (<usize>k0 << 5);
    for (let j = 0; j < n; j += 8) {
      let left = scratch;
      const step = <usize>kn << 4;
      for (let i = 0; i < m; i += 4) {
        tile(kn, left, b, c + (<usize>(i * ldc + j) << 2), <usize>ldc << 2, min(4, m - i), min(8, n - j), add);
        left += step;
      }
      b += panel;
    }
  }
}

function tile(k: i32, left: usize, right: usize, c: usize, ldc: usize, rows: i32, columns: i32, add: bool): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0), c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  let a = left, b = right;
  const end = left + (<usize>k << 4);
  while (a < end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    const a0 = v128.load32_splat(a), a1 = v128.load32_splat(a, 4);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    const a2 = v128.load32_splat(a, 8), a3 = v128.load32_splat(a, 12);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
    a += 16;
    b += 32;
  }
  if (columns == 8) {
    row8(c, c00, c01, add);
    if (rows > 1) row8(c + ldc, c10, c11, add);
    if (rows > 2) row8(c + ldc * 2, c20, c21, add);
    if (rows > 3) row8(c + ldc * 3, c30, c31, add);
  } else {
    rowPart(c, c00, c01, columns, add);
    if (rows > 1) rowPart(c + ldc, c10, c11, columns, add);
    if (rows > 2) rowPart(c + ldc * 2, c20, c21, columns, add);
    if (rows > 3) rowPart(c + ldc * 3, c30, c31, columns, add);
  }
}

@inline function row8(c: usize, x: v128, y: v128, add: bool): void {
  v128.store(c, add ? f32x4.add(x, v128.load(c)) : x);
  v128.store(c, add ? f32x4.add(y, v128.load(c, 16)) : y, 16);
}

function rowPart(c: usize, x: v128, y: v128, columns: i32, add: bool): void {
  for (let j = 0; j < columns; j++) {
    const at = c + (<usize>j << 2);
    const value = lane(j < 4 ? x : y, j & 3);
    store<f32>(at, add ? load<f32>(at) + value : value);
  }
}

@inline function lane(x: v128, index: i32): f32 {
  if (index == 0) return f32x4.extract_lane(x, 0);
  if (index == 1) return f32x4.extract_lane(x, 1);
  if (index == 2) return f32x4.extract_lane(x, 2);
  return f32x4.extract_lane(x, 3);
}

/** For a few rows against [n, k] as it lies (b (p, j) = b[j * k + p]): dot products, nothing packed. Columns [first, last). */
export function multiplyFew(m: i32, k: i32, a: usize, ars: i32, b: usize, c: usize, ldc: i32, first: i32, last: i32): void {
  const whole = k & ~3;
  for (let j = first; j < last; j++) {
    const column = b + (<usize>(j * k) << 2);
    for (let i = 0; i < m; i++) {
      const row = a + (<usize>(i * ars) << 2);
      let s0 = f32x4.splat(0), s1 = f32x4.splat(0);
      let p = 0;
      for (; p + 8 <= k; p += 8) {
        const at = <usize>p << 2;
        s0 = madd(v128.load(row + at), v128.load(column + at), s0);
        s1 = madd(v128.load(row + at, 16), v128.load(column + at, 16), s1);
      }
      for (; p < whole; p += 4) s0 = madd(v128.load(row + (<usize>p << 2)), v128.load(column + (<usize>p << 2)), s0);
      let sum = total(f32x4.add(s0, s1));
      for (; p < k; p++) sum += load<f32>(row + (<usize>p << 2)) * load<f32>(column + (<usize>p << 2));
      store<f32>(c + (<usize>(i * ldc + j) << 2), sum);
    }
  }
}

@inline export function total(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}
