/** The training loop: batches in, optimiser steps, metrics out. It knows no method by name and touches no file. */

import * as tf from '@tensorflow/tfjs-core';
import { Cancelled, isCancelled, sleep } from '../core/abort.ts';
import { UserError } from '../core/problem.ts';
import { trainableVariables, type Model } from '../nn/model.ts';
import type { ControlRequest } from '../run/control.ts';
import type { FinishedStatus, Metrics } from '../run/event.ts';
import { bestWords, hasWaitedEnough, noteEvaluation } from './best.ts';
import { createEvaluation } from './evaluate.ts';
import type { Loss } from './losses/loss.ts';
import { freshState, foldWindow, logWindow, type LoopState } from './metricWindow.ts';
import { clipScale, createAdamW, type Optimizer } from './optimizer.ts';
import type { DrawNoise } from './neftune.ts';
import { badStepMessage } from './nonFinite.ts';
import { batchesOfStep, epochAfterStep, epochOrder, type PlannedPart, type TrainPlan } from './plan.ts';
import type { Reference } from './reference.ts';
import type { Rows } from './rowStore.ts';
import { createFollowingRate } from './followingRate.ts';
import { createSchedule } from './schedule.ts';
import { everySteps, type TrainSettings } from './settings.ts';
import { stepComputer } from './step.ts';
import { disposeAll } from './tensors.ts';

/** What the loop tells and asks; the trainer process connects it to the run directory. */
export interface LoopHooks {
  metrics(step: number, epoch: number, metrics: Metrics): void;
  evaluation(step: number, epoch: number, metrics: Metrics): void;
  warning(code: string, message: string, step: number): void;
  paused(step: number): void;
  resumed(step: number): void;
  /** Writes a checkpoint of the model as it is now; never removes the one of `state.best.checkpoint`. */
  save(step: number, state: LoopState, optimizer: Optimizer): Promise<void>;
  /** Lets the model answer the sample prompts; awaits `attend` between two tokens. */
  sample?(step: number, attend: () => Promise<void>): Promise<void>;
  /** What somebody asked for since the last call; `step` is the last finished one. Also gives timers and signals their turn. */
  requests(step: number): Promise<readonly ControlRequest[]>;
}

export interface TrainLoopOptions {
  model: Model;
  loss: Loss;
  rows: Rows;
  parts: readonly PlannedPart[];
  plan: TrainPlan;
  evalRows?: Rows;
  settings: TrainSettings;
  padId: number;
  /** What the loss measures the model against, where it has a reference: for the training rows and for the evaluation rows. */
  reference?: Reference;
  evalReference?: Reference;
  drawNoise?: DrawNoise;
  /** Where to go on; nothing on a fresh start. */
  resume?: { state: LoopState; loadOptimizer(optimizer: Optimizer): Promise<void> };
  hooks: LoopHooks;
}

export interface TrainResult {
  status: Exclude<FinishedStatus, 'failed'>;
  step: number;
  metrics: Metrics;
  /** What else there is to say about the end; empty when it is as planned. */
  message: string;
  /** The step of the best checkpoint, where one is known. */
  best: number | null;
}

/** Micro-batches that are looked at before training to learn their shapes. */
const maxPrepared = 5000;
/** After this many steps in a row without a finite loss, training ends. */
const maxBadSteps = 5;

