/** The operations that threads share, by number: operations.ts on the other side has the same list. */

import * as attention from "./attention";
import { leftBytes, multiply, multiplyFew, packRight, rightBytes } from "./gemm";
import { float, int, pointer } from "./pool";
import { rmsNorm, rmsNormBackward, sums, swiglu, swigluBackward, tokenScores, tokenScoresBackward } from "./rows";

/** One chunk of the operation in the control block. Row operations have the rows of a chunk in argument 3 and their count in 4. */
export function execute(c: usize, chunk: i32, scratch: usize): void {
  const first = chunk * int(c, 3);
  const last = min(first + int(c, 3), int(c, 4));
  switch (int(c, 0)) {
    case 0: return pack(c, chunk);
    case 1: return gemm(c, chunk, scratch);
    case 2: return batched(c, chunk, scratch);
    case 3: return multiplyFew(int(c, 5), int(c, 6), pointer(c, 7), int(c, 8), pointer(c, 9), pointer(c, 10), int(c, 11), first, last);
    case 4: return attention.forward(c, chunk, scratch);
    case 5: return attention.backward(c, chunk, scratch);
    case 6: return rmsNorm(pointer(c, 5), pointer(c, 6), pointer(c, 7), pointer(c, 8), int(c, 9), float(c, 10), first, last);
    case 7: {
      const d = int(c, 11), dw = pointer(c, 10);
      return rmsNormBackward(pointer(c, 5), pointer(c, 6), pointer(c, 7), pointer(c, 8), pointer(c, 9), dw ? dw + (<usize>(chunk * d) << 2) : 0, d, first, last);
    }
    case 8: return swiglu(pointer(c, 5), pointer(c, 6), pointer(c, 7), first, last);
    case 9: return swigluBackward(pointer(c, 5), pointer(c, 6), pointer(c, 7), pointer(c, 8), pointer(c, 9), first, last);
    case 10: return tokenScores(pointer(c, 5), pointer(c, 6), pointer(c, 7), pointer(c, 8), int(c, 9), first, last);
    case 11: return tokenScoresBackward(pointer(c, 5), pointer(c, 6), pointer(c, 7), pointer(c, 8), pointer(c, 9), int(c, 10), first, last);
    case 12: return sums(pointer(c, 5), pointer(c, 6), int(c, 7), first, last);
  }
}

// 3 columns per chunk, 4 n, 5 k, 6 b, 7 row stride, 8 column stride, 9 panels
function pack(c: usize, chunk: i32): void {
  const first = chunk * int(c, 3), n = int(c, 4), k = int(c, 5);
  packRight(k, n, pointer(c, 6), int(c, 7), int(c, 8), pointer(c, 9), <usize>k << 5, first, min(first + int(c, 3), n));
}

// 3 rows per chunk, 4 columns per chunk (a multiple of 8), 5 m, 6 n, 7 k, 8 a, 9 row stride, 10 column stride, 11 panels, 12 out, 13 ldc, 14 chunks across
function gemm(c: usize, chunk: i32, scratch: usize): void {
  const across = int(c, 14), m = int(c, 5), n = int(c, 6), k = int(c, 7);
  const i = (chunk / across) * int(c, 3), j = (chunk % across) * int(c, 4);
  const panel = <usize>k << 5;
  const a = pointer(c, 8) + (<usize>(i * int(c, 9)) << 2);
  const out = pointer(c, 12) + (<usize>i * <usize>int(c, 13) + <usize>j << 2);
  multiply(min(int(c, 3), m - i), min(int(c, 4), n - j), k, a, int(c, 9), int(c, 10), pointer(c, 11) + panel * <usize>(j >> 3), panel, out, int(c, 13), false, scratch);
}

// 3 products per chunk, 4 products, 5 m, 6 n, 7 k, 8 a, 9 10 its strides, 11 floats from one a to the next, 12 b, 13 14 15 the same, 16 out
function batched(c: usize, chunk: i32, scratch: usize): void {
  const m = int(c, 5), n = int(c, 6), k = int(c, 7);
  const first = chunk * int(c, 3), last = min(first + int(c, 3), int(c, 4));
  const left = scratch + rightBytes(k, n);
  for (let i = first; i < last; i++) {
    const a = pointer(c, 8) + (<usize>(i * int(c, 11)) << 2), b = pointer(c, 12) + (<usize>(i * int(c, 15)) << 2);
    const out = pointer(c, 16) + (<usize>(i * m * n) << 2);
    if (m <= 2 && int(c, 13) == 1 && int(c, 14) == k && int(c, 10) == 1) {
      multiplyFew(m, k, a, int(c, 9), b, out, n, 0, n);
      continue;
    }
    packRight(k, n, b, int(c, 13), int(c, 14), scratch, <usize>k << 5, 0, n);
    multiply(m, n, k, a, int(c, 9), int(c, 10), scratch, <usize>k << 5, out, n, false, left);
  }
}

export { leftBytes, rightBytes };
