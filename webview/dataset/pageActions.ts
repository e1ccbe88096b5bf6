/** What each key and button of the page does. */

import type { DatasetAction } from '../../src/protocol/datasetKeys.ts';
import type { RowCommand } from '../../src/protocol/datasetView.ts';
import { announce } from '../shared/announce.ts';
import { t } from '../shared/connect.ts';
import type { ViewState } from '../shared/viewState.ts';
import type { AnnotationView } from './annotationView.ts';
import type { Bars } from './bars.ts';
import type { Card } from './card.ts';
import type { Find } from './find.ts';
import type { Messages } from './messages.ts';
import type { PageMemory } from './pageMemory.ts';
import type { DatasetPeer, PageModel } from './pageModel.ts';
import type { RowChanges } from './rowChanges.ts';
import type { RowList } from './rowList.ts';
import type { RowReading } from './rowReading.ts';
import type { Selection } from './selection.ts';
import type { TokensView } from './tokensView.ts';

export interface PageActionsOptions {
  host: DatasetPeer;
  model: PageModel;
  messages: Messages;
  memory: ViewState<PageMemory>;
  rowList: RowList;
  selection: Selection;
  reading: RowReading;
  changes: RowChanges;
  card: Card;
  tokens: TokensView;
  annotation: AnnotationView;
  bars: Bars;
  find: Find;
  /** To the rows, or to the card where there is no list. */
  focusList(): void;
  /** What was typed last is sent. */
  flush(): Promise<void>;
  showKeys(): void;
}

export function createPageActions(options: PageActionsOptions): Readonly<Record<DatasetAction, () => void>> {
  const { host, model, messages, memory, rowList, selection, reading, changes, card, tokens, annotation, bars, find, flush } = options;
  const { run } = messages;
  /** The command waits for what was typed, and shows what it did. */
  const command = (name: RowCommand) => run(host.request('row/command', { command: name }));
  const from = () => Math.max(0, rowList.selected());

  function goTo(row: number | undefined, otherwise: string): void {
    if (row === undefined) return messages.tell(otherwise);
    selection.select(row, 'centre');
    card.focus();
  }
  async function toProblem(direction: 1 | -1): Promise<void> {
    await card.flush();
    const { row } = await host.request('rows/nextProblem', { from: from(), direction });
    goTo(row, t('No row has a problem.'));
  }
  async function toUnlabelled(): Promise<void> {
    await flush();
    const { row } = await host.request('rows/nextUnlabelled', { from: from() });
    goTo(row, t('Every row has a label.'));
  }

  return {
    nextRow: () => selection.step(1),
    previousRow: () => selection.step(-1),
    find: () => find.open(undefined),
    replace: () => find.open(true),
    goToRow: () => run(host.request('document/goToRow', null)),
    nextProblem: () => run(toProblem(1)),
    previousProblem: () => run(toProblem(-1)),
    switchPane: () => (rowList.list.element.contains(document.activeElement) ? card.focus() : options.focusList()),
    editText: () => card.edit(),
    undo: () => run(card.flush().then(() => host.request('document/undo', null))),
    duplicateRow: () => command('duplicateRow'),
    insertRow: () => command('insertRow'),
    deleteRow: () => command('deleteRow'),
    addTurn: () => changes.changeBy('addTurn'),
    deleteTurn: () => changes.changeBy('deleteTurn'),
    moveTurnUp: () => changes.changeBy('moveTurnUp'),
    moveTurnDown: () => changes.changeBy('moveTurnDown'),
    splitTurn: () => changes.changeBy('splitTurn'),
    changeRole: () => card.changeRole(),
    swapAnswers: () => changes.changeBy('swapAnswers'),
    copyAcross: () => changes.changeBy('copyAcross'),
    markGood: () => changes.mark('markGood'),
    markBad: () => changes.mark('markBad'),
    tie: () => changes.judge('tie'),
    skipRow: () => changes.judge('skip'),
    editLabels: () => annotation.edit('labels'),
    editNote: () => annotation.edit('note'),
    nextUnlabelled: () => run(toUnlabelled()),
    toggleBlind() {
      model.blind = !model.blind;
      memory.update({ blind: model.blind });
      rowList.setColumns();
      rowList.list.refresh();
      reading.show();
      announce(model.blind ? t('Blind: answers are A and B in a drawn order.') : t('Not blind: the chosen answer is A.'));
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
    showKeys: () => options.showKeys(),
  };
}
