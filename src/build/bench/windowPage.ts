/** The figures of the dataset editor in a real window as a table, and the page of the docs that is made from them. */

import { ms } from './editorPage.ts';
import type { WindowTimes } from './windowJob.ts';

/** By size in megabytes. */
export type WindowResults = Record<string, { measuredAt: string; machine: string; load: number; times: WindowTimes[] }>;

export function windowTable(times: readonly WindowTimes[]): string {
  return [
    '| | frames | work for a frame: median, 95 of 100, most | longest task | tasks over 50 ms | extension host late: 95 of 100, most |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...times.map(({ what, page, host }) => `| ${what} | ${page.frames.toLocaleString('en')} | ${[page.medianMs, page.p95Ms, page.worstMs].map(ms).join(', ')} | ${ms(page.longestTaskMs)} | ${page.longTasks} | ${ms(host.p95Ms)}, ${ms(host.worstMs)} |`),
    '',
  ].join('\n');
}

export function windowPage(results: WindowResults): string {
  const sizes = Object.entries(results).sort(([a], [b]) => Number(a) - Number(b));
  return `# What the dataset editor costs in the window

Measured by \`npm run bench:editor -- --window\`: the packaged extension in a VS Code whose window is a browser without a graphics card, driven by mouse wheel and keys through files of the rows that [the document](editor-speed.md) is measured on.

Work for a frame is everything that the browser's main thread did from the beginning of one frame to that of the next, in processor time, the rest of VS Code's window included, which shares that thread here; the last line of each table says what
that is without the dataset editor. A task is what the thread did in one go, by the clock. The extension host is late by as long as something kept its event loop from turning, by the clock too.
${sizes.map(([size, { machine, load, times }]) => `\n${Number(size).toLocaleString('en')} MB (${machine}; load ${load.toFixed(1)}):\n\n${windowTable(times)}`).join('')}`;
}
