/** Half-precision numbers: bfloat16 and IEEE float16 to and from 32-bit floats. */

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** Bytes of one element of a safetensors dtype that we read; 0 for others. */
export function bytesPerElement(dtype: string): number {
  return dtype === 'F32' ? 4 : dtype === 'F16' || dtype === 'BF16' ? 2 : 0;
}

export function bf16ToFloat(half: number): number {
  bits[0] = half << 16;
  return float[0]!;
}

/** Round to nearest, ties to even, as torch does; NaN stays NaN. */
export function floatToBf16(value: number): number {
  float[0] = value;
  const word = bits[0]!;
  if (value !== value) return (word >>> 16) | 0x40;
  return ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff;
}

export function f16ToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Little-endian bytes, as safetensors stores them. */
export function encodeFloats(data: Float32Array, dtype: 'F32' | 'BF16'): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const out = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = floatToBf16(data[i]!);
  return new Uint8Array(out.buffer);
}
