/** One run from its directory to its end: lock, events, data, model, loop, result. Whatever happens, the last event says how it ended. */

import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { isCancelled, throwIfAborted } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';
import { shellWord } from '../../core/text.ts';
import type { Backend } from '../../backend/index.ts';
import { changedFiles, loadTokenizerFiles, tokenizerChanges } from '../../node/tokenizerFiles.ts';
import { openModelFolder, type ModelFolder } from '../../node/modelFolder.ts';
import { writeModelFolder } from '../../node/writeModelFolder.ts';
import { acquireLock, doneRequest, freeName, openEventWriter, readLastEvents, readRun, updateRun, waitingRequests, type EventWriter } from '../../node/runDirectory.ts';
import { startTokenWorker, type TokenWorker } from '../../node/tokenWorker.ts';
import { failedMark } from '../../node/trainerProcess.ts';
import type { ControlRequest } from '../../run/control.ts';
import { checkpointName, runPaths, type RunRecord } from '../../run/directory.ts';
import type { FinishedStatus, Metrics, RunEvent } from '../../run/event.ts';
import { checkpointContent, modelContent } from '../../train/checkpoint.ts';
import { methods } from '../../methods/index.ts';
import { losses } from '../../train/losses/index.ts';
import { trainLoop, type LoopHooks } from '../../train/loop.ts';
import { planTraining } from '../../train/plan.ts';
import type { LoopState } from '../../train/metricWindow.ts';
import { joinRows, type Rows } from '../../train/rowStore.ts';
import { trainSettings, type TrainSettings } from '../../train/settings.ts';
import type { Model } from '../../nn/model.ts';
import { newestCheckpoint, removeHalfWritten, saveCheckpoint, takeBranchPoint, useBestCheckpoint, type Checkpoint } from './checkpoints.ts';
import { fingerprints, requireSameData, requireSameWeights } from './datasets.ts';
import { backendUse, openFitting, openRunBackend } from './openBackend.ts';
import { folderFor, openReferenceModel, openTrainingModel, readTrainables, requireTrainingMemory } from './openModel.ts';
import { prepareFile } from './prepareRows.ts';
import { openReferences, type References } from './references.ts';
import { loadSamplePrompts, sampleAnswers } from './samples.ts';
import { programVersions } from './versions.ts';

export interface RunOptions {
  /** A run that has checkpoints is taken up from the newest one; one that has none begins. */
  dir: string;
  /** Aborted by SIGTERM, SIGINT, or the end of the foreground parent: stop with a checkpoint. */
  stop: AbortSignal;
}

/** The exit code: 0 completed, 1 failed, 130 stopped. */
export async function runTraining(options: RunOptions): Promise<number> {
  const record = await readRun(options.dir);
  const lock = await acquireLock(options.dir);
  const { events, started } = await openEvents(options.dir, record).catch((error: unknown) => {
    lock.release();
    throw error;
  });
  const requireOurs = () => {
    if (!lock.stillOurs()) throw new UserError(`${options.dir}: the lock of this run is not this trainer's any more: another one took the run over, or the lock was deleted. This one ends and writes nothing; "posttrain runs" shows what became of the run.`, lockLost);
  };
  const emit = (event: DistributedOmit<RunEvent, 'time'>) => {
    requireOurs();
    events.append({ ...event, time: new Date().toISOString() } as RunEvent);
  };
  const reached = { step: 0 };
  try {
    const { status, step, metrics, message } = await train({ ...options, started }, record, requireOurs, emit, reached);
    emit({ type: 'finished', status, step, message, metrics });
    return status === 'completed' ? 0 : 130;
  } catch (error) {
    return reportFailure(error, emit, reached.step);
  } finally {
    events.close();
    lock.release();
  }
}

type DistributedOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;
type Emit = (event: DistributedOmit<RunEvent, 'time'>) => void;
/** Code of the error that ends a trainer whose directory belongs to another one. */
const lockLost = 'lock-lost';

function reportFailure(error: unknown, emit: Emit, step: number): number {
  const stopped = isCancelled(error);
  const message = stopped ? `Stopped while data and model were being loaded, after step ${step}.` : error instanceof UserError ? error.message : `Unexpected error: ${error instanceof Error ? error.message : String(error)}`;
  console.error(stopped ? message : `${failedMark}${message}`);
  if (!stopped && !(error instanceof UserError)) console.error(error);
  if (error instanceof UserError && error.code === lockLost) return 1;
  try {
    emit({ type: 'finished', status: stopped ? 'stopped' : 'failed', step, message, metrics: {} });
  } catch (second) {
    // The disk is full or the directory is gone: the exit code and the log still say it.
    console.error(second instanceof Error ? second.message : second);
  }
  return stopped ? 130 : 1;
}

