/** Puts list, card, bars, search and keys together, each of which looks after itself. */

import type { DatasetAction } from '../../src/protocol/datasetKeys.ts';
import type { DatasetHost, DocumentState, GridLayout, ViewCommand } from '../../src/protocol/datasetView.ts';
import { announce } from '../shared/announce.ts';
import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import { createAnnotationView } from './annotationView.ts';
import { createBars } from './bars.ts';
import { createCard } from './card.ts';
import { createFind } from './find.ts';
import './find.css';
import { followDocument, type DocumentFollower } from './followDocument.ts';
import { keyAction } from './keyAction.ts';
import { createKeysDialog } from './keysDialog.ts';
import { createMessages } from './messages.ts';
import { createPageActions } from './pageActions.ts';
import { openPageMemory } from './pageMemory.ts';
import { createPageModel, type DatasetPeer } from './pageModel.ts';
import { createRowChanges } from './rowChanges.ts';
import { createRowList } from './rowList.ts';
import { createRowReading } from './rowReading.ts';
import { createSelection } from './selection.ts';
import { createTokensView } from './tokensView.ts';

export interface Page extends DocumentFollower {
  readonly element: HTMLElement;
  start(): void;
  found(found: DatasetHost['events']['found']): void;
  reveal(row: number, focus: boolean): void;
  /** Sends what was typed last. */
  flush(): Promise<void>;
  annotated(): void;
  command(name: ViewCommand): void;
}

export function createPage(host: DatasetPeer, first: DocumentState, layout: GridLayout | undefined): Page {
  const memory = openPageMemory();
  const model = createPageModel(first, memory.value.blind === true);
  const act = (action: DatasetAction) => actions[action]();

  const annotation = createAnnotationView({ act, say: (row, said) => changes.say(row, said), keepDraft: (row, what, text) => changes.keepDraft(row, what, text) });
  const bars = createBars({ act, notice: (action) => messages.run(host.request('notice/act', { action })) }, annotation);
  const messages = createMessages(bars.say, announce);
  const tokens = createTokensView(
    {
      read: (at, signal) => host.request('row/tokens', at, signal),
      async choose() {
        const { chosen } = await host.request('tokens/choose', null);
        if (chosen) card.countAgain();
        return chosen;
      },
      counted: (counts) => card.showTokens(counts),
    },
    memory.value.tokens === true,
  );
  const card = createCard(
    {
      setText: ({ row, revision }, path, text, form, stroke) => changes.typed(host.request('row/setText', { row, revision, path, text, form, stroke })),
      keepDraft: (row, path, text) => changes.keepDraft(row, path, text),
      setLine: ({ row, revision }, text, stroke) => changes.typed(host.request('row/setLine', { row, revision, text, stroke })),
      change: (planned) => changes.change(() => planned),
      act,
      fix: (fix) => changes.fix(fix),
      sealed: () => host.emit('sealed', null),
      openText: () => messages.run(host.request('document/openText', { row: rowList.selected() })),
      countTokens: async (texts, signal) => (await host.request('tokens/count', { texts }, signal))?.counts,
    },
    memory.value.json,
    h('div', { class: 'below' }, annotation.element, tokens.element),
  );
  const flush = async () => void (await Promise.all([card.flush(), annotation.flush()]));
  const rowList = createRowList({
    host,
    model,
    messages,
    layout,
    replacing: () => find.replacing,
    select: (row) => selection.select(row, 'no'),
    open: () => card.edit(),
    scrolled: (top) => memory.update({ top }),
  });
  const focusList = () => {
    if (!rowList.focus()) card.focus();
  };
  const find = createFind({
    host,
    view: model.view,
    rows: () => model.rows,
    revision: () => model.revision,
    selected: () => rowList.selected(),
    viewChanged: (how) => selection.viewChanged(how),
    leave: focusList,
    flush: () => card.flush(),
    remember: (request) => memory.update({ find: request }),
    fail: messages.fail,
  });
  const reading = createRowReading({ host, model, selected: () => rowList.selected(), bars, card, tokens, annotation, showAllRows: () => find.close(), addRow: () => act('insertRow') });
  const selection = createSelection({ host, model, messages, rowList, card, reading, selected: (row) => memory.update({ row }) });
  const changes = createRowChanges({ host, model, messages, card, reading, selected: () => rowList.selected(), flush });
  const keys = createKeysDialog(() => messages.run(host.request('keys/change', null)));
  const actions = createPageActions({ host, model, messages, memory, rowList, selection, reading, changes, card, tokens, annotation, bars, find, focusList, flush, showKeys: () => keys.toggle() });
  const follower = followDocument({ host, model, messages, rowList, selection, reading, bars, annotation, find, remembered: () => memory.value.row });

  const { list, head } = rowList;
  const element = h(
    'div',
    { class: 'pt' },
    bars.top,
    bars.notices,
    find.element,
    h('div', { class: 'split' }, h('aside', { class: 'list', 'aria-label': t('Rows') }, find.listHead, head.element, list.element), head.splitter, h('main', { class: 'card', 'aria-label': t('Row') }, bars.cardHead, card.element, bars.actions)),
  );

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
    ...follower,
    element,
    start() {
      bars.setState(model.document, model.rows);
      annotation.setProgress(model.document.annotations);
      bars.setShown('toggleJson', card.json);
      bars.setShown('toggleTokens', tokens.shown);
      list.setCount(model.rows);
      find.setState(model.document);
      find.start(memory.value.find);
      if (model.rows === 0) return selection.clear();
      const { row, top } = memory.value;
      requestAnimationFrame(() => {
        list.scrollTo(top.index, top.offsetPx);
        selection.select(row, 'near');
        if (document.hasFocus() && document.activeElement === document.body) focusList();
      });
    },
    found: find.found,
    reveal(row, focus) {
      selection.select(row, 'centre');
      if (focus) card.focus();
    },
    flush,
    annotated() {
      find.annotated();
      rowList.cache.clear();
      messages.run(reading.read());
    },
    command: act,
  };
}
