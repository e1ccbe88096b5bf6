/** A row as a model gets it: its tokens and which of them are trained on, prepared in the thread and by the code that the trainer uses. */

import { UserError } from '../../core/problem.ts';
import type { Format } from '../../dataset/format.ts';
import { conversionHint, methods, paramsOf, usualMethod } from '../../methods/index.ts';
import type { ResolvedSpec } from '../../run/spec.ts';
import { loadTokenizerFiles } from '../../node/tokenizerFiles.ts';
import { startTokenWorker, type TokenWorker } from '../../node/tokenWorker.ts';
import type { RowTokens } from '../../protocol/datasetView.ts';

/** Whose tokens: a model folder; where a run spec names it, its method and settings too. */
export interface TokenSource {
  dir: string;
  /** The folder as people know it. */
  model: string;
  spec?: { name: string } & Pick<ResolvedSpec, 'method' | 'params'>;
}

export interface RowText {
  /** From 1. */
  number: number;
  text: string;
  format: Format | undefined;
}

export interface RowTokenizer {
  read(source: TokenSource, row: RowText, signal: AbortSignal): Promise<RowTokens>;
  /** How many tokens each text has by itself, without the template around it. */
  count(source: TokenSource, texts: readonly string[], signal: AbortSignal): Promise<number[]>;
  /** Tokenizer files may be others now. */
  forget(): void;
}

/** More would be no view but a wall. */
const MAX_SHOWN = 4000;
/** A tokenizer takes some 100 MB: it goes when nobody looks at tokens any more. */
const IDLE_MS = 2 * 60_000;

export function createRowTokenizer(workerPath?: string): RowTokenizer {
  let current: { dir: string; worker: Promise<TokenWorker> } | undefined;
  let idle: ReturnType<typeof setTimeout> | undefined;

  const forget = () => {
    clearTimeout(idle);
    current?.worker.then((worker) => worker.dispose(), () => undefined);
    current = undefined;
  };
  const workerFor = (dir: string): Promise<TokenWorker> => {
    if (current?.dir !== dir) {
      forget();
      const worker = loadTokenizerFiles(dir).then((files) => startTokenWorker(files, { workerPath }));
      worker.catch(() => {
        if (current?.worker === worker) current = undefined; // the folder may be mended meanwhile
      });
      current = { dir, worker };
    }
    clearTimeout(idle);
    idle = setTimeout(forget, IDLE_MS);
    idle.unref();
    return current!.worker;
  };

  return {
    forget,
    async count({ dir }, texts, signal) {
      const worker = await workerFor(dir);
      const counts: number[] = [];
      for (const text of texts) counts.push((await worker.encode(text, {}, signal)).length);
      return counts;
    },
    async read({ dir, model, spec }, { number, text, format }, signal) {
      if (!format) throw new UserError('No known format fits the rows of this file, so they cannot be made into tokens.', 'unknown-format');
      const method = spec?.method ?? usualMethod(format);
      if (!method) throw new UserError(`No method of this version takes ${format.id} rows.${conversionHint(format)}`, 'wrong-format');
      const params = spec?.params ?? Object.fromEntries(paramsOf(method).map((param) => [param.name, param.default]));
      const worker = await workerFor(dir);
      const [prepared] = await worker.prepare([{ line: number, text }], { format: format.id, method, params }, signal);
      const { sides, problems } = prepared!;
      return {
        model,
        spec: spec?.name,
        method: methods.get(method).label,
        problems: problems.map(({ severity, message }) => ({ severity, message })),
        sides: await Promise.all(
          sides.map(async ({ side, ids, trained, promptLength, truncatedFrom }) => ({
            side,
            ids: ids.slice(0, MAX_SHOWN),
            texts: await worker.texts(ids.slice(0, MAX_SHOWN)),
            trained: trained.slice(0, MAX_SHOWN),
            total: ids.length,
            trainedTotal: trained.reduce((sum, flag) => sum + flag, 0),
            promptLength,
            truncatedFrom,
          })),
        ),
      };
    },
  };
}
