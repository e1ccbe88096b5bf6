/** Calls of every TensorFlow op that can be recorded, on odd shapes: what an op gives when it is run at once is what its recording has to give. */

import * as tf from '@tensorflow/tfjs-core';
import type { NodeBackend, OpAttribute } from '../../../src/backend/tensorflow/graph/native.ts';
import { dtypes } from '../../../src/backend/tensorflow/graph/protobuf.ts';
import { createRng } from '../../../src/core/rng.ts';

type Fill = 'normal' | 'positive' | 'places' | 'truth';

interface Fed {
  shape: readonly number[];
  /** normal: of both signs; positive: from 0.1; places: int32 from 0 to 2; truth: bool. */
  fill: Fill;
}

export interface OpCall {
  op: string;
  name: string;
  inputs: Record<string, tf.Tensor>;
  /** Calls it on tensors that are given in the order of `inputs`; what else it needs are constants. */
  compute(inputs: readonly tf.Tensor[]): tf.Tensor[];
}

interface Call {
  fed: readonly Fed[];
  constants?: readonly (readonly number[] | number)[];
  /** Numbers are whole numbers unless named `T…` or `…T` or `…_type`, which are types. */
  attributes?: Readonly<Record<string, number | boolean>>;
  outputs?: number;
}

const { float32, int32, bool } = dtypes;
const x = (...shape: number[]): Fed => ({ shape, fill: 'normal' });
const above = (...shape: number[]): Fed => ({ shape, fill: 'positive' });
const places = (...shape: number[]): Fed => ({ shape, fill: 'places' });
const truth = (...shape: number[]): Fed => ({ shape, fill: 'truth' });
const T = { T: float32 };

const sizes = [[], [1], [3, 5], [2, 3, 1, 7], [0, 4]];
const pairs = [[[], []], [[3, 5], [3, 5]], [[3, 5], []], [[], [5]], [[3, 5], [5]], [[3, 1], [1, 7]], [[2, 3, 5, 2], [5, 1]], [[0, 4], [4]]] as const;

function unary(ops: readonly string[], make: (...shape: number[]) => Fed, attributes: Call['attributes'] = T): [string, Call[]][] {
  return ops.map((op) => [op, sizes.map((shape) => ({ fed: [make(...shape)], attributes }))]);
}

function binary(ops: readonly string[], make: (...shape: number[]) => Fed, attributes: Call['attributes'] = T): [string, Call[]][] {
  return ops.map((op) => [op, pairs.map(([a, b]) => ({ fed: [make(...a), make(...b)], attributes }))]);
}

function reductions(ops: readonly string[], make: (...shape: number[]) => Fed, attributes: Call['attributes'] = T): [string, Call[]][] {
  const axes = [[], [0], [-1], [1, 2], [0, -1], [0, 1, 2, 3]];
  return ops.map((op) => [op, [true, false].flatMap((keep_dims) => axes.map((some) => ({ fed: [make(2, 3, 1, 7)], constants: [some], attributes: { ...attributes, Tidx: int32, keep_dims } })))]);
}

