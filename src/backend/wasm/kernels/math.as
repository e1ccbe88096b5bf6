/** exp over four floats, and what is made of it. */

// From JavaScript: the compiler's own log has tables, and this module must have no data of its own in a memory that belongs to another.
@external("env", "log") declare function log(x: f64): f64;

@inline export function log1(x: f32): f32 {
  return <f32>log(<f64>x);
}

/** e^x to about 1 ulp (Cephes' expf), x clamped to where the result is a normal number. */
@inline export function exp4(value: v128): v128 {
  const x = f32x4.min(f32x4.max(value, f32x4.splat(-87.33)), f32x4.splat(88.37));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

@inline export function sigmoid4(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp4(f32x4.neg(x))));
}

@inline export function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

/** The largest of n floats. */
export function largest(at: usize, n: i32): f32 {
  let top = f32x4.splat(-f32.MAX_VALUE);
  let i = 0;
  for (; i + 4 <= n; i += 4) top = f32x4.max(top, v128.load(at + (<usize>i << 2)));
  let result = max(max(f32x4.extract_lane(top, 0), f32x4.extract_lane(top, 1)), max(f32x4.extract_lane(top, 2), f32x4.extract_lane(top, 3)));
  for (; i < n; i++) result = max(result, load<f32>(at + (<usize>i << 2)));
  return result;
}
