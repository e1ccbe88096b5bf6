/** Programs on TensorFlow: recorded at the first inputs of each set of shapes, run as one graph from then on; uncompiled where something cannot be recorded. */

import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors, Program, ProgramSpec, Recorder } from '../../program.ts';
import type { NodeBackend, Slot, TensorData } from './native.ts';
import { dtypeName } from './protobuf.ts';
import { record, type Recorded, type RecordedInput } from './recording.ts';
import { createSession, type GraphSession } from './session.ts';

export interface GraphRecorder extends Recorder {
  /** Programs recorded so far: one for each set of shapes. */
  readonly recorded: number;
  dispose(): void;
}

/** `told` learns once for each program why it is not compiled. */
export function createRecorder(backend: NodeBackend, told: (message: string) => void): GraphRecorder {
  const session = createSession(backend.binding);
  const undo = keepInSession(backend, session);
  const constants = new Map<string, { slot: Slot; tensor: tf.Tensor }[]>();
  const planned = new WeakMap<object, Slot>();
  let recorded = 0;

  const slotFor = (tensor: tf.Tensor): Slot => {
    const data = backend.tensorMap.get(tensor.dataId);
    const key = tensor instanceof tf.Variable ? tensor : data;
    const slot = planned.get(key) ?? (tensor instanceof tf.Variable ? undefined : data.slot) ?? session.newSlot(data.shape, data.dtype);
    planned.set(key, slot);
    return slot;
  };
  const constantSlot = (data: ArrayBufferView & ArrayLike<number>, shape: readonly number[], dtype: number) => {
    const key = `${dtype}:${shape.join()}`;
    const same = (constants.get(key) ?? []).find(({ tensor }) => equal(constantValues.get(tensor)!, data));
    if (same) return same;
    // Made outside the recording that asks for it, when that is over.
    const tensor = tf.keep(tf.tensor(data as Float32Array, shape as number[], dtypeName(dtype)));
    const made = { slot: session.newSlot(shape, dtype), tensor };
    constantValues.set(tensor, data);
    constants.set(key, [...(constants.get(key) ?? []), made]);
    return made;
  };
  const constantValues = new WeakMap<tf.Tensor, ArrayLike<number>>();

  const program = (spec: ProgramSpec): Program => {
    const known = new Map<string, Recorded | 'eager'>();
    let disposed = false;
    const recordedFor = (inputs: Readonly<Record<string, RecordedInput>>): Recorded | 'eager' => {
      const key = Object.entries(inputs).map(([name, { shape, dtype, slot }]) => `${name}:${dtype}[${shape.join()}]${slot?.name ?? ''}`).join();
      let found = known.get(key);
      if (!found) {
        try {
          found = record({ backend, prefix: `p${recorded}`, spec, inputs, newSlot: (...args) => session.newSlot(...args), slotFor, constantSlot });
          const { nodes, slots, captured } = found;
          session.add({ nodes, slots, alive: () => !disposed && captured.every(({ tensor }) => !tensor.isDisposed) });
          recorded++;
        } catch (error) {
          if (![...known.values()].includes('eager')) told(`${spec.name} is not compiled: ${(error as Error).message}. It runs op by op, which is slower.`);
          found = 'eager';
        }
        known.set(key, found);
      }
      return found;
    };
    return {
      run(inputs) {
        const what = recordedFor(Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, { shape: tensor.shape, dtype: tensor.dtype, slot: slotOf(tensor) }])));
        const outputs = what === 'eager' ? tf.tidy(() => spec.compute(inputs) as tf.NamedTensorMap) : runRecorded(what, inputs);
        for (const [name, tensor] of Object.entries(inputs)) if (spec.consumes?.(name)) tensor.dispose();
        return outputs;
      },
      prepare(shapes, repeated) {
        // Slots in them come from here.
        const inputs = shapes as Readonly<Record<string, RecordedInput>>;
        const found = recordedFor(inputs);
        if (found === 'eager') return undefined;
        if (repeated) recordedFor({ ...inputs, ...Object.fromEntries(Object.entries(found.outputs).filter(([, output]) => output.slot)) });
        return found.outputs;
      },
      dispose() {
        disposed = true;
        known.clear();
      },
    };
  };
  const slotOf = (tensor: tf.Tensor): Slot | undefined => backend.tensorMap.get(tensor.dataId)?.slot;

  const runRecorded = ({ feeds, captured, fetches, kept, updated, consumed, done }: Recorded, inputs: NamedTensors): Record<string, tf.Tensor> => {
    moveIn(captured);
    const fed = [...feeds].map(([input, placeholder]): [string, number] => [placeholder, backend.getInputTensorIds([inputs[input]!])[0]!]);
    const names = [...fetches.keys()];
    const results = session.run(new Map(fed), [...fetches.values(), done]);
    backend.binding.deleteTensor(results.pop()!.id);
    const outputs: Record<string, tf.Tensor> = {};
    results.forEach((native, i) => (outputs[names[i]!] = backend.createOutputTensor(native)));
    for (const { variable, slot } of updated) {
      const data = backend.tensorMap.get(variable.dataId);
      forgetCopy(data);
      data.slot = slot;
      slot.owner = data;
    }
    for (const slot of consumed) leave(slot);
    for (const [name, slot] of kept) {
      leave(slot);
      const data: TensorData = { shape: slot.shape, dtype: slot.dtype, values: null, id: -1, refCount: 1, slot };
      const dataId = {};
      backend.tensorMap.set(dataId, data);
      slot.owner = data;
      outputs[name] = tf.engine().makeTensorFromTensorInfo({ dataId, shape: [...slot.shape], dtype: dtypeName(slot.dtype) });
    }
    return outputs;
  };
  /** The tensors' numbers into their slots, unless they are there: at the first run, and after an assignment by uncompiled code. */
  const moveIn = (captured: Recorded['captured']) => {
    const outside = captured.map(({ tensor, slot }) => ({ tensor, slot, data: backend.tensorMap.get(tensor.dataId) })).filter(({ slot, data }) => data.slot !== slot);
    const stored = outside.map(({ tensor, slot, data }) => ({ slot, data, id: backend.getInputTensorIds([tensor])[0]! }));
    for (const { slot } of stored) leave(slot);
    session.store(stored);
    for (const { slot, data } of stored) {
      if (data.slot) continue;
      data.slot = slot;
      forgetCopy(data);
    }
  };
  const forgetCopy = (data: TensorData) => {
    if (data.id >= 0) backend.binding.deleteTensor(data.id);
    Object.assign(data, { id: -1, values: null });
  };
  /** What the slot held is gone for the tensor that had it. */
  const leave = (slot: Slot) => {
    if (slot.owner?.slot === slot) slot.owner.slot = undefined;
    slot.owner = undefined;
  };

  return {
    program,
    get recorded() {
      return recorded;
    },
    dispose() {
      for (const all of constants.values()) for (const { tensor } of all) tensor.dispose();
      undo();
      session.dispose();
    },
  };
}

