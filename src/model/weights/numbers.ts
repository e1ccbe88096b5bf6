/** Half-precision numbers: bfloat16 and IEEE float16 to and from 32-bit floats. */

/** What weights are stored as. */
export type Dtype = 'F32' | 'F16' | 'BF16';

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

/** Round to nearest, ties to even; beyond the largest half it is infinite, as in torch. */
export function floatToF16(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (value !== value) return 0x7e00;
  if (size < 2 ** -14) return sign | roundEven(size * 2 ** 24);
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.floor(Math.log2(size));
  // log2 may be off by one at a power of two.
  const power = size < 2 ** exponent ? exponent - 1 : size >= 2 ** (exponent + 1) ? exponent + 1 : exponent;
  // A fraction that rounds up to 1024 carries into the exponent, which is what it should do.
  return sign | (((power + 15) << 10) + roundEven((size / 2 ** power - 1) * 1024));
}

function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** Little-endian bytes, as safetensors stores them. */
export function encodeFloats(data: Float32Array, dtype: Dtype): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const convert = dtype === 'BF16' ? floatToBf16 : floatToF16;
  const out = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = convert(data[i]!);
  return new Uint8Array(out.buffer);
}
