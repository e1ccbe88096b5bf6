/** Finds rows as someone types, shows them in the list as they come, and replaces in them. The extension looks; this asks and keeps in step. */

import type { DatasetHost, DatasetPage, DocumentState, FindRequest, RowChange } from '../../src/protocol/datasetView.ts';
import type { Peer } from '../../src/protocol/rpc.ts';
import { announce } from '../shared/announce.ts';
import { t } from '../shared/connect.ts';
import { createFindBar } from './findBar.ts';
import { formatCount } from './numbers.ts';
import type { RowView } from './rowView.ts';
import { follow } from './shownRow.ts';

export interface FindOptions {
  host: Peer<DatasetPage, DatasetHost>;
  view: RowView;
  rows(): number;
  revision(): number;
  /** The row that a replacement in one row is about. */
  selected(): number;
  /** Other rows are in view, in another order, more at the end, or the same with another replacement. */
  viewChanged(how: 'all' | 'order' | 'more' | 'same'): void;
  /** On to the rows. */
  leave(): void;
  /** What was typed last is sent. */
  flush(): Promise<void>;
  remember(request: FindRequest): void;
  fail(error: unknown): void;
}

export interface Find {
  readonly element: HTMLElement;
  readonly listHead: HTMLElement;
  /** What is being replaced; undefined while only looking. */
  readonly replacing: FindRequest | undefined;
  open(replace?: boolean): void;
  /** Shows all rows. */
  close(): void;
  /** As it was when the page was last seen. */
  start(request: FindRequest | undefined): void;
  setState(state: DocumentState): void;
  found(found: DatasetHost['events']['found']): void;
  rowsChanged(changes: readonly RowChange[], revision: number): void;
  /** Something was said about a row. */
  annotated(): void;
  /** Every row may be another one. */
  again(): void;
}

const TYPING_MS = 180;
const INTERRUPTED_MS = 500;

export function createFind(options: FindOptions): Find {
  const { host, view } = options;
  let id = 0;
  let running: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let progress: number | undefined;
  let problem: string | undefined;
  let outdated = false;
  /** Nothing of this search is in view yet. */
  let fresh = false;
  /** Changes since it began: what it finds counts rows from before them. */
  let since: { revision: number; changes: readonly RowChange[] }[] = [];

  let looked: FindRequest | undefined;
  const asked = ({ with: text, ...find }: FindRequest) => JSON.stringify({ ...find, replacing: text !== undefined });

  const bar = createFindBar({
    changed(soon) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const { request } = bar;
        // the same rows fit whatever takes the place of what was found
        if (looked === undefined || request.with === undefined || asked(request) !== asked(looked)) return look();
        options.remember(request);
        options.viewChanged('same');
      }, soon ? TYPING_MS : 0);
    },
    again: look,
    leave: options.leave,
    replaceRow: () => void replace(true).catch(options.fail),
    replaceAll: () => void replace(false).catch(options.fail),
  });
  const status = () => bar.setStatus({ total: options.rows(), found: view.filtered ? view.count : undefined, progress, outdated, problem });
  const now = (rows: ArrayLike<number>, revision: number): ArrayLike<number> => {
    const changes = since.filter((change) => change.revision > revision);
    if (changes.length === 0) return rows;
    const moved: number[] = [];
    for (let i = 0; i < rows.length; i++) {
      let at: { row: number; gone: boolean } = { row: rows[i]!, gone: false };
      for (const change of changes) if (!at.gone) at = follow(change.changes, at.row);
      if (!at.gone) moved.push(at.row);
    }
    return moved;
  };
  const stop = () => {
    clearTimeout(timer);
    running?.abort();
    running = undefined;
    progress = undefined;
  };

  function look(): void {
    stop();
    const request = bar.request;
    const again = looked !== undefined && asked(looked) === asked(request);
    looked = request;
    options.remember(request);
    problem = undefined;
    outdated = false;
    if (request.text.trim() === '') {
      if (view.filtered) {
        view.showAll(options.rows());
        options.viewChanged('all');
      }
      return status();
    }
    void run(request, again).catch((error: unknown) => {
      stop();
      status();
      options.fail(error);
    });
  }

  /** `again`: the same as before, so that one stays at the row where one is. */
  async function run(find: FindRequest, again: boolean): Promise<void> {
    const own = (running = new AbortController());
    const mine = ++id;
    fresh = true;
    since = [];
    progress = 0;
    status();
    const answer = await host.request('find/run', { id: mine, find }, own.signal).catch((error: unknown) => {
      if (own.signal.aborted) return undefined;
      throw error;
    });
    if (!answer || running !== own) return;
    running = undefined;
    progress = undefined;
    problem = answer.problem;
    if (answer.interrupted) timer = setTimeout(look, INTERRUPTED_MS);
    else if (answer.problem === undefined) {
      if (answer.order) view.order(now(answer.order, answer.revision));
      else if (fresh) view.clear(); // nothing was found
      if (answer.order || fresh) options.viewChanged(answer.order && !again ? 'order' : 'all');
      fresh = false;
      announce(view.count === 1 ? t('One row found') : t('{0} rows found', formatCount(view.count)));
    }
    status();
  }

  async function replace(one: boolean): Promise<void> {
    const find = bar.request;
    if (find.with === undefined || view.count === 0) return;
    await options.flush();
    const row = options.selected();
    if (one && row < 0) return;
    const { rows } = await host.request('find/replace', { find, at: one ? { row, revision: options.revision() } : undefined });
    announce(rows === 1 ? t('Replaced in one row. Press U to undo.') : t('Replaced in {0} rows. Press U to undo.', formatCount(rows)));
    if (one) options.leave();
    else look();
  }

  return {
    element: bar.element,
    listHead: bar.listHead,
    get replacing() {
      const { request } = bar;
      return request.with === undefined || request.text === '' ? undefined : request;
    },
    open: bar.open,
    close: bar.clear,
    start(request) {
      if (typeof request?.text === 'string') bar.request = request;
      status();
      if (bar.request.text.trim() !== '') look();
    },
    setState(state) {
      bar.setState(state);
      status();
    },
    found({ id: whose, revision, rows, done, total }) {
      if (whose !== id || !running) return;
      progress = total === 0 ? 1 : done / total;
      if (fresh && rows.length > 0) {
        fresh = false;
        view.clear();
        view.append(now(rows, revision));
        options.viewChanged('all');
      } else if (rows.length > 0) {
        view.append(now(rows, revision));
        options.viewChanged('more');
      }
      status();
    },
    rowsChanged(changes, revision) {
      if (running) since.push({ revision, changes });
      if (view.filtered) outdated = true;
      status();
    },
    annotated() {
      if (view.filtered && looked?.text.includes('annotation:')) outdated = true;
      status();
    },
    again: look,
  };
}