async function train(options: RunOptions & { started: boolean }, record: RunRecord, requireOurs: () => void, emit: Emit, reached: { step: number }): Promise<{ status: FinishedStatus; step: number; metrics: Metrics; message: string }> {
  const { dir } = options;
  const { spec } = record;
  const { params } = spec;
  const warn = (code: string, message: string, step = reached.step) => {
    console.error(`Warning: ${message}`);
    emit({ type: 'warning', code, message, step });
  };
  await removeHalfWritten(dir);
  const taking = { following: params.sync_ref_model === true };
  const newest = () => newestCheckpoint(dir, taking, (message) => warn('bad-checkpoint', message));
  let checkpoint = await newest();
  let branched: string | undefined;
  if (!checkpoint && record.origin) {
    branched = await takeBranchPoint(dir, record.origin, taking, requireOurs);
    checkpoint = await newest();
  }
  if (checkpoint) reached.step = checkpoint.state.step;
  const data = await fingerprints([...spec.dataset, ...spec.eval_dataset].map(({ path }) => path));
  if (checkpoint) requireSameData(record.datasets, data, `posttrain train ${shellWord(record.spec_file ?? 'SPEC')} output_dir=${shellWord(await freeName(dir))} --from ${shellWord(checkpoint.dir)}`, (message) => warn('dataset-touched', message));

  const stopping = stopSignal(dir, options.stop);
  const { signal } = stopping;
  let worker: TokenWorker | undefined;
  let model: Model | undefined;
  let references: References | undefined;
  let backend: Backend | undefined;
  try {
    const opened = await openModelFolder(spec.model_name_or_path);
    const changes = tokenizerChanges(params);
    const tokenizerFiles = await loadTokenizerFiles(opened.baseFolder, changes);
    worker = startTokenWorker(tokenizerFiles);
    const eosId = changes.eosToken === undefined ? undefined : (await worker.info(signal)).eosId!;
    const texts = changedFiles(tokenizerFiles, changes, eosId === undefined || methods.get(spec.method).head === 'score' ? undefined : { id: eosId, before: opened.config.eosTokenIds });
    const folder = await folderFor(spec.method, eosId === undefined ? opened : withEos(opened, eosId), worker, spec.seed);
    const trainables = await readTrainables(params, worker, spec.method);
    const warnBackend = (message: string) => warn('backend', message);
    let chosen = await openRunBackend(spec.backend, warnBackend);
    backend = chosen.backend;
    requireOurs();
    const loss = losses[spec.method](params);
    const weights = await fingerprints([...folder.weightFiles, ...(loss.reference && trainables.loraInit ? [trainables.loraInit] : [])]);
    // In full training a checkpoint has all that is needed.
    if (checkpoint && (trainables.lora || trainables.tokenIds || loss.reference)) requireSameWeights(record.weights, weights);
    const describe = () => ({ device: chosen.backend.device, backend: backendUse(chosen), versions: { ...programVersions(), ...chosen.backend.versions } });
    await updateRun(dir, { ...describe(), ...(checkpoint ? {} : { datasets: data }), ...(checkpoint && record.weights.length > 0 ? {} : { weights }) });

    const settings = trainSettings(params, spec.seed);
    const prepare = { method: spec.method, params, vocabSize: folder.config.vocabSize, worker, warn, signal };
    const preparing = (path: string) => (done: number, total: number) => emit({ type: 'preparing', what: 'rows', path, rows: done, total });
    const parts = [];
    for (const { path } of spec.dataset) parts.push(await prepareFile({ ...prepare, path, use: 'train on', progress: preparing(path) }));
    const rows = joinRows(parts);
    const planned = parts.map((part, i) => ({ count: part.count, ...spec.dataset[i]! }));
    const evalParts = [];
    if (settings.evalStrategy !== 'no') for (const { path } of spec.eval_dataset) evalParts.push(await prepareFile({ ...prepare, path, use: 'evaluate on', progress: preparing(path) }));
    const evalRows = evalParts.length > 0 ? joinRows(evalParts) : undefined;
    const plan = planTraining({ parts: planned, batchSize: settings.batchSize, accumulation: settings.accumulation, epochs: settings.epochs, maxSteps: settings.maxSteps });
    if (checkpoint) requireStepsLeft(checkpoint.state.step, plan.totalSteps, record);
    const samples = await loadSamplePrompts(params.samples, { worker, config: folder.config, warn, signal });

    const time = longest(rows);
    if (time > folder.config.maxPositions) {
      warn('beyond-positions', `The longest row has ${time} tokens; the model was made for ${folder.config.maxPositions} (max_position_embeddings), so what comes after them is guesswork for it. Set max_length: ${folder.config.maxPositions}.`);
    }
    const { attention_dropout: attentionDropout } = folder.config.raw;
    if (typeof attentionDropout === 'number' && attentionDropout > 0) {
      warn('attention-dropout', `config.json sets attention_dropout: ${attentionDropout}; training here is without it. transformers would drop that share of the attention at random.`);
    }
    const size = (some: Rows, batchSize: number, count: number) => ({ batch: Math.min(batchSize, count) * some.sides, time: longest(some) });
    const runSize = {
      training: size(rows, settings.batchSize, plan.rowsPerEpoch),
      evaluation: evalRows && size(evalRows, settings.evalBatchSize, evalRows.count),
      reference: loss.reference !== undefined && params.precompute_ref_log_probs !== true,
    };
    chosen = await openFitting(chosen, spec.backend, warnBackend, (candidate) => requireTrainingMemory(folder, trainables, runSize, candidate, warn));
    backend = chosen.backend;
    const { device, versions } = describe();
    await updateRun(dir, describe());
    console.log(`${spec.method} on ${backend.name} (${device}): ${chosen.reason}. Model ${spec.model_name_or_path}`);
    throwIfAborted(signal);
    model = await openTrainingModel(folder, trainables, spec.seed, checkpoint, signal);
    const [policy, taken] = [model, checkpoint];
    const padId = folder.config.padTokenId ?? folder.config.eosTokenIds[0] ?? 0;
    references = loss.reference && (await openReferences({
      dir, loss, params, settings, files: weights, rows, evalRows, padId, policy, warn, requireOurs, signal,
      openModel: () => openReferenceModel(folder, trainables, policy, taken, signal),
      progress: (done, total) => emit({ type: 'preparing', what: 'reference', path: spec.dataset[0]!.path, rows: done, total }),
    }));
    await folder.close();

    console.log(`${rows.count} rows, ${rows.tokens} tokens, ${plan.totalSteps} steps`);
    emit({ type: 'started', pid: process.pid, host: hostname(), method: spec.method, backend: backend.name, device, reason: chosen.reason, versions, total_steps: plan.totalSteps, resumed_from: checkpoint?.state.step ?? null });
    // Also without a checkpoint: steps that a killed process logged come again.
    if (options.started) emit({ type: 'resumed', from_step: checkpoint?.state.step ?? 0 });

    if (branched !== undefined) emit({ type: 'checkpoint', step: reached.step, path: branched });

    const hooks = loopHooks({ dir, emit, warn, reached, settings, model, following: references?.following, backend, samples, worker, modelDir: folder.baseFolder, texts, baseModel: spec.model_name_or_path, stop: options.stop, requireOurs });
    const result = await trainLoop({
      model, loss, rows, evalRows, parts: planned, plan, settings, hooks,
      reference: references?.train, evalReference: references?.evaluation,
      padId,
      resume: taken && { state: resumedState(taken, record), loadOptimizer: (optimizer) => optimizer.load(taken.optimizer, taken.optimizerSteps) },
    });
    if (result.status === 'stopped') return { ...result, message: `Stopped after step ${result.step}.` };
    const useBest = settings.loadBest && result.best !== null && (await useBestCheckpoint(dir, result.best, settings.saveTotalLimit, requireOurs, (message) => warn('best-checkpoint', message)));
    if (!useBest) {
      const content = modelContent(model, spec.model_name_or_path);
      Object.assign(content.texts, texts);
      await writeModelFolder(runPaths(dir).final, content, folder.baseFolder, requireOurs);
    }
    return { ...result, message: [result.message, useBest ? `The result is the best checkpoint, step ${result.best}.` : ''].filter(Boolean).join(' ') };
  } finally {
    stopping.dispose();
    await checkpoint?.close();
    worker?.dispose();
    references?.dispose();
    model?.dispose();
    await backend?.dispose();
  }
}

