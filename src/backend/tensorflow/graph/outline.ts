/** Cuts a recorded program into functions for XLA, which makes machine code of each: all that lies between two updates in place, and one function for the parts that are alike, as layers are. */

import { attr, functionDef, nodeDef, type Argument, type Attributes } from './protobuf.ts';

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Names of nodes, `name:1` for their second result, `^name` for those that come before. */
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
}

/** Stay where they are: variables, what is fed, what changes something. */
const outsideOps = new Set(['Placeholder', 'ReadVariableOp', 'ResourceScatterUpdate', 'AssignVariableOp']);

/** What TensorFlow calls the result of an op, by which functions refer to it. Programs with other ops are not cut. */
const resultNames = new Map<string, string>([
  ...['ArgMax', 'BatchMatMulV2', 'ConcatV2', 'Const', 'GatherV2', 'Identity', 'Max', 'Mean', 'PadV2', 'Range', 'Reshape', 'Slice', 'SplitV', 'Sum', 'Tile'].map((op): [string, string] => [op, 'output']),
  ...['Cast', 'Exp', 'Log', 'Neg', 'Rsqrt', 'Sigmoid', 'Sqrt', 'Square', 'Transpose'].map((op): [string, string] => [op, 'y']),
  ...['Add', 'AddV2', 'Greater', 'Mul', 'RealDiv', 'Sub'].map((op): [string, string] => [op, 'z']),
  ['MatMul', 'product'],
  ['Softmax', 'softmax'],
]);

/** `dtypes` of all results, `fetched` the nodes that are asked for by name. The graph's parts as bytes; undefined where an op is unknown here. */
export function outlined(nodes: readonly GraphNode[], dtypes: ReadonlyMap<string, number>, fetched: ReadonlySet<string>, prefix: string): Uint8Array[] | undefined {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const isConstant = ({ op, inputs }: GraphNode) => op === 'Const' && inputs.length === 0;
  const isOutside = (node: GraphNode) => outsideOps.has(node.op) || fetched.has(node.name) || node.inputs.some((ref) => ref.startsWith('^'));
  // Behind each update that it depends on, a node is in the next part.
  const partOf = new Map<GraphNode, number>();
  const parts: GraphNode[][] = [];
  for (const node of nodes) {
    let part = 0;
    for (const ref of node.inputs) {
      const from = byName.get(nodeOf(ref));
      if (from) part = Math.max(part, partOf.get(from)! + (ref.startsWith('^') ? 1 : 0));
    }
    partOf.set(node, isConstant(node) ? 0 : part);
    if (isConstant(node) || isOutside(node)) continue;
    if (!resultNames.has(node.op)) return undefined;
    (parts[part] ??= []).push(node);
  }
  const inside = new Set(parts.flat());
  const usedElsewhere = new Set<string>();
  for (const node of nodes) {
    for (const ref of node.inputs) {
      const from = byName.get(nodeOf(ref));
      if (from && inside.has(from) && !(inside.has(node) && partOf.get(node) === partOf.get(from))) usedElsewhere.add(ref);
    }
  }

  const functions = new Map<string, string>();
  const result: Uint8Array[] = [];
  const calls: GraphNode[] = [];
  /** What the rest of the graph calls a result of a function. */
  const renamed = new Map<string, string>();
  parts.forEach((members, part) => {
    const local = new Map<string, string>();
    const args: string[] = [];
    const body: GraphNode[] = [];
    const take = (node: GraphNode, name: string, inputs: readonly string[] = []) => {
      local.set(node.name, name);
      body.push({ ...node, name, inputs });
    };
    const localRef = (ref: string): string => {
      const from = byName.get(nodeOf(ref));
      // Shapes and axes have to be known where a function is compiled.
      if (from && isConstant(from) && !local.has(from.name)) take(from, `n${body.length}`);
      if (from && local.has(from.name)) return `${local.get(from.name)}:${resultNames.get(from.op)}:${indexOf(ref)}`;
      if (!args.includes(ref)) args.push(ref);
      return `a${args.indexOf(ref)}`;
    };
    for (const node of members) {
      const inputs = node.inputs.map(localRef);
      take(node, `n${body.length}`, inputs);
    }
    const order = new Map(members.map(({ name }, i) => [name, i]));
    const outputs = [...usedElsewhere].filter((ref) => order.has(nodeOf(ref))).sort((a, b) => order.get(nodeOf(a))! - order.get(nodeOf(b))! || indexOf(a) - indexOf(b));
    const typed = (refs: readonly string[], letter: string): Argument[] => refs.map((ref, i) => ({ name: `${letter}${i}`, dtype: dtypes.get(ref)! }));
    const definition = (name: string) => functionDef(name, { args: typed(args, 'a'), outputs: typed(outputs, 'o'), nodes: body, results: outputs.map(localRef) });
    const key = Buffer.from(definition('')).toString('latin1');
    const name = functions.get(key) ?? `${prefix}_function${functions.size}`;
    if (!functions.has(key)) {
      functions.set(key, name);
      result.push(definition(name));
    }
    const call = `${prefix}/part${part}`;
    outputs.forEach((ref, i) => renamed.set(ref, i ? `${call}:${i}` : call));
    calls.push({ name: call, op: name, inputs: args, attributes: { _XlaMustCompile: attr.bool(true) } });
  });
  for (const node of [...nodes.filter((one) => !inside.has(one)), ...calls]) result.push(nodeDef(node.name, node.op, node.inputs.map((ref) => renamed.get(ref) ?? ref), node.attributes));
  return result;
}

function nodeOf(ref: string): string {
  return ref.replace(/^\^/, '').replace(/:\d+$/, '');
}

function indexOf(ref: string): number {
  return Number(/:(\d+)$/.exec(ref)?.[1] ?? 0);
}
