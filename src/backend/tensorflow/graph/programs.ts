/** Programs on TensorFlow: recorded at the first inputs of each set of shapes, run as one graph from then on; uncompiled where something cannot be recorded. */

import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../../core/problem.ts';
import type { NamedTensors, Program, ProgramSpec, Recorder } from '../../program.ts';
import type { NodeBackend, Slot, TensorData } from './native.ts';
import { dtypeName, dtypes } from './protobuf.ts';
import { record, type Recorded, type RecordedInput } from './recording.ts';
import { createSession, GraphRefused, type GraphSession, type SessionProgram, type StoredTensor } from './session.ts';

export interface GraphRecorder extends Recorder {
  /** Programs recorded so far: one for each set of shapes. */
  readonly recorded: number;
  /** Large constants of the recordings, which are kept as tensors as long as the backend is open. */
  readonly constants: number;
  /** The session's variables that hold other tensors' numbers. */
  readonly slots: number;
  dispose(): void;
}

type Compiled = Recorded & SessionProgram;

/** `told` learns once for each program why it is not compiled; `compiles` says whether XLA may make machine code. */
export function createRecorder(backend: NodeBackend, told: (message: string) => void, compiles: boolean): GraphRecorder {
  const session = createSession(backend.binding);
  const undo = keepInSession(backend, session);
  const constants = new Map<string, { slot: Slot; tensor: tf.Tensor }[]>();
  const planned = new WeakMap<object, Slot>();
  const places = new WeakMap<object, Map<string, Slot>>();
  let recorded = 0;

  const slotFor = (tensor: tf.Tensor): Slot => {
    const data = backend.tensorMap.get(tensor.dataId);
    const key = tensor instanceof tf.Variable ? tensor : data;
    const slot = planned.get(key) ?? session.newSlot(data.shape, data.dtype);
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
    const known = new Map<string, Compiled | 'eager'>();
    const keptSlots = spec.place ? (places.get(spec.place) ?? new Map<string, Slot>()) : new Map<string, Slot>();
    if (spec.place) places.set(spec.place, keptSlots);
    let complained = false;
    const keyOf = (inputs: Readonly<Record<string, RecordedInput>>) => Object.entries(inputs).map(([name, { shape, dtype, slot }]) => `${name}:${dtype}[${shape.join()}]${slot?.name ?? ''}`).sort().join();
    const runsOpByOp = (key: string, error: unknown): 'eager' => {
      if (!complained) told(`${spec.name} is not compiled: ${(error as Error).message}. It runs op by op, which is slower.`);
      complained = true;
      known.set(key, 'eager');
      return 'eager';
    };
    /** The same for all shapes that it had so far: gradients of two batches are not needed together. */
    const keptSlot = (output: string, shape: readonly number[], dtype: number): Slot => {
      const before = keptSlots.get(output);
      if (before && equal(before.shape, shape) && before.dtype === dtype) return before;
      const slot = session.newSlot(shape, dtype);
      keptSlots.set(output, slot);
      return slot;
    };
    const compiledFor = (inputs: Readonly<Record<string, RecordedInput>>, key = keyOf(inputs)): Compiled | 'eager' => {
      const found = known.get(key);
      if (found === 'eager' || found?.captured.every(({ tensor }) => !tensor.isDisposed)) return found;
      for (const variable of Object.values(tf.engine().registeredVariables)) separate(variable);
      try {
        const made = record({ backend, prefix: `p${recorded}`, spec, inputs, compiles, keptSlot, slotFor, constantSlot });
        const compiled: Compiled = { ...made, alive: () => known.get(key) === compiled && made.captured.every(({ tensor }) => !tensor.isDisposed) };
        recorded++;
        known.set(key, compiled);
        session.add(compiled);
        return compiled;
      } catch (error) {
        return runsOpByOp(key, error);
      }
    };
    const runOpByOp = (inputs: NamedTensors) => tf.tidy(() => spec.compute(inputs) as tf.NamedTensorMap);
    return {
      run(inputs) {
        const shapes = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, { shape: tensor.shape, dtype: tensor.dtype, slot: slotOf(tensor) }]));
        const key = keyOf(shapes);
        const outputs = inWords(spec, () => {
          const compiled = compiledFor(shapes, key);
          if (compiled === 'eager') return runOpByOp(inputs);
          try {
            return runRecorded(compiled, inputs);
          } catch (error) {
            if (!(error instanceof GraphRefused)) throw error;
            runsOpByOp(key, error);
            return runOpByOp(inputs);
          }
        });
        for (const [name, tensor] of Object.entries(inputs)) if (spec.consumes?.(name)) tensor.dispose();
        return outputs;
      },
      prepare(shapes, repeated) {
        // Slots in them come from here.
        const inputs = shapes as Readonly<Record<string, RecordedInput>>;
        const found = compiledFor(inputs);
        if (found === 'eager') return undefined;
        if (repeated) compiledFor({ ...inputs, ...Object.fromEntries(Object.entries(found.outputs).filter(([, output]) => output.slot)) });
        return found.outputs;
      },
      dispose: () => known.clear(),
    };
  };
  const slotOf = (tensor: tf.Tensor): Slot | undefined => backend.tensorMap.get(tensor.dataId)?.slot;
  /** Others may hold what a variable holds, as a clone does: a run that changes it must not change theirs. */
  const separate = (variable: tf.Tensor) => {
    if (!(variable instanceof tf.Variable) || !backend.tensorMap.has(variable.dataId) || backend.tensorMap.get(variable.dataId).refCount === 1) return;
    const { binding } = backend;
    tf.tidy(() => variable.assign(backend.executeSingleOutput('Identity', [{ name: 'T', type: binding.TF_ATTR_TYPE, value: dtypes[variable.dtype as 'float32'] }], [variable])));
  };

  const runRecorded = (compiled: Compiled, inputs: NamedTensors): Record<string, tf.Tensor> => {
    const { feeds, captured, fetches, kept, updated, consumed, done } = compiled;
    const outside = toMoveIn(captured);
    const fed = [...feeds].map(([input, placeholder]): [string, number] => [placeholder, backend.getInputTensorIds([inputs[input]!])[0]!]);
    const names = [...fetches.keys()];
    const results = session.run(compiled, outside, new Map(fed), [...fetches.values(), done]);
    for (const { data } of outside) forgetCopy(data);
    backend.binding.deleteTensor(results.pop()!.id);
    const outputs: Record<string, tf.Tensor> = {};
    results.forEach((native, i) => (outputs[names[i]!] = backend.createOutputTensor(native)));
    for (const variable of updated) forgetCopy(backend.tensorMap.get(variable.dataId));
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
  /** The tensors whose numbers are not in their slots: before the first run, and after an assignment by uncompiled code. */
  const toMoveIn = (captured: Recorded['captured']): StoredTensor[] => {
    captured.forEach(({ tensor }) => separate(tensor));
    const outside = captured.map(({ tensor, slot }) => ({ tensor, slot, data: backend.tensorMap.get(tensor.dataId) })).filter(({ slot, data }) => data.slot !== slot);
    const stored = outside.map(({ tensor, slot, data }) => ({ slot, data, id: backend.getInputTensorIds([tensor])[0]! }));
    for (const { slot, data } of stored) {
      // Whoever had the slot so far may still be read.
      if (slot.owner && slot.owner.id < 0) slot.owner.id = session.copyOut(slot);
      leave(slot);
      if (data.slot) session.release(data.slot);
      data.slot = undefined;
    }
    return stored;
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
    get constants() {
      return [...constants.values()].flat().length;
    },
    get slots() {
      return session.full - [...constants.values()].flat().filter(({ slot }) => slot.owner).length;
    },
    dispose() {
      for (const all of constants.values()) for (const { tensor } of all) tensor.dispose();
      undo();
      session.dispose();
    },
  };
}

/** TensorFlow says at length which tensor had no room; who trains wants to know what to lower. */
function inWords<T>({ name }: ProgramSpec, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const said = (error as Error).message;
    if (!/OOM when allocating|RESOURCE_EXHAUSTED|failed to allocate memory/i.test(said)) throw error;
    const tensor = /shape\s*\[[\d,]+\]/.exec(said)?.[0];
    throw new UserError(`Out of memory: ${name} needs more than there is${tensor ? ` (no room for a tensor of ${tensor})` : ''}. ${whatToLower}`, 'out-of-memory', { cause: error });
  }
}

const whatToLower = 'Take a smaller per_device_train_batch_size or max_length, or LoRA.';

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
