/** Records what a program does: tfjs runs it on tensors without numbers, and every TensorFlow op that its kernels ask for becomes a node of a graph. */

import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors, ProgramSpec, TensorShape } from '../../program.ts';
import { withInPlaceKernels } from './kernels.ts';
import type { Binding, NativeTensor, NodeBackend, OpAttribute, Slot, TensorData } from './native.ts';
import { outputsOf, type Value } from './outputs.ts';
import { outlined, type GraphNode } from './outline.ts';
import { attr, dtypes, nodeDef, type Attributes } from './protobuf.ts';

/** What one program does for inputs of one set of shapes. */
export interface Recorded {
  readonly nodes: readonly Uint8Array[];
  /** Placeholders by input. */
  readonly feeds: ReadonlyMap<string, string>;
  /** Tensors from outside that it reads; a variable may hold other numbers at each run. */
  readonly captured: readonly { tensor: tf.Tensor; slot: Slot }[];
  readonly fetches: ReadonlyMap<string, string>;
  readonly outputs: Readonly<Record<string, RecordedInput>>;
  readonly kept: ReadonlyMap<string, Slot>;
  readonly updated: readonly tf.Variable[];
  readonly consumed: readonly Slot[];
  /** All that it reads or changes. */
  readonly slots: ReadonlySet<Slot>;
  /** To be fetched as well: it waits for all that changes. */
  readonly done: string;
}

export interface RecordingOptions {
  backend: NodeBackend;
  /** Of its nodes. */
  prefix: string;
  spec: ProgramSpec;
  inputs: Readonly<Record<string, RecordedInput>>;
  /** Whether XLA makes machine code of what runs often. */
  compiles: boolean;
  /** Where a run leaves an output that is kept. */
  keptSlot(output: string, shape: readonly number[], dtype: number): Slot;
  /** The slot that a tensor from outside has or will have; a variable keeps its own whatever it is assigned. */
  slotFor(tensor: tf.Tensor): Slot;
  /** The slot of a constant that is worth sharing between programs. */
  constantSlot(data: ArrayBufferView, shape: readonly number[], dtype: number): { slot: Slot; tensor: tf.Tensor };
}

/** With a slot: what another run kept there. */
export interface RecordedInput extends TensorShape {
  readonly slot?: Slot;
}

interface Recordable extends Value {
  /** The node that gives it, `name` or `name:1`. */
  readonly ref: string;
}

/** Constants with more elements are session variables of their own. */
const inlineElements = 256;
/** Parameters that are updated side by side. */
const updatesAtOnce = 4;
const firstId = 2 ** 30;

