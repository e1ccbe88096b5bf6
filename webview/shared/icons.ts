/** The views' own icons: 16 px, drawn in the current text colour, hidden from screen readers (the word beside them is read). */

import { svg } from './dom.ts';

const paths = {
  play: ['M4.5 3v10l8-5z', 'fill'],
  pause: ['M5 3v10M11 3v10'],
  stop: ['M4.5 3.5h7a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z'],
  check: ['m3 8.5 3.2 3.2L13 4.6'],
  warning: ['M8 2 1.7 13.3h12.6zM8 6.2v3.6M8 11.2v.6'],
  error: ['M2 8a6 6 0 1 0 12 0a6 6 0 1 0-12 0M5.8 5.8l4.4 4.4m0-4.4-4.4 4.4'],
  info: ['M2 8a6 6 0 1 0 12 0a6 6 0 1 0-12 0M8 7.2v4M8 4.8v.7'],
  pin: ['M6 2.2h4M6.6 2.2v4L4.4 9h7.2L9.4 6.2v-4M8 9v4.8'],
  eye: ['M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8z', 'M6.2 8a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0-3.6 0'],
  eyeOff: ['M2 2.5l12 11M6 4.1A6.5 6.5 0 0 1 8 3.8C12 3.8 14.5 8 14.5 8a12 12 0 0 1-2 2.4M4 5.6A11.6 11.6 0 0 0 1.5 8S4 12.2 8 12.2a6.4 6.4 0 0 0 2.6-.5'],
  previous: ['m10 3.5-4.5 4.5L10 12.5'],
  next: ['m6 3.5 4.5 4.5L6 12.5'],
  close: ['m4 4 8 8m0-8-8 8'],
  plus: ['M8 3v10M3 8h10'],
  up: ['M3.5 10 8 5.5l4.5 4.5'],
  down: ['M3.5 6 8 10.5 12.5 6'],
  edit: ['M3 13l.7-3L11 2.7l2.3 2.3L6 12.3z'],
  json: ['M6 2.8c-1.8 0-1.6 1.4-1.6 2.6S4.2 8 3 8c1.2 0 1.4 1.4 1.4 2.6S4.2 13.2 6 13.2M10 2.8c1.8 0 1.6 1.4 1.6 2.6S11.8 8 13 8c-1.2 0-1.4 1.4-1.4 2.6s.2 2.6-1.6 2.6'],
  tokens: ['M2 4.5h4v7H2zM7.5 4.5h2.5v7H7.5zM11.5 4.5H14v7h-2.5z'],
  keyboard: ['M3 4h10a1.2 1.2 0 0 1 1.2 1.2v5.6A1.2 1.2 0 0 1 13 12H3a1.2 1.2 0 0 1-1.2-1.2V5.2A1.2 1.2 0 0 1 3 4zM4.2 6.6h.1M6.7 6.6h.1M9.2 6.6h.1M11.7 6.6h.1M5 9.6h6'],
  copy: ['M6.5 5.5h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1zM10.5 5.5v-3h-8v8h3'],
  trash: ['M3 4.5h10M6 4.5v-2h4v2M4.3 4.5l.6 9h6.2l.6-9'],
  undo: ['M5.5 3 2.5 6l3 3M2.5 6h7a3.5 3.5 0 0 1 0 7H6'],
  reset: ['M3 3v3.5h3.5M3.2 6.5A5.2 5.2 0 1 1 2.8 9'],
  chat: ['M2 3h12v8H7l-3 2.5V11H2z'],
  table: ['M2 3h12v10H2zM2 6.5h12M2 10h12M6.5 3v10'],
  chart: ['M2 13.5h12M2.5 11 6 6.8l2.8 2L13.5 3'],
  clock: ['M2 8a6 6 0 1 0 12 0a6 6 0 1 0-12 0M8 4.5V8l2.5 1.8'],
  search: ['M2.8 7a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0-8.4 0', 'm10.2 10.2 3.6 3.6'],
  replace: ['M2.5 4.5h7a3 3 0 0 1 3 3V9M10 6.8l2.5 2.5L15 6.8', 'M2.5 10.5h5v3h-5z'],
  loading: ['M8 2.5A5.5 5.5 0 0 1 13.5 8'],
  swap: ['M2.5 5.5h10M10 3l2.5 2.5L10 8M13.5 10.5h-10M6 8l-2.5 2.5L6 13'],
  toOther: ['M2.5 8h9M8.5 4.5 12 8l-3.5 3.5M13.5 3v10'],
  split: ['M2 8h12M8 2v3.5M8 10.5V14M6 4l2 2 2-2M6 12l2-2 2 2'],
  tool: ['M10.2 5.8 4 12a1.1 1.1 0 0 1-1.6-1.6l6.2-6.2a3.2 3.2 0 0 1 4-1.4l-1.9 1.9 1.6 1.6 1.9-1.9a3.2 3.2 0 0 1-4 4.2'],
  more: ['M2.3 8a1.2 1.2 0 1 0 2.4 0a1.2 1.2 0 1 0-2.4 0M6.8 8a1.2 1.2 0 1 0 2.4 0a1.2 1.2 0 1 0-2.4 0M11.3 8a1.2 1.2 0 1 0 2.4 0a1.2 1.2 0 1 0-2.4 0', 'fill'],
} as const satisfies Record<string, readonly string[]>;

export type IconName = keyof typeof paths;

export function icon(name: IconName, className = ''): SVGSVGElement {
  const parts: readonly string[] = paths[name];
  const filled = parts.includes('fill');
  return svg(
    'svg',
    { class: `pt-icon ${className}`.trim(), viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true', fill: filled ? 'currentColor' : 'none', stroke: filled ? 'none' : 'currentColor', 'stroke-width': name === 'pause' ? 2 : 1.2, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' },
    ...parts.filter((d) => d !== 'fill').map((d) => svg('path', { d })),
  );
}
