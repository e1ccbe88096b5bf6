/** The rows that the list has seen, in blocks, fetched as they come into view and forgotten as they change. */

import type { RowChange, RowItem } from '../../src/protocol/datasetView.ts';

export interface RowCache {
  get(row: number): RowItem | undefined;
  /** These rows are on screen: fetches what is missing, nearest first. */
  want(from: number, count: number): void;
  changed(changes: readonly RowChange[]): void;
  clear(): void;
}

const BLOCK_ROWS = 100;
const MAX_BLOCKS = 200;
const AT_ONCE = 2;

export interface RowSource {
  /** Rows of a moment; `revision` is that moment's. */
  read(from: number, count: number, signal: AbortSignal): Promise<{ revision: number; rows: RowItem[] }>;
  revision(): number;
  /** Rows arrived: draw them. */
  onRows(from: number, count: number): void;
}

interface Block {
  rows: RowItem[];
  /** Of these, places in the block: to be fetched again, still good enough to be shown. */
  stale: { from: number; to: number } | undefined;
}

export function createRowCache(source: RowSource): RowCache {
  const blocks = new Map<number, Block>();
  const fetching = new Map<number, AbortController>();
  let window = { from: 0, count: 0 };

  const visible = (block: number) => block * BLOCK_ROWS < window.from + window.count && (block + 1) * BLOCK_ROWS > window.from;

  const fetchNext = () => {
    for (const [block, abort] of fetching) if (!visible(block)) abort.abort();
    for (let block = Math.floor(window.from / BLOCK_ROWS); visible(block); block++) {
      const known = blocks.get(block);
      if ((known && !known.stale) || fetching.has(block)) continue;
      if (fetching.size >= AT_ONCE) return;
      void fetchBlock(block);
    }
  };

  const fetchBlock = async (block: number) => {
    const abort = new AbortController();
    fetching.set(block, abort);
    const known = blocks.get(block);
    const { from, to } = known?.stale ?? { from: 0, to: BLOCK_ROWS };
    const first = block * BLOCK_ROWS + from;
    let again = true;
    try {
      const { revision, rows } = await source.read(first, to - from, abort.signal);
      if (revision === source.revision() && !abort.signal.aborted) {
        blocks.delete(block);
        blocks.set(block, { rows: known ? known.rows.toSpliced(from, rows.length, ...rows) : rows, stale: undefined });
        // the oldest go, but never what is on screen
        for (const old of blocks.keys()) {
          if (blocks.size <= MAX_BLOCKS) break;
          if (!visible(old)) blocks.delete(old);
        }
        source.onRows(first, rows.length);
      }
    } catch {
      again = abort.signal.aborted; // an error will be there next time too; scrolling or a change asks again
    } finally {
      if (fetching.get(block) === abort) fetching.delete(block);
    }
    if (again) fetchNext();
  };

  return {
    get: (row) => blocks.get(Math.floor(row / BLOCK_ROWS))?.rows[row % BLOCK_ROWS],
    want(from, count) {
      window = { from, count };
      fetchNext();
    },
    changed(changes) {
      for (const { at, removed, inserted } of changes) {
        for (const [block, known] of blocks) {
          if (removed !== inserted && (block + 1) * BLOCK_ROWS > at) blocks.delete(block); // numbers moved: what is there belongs to other rows
          else if (block * BLOCK_ROWS < at + removed && (block + 1) * BLOCK_ROWS > at) {
            const from = Math.max(0, at - block * BLOCK_ROWS);
            const to = Math.min(BLOCK_ROWS, at + removed - block * BLOCK_ROWS);
            known.stale = { from: Math.min(from, known.stale?.from ?? from), to: Math.max(to, known.stale?.to ?? to) };
          }
        }
      }
      for (const abort of fetching.values()) abort.abort();
      fetching.clear();
      fetchNext();
    },
    clear() {
      blocks.clear();
      for (const abort of fetching.values()) abort.abort();
      fetching.clear();
      fetchNext();
    },
  };
}
