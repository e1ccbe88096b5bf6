/** What a method would do to the rows of datasets: which it would leave out, which it would cut. Prepares them as training does. */

import type { Problem } from '../../core/problem.ts';
import type { Format } from '../../dataset/format.ts';
import { isBlank, withoutCr, withoutMark } from '../../dataset/lineText.ts';
import { FileDryRun, type DryRunSum } from '../../methods/dryRun/fileDryRun.ts';
import { conversionHint, methods, paramsOf, takes } from '../../methods/index.ts';
import { loadTokenizerFiles, tokenizerChanges } from '../../node/tokenizerFiles.ts';
import { startTokenWorker } from '../../node/tokenWorker.ts';

export interface DryRun {
  readonly method: string;
  /** Why the method cannot use this format; undefined when it can. */
  refusal(format: Format): string | undefined;
  file(format: Format): Promise<FileCheck>;
  dispose(): void;
}

export interface FileCheck {
  /** The lines of the file, part by part in order; `lines` begin at `firstLine`. */
  check(lines: readonly string[], firstLine: number, signal: AbortSignal): Promise<{ line: number; problem: Problem }[]>;
  /** Of what was checked so far, in a sentence or two. */
  words(): string;
}

/** Few enough that one slow row does not look like a hang. */
const rowsPerCall = 128;

export async function openDryRun(options: { method: string; modelDir: string; params: Record<string, unknown>; cwd: string }): Promise<DryRun> {
  const method = methods.find(options.method);
  const worker = startTokenWorker(await loadTokenizerFiles(options.modelDir, tokenizerChanges(options.params, options.cwd)));
  const params = { ...Object.fromEntries(paramsOf(method.id).map((param) => [param.name, param.default])), ...options.params };
  return {
    method: method.id,
    refusal: (format) => (takes(method.id, format) ? undefined : `Method "${method.id}" cannot use ${format.id} rows: it takes ${method.accepts.join(', ')}.${conversionHint(format, [method.id])}`),
    async file(format) {
      const { eosId, specialTokens } = await worker.info();
      const end = { id: eosId, text: specialTokens.eos_token };
      const file = new FileDryRun(method.id, format, end);
      return {
        async check(lines, firstLine, signal) {
          const rows = lines.map((text, i) => ({ line: firstLine + i, text: withoutCr(firstLine + i === 1 ? withoutMark(text) : text) })).filter((row) => !isBlank(row.text));
          const found: { line: number; problem: Problem }[] = [];
          for (let at = 0; at < rows.length; at += rowsPerCall) {
            const part = rows.slice(at, at + rowsPerCall);
            const prepared = await worker.prepare(part, { format: format.id, method: method.id, params }, signal);
            prepared.forEach((row, i) => found.push(...file.add(part[i]!.text, row).map((problem) => ({ line: row.line, problem }))));
          }
          return found;
        },
        words: () => sumInWords(method.id, file.sum, end.text),
      };
    },
    dispose: () => worker.dispose(),
  };
}

function sumInWords(method: string, { rows, used, cut, dropped, unreadable, ended, open, stopsAt }: DryRunSum, end: string | undefined): string {
  const parts = [`${used} used${cut > 0 ? `, ${cut} of them cut` : ''}`, dropped > 0 ? `${dropped} left out` : '', unreadable > 0 ? `${unreadable} cannot be read` : ''].filter(Boolean);
  const ends = end === undefined || method === 'reward' ? '' : ` ${ended} of ${ended + open} sequences end with ${JSON.stringify(end)}.`;
  return `${method}: ${rows} row${rows === 1 ? '' : 's'}: ${parts.join('; ')}.${ends}${stopsAt === undefined ? '' : ` TRL would stop at line ${stopsAt}.`}`;
}
