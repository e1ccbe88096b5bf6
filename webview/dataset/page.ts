/** Brings list, card, bars and keys together, and keeps them true while rows change here and elsewhere. */

import type { Choice } from '../../src/dataset/annotations/annotation.ts';
import type { CheckFix } from '../../src/dataset/checks/check.ts';
import type { DatasetAction } from '../../src/protocol/datasetKeys.ts';
import type { DatasetHost, DatasetPage, DocumentState, FindRequest, GridLayout, RowChange, RowCommand, RowDetail, ViewCommand } from '../../src/protocol/datasetView.ts';
import type { Peer } from '../../src/protocol/rpc.ts';
import { announce } from '../shared/announce.ts';
import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import { createList } from '../shared/list.ts';
import { openViewState } from '../shared/viewState.ts';
import { createAnnotationView } from './annotationView.ts';
import { createBars } from './bars.ts';
import { blindDetail, blindItem } from './blind.ts';
import { createCard } from './card.ts';
import { createFind } from './find.ts';
import './find.css';
import { keyAction } from './keyAction.ts';
import { createKeysDialog } from './keysDialog.ts';
import { columnsFor } from './gridColumns.ts';
import { createGridHead } from './gridHead.ts';
import { drawListRow } from './listRow.ts';
import { nothingToDo } from './nothingToDo.ts';
import type { Nothing, PlannedChange, RowAction } from './rowActions.ts';
import { createRowCache } from './rowCache.ts';
import { createRowView } from './rowView.ts';
import { follow, moveShown, type ShownRow } from './shownRow.ts';
import { createTokensView } from './tokensView.ts';

export interface Page {
  readonly element: HTMLElement;
  start(): void;
  setState(state: DocumentState): void;
  rowsChanged(change: DatasetHost['events']['changed']): void;
  reloaded(state: DocumentState): Promise<void>;
  found(found: DatasetHost['events']['found']): void;
  reveal(row: number, focus: boolean): void;
  /** Sends what was typed last. */
  flush(): Promise<void>;
  annotated(): void;
  command(name: ViewCommand): void;
}

interface Memory {
  row: number;
  /** First visible row of the list, and how far it is scrolled out. */
  top: { index: number; offsetPx: number };
  json: boolean;
  tokens: boolean;
  blind?: boolean;
  find?: FindRequest;
}

const ROW_PX = 26;
const LOADING_AFTER_MS = 200;

