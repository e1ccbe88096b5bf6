/** A whole model folder from an adapter and its base: what "posttrain merge" and the window do. The base and the adapter stay as they are. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { throwIfAborted } from '../core/abort.ts';
import { UserError } from '../core/problem.ts';
import { modelConfigJson, type ModelConfig } from '../model/config.ts';
import { modelFile } from '../model/folderContent.ts';
import { mergeAdapter } from '../model/merge.ts';
import { modelOfRun, openModelFolder } from './modelFolder.ts';
import { writeModelFolder } from './writeModelFolder.ts';

export interface MergeOptions {
  /** Instead of the base that the adapter names. */
  baseModel?: string;
  signal?: AbortSignal;
  progress?(done: number, total: number): void;
}

/** Writes `target`, which must not exist yet, from an adapter's folder or a run, and says what kind of model it is. Throws a UserError that names what is wrong. */
export async function mergeAdapterFolder(from: string, target: string, { baseModel, signal, progress }: MergeOptions = {}): Promise<ModelConfig['head']> {
  if (existsSync(target)) throw new UserError(`${target} is there already. Name a folder that is not, or remove it first.`, 'merge-target');
  const folder = (await modelOfRun(from))?.path ?? from;
  const opened = await openModelFolder(folder, { baseModel });
  try {
    if (!opened.adapter) throw new UserError(`${folder} is a whole model: there is no adapter to merge.`, 'merge-no-adapter');
    const { weights, untied } = mergeAdapter(opened.config, opened.weights, opened.adapter);
    let done = 0;
    const watched = {
      ...weights,
      async read(name: string) {
        throwIfAborted(signal);
        const data = await weights.read(name);
        progress?.(++done, weights.names.length);
        return data;
      },
    };
    const content = {
      texts: { 'config.json': modelConfigJson(opened.config, untied ? { tie_word_embeddings: false } : {}) },
      tensors: { [modelFile]: { weights: watched, metadata: {} } },
    };
    // The adapter's folder has the tokenizer that it was trained with; one from elsewhere may have none.
    await writeModelFolder(target, content, existsSync(join(folder, 'tokenizer.json')) ? folder : opened.baseFolder);
    return opened.config.head;
  } finally {
    await opened.close();
  }
}
