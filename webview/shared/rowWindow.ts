/** Which rows of a long list exist on screen, and how a list that is taller than a browser allows is scrolled. No DOM. */

export interface ScrollGeometry {
  /** Height of all rows, as if nothing limited it. */
  contentPx: number;
  /** Height of the element that gives the scroll bar its size. */
  trackPx: number;
  viewportPx: number;
}

/** Chromium clips elements at about 33 million pixels; far below that, positions are still exact. */
const MAX_TRACK_PX = 8_000_000;

export function scrollGeometry(count: number, rowPx: number, viewportPx: number): ScrollGeometry {
  const contentPx = count * rowPx;
  return { contentPx, trackPx: Math.min(contentPx, MAX_TRACK_PX), viewportPx };
}

/** Where the content is when the scroll bar is at `scrollTop`, and back. The same number unless the list is taller than the track. */
export function contentTop(geometry: ScrollGeometry, scrollTop: number): number {
  const { contentPx, trackPx, viewportPx } = geometry;
  if (contentPx <= trackPx) return scrollTop;
  const share = Math.min(1, Math.max(0, scrollTop / Math.max(1, trackPx - viewportPx)));
  return share * (contentPx - viewportPx);
}
export function scrollTopFor(geometry: ScrollGeometry, top: number): number {
  const { contentPx, trackPx, viewportPx } = geometry;
  if (contentPx <= trackPx) return top;
  return (top / (contentPx - viewportPx)) * (trackPx - viewportPx);
}

export function clampTop(geometry: ScrollGeometry, top: number): number {
  return Math.min(Math.max(0, geometry.contentPx - geometry.viewportPx), Math.max(0, top));
}

/** First row and number of rows to have on screen, with `margin` rows above and below for a smooth scroll. */
export function rowWindow(top: number, viewportPx: number, rowPx: number, count: number, margin = 8): { from: number; count: number } {
  const from = Math.max(0, Math.floor(top / rowPx) - margin);
  const to = Math.min(count, Math.ceil((top + viewportPx) / rowPx) + margin);
  return { from, count: Math.max(0, to - from) };
}

/** The top that brings a row into view with the least movement; `centre` puts a row that was out of view in the middle. */
export function topToReveal(index: number, top: number, viewportPx: number, rowPx: number, centre: boolean): number {
  const rowTop = index * rowPx;
  if (rowTop >= top && rowTop + rowPx <= top + viewportPx) return top;
  const far = rowTop + 2 * rowPx < top || rowTop - rowPx > top + viewportPx;
  if (centre && far) return rowTop - (viewportPx - rowPx) / 2;
  return rowTop < top ? rowTop : rowTop + rowPx - viewportPx;
}
