/** One TensorFlow session for all recorded programs, and the variables that they share: what is in it is in no tensor outside. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import type { Binding, NativeTensor, Slot, TensorData } from './native.ts';
import { attr, dtypes, nodeDef, savedModel } from './protobuf.ts';

export interface GraphSession {
  newSlot(shape: readonly number[], dtype: number): Slot;
  /** Loaded at the next run, all that were added since the last one together. Forgotten, with slots that nobody else needs, once it is no longer alive. */
  add(program: SessionProgram): void;
  /** `stored` are moved into the session first, which shares their memory: the binding's ids may be deleted afterwards. Throws GraphRefused where the program cannot be loaded. */
  run(program: SessionProgram, stored: readonly StoredTensor[], feeds: ReadonlyMap<string, number>, fetches: readonly string[]): NativeTensor[];
  /** The numbers of a slot as a tensor of the binding's; the caller deletes it. */
  copyOut(slot: Slot): number;
  /** How many hold a tensor's numbers. */
  readonly full: number;
  /** Gives the memory of a slot back, at the next run. */
  release(slot: Slot): void;
  dispose(): void;
}

export interface StoredTensor {
  slot: Slot;
  data: TensorData;
  id: number;
}

/** TensorFlow does not take a program's graph; all that was there before still works. */
export class GraphRefused extends Error {}

export interface SessionProgram {
  readonly nodes: readonly Uint8Array[];
  readonly slots: ReadonlySet<Slot>;
  alive(): boolean;
}

