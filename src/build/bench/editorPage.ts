/** The figures of the dataset editor as a table, and the page of the docs that is made from them. */

import type { EditorTimes } from './editorJob.ts';

export interface EditorResults {
  sizes: Record<string, { measuredAt: string; machine: string; load: number; times: EditorTimes }>;
  /** About the machine. */
  note?: string;
}

export function editorTable(results: EditorResults): string {
  const columns = Object.entries(results.sizes).map(([size, { times }]) => ({ size: Number(size), times })).sort((a, b) => a.size - b.size);
  const first = columns[0]?.times;
  if (!first) return '';
  const rows: [string, (times: EditorTimes) => string][] = [
    ['rows', ({ rows }) => rows.toLocaleString('en')],
    ['first rows', ({ firstRowsMs }) => ms(firstRowsMs)],
    ['all lines counted', ({ indexMs, sizeBytes }) => `${ms(indexMs)} (${rate(sizeBytes, indexMs)})`],
    ['reading the file and nothing else', ({ plainReadMs, sizeBytes }) => `${ms(plainReadMs)} (${rate(sizeBytes, plainReadMs)})`],
    ['memory once counted, above idle', ({ indexedMb }) => `${Math.round(indexedMb)} MB`],
    ['any row: median, slowest of 300', ({ anyRowMs }) => `${ms(anyRowMs.median)}, ${ms(anyRowMs.worst)}`],
    ['an edit near the start: median, slowest of 40', ({ editMs }) => `${ms(editMs[0]!.median)}, ${ms(editMs[0]!.worst)}`],
    ['an edit at row 1,000,000, or the last', ({ editMs }) => `${ms(editMs.at(-1)!.median)}, ${ms(editMs.at(-1)!.worst)}`],
    ...first.searches.map(({ text }): [string, (times: EditorTimes) => string] => [
      `search \`${text}\`: first row, all, most memory`,
      ({ searches }) => {
        const found = searches.find((search) => search.text === text);
        return found ? `${ms(found.firstMs)}, ${ms(found.totalMs)}, ${Math.round(found.peakMb)} MB` : 'not measured';
      },
    ]),
    ['save, most memory', ({ saveMs, savePeakMb }) => `${ms(saveMs)}, ${Math.round(savePeakMb)} MB`],
    ...first.tools.map(({ command }, i): [string, (times: EditorTimes) => string] => [`\`${command.replace(/\d+\{/, 'N{')}\``, ({ tools }) => ms(tools[i]!.ms)]),
  ];
  return [
    `| | ${columns.map(({ size }) => `${size} MB`).join(' | ')} |`,
    `| --- |${columns.map(() => ' ---: |').join('')}`,
    ...rows.map(([label, cell]) => `| ${label.replaceAll('|', '\\|')} | ${columns.map(({ times }) => cell(times)).join(' | ')} |`),
    '',
  ].join('\n');
}

export function editorPage(results: EditorResults): string {
  const [one] = Object.values(results.sizes);
  const loads = Object.values(results.sizes).map(({ load }) => load);
  return `# How fast the dataset editor is

Measured by \`npm run bench:editor\` on made-up prompt/completion rows of about a kilobyte: the document behind the editor (line index, rows, edits with their journal, the search thread, the save), without the window, which has [figures of its own](editor-window.md).
The file was read once before, so that all of it comes from the system's memory, as it does for the plain tools beside it. Memory is the process' resident memory above what it had before the file was opened.

${one ? `${one.machine}; other work on the machine: load ${loads.map((load) => load.toFixed(1)).join(', ')}. ${results.note ?? ''}` : ''}

${editorTable(results)}
The searches: \`zebra\` is in one row of a thousand, \`quickly\` in nearly every row; an expression, a length and a sort parse every row; \`problem:error\` checks every row as the editor does. A sort shows its first row when all are read.
A save writes the whole file beside the old one, syncs it and renames it over; \`cp\` syncs nothing.
\`less\` ran in a terminal of its own: to the end of the file, to row N (1,000,000, or the last), and to a text that only the last row holds; each from its start until it had quit again; a dash stands for more than a minute.

VS Code's own text editor reads a file whole into the window's memory. Above 20 MB or 300,000 lines it colours nothing any more, above 50 MB no extension sees the text, so nothing checks it, and above a gigabyte it asks whether to open it at all.
`;
}

export function ms(value: number): string {
  return !Number.isFinite(value) ? '–' : value >= 10_000 ? `${(value / 1000).toFixed(0)} s` : value >= 1000 ? `${(value / 1000).toFixed(1)} s` : value >= 10 ? `${Math.round(value)} ms` : `${value.toFixed(value < 1 ? 2 : 1)} ms`;
}

function rate(bytes: number, took: number): string {
  return `${Math.round(bytes / 1048576 / (took / 1000)).toLocaleString('en')} MB/s`;
}
