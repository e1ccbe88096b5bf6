/** What a method would do to the rows of a dataset: which it would leave out, which it would cut. Prepares them as training does. */

import type { Problem } from '../../core/problem.ts';
import type { Format } from '../../dataset/format.ts';
import { isBlank, withoutCr } from '../../dataset/lineText.ts';
import { conversionHint, methods, paramsOf, takes } from '../../methods/index.ts';
import { dryRunCodes } from '../../methods/prepareRows.ts';
import { loadTokenizerFiles, tokenizerChanges } from '../../node/tokenizerFiles.ts';
import { startTokenWorker } from '../../node/tokenWorker.ts';

export interface DryRun {
  readonly method: string;
  /** Why the method cannot use this format; undefined when it can. */
  refusal(format: Format): string | undefined;
  /** `lines` begin at `firstLine`. */
  check(lines: readonly string[], firstLine: number, format: string, signal: AbortSignal): Promise<{ line: number; problem: Problem }[]>;
  dispose(): void;
}

/** Few enough that one slow row does not look like a hang. */
const rowsPerCall = 128;
const codes: readonly string[] = dryRunCodes;

export async function openDryRun(options: { method: string; modelDir: string; params: Record<string, unknown>; cwd: string }): Promise<DryRun> {
  const method = methods.find(options.method);
  const worker = startTokenWorker(await loadTokenizerFiles(options.modelDir, tokenizerChanges(options.params, options.cwd)));
  const params = { ...Object.fromEntries(paramsOf(method.id).map((param) => [param.name, param.default])), ...options.params };
  return {
    method: method.id,
    refusal: (format) => (takes(method.id, format) ? undefined : `Method "${method.id}" cannot use ${format.id} rows: it takes ${method.accepts.join(', ')}.${conversionHint(format, [method.id])}`),
    async check(lines, firstLine, format, signal) {
      const rows = lines.map((text, i) => ({ line: firstLine + i, text: withoutCr(text) })).filter((row) => !isBlank(row.text));
      const found: { line: number; problem: Problem }[] = [];
      for (let at = 0; at < rows.length; at += rowsPerCall) {
        const part = rows.slice(at, at + rowsPerCall);
        const prepared = await worker.prepare(part, { format, method: method.id, params }, signal);
        // What no row can be made of is told by the checks already.
        for (const row of prepared) for (const problem of row.problems) if (codes.includes(problem.code)) found.push({ line: row.line, problem });
      }
      return found;
    },
    dispose: () => worker.dispose(),
  };
}
