/** What recording uses of tfjs-node's backend and of its native binding (4.22). */

import type { Tensor } from '@tensorflow/tfjs-core';

/** A tensor as the binding hands it out: `id` names it there. */
export interface NativeTensor {
  id: number;
  shape: number[];
  /** TF_DataType. */
  dtype: number;
}

export interface OpAttribute {
  name: string;
  /** One of the binding's TF_ATTR_*. */
  type: number;
  value: unknown;
}

export interface Binding {
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  createTensor(shape: readonly number[], dtype: number, values: ArrayLike<number>): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  executeOp(op: string, attributes: readonly OpAttribute[], inputs: readonly number[], outputs: number): NativeTensor[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(session: number): void;
  runSavedModel(session: number, inputs: readonly number[], inputNames: string, outputNames: string): NativeTensor[];
}

export interface TensorData {
  shape: readonly number[];
  dtype: number;
  /** Not yet handed to TensorFlow. */
  values: Float32Array | Int32Array | Uint8Array | null;
  /** The binding's, or negative. */
  id: number;
  refCount: number;
  /** Where its numbers are while TensorFlow's session has them. */
  slot?: Slot;
}

/** A variable of the session. */
export interface Slot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: number;
  /** The tensor whose numbers these are; undefined while there are none. */
  owner: TensorData | undefined;
}

export interface NodeBackend {
  binding: Binding;
  readonly tensorMap: { get(id: object): TensorData; set(id: object, data: TensorData): void; has(id: object): boolean };
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  createOutputTensor(native: NativeTensor): Tensor;
  executeSingleOutput(op: string, attributes: readonly OpAttribute[], inputs: readonly Tensor[]): Tensor;
  executeMultipleOutputs(op: string, attributes: readonly OpAttribute[], inputs: readonly Tensor[], outputs: number): Tensor[];
  readSync(id: object): Float32Array | Int32Array | Uint8Array;
  write(values: unknown, shape: readonly number[], dtype: string): object;
  incRef(id: object): void;
  disposeData(id: object, force?: boolean): boolean;
}
