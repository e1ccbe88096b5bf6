/** What several losses are made of. */

import * as tf from '@tensorflow/tfjs-core';

/** log σ(x) = −log(1 + e^−x), exact for large |x| too. (tfjs' own loses its input before the backward pass.) */
export function logSigmoid<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((input, save) => {
    const values = input as tf.Tensor;
    (save as tf.GradSaveFunc)([values]);
    return {
      value: tf.sub(tf.minimum(values, 0), tf.log1p(tf.exp(tf.neg(tf.abs(values))))),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.tidy(() => tf.mul(dy, tf.sigmoid(tf.neg(saved!)))),
    };
  })(x) as T;
}

/** The numbers from small to large, equal ones in their order; differentiable. A product with a permutation, which no backend has to bring. */
export function ascending(x: tf.Tensor1D): tf.Tensor1D {
  const [n] = x.shape;
  return tf.customGrad((input, save) => {
    const [values, across] = [tf.reshape(input as tf.Tensor, [n, 1]) as tf.Tensor2D, tf.reshape(input as tf.Tensor, [1, n])];
    const places = tf.cumsum(tf.ones([n]));
    const [place, before] = [tf.reshape(places, [n, 1]), tf.reshape(places, [1, n])];
    const smaller = tf.logicalOr(tf.less(across, values), tf.logicalAnd(tf.equal(across, values), tf.less(before, place)));
    const rank = tf.reshape(tf.sum(tf.cast(smaller, 'float32'), 1), [1, n]);
    const permutation = tf.cast(tf.equal(rank, tf.sub(place, 1)), 'float32') as tf.Tensor2D;
    (save as tf.GradSaveFunc)([permutation]);
    const moved = (by: tf.Tensor2D, y: tf.Tensor, back: boolean) => tf.reshape(tf.matMul(by, tf.reshape(y, [n, 1]) as tf.Tensor2D, back), [n]);
    return { value: moved(permutation, values, false), gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => moved(saved as tf.Tensor2D, dy, true) };
  })(x) as tf.Tensor1D;
}

/** log(1 − e^x) for x < 0, exact near 0 and far from it. */
export function log1mExp<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((input, save) => {
    const values = input as tf.Tensor;
    (save as tf.GradSaveFunc)([values]);
    const near = tf.log(tf.neg(tf.expm1(values)));
    const far = tf.log1p(tf.neg(tf.exp(values)));
    return {
      value: tf.where(tf.less(values, -Math.LN2), far, near),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.tidy(() => tf.neg(tf.div(dy, tf.expm1(tf.neg(saved!))))),
    };
  })(x) as T;
}

/** What `compute` gives, as a constant for the backward pass; its intermediate tensors are freed at once. */
export function withoutGradient<T extends tf.Tensor>(compute: () => T): T {
  return tf.customGrad((x) => ({ value: compute(), gradFunc: () => tf.zerosLike(x as tf.Tensor) }))(tf.zeros([1])) as T;
}

/** 0 where there is nothing to divide by, as TRL's ratios are. */
export function ratio(sum: number, count: number): number {
  return count > 0 ? sum / count : 0;
}
