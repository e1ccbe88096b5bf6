/** A text as it is read, on screen: code as code, differences marked, and stand-ins for characters that would hide or deceive. */

import { badCharacters, type BadCharacter } from '../../src/dataset/badText.ts';
import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { formatCount } from './numbers.ts';
import { textBlocks, type TextRun } from './textBlocks.ts';
import type { Range } from './wordDiff.ts';

export interface Marks {
  side: 'chosen' | 'rejected';
  /** What the other side does not have. */
  only: Range[];
  /** Up to here both sides are the same and it is shown above; 0 where it is not. */
  shared: number;
}

export function drawText(element: HTMLElement, text: string, marks: Marks | undefined, unfold: () => void): void {
  const from = marks?.shared ?? 0;
  const blocks = textBlocks(text.slice(from), marks?.only.map(({ start, end }) => ({ start: start - from, end: end - from })));
  const shown = blocks.map(({ language, runs }) => {
    const spans = runs.map((run) => runSpan(text, from, run, marks?.side));
    if (language === undefined) return h('div', { class: 'prose', dir: 'auto' }, ...spans);
    return h('div', { class: 'code' }, h('div', { class: 'code-head' }, h('span', { class: 'grow mono' }, language || t('code')), copyButton(runs.map(({ start, end }) => text.slice(from + start, from + end)).join(''))), h('pre', { class: 'mono', dir: 'ltr' }, ...spans));
  });
  const fold = from > 0 ? [h('button', { type: 'button', class: 'btn link fold', onclick: unfold }, icon('down', 'small'), t('{0} characters of the prompt, the same in both', formatCount(from)))] : [];
  element.replaceChildren(...fold, ...shown);
}

function runSpan(text: string, from: number, { start, end, only, code, bad }: TextRun, side: Marks['side'] | undefined): HTMLElement {
  const place = { 'data-at': from + start };
  const span = bad ? badChip(bad, place) : h('span', { ...place, class: code ? 'mono inline-code' : '' }, text.slice(from + start, from + end));
  if (only && side) span.classList.add('only', side);
  return span;
}

function badChip({ label, name }: BadCharacter, attributes: Record<string, number>): HTMLElement {
  return h('span', { ...attributes, class: 'bad-char', title: t(name), role: 'img', 'aria-label': t(name) }, label);
}

/** Says which characters a text holds that cannot be seen in a field; hidden when there are none. */
export function drawBadNote(element: HTMLElement, text: string): void {
  const counts = new Map<string, { count: number; first: BadCharacter }>();
  for (const bad of badCharacters(text)) {
    const known = counts.get(bad.label);
    if (known) known.count++;
    else counts.set(bad.label, { count: 1, first: bad });
  }
  element.hidden = counts.size === 0;
  if (counts.size === 0) return element.replaceChildren();
  const parts = [...counts.values()].slice(0, 8).flatMap(({ count, first }) => [badChip(first, {}), count > 1 ? `×${formatCount(count)} ` : ' ']);
  element.replaceChildren(h('span', {}, t('Characters that cannot be seen: ')), ...parts, ...(counts.size > 8 ? ['…'] : []));
}

function copyButton(text: string): HTMLElement {
  return h('button', { type: 'button', class: 'icon-btn tiny', tabindex: -1, 'aria-label': t('Copy the code'), title: t('Copy the code'), onclick: () => void navigator.clipboard.writeText(text) }, icon('copy', 'small'));
}

/** The place in the text that was clicked; undefined where there is no text. */
export function textOffset(event: MouseEvent): number | undefined {
  const range = document.caretRangeFromPoint(event.clientX, event.clientY);
  const span = range?.startContainer instanceof Element ? range.startContainer : range?.startContainer.parentElement;
  const at = span?.closest('[data-at]')?.getAttribute('data-at');
  if (at === null || at === undefined || !range) return undefined;
  return Number(at) + (span?.closest('.bad-char') ? 0 : range.startOffset);
}