export function createSession(binding: Binding): GraphSession {
  /** Not loaded yet. */
  let waiting: SessionProgram[] = [];
  const released = new Set<Slot>();
  let session: number | undefined;
  let loaded = { slots: new Set<Slot>(), programs: new Set<SessionProgram>() };
  let count = 0;
  /** What was fetched together with a slot that was asked for: each new set of fetches costs as much as a look at the whole graph. */
  const copies = new Map<Slot, number>();

  const run = (at: number, feeds: ReadonlyMap<string, number>, fetches: readonly string[]) =>
    binding.runSavedModel(at, [...feeds.values()], [...feeds.keys()].map((name) => `${name}:0`).join(), fetches.map((name) => `${name}:0`).join());
  const drop = (tensors: readonly NativeTensor[]) => tensors.forEach(({ id }) => binding.deleteTensor(id));
  const assign = (at: number, values: readonly { slot: Slot; id: number }[]) =>
    drop(run(at, new Map(values.map(({ slot, id }) => [`${slot.name}/new`, id])), values.map(({ slot }) => `${slot.name}/assigned`)));
  const empty = (at: number, which: readonly Slot[]) => {
    if (which.length > 0) drop(run(at, new Map(), which.map(({ name }) => `${name}/emptied`)));
  };

  /** A session cannot be added to: a new one takes over what the slots hold. Their memory is shared meanwhile, not copied. */
  const load = (program: SessionProgram): number => {
    for (const id of copies.values()) binding.deleteTensor(id);
    copies.clear();
    if (!loaded.programs.has(program)) {
      const others = waiting.filter((one) => one !== program);
      waiting = [];
      try {
        reload([...others, program]);
      } catch (error) {
        // Another may be to blame: each of those comes again when it runs.
        if (!(error instanceof GraphRefused) || others.length === 0) throw error;
        reload([program]);
      }
    }
    empty(session!, [...released].filter((slot) => !slot.owner && loaded.slots.has(slot)));
    released.clear();
    return session!;
  };
  const loadGraph = (nodes: readonly Uint8Array[]): number => {
    const folder = mkdtempSync(join(os.tmpdir(), 'posttrain-graph-'));
    try {
      writeFileSync(join(folder, 'saved_model.pb'), savedModel(nodes));
      return binding.loadSavedModel(folder, 'serve');
    } catch (error) {
      throw new GraphRefused((error as Error).message);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  const reload = (added: readonly SessionProgram[]) => {
    const programs = [...loaded.programs, ...added].filter((program) => program.alive());
    const slots = new Set([...[...loaded.slots].filter(({ owner }) => owner), ...programs.flatMap((program) => [...program.slots])]);
    const next = loadGraph([...[...slots].flatMap(slotNodes), ...programs.flatMap(({ nodes }) => nodes)]);
    const full = [...slots].filter((slot) => slot.owner && loaded.slots.has(slot));
    const values = full.length > 0 ? run(session!, new Map(), full.map(({ name }) => `${name}/value`)) : [];
    // What was fetched is in the computer's memory: a card need not hold it twice.
    if (session !== undefined) binding.deleteSavedModel(session);
    session = next;
    loaded = { slots, programs: new Set(programs) };
    if (full.length > 0) assign(next, full.map((slot, i) => ({ slot, id: values[i]!.id })));
    drop(values);
  };

  return {
    newSlot: (shape, dtype) => ({ name: `slot${count++}`, shape: [...shape], dtype, owner: undefined }),
    add: (program) => void waiting.push(program),
    run(program, stored, feeds, fetches) {
      const at = load(program);
      if (stored.length > 0) assign(at, stored);
      for (const { slot, data } of stored) [slot.owner, data.slot] = [data, slot];
      return run(at, feeds, fetches);
    },
    copyOut(slot) {
      if (!copies.has(slot)) {
        const group = groupOf(slot, [...loaded.slots].filter(({ owner }) => owner));
        run(session!, new Map(), group.map(({ name }) => `${name}/value`)).forEach(({ id }, i) => copies.set(group[i]!, id));
      }
      const id = copies.get(slot)!;
      copies.delete(slot);
      return id;
    },
    get full() {
      return [...loaded.slots].filter(({ owner }) => owner).length;
    },
    release(slot) {
      slot.owner = undefined;
      released.add(slot);
    },
    dispose() {
      for (const id of copies.values()) binding.deleteTensor(id);
      copies.clear();
      if (session !== undefined) binding.deleteSavedModel(session);
      session = undefined;
    },
  };
}

/** At most as many bytes are fetched together; on a CPU they are shared, from a GPU they are copied. */
const fetchedBytes = 2 ** 30;

function groupOf(slot: Slot, slots: readonly Slot[]): Slot[] {
  let group: Slot[] = [];
  let bytes = 0;
  for (const one of slots) {
    bytes += 4 * one.shape.reduce((a, b) => a * b, 1);
    if (bytes > fetchedBytes) {
      if (group.includes(slot)) break;
      [group, bytes] = [[], 0];
    }
    group.push(one);
  }
  return group;
}

/** The variable, what reads, fills and empties it. Emptied means a tensor without elements, which the placeholder's unknown shape hides from the graph's own checks. */
function slotNodes({ name, shape, dtype }: Slot): Uint8Array[] {
  const type = { dtype: attr.type(dtype) };
  const nothing = attr.tensor(dtypes.int32, [], new Uint8Array(4));
  const after = (node: string, waits: string) => nodeDef(node, 'Const', [waits], { dtype: attr.type(dtypes.int32), value: nothing });
  return [
    nodeDef(name, 'VarHandleOp', [], { ...type, shape: attr.shape(shape), shared_name: attr.string(name), container: attr.string('') }),
    nodeDef(`${name}/value`, 'ReadVariableOp', [name], type),
    nodeDef(`${name}/new`, 'Placeholder', [], { ...type, shape: attr.shape(shape) }),
    nodeDef(`${name}/assign`, 'AssignVariableOp', [name, `${name}/new`], type),
    after(`${name}/assigned`, `^${name}/assign`),
    nodeDef(`${name}/nothing`, 'Const', [], { ...type, value: attr.tensor(dtype, [0], new Uint8Array(0)) }),
    nodeDef(`${name}/empty`, 'PlaceholderWithDefault', [`${name}/nothing`], { ...type, shape: attr.shape(undefined) }),
    nodeDef(`${name}/clear`, 'AssignVariableOp', [name, `${name}/empty`], type),
    after(`${name}/emptied`, `^${name}/clear`),
  ];
}