export async function trainLoop(options: TrainLoopOptions): Promise<TrainResult> {
  const { model, plan, settings, hooks } = options;
  const variables = trainableVariables(model);
  const optimizer = createAdamW(variables, settings);
  const rateOptions = { type: settings.schedulerType, learningRate: settings.learningRate, warmupSteps: settings.warmupSteps, totalSteps: plan.totalSteps, kwargs: settings.schedulerKwargs };
  const following = createFollowingRate(rateOptions);
  const schedule = following ? undefined : createSchedule(rateOptions);
  const state = options.resume ? structuredClone(options.resume.state) : freshState();
  if (following) state.following ??= following.fresh();
  const due = dueAfter(plan, settings);
  const batchesOf = batcher(options);
  const steps = stepComputer(options, variables);
  const clock = { started: performance.now(), steps: 0, rows: 0 };
  let savedAt = state.step;
  let newBest = false;

  const epochNow = () => (state.step === 0 ? 0 : epochAfterStep(plan, settings.accumulation, state.step - 1));
  const save = async () => {
    if (savedAt === state.step) return;
    await hooks.save(state.step, state, optimizer);
    savedAt = state.step;
  };
  /** Between two steps, evaluation batches or sampled tokens, and while shapes are prepared: does what somebody asked for, and waits while paused. Throws `Cancelled` to stop. */
  const attend = async () => {
    for (let paused = false; ; await sleep(200)) {
      const asked = await hooks.requests(state.step);
      for (const extra of ['evaluate', 'sample'] as const) state.owed[extra] ||= asked.includes(extra);
      if (asked.includes('save')) await save();
      if (asked.includes('stop')) throw new Cancelled();
      if (!paused && asked.includes('pause') && !asked.includes('resume')) {
        paused = true;
        hooks.paused(state.step);
      } else if (paused && asked.includes('resume')) {
        paused = false;
        hooks.resumed(state.step);
      }
      if (!paused) return;
    }
  };
  /** An evaluation that somebody asked for in between changes nothing. Nor does a checkpoint of a stop: only one that is due can be the best. */
  const noteIfDue = (metrics: Metrics) => {
    const now = due(state.step, epochNow());
    if (!settings.best || !now.evaluate || state.best.seen === state.step) return;
    newBest = noteEvaluation(state.best, settings.best, state.step, metrics);
    following?.note(state.following!, metrics[settings.best.metric]!);
    if (newBest && (settings.saveStrategy === 'best' || now.save)) state.best.checkpoint = state.step;
  };
  const evaluation = options.evalRows && createEvaluation({ ...options, rows: options.evalRows, reference: options.evalReference, batchSize: settings.evalBatchSize, attend });
  /** Evaluates and samples where that is due. Cut short by a stop, it stays owed to the run that goes on. */
  const settle = async () => {
    while (state.owed.evaluate || state.owed.sample) {
      if (state.owed.evaluate && evaluation) {
        const metrics = await evaluation.run();
        const all = { ...metrics, eval_num_tokens: state.numTokens };
        hooks.evaluation(state.step, epochNow(), all);
        noteIfDue(all);
      }
      state.owed.evaluate = false;
      if (state.owed.sample) await hooks.sample?.(state.step, attend);
      state.owed.sample = false;
    }
  };
  const result = (status: TrainResult['status']): TrainResult => {
    const seconds = (performance.now() - clock.started) / 1000;
    return {
      status,
      step: state.step,
      metrics: {
        train_loss: state.lossSteps > 0 ? state.lossTotal / state.lossSteps : NaN,
        train_runtime: seconds,
        train_samples_per_second: clock.rows / seconds,
        train_steps_per_second: clock.steps / seconds,
        num_tokens: state.numTokens,
        epoch: epochNow(),
      },
      message: settings.best && waitedEnough() && status === 'completed' ? `Stopped early at step ${state.step}: no better evaluation in ${state.best.waited}; ${bestWords(state.best, settings.best)}.` : '',
      best: state.best.checkpoint,
    };
  };
  /** What is compiled is compiled for all shapes to come before the first step; each that comes as a surprise costs more. */
  const prepareSteps = async () => {
    let left = maxPrepared;
    for (let step = state.step; step < plan.totalSteps && left > 0; step++) {
      for (const batch of batchesOf(step)) {
        const gradients = steps.prepare(batch);
        if (!gradients) return;
        if (left-- === maxPrepared) optimizer.prepare(gradients);
        await attend();
      }
    }
    await evaluation?.prepare();
  };
  const waitedEnough = () => hasWaitedEnough(state.best, settings.best);

  try {
    if (options.resume) await options.resume.loadOptimizer(optimizer);
    else state.owed = { evaluate: settings.evalOnStart, sample: settings.sampleEvery !== null };
    await prepareSteps();
    await settle();

    while (state.step < plan.totalSteps && !waitedEnough()) {
      const began = performance.now();
      const batches = batchesOf(state.step);
      const learningRate = state.following?.rate ?? state.nextLearningRate ?? schedule!(state.step);
      const computed = await steps.compute(batches, state.step);

      const norm = await optimizer.norm(computed.grads);
      if (Number.isFinite(computed.loss) && Number.isFinite(norm)) {
        optimizer.step(computed.grads, learningRate, clipScale(norm, settings.maxGradNorm));
        state.badSteps = 0;
      } else {
        const batch = (computed.bad.length > 0 ? computed.bad : [...batches.keys()]).flatMap((number) => batches[number]!);
        const told = (then: string) => badStepMessage({ step: state.step + 1, loss: computed.loss, norm, batch }, options.rows, options.parts, then);
        if (settings.onNonfinite === 'stop') {
          disposeAll(computed.grads.values());
          await save();
          throw new UserError(told(`the run ends (on_nonfinite: stop), and the weights are those of step ${state.step}.`), 'loss-not-finite');
        }
        state.badSteps++;
        hooks.warning('loss-not-finite', told('the step was skipped and the weights are unchanged.'), state.step + 1);
      }
      disposeAll(computed.grads.values());

      state.step++;
      state.nextLearningRate = schedule?.(state.step) ?? null;
      options.reference?.afterStep?.(state.step);
      state.numTokens += computed.tokens;
      clock.steps++;
      clock.rows += batches.reduce((sum, batch) => sum + batch.length, 0);
      foldWindow(state, computed, (performance.now() - began) / 1000);
      const now = due(state.step, epochNow());
      if (now.log) hooks.metrics(state.step, epochNow(), logWindow(state, { grad_norm: norm, learning_rate: learningRate }, tf.memory().numBytes + optimizer.hostBytes));
      state.owed.evaluate ||= now.evaluate;
      state.owed.sample ||= now.sample;
      await attend();
      if (state.badSteps >= maxBadSteps) {
        throw new UserError(`Training broke down: ${maxBadSteps} steps in a row without a finite loss (step ${state.step}). Begin a new run at a checkpoint from before the loss went wrong, with a lower learning_rate: posttrain train SPEC learning_rate=… --from CHECKPOINT`, 'loss-not-finite');
      }
      newBest = false;
      await settle();
      if (settings.saveStrategy === 'best' ? newBest : now.save) await save();
    }
    return result('completed');
  } catch (error) {
    if (!isCancelled(error)) throw error;
    await save();
    return result('stopped');
  } finally {
    optimizer.dispose();
    steps.dispose();
    evaluation?.dispose();
  }
}

