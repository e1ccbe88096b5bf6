/** One row of the list: its number, its first words, its one telling number and whether something is wrong with it. */

import { visibleText } from '../../src/dataset/badText.ts';
import type { RowItem } from '../../src/protocol/datasetView.ts';
import { t } from '../shared/connect.ts';
import { h, setText } from '../shared/dom.ts';
import { formatCount, formatDelta } from './numbers.ts';
import { severityIcon } from './problemList.ts';
import { sideMark } from './flagChoice.ts';

/** Rows are reused: only what differs is written. */
export function drawListRow(element: HTMLElement, row: number, item: RowItem | undefined, columns: readonly { key: string; px: number }[]): void {
  if (element.childElementCount === 0) {
    element.append(h('span', { class: 'n', role: 'rowheader' }), h('span', { class: 'q ell', role: 'gridcell' }), h('span', { class: 'cells', role: 'presentation' }), h('span', { class: 'd', role: 'gridcell' }), h('span', { class: 'p', role: 'gridcell' }));
  }
  const [number, words, cells, figure, problem] = element.children as unknown as [HTMLElement, HTMLElement, HTMLElement, HTMLElement, HTMLElement];
  drawCells(cells, item, columns);
  number.textContent = String(row + 1);
  drawVerdict(number, row, item);
  const { text, className } = wording(item);
  words.className = `q ell ${className}`;
  if (item?.change) words.replaceChildren(...changeParts(item.change));
  else words.textContent = text;
  element.classList.toggle('squiggle', item?.severity === 'error' || item?.severity === 'warning');
  element.classList.toggle('is-error', item?.severity === 'error');
  figure.textContent = item?.delta !== undefined ? formatDelta(item.delta) : item?.turns !== undefined ? String(item.turns) : '';
  figure.title = item?.delta !== undefined ? t('Chosen minus rejected, characters') : item?.turns !== undefined ? t('Turns') : '';
  if (item?.flag !== undefined) {
    figure.title = item.flag ? t('Marked as good') : t('Marked as bad');
    figure.replaceChildren(sideMark(item.flag ? 'chosen' : 'rejected'), h('span', { class: 'sr' }, figure.title));
  }
  problem.replaceChildren();
  problem.removeAttribute('title');
  if (item?.severity) {
    const count = item.problems === 1 ? t('One problem') : t('{0} problems', formatCount(item.problems));
    problem.title = count;
    problem.append(severityIcon(item.severity), h('span', { class: 'sr' }, count));
  }
}

/** ● judged, ◐ tie, ◇ skipped; told apart by shape, and in words. */
function drawVerdict(element: HTMLElement, row: number, item: RowItem | undefined): void {
  const verdict = item?.verdict;
  const kind = verdict === undefined ? '' : verdict === 'tie' || verdict === 'skip' ? verdict : 'done';
  element.dataset.verdict = kind;
  const words = { '': '', done: t('Labelled'), tie: t('A tie'), skip: t('Skipped') }[kind];
  element.title = words;
  if (words) element.setAttribute('aria-label', `${row + 1}, ${words}`);
  else element.removeAttribute('aria-label');
}

function drawCells(element: HTMLElement, item: RowItem | undefined, columns: readonly { key: string; px: number }[]): void {
  while (element.childElementCount > columns.length) element.lastElementChild!.remove();
  while (element.childElementCount < columns.length) element.append(h('span', { class: 'cell ell', role: 'gridcell' }));
  for (const [i, { key, px }] of columns.entries()) {
    const cell = element.children[i] as HTMLElement;
    cell.style.width = `${px}px`;
    setText(cell, visibleText((item?.cells && Object.hasOwn(item.cells, key) ? item.cells[key] : undefined) ?? ''));
  }
}

/** What a replacement would change: the old words struck out, the new ones beside them. */
function changeParts({ before, found, with: text, after, places }: NonNullable<RowItem['change']>): (Node | string)[] {
  const more = places > 1 ? [h('b', { class: 'places', title: t('{0} places', formatCount(places)) }, `×${formatCount(places)} `)] : [];
  return [...more, visibleText(before.length > 24 ? `…${before.slice(-22)}` : before), h('del', {}, visibleText(found)), h('ins', {}, visibleText(text)), visibleText(after)];
}

function wording(item: RowItem | undefined): { text: string; className: string } {
  if (!item) return { text: '', className: 'loading' };
  if (item.blank) return { text: t('blank line'), className: 'mut' };
  if (item.text === '') return { text: t('empty'), className: 'mut' };
  return { text: visibleText(item.text), className: item.raw ? 'mono' : '' };
}
