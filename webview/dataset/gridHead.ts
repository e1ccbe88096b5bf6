/** The names of the list's columns, and the edges by which columns and list are made wider: by mouse, and by arrow keys. */

import { visibleText } from '../../src/dataset/badText.ts';
import type { GridLayout } from '../../src/protocol/datasetView.ts';
import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import { clampWidth, COLUMN, columnsThatFit, LIST, type Column } from './gridColumns.ts';

export interface GridHead {
  readonly element: HTMLElement;
  /** Between list and card. */
  readonly splitter: HTMLElement;
  /** The columns on show, each as wide as it is. */
  readonly columns: readonly (Column & { px: number })[];
  /** `figure`: what the number at the end of each row is. */
  setColumns(format: string, main: string, columns: readonly Column[], figure: string): void;
}

export interface GridHeadHandlers {
  /** Columns came, went or changed their width: rows are to be drawn again. */
  changed(): void;
  /** To be remembered: the widths that someone chose. */
  remember(layout: GridLayout): void;
}

const STEP_PX = 16;

export function createGridHead(list: HTMLElement, remembered: GridLayout | undefined, handlers: GridHeadHandlers): GridHead {
  let layout: GridLayout = remembered ?? { columns: {} };
  let format = '';
  let all: readonly Column[] = [];
  let shown: (Column & { px: number })[] = [];
  const main = h('span', { class: 'q ell' });
  const cells = h('span', { class: 'cells' });
  const figure = h('span', { class: 'd' });
  const element = h('div', { class: 'grid-head', role: 'group', 'aria-label': t('Columns') }, h('span', { class: 'n' }, '#'), main, cells, figure, h('span', { class: 'p' }));

  const widthOf = (key: string) => layout.columns[format]?.[key] ?? COLUMN.defaultPx;
  const fit = () => {
    const next = columnsThatFit(all, widthOf, list.clientWidth).map((column) => ({ ...column, px: widthOf(column.key) }));
    if (JSON.stringify(next) === JSON.stringify(shown)) return;
    const focused = document.activeElement?.getAttribute('data-column');
    shown = next;
    cells.replaceChildren(
      ...shown.map(({ key, label, px }) => {
        const resize = edge(t('Width of column {0}', visibleText(label)), COLUMN, () => widthOf(key), (value) => set({ columns: { ...layout.columns, [format]: { ...layout.columns[format], [key]: value ?? COLUMN.defaultPx } } }), -1);
        resize.setAttribute('data-column', key);
        const cell = h('span', { class: 'cell ell' }, resize, visibleText(label));
        cell.style.width = `${px}px`; // the page's content policy lets no style attribute through
        return cell;
      }),
    );
    if (focused) cells.querySelector<HTMLElement>(`[data-column=${CSS.escape(focused)}]`)?.focus();
    handlers.changed();
  };
  const set = (change: Partial<GridLayout>) => {
    layout = { ...layout, ...change };
    apply();
    fit();
    handlers.remember(layout);
  };
  const apply = () => {
    if (layout.listPx === undefined) document.body.style.removeProperty('--list-px');
    else document.body.style.setProperty('--list-px', `${layout.listPx}px`);
  };
  const splitter = edge(t('Width of the list'), LIST, () => list.clientWidth, (listPx) => set({ listPx }), 1);
  splitter.classList.add('splitter');
  apply();
  new ResizeObserver(fit).observe(list);

  return {
    element,
    splitter,
    get columns() {
      return shown;
    },
    setColumns(nextFormat, nextMain, columns, nextFigure) {
      format = nextFormat;
      all = columns;
      main.textContent = visibleText(nextMain);
      figure.textContent = nextFigure;
      fit();
    },
  };
}

/** A line to be dragged. `grows`: 1 where what lies before it grows to the right, -1 where what lies behind it grows to the left. */
function edge(label: string, limits: { minPx: number; maxPx: number; defaultPx: number }, width: () => number, set: (px: number | undefined) => void, grows: 1 | -1): HTMLElement {
  const element = h('span', { class: 'edge', role: 'separator', tabindex: 0, 'aria-orientation': 'vertical', 'aria-label': label, title: label, 'aria-valuemin': limits.minPx, 'aria-valuemax': limits.maxPx });
  const tell = () => element.setAttribute('aria-valuenow', String(width()));
  const to = (px: number) => {
    set(clampWidth(px, limits));
    tell();
  };
  element.addEventListener('focus', tell);
  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    const [from, startX] = [width(), event.clientX];
    const move = (next: PointerEvent) => to(from + grows * (next.clientX - startX));
    const end = () => {
      document.removeEventListener('pointermove', move);
      document.removeEventListener('pointerup', end);
      document.body.classList.remove('resizing');
    };
    // on the document: the column's own edge is drawn anew while it moves
    document.addEventListener('pointermove', move);
    document.addEventListener('pointerup', end);
    document.body.classList.add('resizing');
  });
  element.addEventListener('dblclick', () => set(undefined));
  element.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const step = event.shiftKey ? 4 * STEP_PX : STEP_PX;
    const by = { ArrowRight: grows * step, ArrowLeft: -grows * step }[event.key];
    if (by === undefined && event.key !== 'Home') return;
    event.preventDefault();
    event.stopPropagation();
    if (by === undefined) set(undefined);
    else to(width() + by);
  });
  return element;
}
