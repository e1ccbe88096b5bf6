/** What a method would do to the rows of a dataset: which it would leave out, which it would cut. Prepares them as training does. */

import type { Problem } from '../../core/problem.ts';
import type { Format } from '../../dataset/format.ts';
import { isBlank, withoutCr } from '../../dataset/lineText.ts';
import { methods, paramsOf } from '../../methods/index.ts';
import { loadTokenizerFiles } from '../../node/tokenizerFiles.ts';
import { startTokenWorker } from '../../node/tokenWorker.ts';
import type { PreparedRow } from '../../tokens/prepare.ts';

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

export async function openDryRun(options: { method: string; modelDir: string; params: Record<string, unknown> }): Promise<DryRun> {
  const method = methods.find(options.method);
  const worker = startTokenWorker(await loadTokenizerFiles(options.modelDir));
  const params = { ...Object.fromEntries(paramsOf(method.id).map((param) => [param.name, param.default])), ...options.params };
  return {
    method: method.id,
    refusal: ({ id, kind }) => (method.accepts.includes(kind) ? undefined : `Method "${method.id}" cannot use ${id} rows: it takes ${method.accepts.join(', ')}.`),
    async check(lines, firstLine, format, signal) {
      const rows = lines.map((text, i) => ({ line: firstLine + i, text: withoutCr(text) })).filter((row) => !isBlank(row.text));
      const found: { line: number; problem: Problem }[] = [];
      for (let at = 0; at < rows.length; at += rowsPerCall) {
        const part = rows.slice(at, at + rowsPerCall);
        const prepared = await worker.prepare(part, { format, method: method.id, params }, signal);
        prepared.forEach((row, i) => found.push(...problemsOf(row, part[i]!.text.length, params)));
      }
      return found;
    },
    dispose: () => worker.dispose(),
  };
}

/** What no row can be made of is told by the checks already. */
function problemsOf(row: PreparedRow, length: number, params: Readonly<Record<string, unknown>>): { line: number; problem: Problem }[] {
  const at = { start: 0, end: length };
  return row.sides.flatMap((side): { line: number; problem: Problem }[] => {
    const which = side.side === 'row' ? 'This row' : `The ${side.side} side of this row`;
    if (side.dropped !== null) return [{ line: row.line, problem: { code: 'row-dropped', severity: 'warning', message: `${which} is left out: ${side.dropped}.`, ...at } }];
    if (side.truncatedFrom !== null) return [{ line: row.line, problem: { code: 'row-truncated', severity: 'info', message: `${which} is cut from ${side.truncatedFrom} to ${side.ids.length} tokens (max_length ${String(params.max_length)}).`, ...at } }];
    return [];
  });
}
