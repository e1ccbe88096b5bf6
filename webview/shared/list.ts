/** A virtual list: any number of rows of one height, of which about forty exist; keyboard, and the row numbers that screen readers need. */

import { clampTop, contentTop, rowWindow, scrollGeometry, scrollTopFor, topToReveal, type ScrollGeometry } from './rowWindow.ts';

export interface ListOptions {
  /** Name for screen readers. */
  label: string;
  rowPx: number;
  /** Fills a row's element, which is reused for other rows. Called again on refresh; must not keep listeners on the row. */
  render(element: HTMLElement, index: number): void;
  /** These rows are on screen now: fetch what is missing. At most once per frame. */
  onWindow(from: number, count: number): void;
  onSelect(index: number): void;
  /** Enter or double click. */
  onOpen?(index: number): void;
}

export interface List {
  readonly element: HTMLElement;
  readonly count: number;
  readonly selected: number;
  setCount(count: number): void;
  /** Draws the visible rows again, all or from `from` on. */
  refresh(from?: number, count?: number): void;
  /** Selects without calling onSelect. */
  select(index: number, reveal?: 'near' | 'centre' | 'no'): void;
  /** First visible row and how far it is scrolled out, for a view to remember; and back. */
  anchor(): { index: number; offsetPx: number };
  scrollTo(index: number, offsetPx: number): void;
  focus(): void;
  dispose(): void;
}

let lists = 0;