/** Throws an Error that says what cannot be recorded. Leaves all tensors and variables as they were. */
export function record(options: RecordingOptions): Recorded {
  const { backend, spec, inputs, prefix } = options;
  const nodes: GraphNode[] = [];
  const values = new Map<number, Recordable>();
  const own = new Set<object>();
  const reads = new Map<Slot, string>();
  const captured: { tensor: tf.Tensor; slot: Slot }[] = [];
  const seen = new Set<Slot>();
  const used = new Set<string>();
  const constants = new Map<string, Recordable>();
  /** Stand for what is updated where it is. */
  const inPlace = new Set<number>();
  /** What is already where it is to be kept. */
  const held = new Map<number, Slot>();
  const inputSlots = new Map<number, Slot>();
  const changes: (() => string)[] = [];
  const updates: string[] = [];
  const variables = new Map<object, tf.Variable>(Object.values(tf.engine().registeredVariables).map((variable) => [variable.dataId, variable]));

  const node = (op: string, inputRefs: readonly string[], attributes: Attributes = {}, name = `${prefix}/${op}${nodes.length}`): string => {
    nodes.push({ name, op, inputs: inputRefs, attributes });
    for (const ref of inputRefs) used.add(ref);
    return name;
  };
  const add = (value: Recordable): number => {
    const id = firstId + values.size;
    values.set(id, value);
    return id;
  };
  const constant = (dtype: number, shape: readonly number[], data: ArrayBufferView & ArrayLike<number>): Recordable => {
    if (data.length > inlineElements) {
      const { slot, tensor } = options.constantSlot(data, shape, dtype);
      return { ref: read(slot, tensor), shape, dtype, data };
    }
    const key = `${dtype}:${shape.join()}:${Array.from(data).join()}`;
    const found = constants.get(key);
    if (found) return found;
    const content = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const made = { ref: node('Const', [], { dtype: attr.type(dtype), value: attr.tensor(dtype, shape, content) }), shape, dtype, data };
    constants.set(key, made);
    return made;
  };
  function read(slot: Slot, tensor?: tf.Tensor): string {
    let ref = reads.get(slot);
    if (!ref) {
      reads.set(slot, (ref = node('ReadVariableOp', [slot.name], { dtype: attr.type(slot.dtype) }, `${prefix}/read/${slot.name}`)));
      if (tensor) captured.push({ tensor, slot });
      seen.add(slot);
    }
    return ref;
  }
  const slotOf = (tensor: tf.Tensor): Slot => {
    if (own.has(tensor.dataId)) throw new Error('what was assigned is updated again');
    const outside = variables.get(tensor.dataId) ?? tensor;
    const slot = options.slotFor(outside);
    if (!seen.has(slot)) captured.push({ tensor: outside, slot });
    seen.add(slot);
    return slot;
  };
  const valueOf = (tensor: tf.Tensor): number => {
    const data = backend.tensorMap.get(tensor.dataId);
    if (own.has(tensor.dataId)) {
      if (inPlace.has(data.id)) throw new Error('what was updated is used again');
      return data.values ? add(constant(data.dtype, data.shape, data.values)) : data.id;
    }
    if (data.id >= firstId) throw new Error('it uses a tensor without numbers, which another recording left behind');
    const slot = slotOf(tensor);
    return add({ ref: read(slot), shape: slot.shape, dtype: slot.dtype });
  };

  const recorder: InPlaceRecorder = {
    adamW({ param, m, v, grad, rate, epsilon, decay, scale }, { beta1, beta2 }) {
      const [paramSlot, mSlot, vSlot] = [slotOf(param), slotOf(m), slotOf(v)];
      const refOf = (tensor: tf.Tensor) => values.get(valueOf(tensor))!.ref;
      const type = { T: attr.type(dtypes.float32) };
      const scalar = (value: number) => constant(dtypes.float32, [], Float32Array.of(value)).ref;
      // TensorFlow takes 1 − β2 in single precision, up to 3e-5 off: its v is that much too large throughout, which the rate and epsilon take back.
      const factor = scalar(Math.sqrt((1 - Math.fround(beta2)) / (1 - beta2)));
      const [rateRef, epsilonRef] = [rate, epsilon].map((tensor) => node('Mul', [refOf(tensor), factor], type));
      const [decayRef, scaleRef] = [decay, scale].map((tensor) => tensor && refOf(tensor));
      const paramRef = decayRef && read(paramSlot);
      const handles = [paramSlot, mSlot, vSlot].map(({ name }) => name);
      const gradRef = refOf(grad);
      changes.push(() => {
        // What a parameter needs beside itself waits until another's is free again: TensorFlow would make all of it first.
        const earlier = updates.at(-updatesAtOnce);
        const turn = earlier ? [`^${earlier}`] : [];
        const before = [paramSlot, mSlot, vSlot].flatMap((slot) => (reads.has(slot) ? [`^${reads.get(slot)!}`] : []));
        const decayed = decayRef && node('Mul', [paramRef!, decayRef, ...turn], type);
        const first = decayed ? [`^${node('AssignSubVariableOp', [paramSlot.name, decayed, ...before], { dtype: attr.type(dtypes.float32) })}`] : before;
        const scaled = scaleRef ? node('Mul', [gradRef, scaleRef, ...turn], type) : gradRef;
        const update = node('ResourceApplyAdam', [...handles, scalar(0), scalar(0), rateRef!, scalar(beta1), scalar(beta2), epsilonRef!, scaled, ...first], { ...type, use_locking: attr.bool(false), use_nesterov: attr.bool(false) });
        updates.push(update);
        return update;
      });
      return [paramSlot, mSlot, vSlot].map((slot) => {
        const id = add({ ref: '', shape: slot.shape, dtype: slot.dtype });
        inPlace.add(id);
        return backend.createOutputTensor({ id, shape: [...slot.shape], dtype: slot.dtype });
      });
    },
    after({ x, ...others }) {
      const { shape, dtype, ref } = values.get(valueOf(x))!;
      const waits = Object.values(others).map((other) => `^${values.get(valueOf(other))!.ref.split(':')[0]!}`);
      const id = add({ ref: node('Identity', [ref, ...waits], { T: attr.type(dtype) }), shape, dtype });
      return backend.createOutputTensor({ id, shape: [...shape], dtype });
    },
    updateRows({ x, indices, rows }) {
      const given = valueOf(x);
      const slot = inputSlots.get(given);
      if (!slot) throw new Error('rows are updated of what no other program keeps');
      inPlace.add(given);
      // In place as long as nobody else holds the variable's tensor; else TensorFlow copies it first.
      const before = used.has(reads.get(slot)!) ? readControl(slot) : [];
      const update = node('ResourceScatterUpdate', [slot.name, ...[indices, rows].map((tensor) => values.get(valueOf(tensor))!.ref), ...before], { dtype: attr.type(slot.dtype), Tindices: attr.type(dtypes.int32) });
      changes.push(() => update);
      const ref = node('ReadVariableOp', [slot.name, `^${update}`], { dtype: attr.type(slot.dtype) });
      reads.set(slot, ref);
      const id = add({ ref, shape: slot.shape, dtype: slot.dtype });
      held.set(id, slot);
      return backend.createOutputTensor({ id, shape: [...slot.shape], dtype: slot.dtype });
    },
  };

  const attributeWriter = writerOf(backend.binding);
  const executeOp = (op: string, attributes: readonly OpAttribute[], ids: readonly number[], count: number): NativeTensor[] => {
    const from = ids.map((id) => values.get(id)!);
    const outputs = outputsOf(op, from, Object.fromEntries(attributes.map(({ name, value }) => [name, value])), count);
    const name = node(op, from.map(({ ref }) => ref), Object.fromEntries(attributes.map((attribute) => [attribute.name, attributeWriter(attribute)])));
    return outputs.map((output, i) => ({ id: add({ ...output, ref: i ? `${name}:${i}` : name }), shape: [...output.shape], dtype: output.dtype }));
  };

  /** Variables are as they were again; what they were assigned is what a run shall leave in them. */
  const putBack = () =>
    [...variables].filter(([dataId, variable]) => variable.dataId !== dataId).map(([dataId, variable]) => {
      const assigned = tf.engine().makeTensorFromTensorInfo({ dataId: variable.dataId, shape: variable.shape, dtype: variable.dtype });
      variable.dataId = dataId;
      return { variable, assigned };
    });

  return withRecording(backend, { executeOp, valueOf, own, recorder }, () => {
    let result: Recorded | undefined;
    tf.tidy(() => {
      const feeds = new Map<string, string>();
      const tensors: Record<string, tf.Tensor> = {};
      for (const [name, input] of Object.entries(inputs)) {
        const dtype = dtypes[input.dtype as 'float32' | 'int32' | 'bool'];
        let ref: string;
        if (input.slot) ref = read(input.slot);
        else feeds.set(name, (ref = node('Placeholder', [], { dtype: attr.type(dtype), shape: attr.shape(input.shape) }, `${prefix}/in/${feeds.size}`)));
        const id = add({ ref, shape: input.shape, dtype });
        if (input.slot) inputSlots.set(id, input.slot);
        tensors[name] = backend.createOutputTensor({ id, shape: [...input.shape], dtype });
      }
      let outputs: Record<string, tf.Tensor>;
      let changed: ReturnType<typeof putBack>;
      try {
        outputs = spec.compute(tensors as NamedTensors);
      } finally {
        changed = putBack();
      }

      for (const { variable, assigned } of changed) {
        const isInPlace = own.has(assigned.dataId) && inPlace.has(backend.tensorMap.get(assigned.dataId).id);
        if (!isInPlace) assign(slotOf(variable), values.get(valueOf(assigned))!);
      }
      const kept = new Map<string, Slot>();
      const results: Record<string, RecordedInput> = {};
      const fetches = new Map<string, string>();
      for (const [name, tensor] of Object.entries(outputs)) {
        const id = valueOf(tensor);
        const value = values.get(id)!;
        results[name] = { shape: value.shape, dtype: tensor.dtype };
        if (spec.keeps?.(name)) {
          const slot = options.keptSlot(name, value.shape, value.dtype);
          if (held.get(id) !== slot) assign(slot, value);
          kept.set(name, slot);
          results[name] = { ...results[name]!, slot };
        } else fetches.set(name, node('Identity', [value.ref], { T: attr.type(value.dtype) }, `${prefix}/out/${fetches.size}`));
      }
      const consumed: Slot[] = [];
      for (const [name, input] of Object.entries(inputs)) {
        const { slot } = input;
        if (!slot || !spec.consumes?.(name)) continue;
        consumed.push(slot);
        if (![...kept.values()].includes(slot)) changes.push(() => node('AssignVariableOp', [slot.name, `${slot.name}/empty`, ...readControl(slot)], { dtype: attr.type(slot.dtype) }));
      }
      const waits = changes.map((emit) => `^${emit()}`);
      const done = node('Const', waits, { dtype: attr.type(dtypes.int32), value: attr.tensor(dtypes.int32, [], new Uint8Array(4)) }, `${prefix}/done`);
      const typeOf = new Map([...values.values()].map(({ ref, dtype }) => [ref, dtype]));
      const functions = spec.often && options.compiles ? outlined(nodes, typeOf, new Set([...fetches.values(), done]), prefix) : undefined;
      result = { nodes: functions ?? nodes.map((one) => nodeDef(one.name, one.op, one.inputs, one.attributes)), feeds, captured, fetches, outputs: results, kept, updated: changed.map(({ variable }) => variable), consumed, slots: new Set([...seen, ...kept.values()]), done };
    });
    return result!;
  });

  function readControl(slot: Slot): string[] {
    return reads.has(slot) ? [`^${reads.get(slot)!}`] : [];
  }
  function assign(slot: Slot, value: Recordable): void {
    changes.push(() => node('AssignVariableOp', [slot.name, value.ref, ...readControl(slot)], { dtype: attr.type(slot.dtype) }));
  }
}

