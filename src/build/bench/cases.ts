/** What is measured: each case is one piece of work that both sides do, with the settings that each of them is tried with. */

import { linearModules } from '../../model/shapes.ts';
import type { ShapeId } from '../../model/measuredShapes.ts';
import type { Job } from './job.ts';
import type { RowKind } from './material.ts';
import type { SideId, Unit } from './samples.ts';

export interface BenchCase {
  id: string;
  title: string;
  shape: ShapeId;
  unit: Unit;
  kind: Job['kind'];
  rows: RowKind;
  /** Rows to train on, or to answer. */
  count: number;
  warmup: number;
  steps: number;
  settings: Record<string, unknown>;
  lora?: Job['lora'];
  /** The settings that each side is tried with; the fastest is kept. */
  sides: readonly { side: SideId; variants: Readonly<Record<string, Record<string, unknown>>> }[];
  /** How many times as fast as TRL, and at most how much of its memory. */
  goals: Partial<Record<SideId, number>>;
}

export const shapeNames: Readonly<Record<ShapeId, string>> = { tiny: '0.4M', small: '7.4M', '135m': '135M', '360m': '360M', '1b': '1B', '1.7b': '1.7B', '3b': '3B' };
const base = { per_device_train_batch_size: 4, learning_rate: 1e-5, train_sampling_strategy: 'sequential' };
const optimizers = { AdamW: { optim: 'adamw_torch' }, 'fused AdamW': { optim: 'adamw_torch_fused' } };
/** The same on both sides. */
const arrangements = { 'in order': {}, 'grouped by length': { train_sampling_strategy: 'group_by_length' }, packed: { packing: true } };
const fused = (variants: Readonly<Record<string, object>>) => Object.fromEntries(Object.entries(variants).map(([name, settings]) => [name, { ...settings, optim: 'adamw_torch_fused' }]));
const asItIs = { '': {} };
export const everyMatrix = { r: 8, alpha: 16, targets: linearModules.map((module) => module.split('.')[1]!) };

/** Rows of many lengths: a step is compiled when its shape comes for the first time, so an epoch is the warm-up. */
const afterAnEpoch = { count: 120, warmup: 30, steps: 20 };

export const benchCases: readonly BenchCase[] = [
  ...(['small', '135m'] as const).map((shape): BenchCase => ({
    id: `sft-${shape}`, title: `SFT, 4 × 256 tokens, ${shapeNames[shape]}`, shape, unit: 'tokens/s', kind: 'sft', rows: { kind: 'text', length: 256 }, count: 64, warmup: 3, ...steps(shape, 20, 5),
    settings: { ...base, max_length: 256 },
    // The large model is slow and its optimizers are alike: transformers' default, the fused one.
    sides: [{ side: 'trl', variants: shape === 'small' ? optimizers : fused(asItIs) }, { side: 'pytorch', variants: shape === 'small' ? optimizers : fused(asItIs) }, { side: 'tensorflow', variants: asItIs }, ...(shape === 'small' ? [{ side: 'wasm', variants: asItIs } as const] : [])],
    goals: { tensorflow: 1.2, wasm: 0.25 },
  })),
  {
    id: 'chat-small', title: 'SFT, chat rows of mixed length, 7.4M', shape: 'small', unit: 'tokens/s', kind: 'sft', rows: { kind: 'chat' }, ...afterAnEpoch,
    settings: { ...base, max_length: 512 },
    sides: [{ side: 'trl', variants: fused(arrangements) }, { side: 'tensorflow', variants: arrangements }],
    goals: { tensorflow: 1.5 },
  },
  {
    id: 'lora-135m', title: 'LoRA SFT (r 8, all matrices), 4 × 256 tokens, 135M', shape: '135m', unit: 'tokens/s', kind: 'sft', rows: { kind: 'text', length: 256 }, count: 64, warmup: 3, steps: 5,
    settings: { ...base, max_length: 256 }, lora: everyMatrix,
    sides: [{ side: 'trl', variants: fused(asItIs) }, { side: 'tensorflow', variants: asItIs }],
    goals: { tensorflow: 1.2 },
  },
  ...(['small', '135m'] as const).map((shape): BenchCase => ({
    id: `dpo-${shape}`, title: `DPO, 64 + 64 tokens, ${shapeNames[shape]}`, shape, unit: 'pairs/s', kind: 'dpo', rows: { kind: 'pairs', length: 64 }, count: 64, warmup: 3, ...steps(shape, 15, 5),
    settings: { ...base, max_length: 128 },
    sides: [{ side: 'trl', variants: fused(references(shape)) }, { side: 'tensorflow', variants: references(shape) }],
    goals: { tensorflow: 1.5 },
  })),
  {
    id: 'hh-small', title: 'DPO, pairs of mixed length, 7.4M', shape: 'small', unit: 'pairs/s', kind: 'dpo', rows: { kind: 'preferences' }, ...afterAnEpoch,
    settings: { ...base, max_length: 512 },
    sides: [{ side: 'trl', variants: fused(references('small')) }, { side: 'tensorflow', variants: references('small') }],
    goals: { tensorflow: 1.5 },
  },
  ...(['small', '135m'] as const).flatMap((shape) =>
    [1, 16].map((batch): BenchCase => ({
      id: `generate-${shape}-${batch}`, title: `Generation, batch ${batch}, 32 + 64 tokens, ${shapeNames[shape]}`, shape, unit: 'tokens/s', kind: 'generate', rows: { kind: 'text', length: 32 }, count: 16, warmup: 2, steps: 5,
      settings: { batch, max_new_tokens: 64 },
      sides: [{ side: 'trl', variants: asItIs }, { side: 'tensorflow', variants: asItIs }],
      goals: { tensorflow: 1 },
    })),
  ),
];

const growing = (shape: ShapeId, batch: number, length: number, lora?: Job['lora']): BenchCase => ({
  id: `growth-${shape}-${batch}x${length}${lora ? '-lora' : ''}`, title: `${lora ? 'LoRA ' : ''}SFT, ${batch} × ${length} tokens, ${shapeNames[shape]}`, shape, unit: 'tokens/s', kind: 'sft', rows: { kind: 'text', length }, count: batch * 4, warmup: 2, steps: 5,
  settings: { ...base, per_device_train_batch_size: batch, max_length: length }, lora, sides: [{ side: 'tensorflow', variants: asItIs }], goals: {},
});

/** Ours alone: how speed, memory and the time to the first step grow with length, batch and model. */
export const growthCases: readonly BenchCase[] = [
  ...[64, 128, 256, 512, 1024, 2048].map((length) => growing('small', 4, length)),
  ...[1, 2, 8, 16, 32].map((batch) => growing('small', batch, 256)),
  ...(['tiny', '135m', '360m'] as const).map((shape) => growing(shape, 4, 256)),
  growing('360m', 1, 256),
  ...(['135m', '1b'] as const).map((shape) => growing(shape, 1, 256, everyMatrix)),
];

/** The reference model asked in every step, or about all rows beforehand, which is faster on both sides: the large model is measured with that alone. */
function references(shape: ShapeId): Record<string, Record<string, unknown>> {
  const before = { 'reference beforehand': { precompute_ref_log_probs: true } };
  return shape === 'small' ? { 'reference in the step': {}, ...before } : before;
}

function steps(shape: ShapeId, small: number, large: number): { steps: number } {
  return { steps: shape === 'small' ? small : large };
}
