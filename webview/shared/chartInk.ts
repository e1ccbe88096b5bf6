/** What charts are drawn with: the theme's colours, and the dashes and markers that go with the order of lines. */

import { h } from './dom.ts';

/** Dashes and markers go with the colours, so that no line is told by its colour alone. */
export const dashes: readonly number[][] = [[], [6, 3], [2, 2.5], [8, 3, 2, 3]];
export const colourVariables = ['--pt-series-1', '--pt-series-2', '--pt-series-3', '--pt-series-4'] as const;
export type MarkerShape = 'circle' | 'square' | 'triangle' | 'diamond';
export const markers: readonly MarkerShape[] = ['circle', 'square', 'triangle', 'diamond'];

export interface Palette {
  series: string[];
  text: string;
  muted: string;
  line: string;
  grid: string;
  background: string;
  font: string;
}

/** The theme's colours as a canvas needs them. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.body);
  // A canvas knows no var() and no color-mix(): the browser resolves both through a property of a real element.
  const probe = h('span', { hidden: true });
  document.body.append(probe);
  const colour = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const palette = {
    series: colourVariables.map(colour), text: colour('--vscode-foreground'), muted: colour('--mut'), line: colour('--line2'), grid: colour('--pt-grid'),
    background: colour('--vscode-editor-background'), font: style.fontFamily,
  };
  probe.remove();
  return palette;
}

/** In device pixels. */
export function drawMarker(ctx: CanvasRenderingContext2D, shape: MarkerShape, x: number, y: number, r: number, stroke: string, fill: string, width: number): void {
  ctx.beginPath();
  if (shape === 'circle') ctx.arc(x, y, r, 0, 2 * Math.PI);
  else if (shape === 'square') ctx.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  else {
    const corners = shape === 'triangle' ? [[0, -1.15], [1.1, 0.85], [-1.1, 0.85]] : [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]];
    for (const [dx, dy] of corners) ctx.lineTo(x + dx! * r, y + dy! * r);
    ctx.closePath();
  }
  ctx.fillStyle = fill;
  ctx.fill();
  if (width > 0) {
    ctx.setLineDash([]);
    ctx.lineWidth = width;
    ctx.strokeStyle = stroke;
    ctx.stroke();
  }
}
