/** A pure function of tensors that a backend may record once for each set of shapes and run as one graph from then on. */

import type * as tf from '@tensorflow/tfjs-core';

export type NamedTensors = Readonly<Record<string, tf.Tensor>>;

export interface ProgramSpec {
  /** For messages: "the training step". */
  name: string;
  /**
   * Ordinary tfjs code, custom gradients included. It may assign variables. It never reads a tensor back, never branches on data and
   * draws nothing: what it does may depend on the shapes and names of its inputs only.
   */
  compute(inputs: NamedTensors): Record<string, tf.Tensor>;
  /** Outputs that other programs read: a recording leaves them where they were computed. They last until the program runs again. */
  keeps?(output: string): boolean;
  /** Programs with the same one keep outputs of one name and shape in one place. */
  place?: object;
  /** It runs so many times that a second of compiling is well spent. */
  often?: boolean;
  /** Inputs that nobody uses afterwards: `compute` may dispose them as soon as it can, and a run disposes the rest. */
  consumes?(input: string): boolean;
}

export interface Program {
  /** The caller disposes outputs, and the inputs that are not consumed. */
  run(inputs: NamedTensors): Record<string, tf.Tensor>;
  /**
   * Records for inputs of these shapes, without them: what is recorded before the first run spares time later. `repeated`: also with what
   * it kept among them. Gives what its outputs will be; undefined where nothing is recorded.
   */
  prepare(inputs: ShapesByName, repeated?: boolean): ShapesByName | undefined;
  /** Forgets what was recorded. */
  dispose(): void;
}

export interface TensorShape {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  /** Names where a run leaves it, for `keeps`. */
  readonly slot?: object;
}

export type ShapesByName = Readonly<Record<string, TensorShape>>;

/** Found on tfjs' active backend where that one records. */
export interface Recorder {
  program(spec: ProgramSpec): Program;
}
