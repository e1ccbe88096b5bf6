/** Shapes and types of what TensorFlow's ops give, so that a step is recorded without computing it. TensorFlow checks them again when it loads the graph. */

import { dtypes } from './protobuf.ts';

export interface Value {
  readonly shape: readonly number[];
  /** TF_DataType. */
  readonly dtype: number;
  /** Of constants. */
  readonly data?: ArrayLike<number>;
}

export type OpAttributes = Readonly<Record<string, unknown>>;

type Infer = (inputs: readonly Value[], attributes: OpAttributes, outputs: number) => Value[];

/** Throws an Error that names an op it does not know, or one whose inputs do not fit. */
export function outputsOf(op: string, inputs: readonly Value[], attributes: OpAttributes, outputs: number): Value[] {
  const infer = ops.get(op);
  if (!infer) throw new Error(`the op ${op} cannot be recorded`);
  return infer(inputs, attributes, outputs);
}

/** Every op that can be recorded. */
export function recordableOps(): string[] {
  return [...ops.keys()];
}

const same: Infer = ([x]) => [{ shape: x!.shape, dtype: x!.dtype }];
const bool: Infer = ([x]) => [{ shape: x!.shape, dtype: dtypes.bool }];
const broadcast: Infer = ([a, b]) => [{ shape: broadcastShape(a!.shape, b!.shape), dtype: a!.dtype }];
const compare: Infer = ([a, b]) => [{ shape: broadcastShape(a!.shape, b!.shape), dtype: dtypes.bool }];
const reduce: Infer = ([x, axes], { keep_dims }) => [{ shape: reducedShape(x!.shape, Array.from(constant(axes!)), keep_dims === true), dtype: x!.dtype }];
const argument: Infer = ([x, axis], { output_type }) => [{ shape: reducedShape(x!.shape, [constant(axis!)[0]!], false), dtype: (output_type as number | undefined) ?? dtypes.int64 }];

