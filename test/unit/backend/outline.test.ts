/** A recorded program cut into functions: parts that are alike share one, what changes something stays where it is, and no part needs what comes after it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outlined, type GraphNode } from '../../../src/backend/tensorflow/graph/outline.ts';
import { attr, dtypes } from '../../../src/backend/tensorflow/graph/protobuf.ts';

const node = (name: string, op: string, inputs: readonly string[] = []): GraphNode => ({ name, op, inputs, attributes: { T: attr.type(dtypes.float32) } });

/** x ← 2 · (x · w + what the layer keeps), with x · w kept as well. */
function layer(i: number, x: string): GraphNode[] {
  return [
    node(`w${i}`, 'ReadVariableOp', [`weight${i}`]),
    node(`product${i}`, 'Mul', [x, `w${i}`]),
    node(`update${i}`, 'ResourceScatterUpdate', [`kept${i}`, 'row', `product${i}`]),
    node(`read${i}`, 'ReadVariableOp', [`kept${i}`, `^update${i}`]),
    node(`sum${i}`, 'AddV2', [`product${i}`, `read${i}`]),
    node(`x${i}`, 'Mul', [`sum${i}`, 'two']),
  ];
}
const layers = (count: number): GraphNode[] => [
  node('row', 'Placeholder'),
  node('x', 'Placeholder'),
  node('two', 'Const'),
  ...Array.from({ length: count }, (_, i) => layer(i, i ? `x${i - 1}` : 'x')).flat(),
  node('out', 'Identity', [`x${count - 1}`]),
];
const cut = (nodes: readonly GraphNode[]) => outlined(nodes, new Map(nodes.map(({ name }) => [name, dtypes.float32])), new Set(['out']), 'p');

/** In the order of the bytes: names of functions where they are defined and called. */
const mentioned = (parts: readonly Uint8Array[]) => parts.map((part) => /p_function\d/.exec(Buffer.from(part).toString('latin1'))?.[0]).filter((name) => name !== undefined);

test('the first part, one for all layers between, and the last one', () => {
  for (const count of [3, 30]) {
    const names = mentioned(cut(layers(count))!);
    assert.equal(new Set(names).size, 3);
    assert.deepEqual(names.slice(3), ['p_function0', ...new Array<string>(count - 1).fill('p_function1'), 'p_function2'], 'one call for each part');
  }
});

test('what is fetched, fed and changed keeps its name outside', () => {
  const text = cut(layers(3))!.map((part) => Buffer.from(part).toString('latin1'));
  for (const name of ['row', 'update0', 'update2', 'read1', 'out']) assert.equal(text.filter((part) => part.includes(`\n${String.fromCharCode(name.length)}${name}\x12`)).length, 1, name);
  assert.ok(text.every((part) => !part.includes('product1')), 'what is inside is known by another name');
});

test('a program with an op whose results have no known name is left whole', () => {
  assert.equal(cut([...layers(2), node('odd', 'Lgamma', ['x1'])]), undefined);
});
