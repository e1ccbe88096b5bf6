/** The reference of a run: a model beside the one that trains, or what it said of every row, kept in the run directory. */

import { promises as fs } from 'node:fs';
import { throwIfAborted } from '../../core/abort.ts';
import { createHasher, hash64 } from '../../core/hash.ts';
import { isMissing, renameOver } from '../../node/files.ts';
import { openWeightsFile, writeWeightsFile } from '../../node/weightsFile.ts';
import { memoryWeights } from '../../model/weights/source.ts';
import type { Model } from '../../nn/model.ts';
import { runPaths, type FileFingerprint } from '../../run/directory.ts';
import type { Loss } from '../../train/losses/loss.ts';
import { followingReference, liveReference, referenceValues, rememberedReference, type Reference, type ReferenceValues } from '../../train/reference.ts';
import type { Rows } from '../../train/rowStore.ts';
import type { TrainSettings } from '../../train/settings.ts';

export interface ReferenceOptions {
  dir: string;
  loss: Loss;
  params: Readonly<Record<string, unknown>>;
  settings: TrainSettings;
  /** The files that the reference model is read from. */
  files: readonly FileFingerprint[];
  rows: Rows;
  evalRows: Rows | undefined;
  padId: number;
  policy: Model;
  /** Loads the reference model, or takes it from the checkpoint where it follows the policy. The caller of `openReferences` disposes it. */
  openModel(): Promise<Model>;
  /** Told about once a second how many rows the reference has been asked about. */
  progress: (rows: number, total: number) => void;
  warn: (code: string, message: string) => void;
  requireOurs: () => void;
  signal: AbortSignal;
}

export interface References {
  train: Reference;
  evaluation: Reference;
  /** The reference model while it follows the policy: checkpoints hold it. */
  following: Model | undefined;
  dispose(): void;
}

export async function openReferences(options: ReferenceOptions): Promise<References> {
  const { loss, params, policy } = options;
  if (params.precompute_ref_log_probs === true) {
    const values = await rememberedValues(options);
    return { train: rememberedReference(values.train), evaluation: rememberedReference(values.eval), following: undefined, dispose: () => undefined };
  }
  const model = await options.openModel();
  const follows = params.sync_ref_model === true;
  const reference = follows
    ? followingReference(loss, model, policy, { alpha: params.ref_model_mixup_alpha as number, every: params.ref_model_sync_steps as number })
    : liveReference(loss, model);
  return { train: reference, evaluation: reference, following: follows ? model : undefined, dispose: () => model.dispose() };
}

/** Under which key of its metadata the file says what it was computed for. */
const purposeKey = 'computed_for';
const sets = ['train', 'eval'] as const;
type SetValues = Record<(typeof sets)[number], ReferenceValues>;

/** From the run directory, when they are of these rows and this reference; else computed and kept there. */
async function rememberedValues(options: ReferenceOptions): Promise<SetValues> {
  const { dir, warn } = options;
  const path = runPaths(dir).reference;
  const purpose = purposeOf(options);
  const kept = await openWeightsFile(path).catch(async (error: unknown) => {
    if (await fs.access(path).then(() => false, isMissing)) return undefined;
    warn('reference-unreadable', `${error instanceof Error ? error.message : String(error)} The reference is asked again.`);
    return undefined;
  });
  if (kept) {
    try {
      if (kept.metadata[purposeKey] === purpose) return await readValues(kept);
      warn('reference-stale', `${path} was computed for other rows, another model or other settings. The reference is asked again.`);
    } finally {
      await kept.close();
    }
  }
  const values = await computeValues(options);
  const tensors = sets.flatMap((set) => [...values[set]].map(([name, data]): [string, { shape: number[]; data: Float32Array }] => [`${set}.${name}`, { shape: [data.length], data }]));
  options.requireOurs();
  await writeWeightsFile(`${path}.tmp`, memoryWeights(new Map(tensors)), { format: 'pt', [purposeKey]: purpose });
  await renameOver(`${path}.tmp`, path);
  return values;
}

async function readValues(file: Awaited<ReturnType<typeof openWeightsFile>>): Promise<SetValues> {
  const values = { train: new Map<string, Float32Array>(), eval: new Map<string, Float32Array>() };
  for (const name of file.names) {
    const dot = name.indexOf('.');
    values[name.slice(0, dot) as keyof SetValues].set(name.slice(dot + 1), await file.read(name));
  }
  return values;
}

async function computeValues(options: ReferenceOptions): Promise<SetValues> {
  const { loss, params, settings, rows, evalRows, padId, signal, progress } = options;
  const total = rows.count + (evalRows?.count ?? 0);
  const model = await options.openModel();
  let toldAt = performance.now();
  const pass = (some: Rows | undefined, usual: number, before: number) => some === undefined ? Promise.resolve(new Map<string, Float32Array>()) : referenceValues({
    loss, model, rows: some, padId,
    batchSize: (params.precompute_ref_batch_size as number | null | undefined) ?? usual,
    async attend(done) {
      // Timers and signals get their turn.
      await new Promise((resolve) => setImmediate(resolve));
      throwIfAborted(signal);
      if (performance.now() - toldAt < 1000) return;
      toldAt = performance.now();
      progress(before + done, total);
    },
  });
  try {
    return { train: await pass(rows, settings.batchSize, 0), eval: await pass(evalRows, settings.evalBatchSize, rows.count) };
  } finally {
    model.dispose();
  }
}

/** All that the numbers depend on: the reference's weights, the rows as they are after cuts and drops, and what the loss makes of them (KTO's rows lend their answers to those in their batch). */
function purposeOf({ params, files, rows, evalRows }: ReferenceOptions): string {
  const { loss_type, ld_alpha, max_length, per_device_train_batch_size } = params;
  const weights = files.map(({ sizeBytes, hash }) => [sizeBytes, hash]);
  return hash64(new TextEncoder().encode(JSON.stringify({ weights, rows: digestOf(rows), evalRows: evalRows ? digestOf(evalRows) : null, loss_type, ld_alpha, max_length, per_device_train_batch_size })));
}

function digestOf(rows: Rows): string {
  const hasher = createHasher();
  for (let row = 0; row < rows.count; row++) {
    for (let side = 0; side < rows.sides; side++) {
      const { ids, trained } = rows.sequence(row, side);
      hasher.update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength));
      hasher.update(trained);
    }
  }
  return hasher.digest();
}