const ops = new Map<string, Infer>([
  ...each(['Abs', 'Ceil', 'Cos', 'Elu', 'Erf', 'Exp', 'Expm1', 'Floor', 'Identity', 'Log', 'Log1p', 'LogSoftmax', 'Neg', 'OnesLike', 'Reciprocal', 'Relu', 'Rint', 'Round', 'Rsqrt', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softmax', 'Softplus', 'Sqrt', 'Square', 'Tanh', 'ZerosLike', 'Cumsum'], same),
  ...each(['IsFinite', 'IsInf', 'IsNan', 'LogicalNot'], bool),
  ...each(['Add', 'AddV2', 'Div', 'DivNoNan', 'FloorDiv', 'FloorMod', 'Maximum', 'Minimum', 'Mul', 'Pow', 'RealDiv', 'SquaredDifference', 'Sub'], broadcast),
  ...each(['SigmoidGrad', 'RsqrtGrad', 'TanhGrad'], same),
  ...each(['Equal', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'LogicalAnd', 'LogicalOr', 'NotEqual'], compare),
  ...each(['Sum', 'Mean', 'Max', 'Min', 'Prod', 'All', 'Any'], reduce),
  ...each(['ArgMax', 'ArgMin'], argument),
  ['AddN', same],
  ['Cast', ([x], { DstT }) => [{ shape: x!.shape, dtype: DstT as number }]],
  ['Select', ([, a]) => [{ shape: a!.shape, dtype: a!.dtype }]],
  ['SelectV2', ([c, a, b]) => [{ shape: broadcastShape(c!.shape, broadcastShape(a!.shape, b!.shape)), dtype: a!.dtype }]],
  ['MatMul', ([a, b], { transpose_a, transpose_b }) => [{ shape: [a!.shape[transpose_a === true ? 1 : 0]!, b!.shape[transpose_b === true ? 0 : 1]!], dtype: a!.dtype }]],
  ['BatchMatMulV2', ([a, b], { adj_x, adj_y }) => {
    const batch = broadcastShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
    return [{ shape: [...batch, a!.shape.at(adj_x === true ? -1 : -2)!, b!.shape.at(adj_y === true ? -2 : -1)!], dtype: a!.dtype }];
  }],
  ['Reshape', ([x, shape]) => [{ shape: reshaped(x!.shape, Array.from(constant(shape!))), dtype: x!.dtype }]],
  ['ExpandDims', ([x, axis]) => {
    const at = constant(axis!)[0]!;
    return [{ shape: x!.shape.toSpliced(at < 0 ? x!.shape.length + 1 + at : at, 0, 1), dtype: x!.dtype }];
  }],
  ['Transpose', ([x, perm]) => [{ shape: Array.from(constant(perm!), (axis) => x!.shape[axis]!), dtype: x!.dtype }]],
  ['Slice', ([x, begin, size]) => [{ shape: Array.from(constant(size!), (n, axis) => (n < 0 ? x!.shape[axis]! - constant(begin!)[axis]! : n)), dtype: x!.dtype }]],
  ['ConcatV2', (inputs) => {
    const parts = inputs.slice(0, -1);
    const axis = axisOf(parts[0]!, constant(inputs.at(-1)!)[0]!);
    return [{ shape: parts[0]!.shape.with(axis, parts.reduce((sum, part) => sum + part.shape[axis]!, 0)), dtype: parts[0]!.dtype }];
  }],
  ['SplitV', ([x, sizes, axis]) => Array.from(constant(sizes!), (size) => ({ shape: x!.shape.with(axisOf(x!, constant(axis!)[0]!), size), dtype: x!.dtype }))],
  ['Pack', (inputs, { axis }) => {
    const [first] = inputs;
    const at = (axis as number | undefined) ?? 0;
    return [{ shape: first!.shape.toSpliced(at < 0 ? first!.shape.length + 1 + at : at, 0, inputs.length), dtype: first!.dtype }];
  }],
  ['Unpack', ([x], { axis }, outputs) => Array.from({ length: outputs }, () => ({ shape: x!.shape.toSpliced(axisOf(x!, (axis as number | undefined) ?? 0), 1), dtype: x!.dtype }))],
  ['Tile', ([x, reps]) => [{ shape: x!.shape.map((size, axis) => size * constant(reps!)[axis]!), dtype: x!.dtype }]],
  ['PadV2', ([x, paddings]) => [{ shape: x!.shape.map((size, axis) => size + constant(paddings!)[2 * axis]! + constant(paddings!)[2 * axis + 1]!), dtype: x!.dtype }]],
  ['GatherV2', ([x, indices, axis], { batch_dims }) => {
    const at = axisOf(x!, constant(axis!)[0]!);
    return [{ shape: [...x!.shape.slice(0, at), ...indices!.shape.slice((batch_dims as number | undefined) ?? 0), ...x!.shape.slice(at + 1)], dtype: x!.dtype }];
  }],
  ['OneHot', ([indices, depth, on], { axis }) => {
    const at = (axis as number | undefined) ?? -1;
    return [{ shape: indices!.shape.toSpliced(at < 0 ? indices!.shape.length : at, 0, constant(depth!)[0]!), dtype: on!.dtype }];
  }],
  ['Fill', ([shape, value]) => [{ shape: Array.from(constant(shape!)), dtype: value!.dtype }]],
  ['Range', ([start, stop, step]) => [{ shape: [Math.max(0, Math.ceil((constant(stop!)[0]! - constant(start!)[0]!) / constant(step!)[0]!))], dtype: start!.dtype }]],
  ['UnsortedSegmentSum', ([x, ids, count]) => [{ shape: [constant(count!)[0]!, ...x!.shape.slice(ids!.shape.length)], dtype: x!.dtype }]],
  ['TopKV2', ([x, k]) => [x!.dtype, dtypes.int32].map((dtype) => ({ shape: [...x!.shape.slice(0, -1), constant(k!)[0]!], dtype }))],
  ['L2Loss', ([x]) => [{ shape: [], dtype: x!.dtype }]],
  ['SparseSoftmaxCrossEntropyWithLogits', ([logits]) => [{ shape: [logits!.shape[0]!], dtype: logits!.dtype }, { shape: logits!.shape, dtype: logits!.dtype }]],
  ['TensorScatterAdd', same],
]);

function each(names: readonly string[], infer: Infer): [string, Infer][] {
  return names.map((name) => [name, infer]);
}

function constant(value: Value): ArrayLike<number> {
  if (!value.data) throw new Error('a shape or an axis is computed from data');
  return value.data;
}

function axisOf({ shape }: Value, axis: number): number {
  return axis < 0 ? shape.length + axis : axis;
}

function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1];
    if (x !== y && x !== 1 && y !== 1) throw new Error(`shapes [${a.join()}] and [${b.join()}] do not go together`);
    return x === 1 ? y : x;
  });
}

function reducedShape(shape: readonly number[], axes: readonly number[], keep: boolean): number[] {
  const gone = new Set(axes.map((axis) => (axis < 0 ? shape.length + axis : axis)));
  return keep ? shape.map((size, axis) => (gone.has(axis) ? 1 : size)) : shape.filter((_, axis) => !gone.has(axis));
}

function reshaped(from: readonly number[], to: readonly number[]): number[] {
  const size = from.reduce((a, b) => a * b, 1);
  const known = to.reduce((a, b) => (b < 0 ? a : a * b), 1);
  return to.map((n) => (n < 0 ? size / known : n));
}