export function createPage(host: Peer<DatasetPage, DatasetHost>, first: DocumentState, layout: GridLayout | undefined): Page {
  const memory = openViewState<Memory>(1, { row: 0, top: { index: 0, offsetPx: 0 }, json: false, tokens: false }, ({ row, top, json }) => Number.isInteger(row) && typeof (top as { index?: unknown } | undefined)?.index === 'number' && typeof json === 'boolean');
  let state = first;
  let revision = first.revision;
  let rows = first.rows;
  let detail: RowDetail | undefined;
  let shown: ShownRow | undefined;
  let reading = 0;
  let newest = Promise.resolve();
  /** The rows that the list shows; places in it are not their numbers while some were found. */
  const view = createRowView(first.rows);

  const fail = (error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    bars.say(text);
    announce(text);
  };
  const run = (task: Promise<unknown>) => void task.catch(fail);

  const cache = createRowCache({
    revision: () => revision,
    read(from, count, signal) {
      if (!view.filtered) return host.request('rows/read', { from, count }, signal);
      return host.request('rows/pick', { rows: view.slice(from, count), replace: find.replacing }, signal);
    },
    onRows(from, count) {
      if (from === 0) setColumns();
      list.refresh(from, count);
    },
  });
  const list = createList({
    label: t('Rows'),
    rowPx: ROW_PX,
    render: (element, index) => drawListRow(element, view.rowAt(index), shownItem(index), head.columns),
    onWindow: (from, count) => {
      cache.want(from, count);
      memory.update({ top: list.anchor() });
    },
    onSelect: (index) => select(view.rowAt(index), 'no'),
    onOpen: () => card.edit(),
  });
  const head = createGridHead(list.element, layout, { changed: () => list.refresh(), remember: (next) => run(host.request('layout/write', { layout: next })) });
  /** The first row says which keys there are beside those of the format. */
  function setColumns(): void {
    const { fields = [], id = '' } = state.format ?? {};
    const open = blind ? fields.filter(({ side }) => side === undefined) : fields;
    const keys = Object.keys(cache.get(0)?.cells ?? {}).filter((key) => !blind || !fields.some((field) => field.side && field.key === key));
    const { main, columns } = columnsFor(open.map((field) => ({ ...field, label: t(field.label) })), keys);
    const figure = fields.some(({ side }) => side) ? (blind ? '' : 'Δ') : cache.get(0)?.turns !== undefined ? t('turns') : '';
    head.setColumns(id, main || t('Row'), columns, figure);
  }
  const tokens = createTokensView(
    {
      read: (at, signal) => host.request('row/tokens', at, signal),
      choose: async () => (await host.request('tokens/choose', null)).chosen,
      counted: (counts) => card.showTokens(counts),
    },
    memory.value.tokens === true,
  );
  let blind = memory.value.blind === true;
  const isPair = () => state.format?.fields.some(({ side }) => side) ?? false;
  const shownItem = (index: number) => {
    const item = cache.get(index);
    return item && blind && isPair() ? blindItem(item) : item;
  };
  const annotation = createAnnotationView({
    act: (action) => act(action),
    async say({ row, revision: at, gone }, said) {
      if (!gone) await host.request('row/annotate', { row, revision: at, said }).then(({ verdict }) => tellNobody(verdict), fail);
    },
  });
  const card = createCard(
    {
      setText: ({ row, revision: at }, path, text, form, stroke) => edit(host.request('row/setText', { row, revision: at, path, text, form, stroke })),
      setLine: ({ row, revision: at }, text, stroke) => edit(host.request('row/setLine', { row, revision: at, text, stroke })),
      change: (planned) => change(() => planned),
      act: (action) => act(action),
      fix: (fix) => run(applyFix(fix).then(() => card.focus())),
      sealed: () => host.emit('sealed', null),
      openText: () => run(host.request('document/openText', { row: selected() })),
    },
    memory.value.json,
    h('div', { class: 'below' }, annotation.element, tokens.element),
  );
  const keys = createKeysDialog(() => run(host.request('keys/change', null)));
  const bars = createBars({ act, notice: (action) => run(host.request('notice/act', { action })) }, annotation);
  const find = createFind({
    host,
    view,
    rows: () => rows,
    revision: () => revision,
    selected: () => selected(),
    viewChanged,
    leave: focusList,
    flush: () => card.flush(),
    remember: (request) => memory.update({ find: request }),
    fail,
  });
  const element = h(
    'div',
    { class: 'pt' },
    bars.top,
    bars.notices,
    find.element,
    h('div', { class: 'split' }, h('aside', { class: 'list', 'aria-label': t('Rows') }, find.listHead, head.element, list.element), head.splitter, h('main', { class: 'card', 'aria-label': t('Row') }, bars.cardHead, card.element, bars.actions)),
  );

  async function edit(sent: Promise<unknown>): Promise<void> {
    try {
      await sent;
    } catch (error) {
      fail(error);
      void readRow(); // the field shows again what the document holds
      throw error;
    }
  }

  async function applyFix(fix: CheckFix): Promise<void> {
    if (!detail) return;
    const { row, revision: offered } = detail;
    await card.flush();
    await host.request('row/fix', { row, revision: offered, edits: fix.edits });
    announce(fix.title);
  }

  /** One after the other: each is planned on the row as the one before it left it. */
  let changing: Promise<unknown> = Promise.resolve();
  function change(plan: () => PlannedChange | Nothing): void {
    const made = changing.then(async () => {
      await card.flush();
      await readRow();
      const planned = plan();
      if (typeof planned === 'string') return tell(nothingToDo(planned));
      if (!detail) return;
      const { revision: changed } = await host.request('row/change', { row: detail.row, revision: detail.revision, op: planned.op });
      card.focusAt(changed, planned.focus);
      await readRow();
    });
    changing = made.catch(() => undefined);
    run(made);
  }
  const changeBy = (action: RowAction) => change(() => card.plan(action));
  const tell = (text: string) => {
    announce(text);
    bars.say(text, 'info');
  };

  /** The command waits for what was typed, and shows what it did. */
  const command = (name: RowCommand) => run(host.request('row/command', { command: name }));

  /** The selected row under the number that it has now; for commands. */
  const tellSelected = () => host.emit('selected', selected() < 0 ? null : { row: selected(), revision });

  /** Its number; -1 where there is none. */
  function selected(): number {
    return view.rowAt(list.selected);
  }

  // the selected row

  /** A row that is not in view is put there. */
  function select(wanted: number, reveal: 'near' | 'centre' | 'no'): void {
    if (rows === 0) return showNothing();
    const row = Math.min(rows - 1, Math.max(0, wanted));
    void card.flush();
    const { count } = view;
    const index = view.include(row);
    if (view.count !== count) viewGrew();
    if (list.selected !== index || reveal !== 'no') list.select(index, reveal);
    memory.update({ row });
    tellSelected();
    card.element.scrollTop = 0;
    run(readRow());
  }

  function viewGrew(): void {
    cache.clear();
    list.setCount(view.count);
    list.refresh();
  }

  /** Rows were found, or all are in view again. The selected row stays where it is one of them. */
  function viewChanged(how: 'all' | 'order' | 'more' | 'same'): void {
    if (how === 'same') return cache.clear();
    if (how === 'more') {
      const before = list.count;
      list.setCount(view.count);
      cache.changed([{ at: before, removed: view.count - before, inserted: view.count - before }]);
      if (detail && list.selected >= 0) return;
    }
    const row = shown && !shown.gone && how !== 'order' ? shown.row : -1;
    viewGrew();
    const index = view.indexOf(row);
    if (index >= 0) {
      list.select(index, 'centre');
      tellSelected();
    } else if (view.count > 0) select(view.rowAt(0), 'near');
    else if (view.filtered) showNothing();
  }

  /** Done when the row is shown, by a later reading too. */
  function readRow(): Promise<void> {
    newest = read();
    return newest;
  }

  async function read(): Promise<void> {
    const row = selected();
    if (row < 0) return;
    const turn = ++reading;
    const slow = setTimeout(() => element.classList.add('loading-row'), LOADING_AFTER_MS);
    try {
      const answer = await host.request('row/read', { row });
      if (turn !== reading) return await newest;
      if (!answer) return;
      detail = answer;
      if (!shown || shown.gone || shown.row !== row) shown = { row, revision: answer.revision, gone: false };
      showRow();
      tokens.show(shown, state.format?.fields.some(({ side }) => side) ?? false);
    } finally {
      clearTimeout(slow);
      if (turn === reading) element.classList.remove('loading-row');
    }
  }

  function showRow(): void {
    if (!shown || !detail) return;
    const fields = state.format?.fields ?? [];
    const first = blind ? detail.annotation?.first : undefined;
    const seen = first === undefined ? detail : blindDetail(detail, fields.flatMap(({ side, key, label }) => (side ? [key, label.toLowerCase()] : [])));
    bars.setRow(seen, rows);
    annotation.show(shown, detail.annotation, detail.annotation?.first !== undefined ? 'pair' : fields.some(({ type }) => type === 'flag') ? 'flag' : 'row', blind);
    card.show(shown, seen, fields, state.readOnly !== undefined, first);
    tokens.element.classList.toggle('is-blind', first !== undefined);
  }

  function showNothing(): void {
    detail = undefined;
    shown = undefined;
    tokens.show(undefined, false);
    annotation.show(undefined, undefined, 'row', blind);
    list.select(-1, 'no');
    tellSelected();
    bars.setRow(undefined, rows);
    if (view.filtered && rows > 0) return card.clear(t('No row fits.'), h('button', { class: 'btn', onclick: () => find.close() }, t('Show all rows')));
    const add = h('button', { class: 'btn primary', onclick: () => command('insertRow') }, t('Add Row'));
    card.clear(state.indexing ? t('Reading the file…') : t('No rows yet.'), ...(state.readOnly === undefined && !state.indexing ? [add] : []));
  }

  // changes from the extension

  function setRows(count: number): void {
    const before = rows;
    rows = count;
    view.follow([], count);
    list.setCount(view.count);
    if (count === 0) showNothing();
    else if (view.filtered) return;
    else if (before === 0 || list.selected < 0) select(memory.value.row, 'centre');
    else if (list.selected >= count) select(count - 1, 'near');
  }

  function setState(next: DocumentState): void {
    find.setState(next);
    const redraw = next.format?.id !== state.format?.id || next.readOnly !== state.readOnly;
    state = next;
    bars.setState(next, rows);
    annotation.setProgress(next.annotations);
    if (next.revision === revision && next.rows !== rows) {
      setRows(next.rows); // lines are still being counted
      cache.want(list.anchor().index, 100);
    }
    if (redraw) {
      cache.clear();
      setColumns();
      run(readRow());
    }
  }

  function rowsChanged({ revision: now, rows: count, changes, stroke }: DatasetHost['events']['changed']): void {
    revision = now;
    if (shown) moveShown(shown, changes, now);
    const [row, index] = [selected(), list.selected];
    view.follow(changes, count);
    // by places in the list, where they can be told; a list of all rows has the rows' own
    const moved = count !== rows || changes.some(({ removed, inserted }) => removed !== inserted);
    if (!view.filtered) cache.changed(changes);
    else if (moved) cache.clear();
    else cache.changed(changes.flatMap(({ at, removed }) => placesOf(at, removed)));
    const after = follow(changes, row);
    rows = count;
    find.rowsChanged(changes, now);
    if (moved) {
      list.setCount(view.count);
      bars.setState(state, rows);
      if (view.count === 0) return showNothing();
      list.refresh();
    }
    // an undone or repeated edit of another row brings that row into view; another page's typing does not
    const elsewhere = stroke === undefined && changes.length === 1 && !changes.some(({ at, removed, inserted }) => row >= at && row < at + Math.max(1, removed, inserted));
    if (elsewhere && document.hasFocus()) return select(changes[0]!.at, 'centre');
    const gone = row >= 0 && view.indexOf(after.row) < 0;
    if (gone) after.row = view.rowAt(Math.min(index, view.count - 1)); // the row in its place may be one that was not found
    if (after.row !== row || gone) list.select(view.indexOf(Math.min(after.row, rows - 1)), 'no');
    tellSelected();
    if (after.row !== row || after.touched) run(readRow());
    if (detail && after.row !== row) bars.setRow({ ...detail, row: after.row }, rows);
  }

  async function reloaded(next: DocumentState): Promise<void> {
    const before = detail;
    const was = selected();
    revision = next.revision;
    state = next;
    cache.clear();
    rows = next.rows;
    view.showAll(rows);
    list.setCount(rows);
    bars.setState(next, rows);
    find.again();
    if (rows === 0) return showNothing();
    // the row that was selected may have moved: look for its line nearby
    const found = before && (await host.request('rows/find', { near: was, text: before.text }).catch(() => undefined));
    list.refresh();
    if (shown) Object.assign(shown, found?.row === undefined ? { gone: true } : { row: found.row, revision: next.revision, gone: false });
    select(found?.row ?? Math.max(0, was), 'near');
  }

  // keys and buttons

  const actions: Record<DatasetAction, () => void> = {
    nextRow: () => step(1),
    previousRow: () => step(-1),
    find: () => find.open(undefined),
    replace: () => find.open(true),
    goToRow: () => run(host.request('document/goToRow', null)),
    nextProblem: () => run(toProblem(1)),
    previousProblem: () => run(toProblem(-1)),
    switchPane: () => (list.element.contains(document.activeElement) ? card.focus() : focusList()),
    editText: () => card.edit(),
    undo: () => run(card.flush().then(() => host.request('document/undo', null))),
    duplicateRow: () => command('duplicateRow'),
    insertRow: () => command('insertRow'),
    deleteRow: () => command('deleteRow'),
    addTurn: () => changeBy('addTurn'),
    deleteTurn: () => changeBy('deleteTurn'),
    moveTurnUp: () => changeBy('moveTurnUp'),
    moveTurnDown: () => changeBy('moveTurnDown'),
    splitTurn: () => changeBy('splitTurn'),
    changeRole: () => card.changeRole(),
    swapAnswers: () => changeBy('swapAnswers'),
    copyAcross: () => changeBy('copyAcross'),
    markGood: () => mark('markGood'),
    markBad: () => mark('markBad'),
    tie: () => judge('tie'),
    skipRow: () => judge('skip'),
    editLabels: () => annotation.edit('labels'),
    editNote: () => annotation.edit('note'),
    nextUnlabelled: () => run(toUnlabelled()),
    toggleBlind() {
      blind = !blind;
      memory.update({ blind });
      setColumns();
      list.refresh();
      showRow();
      announce(blind ? t('Blind: answers are A and B in a drawn order.') : t('Not blind: the chosen answer is A.'));
    },
    toggleJson() {
      card.toggleJson();
      memory.update({ json: card.json });
      bars.setShown('toggleJson', card.json);
    },
    toggleTokens() {
      tokens.toggle();
      memory.update({ tokens: tokens.shown });
      bars.setShown('toggleTokens', tokens.shown);
    },
    showKeys: () => keys.toggle(),
  };
  function act(action: DatasetAction): void {
    actions[action]();
  }

  /** The two answers of a pair, the mark of a format that has one, else the row as a whole. */
  function mark(action: 'markGood' | 'markBad'): void {
    const isGood = action === 'markGood';
    if (detail?.annotation?.first !== undefined) return judge(isGood ? 'a' : 'b');
    const planned = card.plan(action);
    if (planned === 'no-flag' || planned === 'no-turns') judge(isGood ? 'good' : 'bad');
    else changeBy(action);
  }

  /** Of what is on the card at this moment, so that a choice never goes to a row that nobody has seen. */
  function judge(choice: Choice): void {
    const judged = changing.then(async () => {
      await flush();
      await readRow();
      if (!detail) return;
      const { row, revision: at, annotation: known } = detail;
      if (known?.first === undefined && choice === 'tie') return tell(nothingToDo('no-sides'));
      const first = known?.first && (blind ? known.first : 'chosen');
      const { verdict } = await host.request('row/annotate', { row, revision: at, said: { choice, ...(first ? { first } : {}) } });
      await readRow();
      if (!tellNobody(verdict)) announce(verdict === undefined ? t('Taken back: row {0} has no label.', row + 1) : { a: t('A chosen'), b: t('B chosen'), tie: t('A tie'), good: t('Good'), bad: t('Bad'), skip: t('Skipped') }[choice]);
    });
    changing = judged.catch(() => undefined);
    run(judged);
  }

  function tellNobody(verdict: string | undefined): boolean {
    if (verdict !== 'nobody') return false;
    tell(t('Without a name nothing was written.'));
    return true;
  }

  async function toUnlabelled(): Promise<void> {
    await flush();
    const { row } = await host.request('rows/nextUnlabelled', { from: Math.max(0, selected()) });
    if (row === undefined) return tell(t('Every row has a label.'));
    select(row, 'centre');
    card.focus();
  }

  /** What was typed last reaches the extension. */
  async function flush(): Promise<void> {
    await Promise.all([card.flush(), annotation.flush()]);
  }

  function step(by: 1 | -1): void {
    const row = view.rowAt(list.selected + by);
    if (row >= 0) select(row, 'near');
  }

  function placesOf(row: number, count: number): RowChange[] {
    return Array.from({ length: count }, (_, i) => view.indexOf(row + i)).flatMap((at) => (at < 0 ? [] : [{ at, removed: 1, inserted: 1 }]));
  }

  /** In a narrow editor there is no list. */
  function focusList(): void {
    if (list.element.offsetParent) list.focus();
    else card.focus();
  }

  async function toProblem(direction: 1 | -1): Promise<void> {
    await card.flush();
    const { row } = await host.request('rows/nextProblem', { from: Math.max(0, selected()), direction });
    if (row === undefined) return tell(t('No row has a problem.'));
    select(row, 'centre');
    card.focus();
  }

  document.addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    const inField = target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
    if (inField && event.altKey && event.shiftKey) event.stopPropagation(); // there these select text
    const onUnit = target.classList.contains('unit');
    const action = event.defaultPrevented ? undefined : keyAction(event, { inField, inList: list.element.contains(target), onUnit, onCard: onUnit || target === card.element });
    if (!action) return;
    event.preventDefault();
    event.stopPropagation(); // VS Code has keys of its own for some of these
    if (action === 'moveDown' || action === 'moveUp') card.move(action === 'moveDown' ? 1 : -1);
    else act(action);
  });
  // a page that is about to be hidden sends what was typed last
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') void flush();
  });

  return {
    element,
    start() {
      bars.setState(state, rows);
      annotation.setProgress(state.annotations);
      bars.setShown('toggleJson', card.json);
      bars.setShown('toggleTokens', tokens.shown);
      list.setCount(rows);
      find.setState(state);
      find.start(memory.value.find);
      if (rows === 0) return showNothing();
      const { row, top } = memory.value;
      requestAnimationFrame(() => {
        list.scrollTo(top.index, top.offsetPx);
        select(row, 'near');
        if (document.hasFocus() && document.activeElement === document.body) focusList();
      });
    },
    setState,
    rowsChanged,
    reloaded,
    found: find.found,
    reveal(row, focus) {
      select(row, 'centre');
      if (focus) card.focus();
    },
    flush,
    annotated() {
      cache.clear();
      run(readRow());
    },
    command: act,
  };
}