/** The rows of each micro-batch of a step (from 0). The order of an epoch is made once. */
function batcher({ rows, parts, plan, settings }: TrainLoopOptions): (step: number) => number[][] {
  const { batchSize, accumulation, seed, sampling } = settings;
  let current = -1;
  let order: Int32Array = new Int32Array(0);
  return (step) => {
    const { epoch, from, to } = batchesOfStep(plan, accumulation, step);
    if (epoch !== current) {
      current = epoch;
      order = epochOrder({ parts, strategy: sampling, seed, epoch, batchSize, lengthOf: (row) => rows.length(row) });
    }
    return Array.from({ length: to - from }, (_, i) => [...order.subarray((from + i) * batchSize, (from + i + 1) * batchSize)]);
  };
}

/** What is due after a step, as transformers' DefaultFlowCallback decides it; the last steps are always logged, which it does not do. */
function dueAfter(plan: TrainPlan, settings: TrainSettings) {
  const { totalSteps } = plan;
  const [logging, saving, evaluating] = [settings.loggingSteps, settings.saveSteps, settings.evalSteps].map((value) => everySteps(value, totalSteps)) as [number, number, number];
  return (step: number, epoch: number) => {
    const last = step === totalSteps;
    const epochEnd = last || step % plan.stepsPerEpoch === 0;
    const at = (strategy: TrainSettings['saveStrategy'], every: number) => (strategy === 'epoch' ? epochEnd : strategy === 'steps' && (last || step % every === 0));
    return {
      log: last || step % logging === 0 || (settings.loggingFirstStep && step === 1),
      save: at(settings.saveStrategy, saving),
      evaluate: step > 0 && settings.evalDelay <= (settings.evalStrategy === 'epoch' ? epoch : step) && at(settings.evalStrategy, evaluating),
      sample: settings.sampleEvery !== null && (last || step % settings.sampleEvery === 0),
    };
  };
}