function equal(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.prototype.every.call(a, (value, i) => value === b[i]);
}

/** Teaches tfjs' backend that a tensor may be in the session: what reads or uses it op by op gets a copy, and its slot is given back with it. */
function keepInSession(backend: NodeBackend, session: GraphSession): () => void {
  const original = { getInputTensorIds: backend.getInputTensorIds, readSync: backend.readSync, disposeData: backend.disposeData };
  const { binding } = backend;
  backend.getInputTensorIds = function (tensors) {
    for (const { dataId } of tensors) {
      const data = backend.tensorMap.get(dataId);
      if (data.slot && data.id < 0) data.id = session.copyOut(data.slot);
    }
    return original.getInputTensorIds.call(this, tensors);
  };
  backend.readSync = function (id) {
    const data = backend.tensorMap.get(id);
    if (!data.slot || data.id >= 0) return original.readSync.call(this, id);
    const copy = session.copyOut(data.slot);
    try {
      return binding.tensorDataSync(copy);
    } finally {
      binding.deleteTensor(copy);
    }
  };
  backend.disposeData = function (id, force) {
    const slot = backend.tensorMap.has(id) ? backend.tensorMap.get(id).slot : undefined;
    const gone = original.disposeData.call(this, id, force);
    if (gone && slot?.owner) session.release(slot);
    return gone;
  };
  return () => Object.assign(backend, original);
}