/** What kernels may ask of a recording beyond TensorFlow's pure ops. */
export interface InPlaceRecorder {
  /** AdamW on variables; what it gives stands for their new values and can only be assigned. */
  adamW(inputs: { param: tf.Tensor; m: tf.Tensor; v: tf.Tensor; grad: tf.Tensor; rate: tf.Tensor; epsilon: tf.Tensor; decay?: tf.Tensor; scale?: tf.Tensor }, attrs: { beta1: number; beta2: number }): tf.Tensor[];
  /** x, but not before the others are there. */
  after(inputs: { x: tf.Tensor; [other: string]: tf.Tensor }): tf.Tensor;
  /** Rows [n, width] into an input [m, width] that another program kept, which is not used any more: what it gives stands for it. */
  updateRows(inputs: { x: tf.Tensor; indices: tf.Tensor; rows: tf.Tensor }): tf.Tensor;
}

interface Hooks {
  executeOp: Binding['executeOp'];
  valueOf(tensor: tf.Tensor): number;
  /** Filled with the tensors that are made meanwhile. */
  own: Set<object>;
  recorder: InPlaceRecorder;
}

/** While `run` runs, the backend's ops go to the hooks and nothing reaches TensorFlow. */
function withRecording<T>(backend: NodeBackend, hooks: Hooks, run: () => T): T {
  const { binding } = backend;
  const original = { getInputTensorIds: backend.getInputTensorIds, readSync: backend.readSync, incRef: backend.incRef, disposeData: backend.disposeData };
  const map = backend.tensorMap as { set(id: object, data: TensorData): void };
  const { set } = map;
  const copy = Object.fromEntries(Object.getOwnPropertyNames(binding).map((name) => [name, (binding as unknown as Record<string, unknown>)[name]])) as unknown as Binding;
  Object.assign(copy, {
    executeOp: hooks.executeOp,
    deleteTensor: () => undefined,
    createTensor: () => refuse('makes a tensor that TensorFlow has to know'),
    tensorDataSync: () => refuse('reads a tensor'),
  });
  backend.binding = copy;
  backend.getInputTensorIds = (tensors) => tensors.map((tensor) => hooks.valueOf(tensor));
  backend.readSync = (id) => (hooks.own.has(id) && backend.tensorMap.get(id).values) || refuse('reads a tensor');
  // Tensors from before stay, with as many holders as they had, whatever the program does with them: it runs again.
  backend.incRef = function (id) {
    if (hooks.own.has(id)) original.incRef.call(this, id);
  };
  backend.disposeData = function (id, force) {
    return hooks.own.has(id) ? original.disposeData.call(this, id, force) : false;
  };
  map.set = function (id, data) {
    hooks.own.add(id);
    set.call(this, id, data);
  };
  try {
    return withInPlaceKernels(hooks.recorder, run);
  } finally {
    Object.assign(backend, original, { binding });
    map.set = set;
  }
}

function refuse(what: string): never {
  throw new Error(`the program ${what}`);
}

function writerOf(binding: Binding): (attribute: OpAttribute) => Uint8Array {
  const writers = new Map<number, (value: never) => Uint8Array>([
    [binding.TF_ATTR_STRING, attr.string],
    [binding.TF_ATTR_INT, (value: number | number[]) => (Array.isArray(value) ? attr.ints(value) : attr.int(value))],
    [binding.TF_ATTR_FLOAT, attr.float],
    [binding.TF_ATTR_BOOL, attr.bool],
    [binding.TF_ATTR_TYPE, attr.type],
    [binding.TF_ATTR_SHAPE, attr.shape],
  ]);
  return ({ type, value }) => writers.get(type)!(value as never);
}
