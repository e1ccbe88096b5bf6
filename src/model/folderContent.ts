/** What a model folder is about to hold beside tokenizer and templates. */

import type { WeightSource } from './weights/source.ts';

/** Texts and tensor files by name. Tensors are read one at a time, and written in the type that their source says. */
export interface FolderContent {
  texts: Record<string, string>;
  tensors: Record<string, { weights: WeightSource; metadata: Record<string, string> }>;
}

/** File names of Hugging Face's and PEFT's layouts. */
export const modelFile = 'model.safetensors';
export const adapterFile = 'adapter_model.safetensors';
