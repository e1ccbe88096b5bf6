/** TensorFlow's graph as bytes: the few protocol buffer messages of a SavedModel (tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape}.proto). */

/** TF_DataType. */
export const dtypes = { float32: 1, int32: 3, string: 7, int64: 9, bool: 10, resource: 20 } as const;

/** tfjs' name of a TF_DataType. */
export function dtypeName(dtype: number): 'float32' | 'int32' | 'bool' {
  return dtype === dtypes.int32 ? 'int32' : dtype === dtypes.bool ? 'bool' : 'float32';
}

function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest ? low | 128 : low);
  } while (rest);
  return Uint8Array.from(bytes);
}

function integer(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

function bytes(field: number, content: string | Uint8Array): Buffer {
  const data = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([varint((field << 3) | 2), varint(data.length), data]);
}

function float(field: number, value: number): Buffer {
  const data = Buffer.alloc(4);
  data.writeFloatLE(value);
  return Buffer.concat([varint((field << 3) | 5), data]);
}

function shapeProto(shape: readonly number[] | undefined): Buffer {
  return shape ? Buffer.concat(shape.map((size) => bytes(2, integer(1, size)))) : integer(3, 1);
}

/** Values of attributes. */
export const attr = {
  string: (value: string) => bytes(2, value),
  int: (value: number) => integer(3, value),
  float: (value: number) => float(4, value),
  bool: (value: boolean) => integer(5, value ? 1 : 0),
  type: (value: number) => integer(6, value),
  /** Undefined: of unknown rank. */
  shape: (value: readonly number[] | undefined) => bytes(7, shapeProto(value)),
  ints: (values: readonly number[]) => bytes(1, bytes(3, Buffer.concat(values.map(varint)))),
  tensor: (dtype: number, shape: readonly number[], content: Uint8Array) => bytes(8, Buffer.concat([integer(1, dtype), bytes(2, shapeProto(shape)), bytes(4, content)])),
};

export type Attributes = Readonly<Record<string, Uint8Array>>;

/** One entry of a GraphDef. `inputs` are names of nodes, `name:1` for their second output, `^name` for control. */
export function nodeDef(name: string, op: string, inputs: readonly string[], attributes: Attributes = {}): Buffer {
  return bytes(1, nodeBytes(name, op, inputs, attributes));
}

function nodeBytes(name: string, op: string, inputs: readonly string[], attributes: Attributes): Buffer {
  return Buffer.concat([bytes(1, name), bytes(2, op), ...inputs.map((input) => bytes(3, input)), ...Object.entries(attributes).map(([key, value]) => entry(5, key, value))]);
}

function entry(field: number, key: string, value: string | Uint8Array): Buffer {
  return bytes(field, Buffer.concat([bytes(1, key), bytes(2, value)]));
}

export interface Argument {
  readonly name: string;
  readonly dtype: number;
}

export interface FunctionBody {
  readonly args: readonly Argument[];
  readonly outputs: readonly Argument[];
  /** Their inputs are arguments by name, or `node:result:0`. */
  readonly nodes: readonly { name: string; op: string; inputs: readonly string[]; attributes: Attributes }[];
  /** What gives each output, named like inputs. */
  readonly results: readonly string[];
}

/** One function of a GraphDef's library; nodes call it as if its name were an op. */
export function functionDef(name: string, { args, outputs, nodes, results }: FunctionBody): Buffer {
  const argument = (arg: Argument) => Buffer.concat([bytes(1, arg.name), integer(3, arg.dtype)]);
  const signature = Buffer.concat([bytes(1, name), ...args.map((arg) => bytes(2, argument(arg))), ...outputs.map((arg) => bytes(3, argument(arg)))]);
  const body = nodes.map((node) => bytes(3, nodeBytes(node.name, node.op, node.inputs, node.attributes)));
  return bytes(2, bytes(1, Buffer.concat([bytes(1, signature), ...body, ...results.map((ref, i) => entry(4, outputs[i]!.name, ref))])));
}

/** The version of the graph format that the ops are those of; every TensorFlow since 2.9 reads it. */
const producer = 1087;

/** saved_model.pb with the tag `serve`. */
export function savedModel(nodes: readonly Uint8Array[]): Buffer {
  const graph = Buffer.concat([...nodes, bytes(4, integer(1, producer))]);
  const meta = Buffer.concat([bytes(1, bytes(4, 'serve')), bytes(2, graph)]);
  return Buffer.concat([integer(1, 1), bytes(2, meta)]);
}
