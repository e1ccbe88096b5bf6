/** What a backend is: the place where tensors live, opened once per process. */

import type * as tf from '@tensorflow/tfjs-core';
import { cannotBeSetUpHere } from '../core/nativeLibraries.ts';
import { UserError } from '../core/problem.ts';

export type BackendId = 'wasm' | 'tensorflow' | 'webgpu' | 'cpu';

export interface Backend {
  readonly name: BackendId;
  /** One line for people: "WebAssembly, SIMD, 2 threads". */
  readonly device: string;
  readonly threads: number;
  /** It computes on a graphics card, not on the processor (which may emulate one). */
  readonly gpu: boolean;
  /** Of the library that computes: {"tensorflow": "2.21.0"}. */
  readonly versions: Readonly<Record<string, string>>;
  /** tfjs-core, with this backend active and every gradient registered. The same instance that nn and train import. */
  readonly tf: typeof tf;
  /** Bytes that tensors hold now. */
  memoryBytes(): number;
  /** Bytes that tensors may hold at most: what the machine or its container has, less where the backend can address less. */
  memoryLimitBytes(): number;
  /** Something went wrong after which nothing that it computes is right, until it is opened anew. */
  broken?(): boolean;
  dispose(): Promise<void>;
}

export interface BackendOptions {
  /** Threads for backends that have them; default: one per physical core as the system reports it, at most 8. */
  threads?: number;
  /** Where `tensorflow` and `webgpu` have their set-up folders; default POSTTRAIN_HOME, then ~/.posttrain. */
  home?: string;
  /** Whether `webgpu` may take an adapter that computes on the processor, slower than wasm: for tests. Default: POSTTRAIN_WEBGPU=software. */
  software?: boolean;
  /** Runs programs op by op where the backend could record them: the reference that recordings are held to. */
  uncompiled?: boolean;
  /** Told about things that work otherwise than hoped (threads switched off …). */
  warn?: (message: string) => void;
  /** Told before a backend's libraries are loaded: one that crashes then leaves no other trace. */
  opening?: (id: BackendId) => void;
}

/** Why a backend cannot be used here. */
export interface Unusable {
  /** Goes on after "cannot be used: ", without a full stop: "it is not set up". */
  reason: string;
  /** What to do, as a sentence. */
  next: string;
  /** Its set-up, or the repair of it, would help. */
  setUp: boolean;
}

/** One entry of the backend registry. */
export interface BackendSlot {
  readonly id: BackendId;
  /** Why it cannot be opened. Cheap: loads nothing heavy. */
  unusable(options: BackendOptions): Unusable | undefined;
  /** Throws UnusableBackend where loading it shows that it cannot be used. */
  open(options: BackendOptions): Promise<Backend>;
}

export class UnusableBackend extends UserError {
  constructor(id: BackendId | 'auto', readonly problem: Unusable) {
    super(`The ${id} backend cannot be used: ${problem.reason}. ${problem.next}`, 'backend-unusable');
  }
}

/** The next step where a set-up helps: in words for the terminal and the window alike. */
export function setUpWith(id: BackendId): string {
  return `Set it up: \`posttrain setup ${id}\`, ${inTheWindow}`;
}

/** Nothing of it is in its folder. */
export function notSetUp(id: BackendId, folder: string): Unusable {
  return cannotSetUp(id) ?? { reason: 'it is not set up', next: `${setUpWith(id)} It goes into ${folder}.`, setUp: true };
}

/** Where no set-up of it would help. */
export function cannotSetUp(id: BackendId): Unusable | undefined {
  const obstacle = cannotBeSetUpHere(id);
  return obstacle && { ...obstacle, setUp: false };
}

/** Only some of it is in its folder. */
export function halfSetUp(id: BackendId, missing: string): Unusable {
  return { reason: `its set-up is only half there (${missing} is missing)`, next: repairWith(id), setUp: true };
}

/** The next step where it is there and does not work. */
export function repairWith(id: BackendId): string {
  return `Repair it: \`posttrain setup ${id} --repair\`, ${inTheWindow}`;
}

const inTheWindow = 'or in VS Code the command "Posttrain: Set Up Training Backend".';
