/** The run spec: what a person writes to start a run (`*.posttrain.yaml` or JSON), read with a place for every problem. */

import type { MethodId } from '../methods/index.ts';

export type BackendChoice = 'auto' | 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';

export interface DatasetPart {
  /** Absolute once resolved. */
  path: string;
  /** Share of this file's rows in an epoch, 1 = every row once. */
  weight: number;
}

/** A spec with nothing left open: paths absolute, defaults filled in, LoRA in TRL's flat names. */
export interface ResolvedSpec {
  method: MethodId;
  model_name_or_path: string;
  dataset: DatasetPart[];
  eval_dataset: DatasetPart[];
  output_dir: string;
  backend: BackendChoice;
  seed: number;
  /** Every parameter of the method by TRL's name, defaults filled in. */
  params: Record<string, unknown>;
}
