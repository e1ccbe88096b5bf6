/** The run directory in names: which file holds what, how checkpoints are called, what run.json says. */

import type { Fingerprint } from '../dataset/fingerprint.ts';
import type { ResolvedSpec } from './spec.ts';

/** Paths of a run directory, joined with `/` (Node takes it on Windows as well). */
export interface RunPaths {
  dir: string;
  record: string;
  events: string;
  control: string;
  lock: string;
  log: string;
  checkpoints: string;
  final: string;
  rollouts: string;
  /** What the reference model says of every row, where it is asked before training. */
  reference: string;
}

export function runPaths(dir: string): RunPaths {
  const base = dir.replace(/[\\/]+$/, '') || dir;
  return {
    dir: base,
    record: `${base}/run.json`,
    events: `${base}/events.jsonl`,
    control: `${base}/control`,
    lock: `${base}/lock`,
    log: `${base}/log.txt`,
    checkpoints: `${base}/checkpoints`,
    final: `${base}/final`,
    rollouts: `${base}/rollouts.jsonl`,
    reference: `${base}/reference.safetensors`,
  };
}

/** `step-000100`: sorts by name as by step up to a million steps; parsed by number beyond. */
export function checkpointName(step: number): string {
  return `step-${String(step).padStart(6, '0')}`;
}

/** The step of a checkpoint folder's name, undefined for any other name (a half-written one has a suffix). */
export function checkpointStep(name: string): number | undefined {
  const match = /^step-(\d{6,})$/.exec(name);
  return match ? Number(match[1]) : undefined;
}

/** In a checkpoint: what training goes on from, beside weights and moments. */
export const checkpointStateFile = 'trainer_state.json';

/** What a file was like when the run began: enough to notice that it changed under a resumed run. */
export interface FileFingerprint extends Fingerprint {
  path: string;
}

/** run.json. No secrets, no environment. */
export interface RunRecord {
  version: 1;
  spec: ResolvedSpec;
  /** The file the spec came from, null when it came from elsewhere. */
  spec_file: string | null;
  versions: Record<string, string>;
  datasets: FileFingerprint[];
  /** The weights that it began with, once the trainer has opened them. */
  weights: FileFingerprint[];
  /** Known once the trainer opened its backend. */
  device: string | null;
  /** The same. */
  backend?: BackendUse;
  /** When the run was created, ISO 8601, UTC. */
  start: string;
  /** For a branch: where it began. */
  origin?: RunOrigin;
  /** Each time that somebody let it go on longer than planned, with what they changed. */
  continued?: Continuation[];
}

/** What a run computes with, as it came to be used. */
export interface BackendUse {
  id: string;
  /** Why this one: "the fastest that works here; tensorflow: it is not set up". */
  reason: string;
  threads: number;
  /** Variables of the environment that decide how its libraries compute, where they were set. */
  environment: Record<string, string>;
}

export interface RunOrigin {
  /** The folder of the checkpoint, absolute. */
  checkpoint: string;
  step: number;
}

/** What a run takes from the one that it branches from. */
export interface BranchPoint {
  origin: RunOrigin;
  /** What the weights were when that run began: an adapter fits no others. Empty when that is not known. */
  weights: FileFingerprint[];
}

export interface Continuation {
  /** ISO 8601, UTC. */
  time: string;
  /** How far the run was then. */
  step: number;
  params: Record<string, number>;
}

/**
 * What became of a run. `created`: no process ever wrote to it; `stale`: it began, did not finish, and no process holds it, so it
 * can be resumed.
 */
export type RunStatus = 'created' | 'running' | 'paused' | 'completed' | 'stopped' | 'failed' | 'stale';