export function createList(options: ListOptions): List {
  const { rowPx } = options;
  const idPrefix = `list${++lists}-`;
  const element = document.createElement('div');
  element.className = 'vlist';
  element.tabIndex = 0;
  element.setAttribute('role', 'grid');
  element.setAttribute('aria-label', options.label);
  const track = document.createElement('div');
  track.className = 'vlist-track';
  track.setAttribute('role', 'presentation');
  element.append(track);

  let count = 0;
  let selected = -1;
  let top = 0; // of the content, not of the track: they differ in very long lists
  let geometry: ScrollGeometry = scrollGeometry(0, rowPx, 0);
  let frame = 0;
  let settingScroll = false;
  const shown = new Map<number, HTMLElement>();
  const spare: HTMLElement[] = [];

  const place = (row: HTMLElement, index: number) => {
    // relative to the track, so that numbers stay small however long the list is
    const y = geometry.contentPx <= geometry.trackPx ? index * rowPx : index * rowPx - top + scrollTopFor(geometry, top);
    row.style.top = `${y}px`; // a transform of its own would make each row a layer to be thought about in every frame
  };
  const draw = (row: HTMLElement, index: number) => {
    row.id = `${idPrefix}${index}`;
    row.setAttribute('aria-rowindex', String(index + 1));
    row.setAttribute('aria-selected', String(index === selected));
    options.render(row, index);
  };
  const take = () => {
    const row = spare.pop() ?? document.createElement('div');
    row.className = 'vlist-row';
    row.setAttribute('role', 'row');
    row.style.height = `${rowPx}px`;
    return row;
  };

  const layout = () => {
    frame = 0;
    const want = rowWindow(top, geometry.viewportPx, rowPx, count);
    // the selected row always exists, else aria-activedescendant would name nothing
    const wanted = (index: number) => (index >= want.from && index < want.from + want.count) || index === selected;
    for (const [index, row] of shown) {
      if (wanted(index) && index < count) continue;
      shown.delete(index);
      row.remove();
      spare.push(row);
    }
    const add = (index: number) => {
      let row = shown.get(index);
      if (!row) {
        row = take();
        shown.set(index, row);
        draw(row, index);
        track.append(row);
      }
      place(row, index);
    };
    for (let index = want.from; index < want.from + want.count; index++) add(index);
    if (selected >= 0 && selected < count) add(selected);
    if (selected >= 0 && selected < count) element.setAttribute('aria-activedescendant', `${idPrefix}${selected}`);
    else element.removeAttribute('aria-activedescendant');
    if (want.count > 0) options.onWindow(want.from, want.count);
  };
  const schedule = () => {
    frame ||= requestAnimationFrame(layout);
  };

  const measure = () => {
    const wasHidden = geometry.viewportPx === 0;
    geometry = scrollGeometry(count, rowPx, element.clientHeight);
    track.style.height = `${geometry.trackPx}px`;
    if (wasHidden && selected >= 0) top = topToReveal(selected, top, geometry.viewportPx, rowPx, true);
    top = clampTop(geometry, top);
    writeScroll();
    schedule();
  };
  const writeScroll = () => {
    const scrollTop = scrollTopFor(geometry, top);
    if (Math.abs(element.scrollTop - scrollTop) < 1) return;
    settingScroll = true;
    element.scrollTop = scrollTop;
  };
  const moveTo = (newTop: number) => {
    top = clampTop(geometry, newTop);
    writeScroll();
    schedule();
  };

  const onScroll = () => {
    if (settingScroll) {
      settingScroll = false;
      return;
    }
    top = clampTop(geometry, contentTop(geometry, element.scrollTop));
    schedule();
  };
  // in a list that is taller than its track one pixel of the bar is many rows: the wheel has to move the content itself
  const onWheel = (event: WheelEvent) => {
    if (geometry.contentPx <= geometry.trackPx || event.ctrlKey) return;
    event.preventDefault();
    moveTo(top + (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * rowPx : event.deltaY));
  };

  const page = () => Math.max(1, Math.floor(geometry.viewportPx / rowPx) - 1);
  const choose = (index: number) => {
    const next = Math.min(count - 1, Math.max(0, index));
    if (count === 0 || next === selected) return;
    select(next, 'near');
    options.onSelect(next);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const moves: Record<string, () => number> = {
      ArrowDown: () => selected + 1,
      ArrowUp: () => selected - 1,
      PageDown: () => selected + page(),
      PageUp: () => selected - page(),
      Home: () => 0,
      End: () => count - 1,
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      choose(move());
    } else if (event.key === 'Enter' && selected >= 0) {
      event.preventDefault();
      options.onOpen?.(selected);
    }
  };
  const indexOf = (target: EventTarget | null): number | undefined => {
    const row = target instanceof Element ? target.closest('.vlist-row') : null;
    return row ? Number(row.id.slice(idPrefix.length)) : undefined;
  };
  const onMouseDown = (event: MouseEvent) => {
    const index = event.button === 0 ? indexOf(event.target) : undefined;
    if (index !== undefined) choose(index);
  };
  const onDoubleClick = (event: MouseEvent) => {
    const index = indexOf(event.target);
    if (index !== undefined) options.onOpen?.(index);
  };

  function select(index: number, reveal: 'near' | 'centre' | 'no' = 'near'): void {
    const before = selected;
    selected = index;
    shown.get(before)?.setAttribute('aria-selected', 'false');
    shown.get(index)?.setAttribute('aria-selected', 'true');
    if (reveal !== 'no' && index >= 0 && geometry.viewportPx > 0) moveTo(topToReveal(index, top, geometry.viewportPx, rowPx, reveal === 'centre'));
    else schedule();
  }

  element.addEventListener('scroll', onScroll, { passive: true });
  element.addEventListener('wheel', onWheel, { passive: false });
  element.addEventListener('keydown', onKey);
  element.addEventListener('mousedown', onMouseDown);
  element.addEventListener('dblclick', onDoubleClick);
  const resizing = new ResizeObserver(() => {
    if (element.clientHeight !== geometry.viewportPx) measure();
  });
  resizing.observe(element);

  return {
    element,
    get count() {
      return count;
    },
    get selected() {
      return selected;
    },
    setCount(next) {
      if (next === count) return;
      count = next;
      element.setAttribute('aria-rowcount', String(count));
      measure();
    },
    refresh(from = 0, rows = Infinity) {
      for (const [index, row] of shown) if (index >= from && index < from + rows) draw(row, index);
    },
    select,
    anchor: () => ({ index: Math.floor(top / rowPx), offsetPx: top % rowPx }),
    scrollTo: (index, offsetPx) => moveTo(index * rowPx + offsetPx),
    focus: () => element.focus({ preventScroll: true }),
    dispose() {
      cancelAnimationFrame(frame);
      resizing.disconnect();
      element.remove();
    },
  };
}
