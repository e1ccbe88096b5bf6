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

/** 0 where there is nothing to divide by, as TRL's ratios are. */
export function ratio(sum: number, count: number): number {
  return count > 0 ? sum / count : 0;
}
