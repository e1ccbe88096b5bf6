/** What is done to the row on the card: what is typed, changes by key or button, and what the annotator says, each on the row as the one before it left it. */

import type { Choice } from '../../src/dataset/annotations/annotation.ts';
import type { CheckFix } from '../../src/dataset/checks/check.ts';
import type { DraftPlace } from '../../src/dataset/drafts.ts';
import type { RowDetail, Said } from '../../src/protocol/datasetView.ts';
import { announce } from '../shared/announce.ts';
import { t } from '../shared/connect.ts';
import type { Card } from './card.ts';
import type { Messages } from './messages.ts';
import { nothingToDo } from './nothingToDo.ts';
import type { DatasetPeer, PageModel } from './pageModel.ts';
import type { Nothing, PlannedChange, RowAction } from './rowActions.ts';
import type { RowReading } from './rowReading.ts';
import type { ShownRow } from './shownRow.ts';

export interface RowChanges {
  /** What was typed is on its way. */
  typed(sent: Promise<unknown>): Promise<void>;
  fix(fix: CheckFix): void;
  change(plan: () => PlannedChange | Nothing): void;
  changeBy(action: RowAction): void;
  /** The two answers of a pair, the mark of a format that has one, else the row as a whole. */
  mark(action: 'markGood' | 'markBad'): void;
  judge(choice: Choice): void;
  /** Labels and note. */
  say(row: ShownRow, said: Said): Promise<void>;
  /** What is half-typed. */
  keepDraft(row: ShownRow, place: DraftPlace, text: string | undefined): Promise<void>;
}

export interface RowChangesOptions {
  host: DatasetPeer;
  model: PageModel;
  messages: Messages;
  card: Card;
  reading: RowReading;
  /** The number of the selected row. */
  selected(): number;
  /** What was typed last is sent. */
  flush(): Promise<void>;
}

export function createRowChanges({ host, model, messages, card, reading, selected, flush }: RowChangesOptions): RowChanges {
  let last: Promise<unknown> = Promise.resolve();
  /** For the row that is selected at this moment, whatever is selected by the time that it is done. */
  const afterLast = (task: (at: ShownRow) => Promise<void>) => {
    const at: ShownRow = { row: selected(), revision: model.revision, gone: false };
    if (at.row < 0) return;
    model.asked.push(at);
    const done = last.then(() => task(at)).finally(() => model.asked.splice(model.asked.indexOf(at), 1));
    last = done.catch(() => undefined);
    messages.run(done);
  };
  const isOnCard = (at: ShownRow) => model.shown !== undefined && !model.shown.gone && model.shown.row === at.row;
  /** The row as it is now, on the card where it is still selected. */
  const readAgain = async (at: ShownRow): Promise<RowDetail | undefined> => {
    if (at.gone) return undefined;
    if (selected() === at.row) await reading.read();
    return isOnCard(at) ? model.detail : host.request('row/read', { row: at.row });
  };

  function change(plan: () => PlannedChange | Nothing): void {
    // what is planned on a row that is left before its turn comes holds for that row as it was seen
    const seen = model.shown?.row === selected() && model.detail ? { planned: plan(), row: model.detail.row, revision: model.detail.revision } : undefined;
    afterLast(async (at) => {
      await card.flush();
      const now = await readAgain(at);
      const here = isOnCard(at);
      const planned = here ? plan() : seen?.planned;
      if (typeof planned === 'string') return messages.tell(nothingToDo(planned));
      const place = here ? now : seen;
      if (!planned || !place) return;
      const { revision: changed } = await host.request('row/change', { row: place.row, revision: place.revision, op: planned.op });
      if (here) card.focusAt(changed, planned.focus);
      await reading.read();
    });
  }
  const changeBy = (action: RowAction) => change(() => card.plan(action));

  async function applyFix({ edits, title }: CheckFix): Promise<void> {
    if (!model.detail) return;
    const { row, revision } = model.detail;
    await card.flush();
    await host.request('row/fix', { row, revision, edits });
    announce(title);
    card.focus();
  }

  function judge(choice: Choice): void {
    const { blind } = model;
    afterLast(async (at) => {
      await flush();
      const now = await readAgain(at);
      if (!now) return;
      const { row, revision, annotation: known } = now;
      if (known?.first === undefined && choice === 'tie') return messages.tell(nothingToDo('no-sides'));
      const first = known?.first && (blind ? known.first : 'chosen');
      const { verdict } = await host.request('row/annotate', { row, revision, said: { choice, ...(first ? { first } : {}) } });
      await reading.read();
      if (!tellNobody(verdict)) announce(verdict === undefined ? t('Taken back: row {0} has no label.', row + 1) : { a: t('A chosen'), b: t('B chosen'), tie: t('A tie'), good: t('Good'), bad: t('Bad'), skip: t('Skipped') }[choice]);
    });
  }

  function tellNobody(verdict: string | undefined): boolean {
    if (verdict !== 'nobody') return false;
    messages.tell(t('Without a name nothing was written.'));
    return true;
  }

  return {
    async typed(sent) {
      try {
        await sent;
      } catch (error) {
        messages.fail(error);
        void reading.read(); // the field shows again what the document holds
        throw error;
      }
    },
    fix: (fix) => messages.run(applyFix(fix)),
    change,
    changeBy,
    mark(action) {
      const isGood = action === 'markGood';
      if (model.detail?.annotation?.first !== undefined) return judge(isGood ? 'a' : 'b');
      const planned = card.plan(action);
      if (planned === 'no-flag' || planned === 'no-turns') judge(isGood ? 'good' : 'bad');
      else changeBy(action);
    },
    judge,
    async say({ row, revision, gone }, said) {
      if (!gone) await host.request('row/annotate', { row, revision, said }).then(({ verdict }) => tellNobody(verdict), messages.fail);
    },
    async keepDraft({ row, revision, gone }, place, text) {
      if (!gone) await host.request('row/draft', { row, revision, place, text }).catch(messages.fail);
    },
  };
}
