/** What a loss is: how rows become tensors of few shapes, and a pure function from those tensors to a number to make smaller. */

import type * as tf from '@tensorflow/tfjs-core';
import type { ForwardOptions, Model } from '../../nn/model.ts';
import type { Rows } from '../rowStore.ts';

/** One named input of a loss before it becomes a tensor. Its shape is a bucket: few different ones occur in a run. */
export interface InputArray {
  shape: number[];
  dtype: 'int32' | 'float32';
  data: Int32Array | Float32Array;
}

/** A micro-batch: inputs for the loss, and counts that only the host needs. */
export interface MicroBatch {
  inputs: Record<string, InputArray>;
  /** Trained tokens: what a mean over tokens is divided by, summed over the step's micro-batches. */
  items: number;
  /** Real tokens, padding left out: TRL's attention mask sum. */
  tokens: number;
  /** Positions of the forward pass, padding included: the rows of the dropout masks. */
  padded: number;
}

/** `{ ids: Tensor, … }` under the names of `MicroBatch.inputs`. */
export type LossTensors = Readonly<Record<string, tf.Tensor>>;

/** Scalars fed to each step beside the batch. */
export interface LossScalars {
  /** The items of all micro-batches of the step: what a loss that is a mean over tokens is divided by. */
  readonly items: tf.Scalar;
  /** How many micro-batches the step has: what a loss that is a mean over the rows of its micro-batch is divided by. */
  readonly batches: tf.Scalar;
}

export interface LossOutput {
  /** Scalar, already divided by the step's items or micro-batches: the losses of a step's micro-batches add up to its loss. */
  loss: tf.Scalar;
  /** Sums for metrics, read back by the loop after the step. No gradient flows through them. */
  sums: Record<string, tf.Scalar>;
}

export interface Loss {
  /** Rows of one micro-batch to inputs. Runs on the host; `padId` fills up. */
  collate(rows: Rows, batch: readonly number[], padId: number): MicroBatch;
  /**
   * What a reference model says of the batch, one number a row under each name ([rows]): `compute` finds them among its inputs. Pure as
   * `compute` is, without gradients. Absent where the method has no reference model.
   */
  readonly reference?: (model: Model, inputs: LossTensors) => Record<string, tf.Tensor1D>;
  /** The step to be recorded: never reads a tensor back, never branches on data, draws nothing. */
  compute(model: Model, inputs: LossTensors, scalars: LossScalars, forward: ForwardOptions): LossOutput;
  /** Metrics of one micro-batch from its sums. The loop averages them over the micro-batches since the last log, as TRL does. */
  metrics(sums: Readonly<Record<string, number>>, batch: MicroBatch): Record<string, number>;
}

/** A method's loss for the settings of a run (every key of the method): what they choose is chosen here, before the first batch. */
export type MakeLoss = (params: Readonly<Record<string, unknown>>) => Loss;
