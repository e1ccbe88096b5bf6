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
  /** What the loss of an optimiser step is divided by, summed over its micro-batches: trained tokens, pairs … */
  items: number;
  /** Real tokens, padding left out: TRL's attention mask sum. */
  tokens: number;
  /** Positions of the forward pass, padding included: the rows of the dropout masks. */
  padded: number;
}

/** `{ ids: Tensor, … }` under the names of `MicroBatch.inputs`. */
export type LossTensors = Readonly<Record<string, tf.Tensor>>;

/** Scalars fed to each step beside the batch. A loss that needs more declares them in `scalars`. */
export type LossScalars = Readonly<Record<string, tf.Scalar>>;

export interface LossOutput {
  /** Scalar, already divided by the step's items: the losses of a step's micro-batches add up to its loss. */
  loss: tf.Scalar;
  /** Sums for metrics, read back by the loop after the step. No gradient flows through them. */
  sums: Record<string, tf.Scalar>;
}

export interface Loss {
  /** Rows of one micro-batch to inputs. Runs on the host; `padId` fills up. */
  collate(rows: Rows, batch: readonly number[], padId: number, params: Readonly<Record<string, unknown>>): MicroBatch;
  /**
   * The step to be recorded: never reads a tensor back, never branches on data, draws nothing. `scalars.items` is what to divide by.
   */
  compute(model: Model, inputs: LossTensors, scalars: LossScalars, forward: ForwardOptions): LossOutput;
  /** Metrics of one micro-batch from its sums. The loop averages them over the micro-batches since the last log, as TRL does. */
  metrics(sums: Readonly<Record<string, number>>, batch: MicroBatch): Record<string, number>;
}