const calls = new Map<string, readonly Call[]>([
  ...unary(['Abs', 'Ceil', 'Cos', 'Elu', 'Erf', 'Exp', 'Expm1', 'Floor', 'Identity', 'Neg', 'OnesLike', 'Relu', 'Rint', 'Round', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softplus', 'Square', 'Tanh', 'ZerosLike'], x),
  ...unary(['L2Loss'], x),
  ...unary(['Log', 'Log1p', 'Reciprocal', 'Rsqrt', 'Sqrt'], above),
  ...unary(['IsFinite', 'IsInf', 'IsNan'], x),
  ...unary(['LogicalNot'], truth, {}),
  ...['Softmax', 'LogSoftmax'].map((op): [string, Call[]] => [op, [[1], [3, 5], [2, 3, 7]].map((shape) => ({ fed: [x(...shape)], attributes: T }))]),
  ['Cumsum', [0, -1].flatMap((axis) => [true, false].map((exclusive) => ({ fed: [x(3, 5)], constants: [axis], attributes: { ...T, Tidx: int32, exclusive, reverse: !exclusive } })))],
  ...binary(['Add', 'AddV2', 'Maximum', 'Minimum', 'Mul', 'SquaredDifference', 'Sub'], x),
  ...binary(['Div', 'DivNoNan', 'FloorDiv', 'FloorMod', 'Pow', 'RealDiv'], above),
  ...['SigmoidGrad', 'RsqrtGrad', 'TanhGrad'].map((op): [string, Call[]] => [op, sizes.map((shape) => ({ fed: [above(...shape), x(...shape)], attributes: T }))]),
  ...binary(['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'], places, { T: int32 }),
  ...binary(['LogicalAnd', 'LogicalOr'], truth, {}),
  ...reductions(['Sum', 'Mean', 'Max', 'Min', 'Prod'], x),
  ...reductions(['All', 'Any'], truth, {}),
  ...['ArgMax', 'ArgMin'].map((op): [string, Call[]] => [op, [0, 1, -1].map((axis) => ({ fed: [x(3, 5, 2)], constants: [axis], attributes: { ...T, Tidx: int32, output_type: int32 } }))]),
  ['AddN', [1, 3].map((N) => ({ fed: Array.from({ length: N }, () => x(3, 5)), attributes: { ...T, N } }))],
  ['Cast', [
    { fed: [x(3, 5)], attributes: { SrcT: float32, DstT: int32, Truncate: false } },
    { fed: [places(3)], attributes: { SrcT: int32, DstT: float32, Truncate: false } },
    { fed: [places(3)], attributes: { SrcT: int32, DstT: bool, Truncate: false } },
    { fed: [truth()], attributes: { SrcT: bool, DstT: float32, Truncate: false } },
  ]],
  ['Select', [{ fed: [truth(3, 5), x(3, 5), x(3, 5)], attributes: T }, { fed: [truth(3), x(3, 5), x(3, 5)], attributes: T }, { fed: [truth(), x(3, 5), x(3, 5)], attributes: T }]],
  ['SelectV2', [{ fed: [truth(3, 5), x(3, 5), x(3, 5)], attributes: T }, { fed: [truth(3, 1), x(5), x()], attributes: T }, { fed: [truth(), x(1, 5), x(3, 1)], attributes: T }]],
  ['MatMul', [false, true].flatMap((a) => [false, true].map((b) => ({ fed: [a ? x(4, 3) : x(3, 4), b ? x(5, 4) : x(4, 5)], attributes: { ...T, transpose_a: a, transpose_b: b } })))],
  ['BatchMatMulV2', [
    ...[false, true].flatMap((a) => [false, true].map((b) => ({ fed: [a ? x(2, 7, 4, 3) : x(2, 7, 3, 4), b ? x(2, 7, 5, 4) : x(2, 7, 4, 5)], attributes: { ...T, adj_x: a, adj_y: b } }))),
    { fed: [x(2, 1, 3, 4), x(7, 4, 5)], attributes: { ...T, adj_x: false, adj_y: false } },
    { fed: [x(3, 4), x(7, 4, 5)], attributes: { ...T, adj_x: false, adj_y: false } },
  ]],
  ['Reshape', [[[3, 5], [5, 3]], [[3, 5], [-1]], [[2, 3, 4], [4, -1, 2]], [[1], []], [[0, 4], [2, 0]]].map(([from, to]) => ({ fed: [x(...from!)], constants: [to!], attributes: { ...T, Tshape: int32 } }))],
  ['ExpandDims', [0, 1, -1, -3].map((axis) => ({ fed: [x(3, 5)], constants: [axis], attributes: { ...T, Tdim: int32 } }))],
  ['Transpose', [[0, 2, 1, 3], [3, 1, 0, 2]].map((perm) => ({ fed: [x(2, 3, 1, 7)], constants: [perm], attributes: { ...T, Tperm: int32 } }))],
  ['Slice', [[[0, 1], [2, 3]], [[1, 0], [-1, -1]], [[2, 4], [0, 1]]].map((constants) => ({ fed: [x(3, 5)], constants, attributes: { ...T, Index: int32 } }))],
  ['ConcatV2', [0, 1, -1].map((axis) => ({ fed: axis === 0 ? [x(2, 5), x(1, 5), x(0, 5)] : [x(3, 2), x(3, 1), x(3, 4)], constants: [axis], attributes: { ...T, N: 3, Tidx: int32 } }))],
  ['SplitV', [0, -1].map((axis) => ({ fed: [axis === 0 ? x(6, 2) : x(2, 6)], constants: [[1, 2, 3], axis], attributes: { ...T, num_split: 3, Tlen: int32 }, outputs: 3 }))],
  ['Pack', [0, 1, -1].map((axis) => ({ fed: [x(3, 5), x(3, 5)], attributes: { ...T, N: 2, axis } }))],
  ['Unpack', [0, 1, -1].map((axis) => ({ fed: [x(2, 2, 2)], attributes: { ...T, num: 2, axis }, outputs: 2 }))],
  ['Tile', [[1, 1], [2, 3]].map((reps) => ({ fed: [x(3, 5)], constants: [reps], attributes: { ...T, Tmultiples: int32 } }))],
  ['OneHot', [-1, 0, 1].map((axis) => ({ fed: [places(3, 5), x(), x()], constants: [], attributes: { ...T, TI: int32, axis } }))],
  ['UnsortedSegmentSum', [[[5], [5]], [[5, 2, 3], [5]], [[5, 2, 3], [5, 2]]].map(([of, ids]) => ({ fed: [x(...of!), places(...ids!)], constants: [4], attributes: { ...T, Tindices: int32, Tnumsegments: int32 } }))],
  ['TopKV2', [[7], [3, 7]].map((shape) => ({ fed: [x(...shape)], constants: [4], attributes: { ...T, sorted: true }, outputs: 2 }))],
  ['GatherV2', [0, 1, -1].map((axis) => ({ fed: [x(3, 3, 3), places(4, 2)], constants: [axis], attributes: { Tparams: float32, Tindices: int32, Taxis: int32, batch_dims: 0 } }))
    .concat([{ fed: [x(2, 3, 5), places(2, 4)], constants: [1], attributes: { Tparams: float32, Tindices: int32, Taxis: int32, batch_dims: 1 } }])],
  ['Fill', [{ fed: [x()], attributes: { ...T, index_type: int32 } }]],
  ['PadV2', [{ fed: [x(3, 5), x()], attributes: { ...T, Tpaddings: int32 } }]],
  ['Range', [{ fed: [], constants: [1, 8, 3], attributes: { Tidx: int32 } }, { fed: [], constants: [5, -1, -2], attributes: { Tidx: int32 } }, { fed: [], constants: [3, 3, 1], attributes: { Tidx: int32 } }]],
  ['TensorScatterAdd', [{ fed: [x(3, 5), x(2)], attributes: { ...T, Tindices: int32 } }]],
  ['SparseSoftmaxCrossEntropyWithLogits', [{ fed: [x(5, 3), places(5)], attributes: { ...T, Tlabels: int32 }, outputs: 2 }]],
]);

/** Ops whose constants do not come last. */
const ordered: Readonly<Record<string, (fed: readonly tf.Tensor[]) => tf.Tensor[]>> = {
  OneHot: ([indices, on, off]) => [indices!, tf.scalar(3, 'int32'), on!, off!],
  TensorScatterAdd: ([of, updates]) => [of!, tf.tensor2d([[0, 4], [2, 1]], [2, 2], 'int32'), updates!],
  Fill: ([value]) => [tf.tensor1d([3, 5], 'int32'), value!],
  PadV2: ([of, value]) => [of!, tf.tensor2d([[0, 2], [1, 0]], [2, 2], 'int32'), value!],
};

export function opCalls(backend: NodeBackend): OpCall[] {
  return [...calls].flatMap(([op, all]) => all.map(({ fed, constants = [], attributes = {}, outputs = 1 }, i): OpCall => ({
    op,
    name: `${op} ${[...fed.map(({ shape }) => `[${shape.join()}]`), ...constants.map((one) => JSON.stringify(one))].join(' ')} ${JSON.stringify(attributes)}`,
    inputs: Object.fromEntries(fed.map((one, at) => [`input ${at}`, tensorOf(one, 10 * i + at)])),
    compute(tensors) {
      const all = ordered[op]?.(tensors) ?? [...tensors, ...constants.map((one) => (typeof one === 'number' ? tf.scalar(one, 'int32') : tf.tensor1d([...one], 'int32')))];
      return backend.executeMultipleOutputs(op, Object.entries(attributes).map(([name, value]) => attributeOf(backend, name, value)), all, outputs);
    },
  })));
}

function attributeOf({ binding }: NodeBackend, name: string, value: number | boolean): OpAttribute {
  const isType = /^T|T$|_type$|^Index$/.test(name) && name !== 'Truncate';
  return { name, type: typeof value === 'boolean' ? binding.TF_ATTR_BOOL : isType ? binding.TF_ATTR_TYPE : binding.TF_ATTR_INT, value };
}

function tensorOf({ shape, fill }: Fed, seed: number): tf.Tensor {
  const rng = createRng(seed);
  const draw = { normal: () => rng.normal(), positive: () => 0.1 + Math.abs(rng.normal()), places: () => rng.below(3), truth: () => rng.below(2) }[fill];
  const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, draw);
  return tf.tensor(values, [...shape], fill === 'places' ? 'int32' : fill === 'truth' ? 'bool' : 'float32');
}
