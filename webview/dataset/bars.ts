/** The bars around list and card: what file this is, what happened to it, which row this is, and the actions with their keys. */

import { datasetKeys, type DatasetAction } from '../../src/protocol/datasetKeys.ts';
import type { DocumentState, NoticeAction, RowDetail } from '../../src/protocol/datasetView.ts';
import { t } from '../shared/connect.ts';
import { h, setAttributes, setText } from '../shared/dom.ts';
import { icon, type IconName } from '../shared/icons.ts';
import { keyNames } from './keyNames.ts';
import { formatBytes, formatCount } from './numbers.ts';
import { severityIcon } from './problemList.ts';

export interface BarHandlers {
  act(action: DatasetAction): void;
  notice(action: NoticeAction): void;
}

export interface Bars {
  readonly top: HTMLElement;
  readonly notices: HTMLElement;
  readonly cardHead: HTMLElement;
  readonly actions: HTMLElement;
  setState(state: DocumentState, rows: number): void;
  setRow(detail: RowDetail | undefined, rows: number): void;
  setShown(what: 'toggleJson' | 'toggleTokens', shown: boolean): void;
  /** A sentence in the notices bar, until it is closed or the next one comes. */
  say(text: string, severity?: 'info' | 'error'): void;
}

/** `annotation`: what has a place in them and looks after itself. */
export function createBars(handlers: BarHandlers, annotation: { progress: HTMLElement; blindButton: HTMLElement; choices: HTMLElement }): Bars {
  const button = (action: DatasetAction, label: string, options: { look?: string; icon?: IconName; class?: string } = {}) =>
    h(
      'button',
      { class: `btn ${options.look ?? 'ghost'} ${options.class ?? ''}`, onclick: () => handlers.act(action) },
      options.icon && icon(options.icon),
      h('span', { class: 'lbl' }, label),
      ...(datasetKeys[action].within ? [] : keyNames(action).slice(0, 1)).map((key) => h('kbd', { 'aria-hidden': 'true' }, key)),
    );
  const iconButton = (action: DatasetAction, label: string, name: IconName) => h('button', { class: 'icon-btn', 'aria-label': label, title: label, onclick: () => handlers.act(action) }, icon(name));

  const format = h('span', { class: 'format' });
  const count = h('span', { class: 'mut num' });
  const progress = h('span', { class: 'progress', role: 'progressbar', 'aria-label': t('Counting rows') }, h('i'));
  const problems = h('button', { class: 'btn ghost problems', onclick: () => handlers.act('nextProblem') });
  const readOnly = h('span', { class: 'tag' });
  const top = h('header', { class: 'bar' }, format, count, progress, readOnly, h('span', { class: 'grow' }), annotation.progress, problems, iconButton('showKeys', t('Keys (?)'), 'keyboard'));

  const notice = h('div', { class: 'bar-message', hidden: true });
  const message = h('div', { class: 'bar-message', hidden: true, role: 'alert' });
  const notices = h('div', { class: 'notices' }, notice, message);

  const title = h('h1', { class: 't' });
  const picker = h('button', { class: 'btn rowpick', onclick: () => handlers.act('goToRow') });
  const facts = h('span', { class: 'mut facts' });
  const rowProblems = h('span', { class: 'row-problems' });
  const json = button('toggleJson', 'JSON', { icon: 'json' });
  const tokens = button('toggleTokens', t('Tokens'), { icon: 'tokens' });
  const cardHead = h('div', { class: 'card-h' }, picker, title, facts, rowProblems, h('span', { class: 'grow' }), annotation.blindButton, tokens, json, iconButton('previousRow', t('Previous row (P)'), 'up'), iconButton('nextRow', t('Next row (N)'), 'down'));

  const editing = [
    button('editText', t('Edit'), { look: 'primary' }),
    button('duplicateRow', t('Duplicate'), { icon: 'copy' }),
    button('insertRow', t('Insert'), { icon: 'plus' }),
    button('deleteRow', t('Delete'), { icon: 'trash', class: 'opt' }),
    button('undo', t('Undo'), { icon: 'undo' }),
  ];
  const actions = h('footer', { class: 'acts' }, annotation.choices, ...editing, h('span', { class: 'grow' }), button('previousRow', t('Back'), { class: 'opt' }), button('nextRow', t('Next'), { look: '' }));

  let noticeText = '';
  const setNotice = (state: DocumentState) => {
    const next = state.notice;
    const text = JSON.stringify(next ?? '');
    if (text === noticeText) return;
    noticeText = text;
    notice.hidden = !next;
    if (!next) return;
    setAttributes(notice, { class: `bar-message is-${next.severity}`, role: next.severity === 'error' ? 'alert' : 'status' });
    notice.replaceChildren(
      severityIcon(next.severity),
      h('span', { class: 'grow' }, next.text),
      ...next.actions.map(({ id, label, primary }) => h('button', { class: `btn ${primary ? 'primary' : ''}`, onclick: () => handlers.notice(id) }, label)),
    );
  };

  return {
    top,
    notices,
    cardHead,
    actions,
    setState(state, rows) {
      setText(format, state.format ? t(state.format.label) : state.indexing ? '' : t('Unknown format'));
      setText(count, rows === 1 ? t('1 row') : t('{0} rows', formatCount(rows)));
      progress.hidden = !state.indexing;
      if (state.indexing) {
        const percent = Math.floor((100 * state.indexing.done) / Math.max(1, state.indexing.total));
        (progress.firstElementChild as HTMLElement).style.width = `${percent}%`;
        setAttributes(progress, { 'aria-valuenow': percent, title: t('Counting rows: {0} %', percent) });
      }
      readOnly.hidden = state.readOnly === undefined;
      setText(readOnly, t('Read-only'));
      readOnly.title = state.readOnly ?? '';
      for (const element of editing) element.hidden = state.readOnly !== undefined;
      setProblems(problems, state.problems);
      setNotice(state);
    },
    setRow(detail, rows) {
      cardHead.classList.toggle('is-empty', !detail);
      actions.hidden = !detail;
      if (!detail) return;
      setText(title, t('Row {0}', formatCount(detail.row + 1)));
      picker.replaceChildren(h('span', { class: 'sr' }, t('Go to row: ')), h('b', {}, formatCount(detail.row + 1)), h('span', { class: 'mut' }, ` / ${formatCount(rows)}`), icon('down', 'small'));
      setText(facts, formatBytes(detail.sizeBytes));
      const worst = (['error', 'warning', 'info', 'hint'] as const).find((severity) => detail.problems.some((problem) => problem.severity === severity));
      rowProblems.hidden = !worst;
      if (worst) rowProblems.replaceChildren(severityIcon(worst), detail.problems.length === 1 ? t('One problem') : t('{0} problems', detail.problems.length));
    },
    setShown: (what, shown) => ({ toggleJson: json, toggleTokens: tokens })[what].setAttribute('aria-pressed', String(shown)),
    say(text, severity = 'error') {
      const close = h('button', { class: 'icon-btn', 'aria-label': t('Dismiss'), title: t('Dismiss'), onclick: () => (message.hidden = true) }, icon('close'));
      message.className = `bar-message is-${severity}`;
      message.replaceChildren(severityIcon(severity), h('span', { class: 'grow' }, text), close);
      message.hidden = false;
    },
  };
}

function setProblems(element: HTMLElement, problems: DocumentState['problems']): void {
  const { errorRows = 0, warningRows = 0, complete = true } = problems ?? {};
  element.hidden = !problems || (complete && errorRows + warningRows === 0);
  const parts: (Node | string)[] = [];
  if (errorRows > 0) parts.push(severityIcon('error'), formatCount(errorRows));
  if (warningRows > 0) parts.push(severityIcon('warning'), formatCount(warningRows));
  if (!complete && errorRows + warningRows === 0) parts.push(h('span', { class: 'mut' }, t('Checking…')));
  else if (!complete) parts.push('…');
  element.replaceChildren(...parts, h('kbd', { 'aria-hidden': 'true' }, 'F8'));
  const words = [errorRows === 1 ? t('1 row with an error') : t('{0} rows with errors', formatCount(errorRows)), warningRows === 1 ? t('1 row with a warning') : t('{0} rows with warnings', formatCount(warningRows))].join(', ');
  setAttributes(element, { title: t('{0}. Press F8 for the next.', words), 'aria-label': t('{0}. Go to the next.', words) });
}
