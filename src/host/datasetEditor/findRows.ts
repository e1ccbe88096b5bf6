/** Looks through all rows of an open dataset for one page, and replaces in them: in a thread, so that no expression can hang the window. */

import { isCancelled } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';
import { parseQuery, type Query } from '../../dataset/find/query.ts';
import { replaceableKeys, type Replacement, type ReplacePreview } from '../../dataset/find/replaceRow.ts';
import { encodeLine } from '../../dataset/lineText.ts';
import type { Line } from '../../dataset/recordStore.ts';
import { startRowThread, type FoundSoFar, type RowThreadOptions } from '../../node/rowThread.ts';
import type { DatasetHost, FindRequest } from '../../protocol/datasetView.ts';
import type { SearchRequest } from '../../protocol/rows.ts';
import type { DatasetDocument } from './document.ts';

type Requests = DatasetHost['requests'];

export interface FindRows {
  run(params: Requests['find/run']['params'], signal: AbortSignal): Promise<Requests['find/run']['result']>;
  /** What would change in lines that the list shows. Undefined for what cannot be looked for. */
  preview(lines: readonly Line[], find: FindRequest): Promise<(ReplacePreview | null)[] | undefined>;
  /** `row`: in this one alone. Answers in how many rows. `label` is the step of undo. */
  replace(find: FindRequest, row: number | undefined, label: (rows: number) => string): Promise<number>;
  dispose(): void;
}

/** One step of undo holds both texts of every row that it changes. */
const MAX_REPLACED_CHARS = 32 * 1024 * 1024;
const TELL_MS = 60;

export interface FindOptions extends RowThreadOptions {
  /** Where a query about annotations finds them. */
  annotations?(): Promise<SearchRequest['annotations']>;
  rules?(): SearchRequest['rules'];
}

/** `tell`: rows were found, a few times a second. */
export function createFindRows(document: DatasetDocument, tell: (found: DatasetHost['events']['found']) => void, options: FindOptions = {}): FindRows {
  // two: what the list shows does not wait for a search
  const [searching, showing] = [startRowThread(options), startRowThread(options)];

  let running = new AbortController();

  const replacementOf = (find: FindRequest): Replacement => ({
    pattern: { text: find.text, regex: find.regex, matchCase: find.matchCase },
    with: find.with ?? '',
    keys: replaceableKeys(document.format),
  });
  const queryOf = (find: FindRequest): { query: Query; problem: string | undefined } => {
    const { value, problems } = parseQuery(find.text, { regex: find.regex, matchCase: find.matchCase });
    const { pattern, keys } = replacementOf(find);
    if (find.with === undefined) return { query: value!, problem: problems[0]?.message };
    return { query: { terms: [{ kind: 'replaceable', not: false, pattern, keys }], sort: undefined }, problem: find.regex ? problems[0]?.message : undefined };
  };

  async function collect(found: AsyncGenerator<FoundSoFar>, firstRow: number): Promise<{ row: number; before: string; after: string }[]> {
    const lines: { row: number; before: string; after: string }[] = [];
    let chars = 0;
    for await (const { rows, lines: before, replaced } of found) {
      for (const [i, row] of rows.entries()) {
        lines.push({ row: row + firstRow, before: before[i]!, after: replaced[i]! });
        chars += before[i]!.length + replaced[i]!.length;
      }
      if (chars > MAX_REPLACED_CHARS) {
        throw new UserError('This replaces more than one step of undo can hold. "posttrain rows replace" in a terminal writes a new file, whatever its size.', 'replace-too-much');
      }
    }
    return lines;
  }

  return {
    async run({ id, find }, asked) {
      running.abort();
      running = new AbortController();
      const signal = AbortSignal.any([running.signal, asked]);
      const { query, problem } = queryOf(find);
      if (problem !== undefined) return { revision: document.revision, problem, interrupted: false, order: undefined };
      const annotations = query.terms.some(({ kind }) => kind === 'annotation') ? await options.annotations?.() : undefined;
      const content = await document.content(signal);
      const { revision, sizeBytes: total } = content;
      let rows: number[] = [];
      let toldAt = -Infinity;
      try {
        for await (const found of searching.search(content.bytes, { query, format: document.format?.id, want: 'rows', rules: options.rules?.(), annotations }, signal)) {
          if (!query.sort) for (const row of found.rows) rows.push(row);
          if (found.end) {
            tell({ id, revision, rows: Uint32Array.from(rows), done: total, total });
            return { revision, problem: undefined, interrupted: false, order: found.end.order };
          }
          if (performance.now() - toldAt < TELL_MS) continue;
          toldAt = performance.now();
          tell({ id, revision, rows: Uint32Array.from(rows), done: Math.min(found.bytes, total), total });
          rows = [];
        }
        throw new Error('The search did not end.');
      } catch (error) {
        if (!isCancelled(error) && content.stale()) return { revision, problem: undefined, interrupted: true, order: undefined };
        throw error;
      }
    },

    async preview(lines, find) {
      if (queryOf(find).problem !== undefined || find.text === '') return undefined;
      return showing.preview(lines.map((line) => (line.cut ? '' : line.text)), replacementOf(find));
    },

    async replace(find, row, label) {
      const { query, problem } = queryOf(find);
      if (problem !== undefined) throw new UserError(problem, 'expression');
      const want = replacementOf(find);
      if (row !== undefined) {
        const { revision } = document;
        const [line] = await document.read(row, 1, Infinity);
        const lines = await collect(showing.search(once(encodeLine(line?.text ?? '')), { query, format: undefined, want }), row);
        await document.replaceLines(revision, lines, label(lines.length));
        return lines.length;
      }
      running.abort();
      const content = await document.content();
      const lines = await collect(searching.search(content.bytes, { query, format: document.format?.id, want }), 0);
      await document.replaceLines(content.revision, lines, label(lines.length));
      return lines.length;
    },

    dispose() {
      searching.dispose();
      showing.dispose();
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