/** A checkpoint at the last step is that of a run that ended before its result was written; beyond it there is nothing to do, and for a branch not even that. */
function requireStepsLeft(step: number, totalSteps: number, { origin }: RunRecord): void {
  const branch = origin?.step === step;
  if (step < totalSteps || (step === totalSteps && !branch)) return;
  throw new UserError(`The ${branch ? 'checkpoint that this run begins with' : 'newest checkpoint'} is of step ${step}, and the settings make ${totalSteps} steps. Set max_steps or num_train_epochs higher.`, 'no-steps-left');
}

/** Who lets a run go on wants it to: the patience begins anew, as in transformers. A best checkpoint that is gone is none. */
function resumedState({ state, dir }: Checkpoint, { continued }: RunRecord): LoopState {
  const goesOn = (continued?.at(-1)?.step ?? -1) >= state.step;
  const { checkpoint } = state.best;
  const isThere = checkpoint !== null && existsSync(join(dirname(dir), checkpointName(checkpoint)));
  return { ...state, best: { ...state.best, checkpoint: isThere ? checkpoint : null, waited: goesOn ? 0 : state.best.waited } };
}

/** The model ends its answers with another token too; config.json names that one. */
function withEos(folder: ModelFolder, id: number): ModelFolder {
  const { config } = folder;
  return { ...folder, config: { ...config, raw: { ...config.raw, eos_token_id: id }, eosTokenIds: [...new Set([id, ...config.eosTokenIds])] } };
}

interface HookContext {
  dir: string;
  emit: Emit;
  warn: (code: string, message: string, step?: number) => void;
  reached: { step: number };
  settings: TrainSettings;
  model: Model;
  /** The reference model, where it follows the policy. */
  following: Model | undefined;
  backend: Backend;
  samples: Awaited<ReturnType<typeof loadSamplePrompts>>;
  worker: TokenWorker;
  /** Where tokenizer files are copied from. */
  modelDir: string;
  /** What is written instead of theirs, by name. */
  texts: Readonly<Record<string, string>>;
  baseModel: string;
  stop: AbortSignal;
  requireOurs: () => void;
}

function loopHooks(context: HookContext): LoopHooks {
  const { dir, emit, warn, reached, settings, model, backend, samples, worker, requireOurs } = context;
  let askedAt = 0;
  return {
    metrics(step, epoch, metrics) {
      emit({ type: 'metrics', step, epoch, metrics });
      console.log(`step ${step}  loss ${metrics.loss?.toFixed(4)}  lr ${metrics.learning_rate?.toExponential(2)}  ${Math.round(metrics.tokens_per_second ?? 0)} tok/s`);
    },
    evaluation(step, epoch, metrics) {
      emit({ type: 'evaluation', step, epoch, metrics });
      console.log(`step ${step}  eval_loss ${metrics.eval_loss?.toFixed(4)}`);
    },
    warning: warn,
    paused: (step) => emit({ type: 'paused', step }),
    resumed: (step) => emit({ type: 'resumed', from_step: step }),
    async save(step, state, optimizer) {
      const content = checkpointContent(model, context.baseModel, state, optimizer, context.following);
      Object.assign(content.texts, context.texts);
      const path = await saveCheckpoint(dir, step, content, context.modelDir, { limit: settings.saveTotalLimit, best: state.best.checkpoint }, requireOurs);
      emit({ type: 'checkpoint', step, path });
    },
    sample: samples && (async (step, attend) => {
      for (const answer of await sampleAnswers(model, samples, worker, { seed: settings.seed, attend, freeBytes: backend.memoryLimitBytes() - backend.memoryBytes() })) emit({ type: 'sample', step, ...answer });
    }),
    async requests(step) {
      reached.step = step;
      // Timers, signals and the other threads' messages get their turn even where a step takes a millisecond.
      await new Promise((resolve) => setImmediate(resolve));
      const asked = new Set<ControlRequest>(context.stop.aborted ? ['stop'] : []);
      if (performance.now() - askedAt > 100) {
        askedAt = performance.now();
        // Requests are the new holder's then, and a trainer that will not write need not compute.
        requireOurs();
        for (const request of await waitingRequests(dir)) {
          asked.add(request);
          await doneRequest(dir, request);
        }
      }
      return [...asked];
    },
  };
}

/** While data and model are being loaded nobody looks at requests between steps: this looks for `stop` once a second. */
function stopSignal(dir: string, stop: AbortSignal): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  stop.addEventListener('abort', abort, { once: true });
  if (stop.aborted) abort();
  const timer = setInterval(() => void waitingRequests(dir).then((asked) => asked.includes('stop') && abort(), () => undefined), 1000);
  timer.unref();
  return {
    signal: controller.signal,
    dispose() {
      clearInterval(timer);
      stop.removeEventListener('abort', abort);
    },
  };
}

/** A complete run is refused before anything is written, unless somebody let it go on since then: its last event stays what it is. */
async function openEvents(dir: string, { continued }: RunRecord): Promise<{ events: EventWriter; started: boolean }> {
  const before = await readLastEvents(runPaths(dir).events);
  const last = before.at(-1);
  if (last?.type === 'finished' && last.status === 'completed' && continued?.at(-1)?.step !== last.step) {
    throw new UserError(`${dir} is complete (step ${last.step}). To go on longer, resume it with max_steps=N or num_train_epochs=N; or start a new run with model_name_or_path: ${runPaths(dir).final}.`, 'run-complete');
  }
  return { events: openEventWriter(runPaths(dir).events), started: before.length > 0 };
}

function longest(rows: Rows): number {
  let longest = 0;
  for (let row = 0; row < rows.count; row++) longest = Math.max(longest, rows.length(row));
  return longest;
}

