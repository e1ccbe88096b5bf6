/** The figures of the checks across rows as a table, and the page of the docs that is made from them. */

import type { NearTimes } from './nearJob.ts';

export interface LanguageResults {
  /** By number of rows. */
  near: Record<string, { machine: string; load: number; times: NearTimes }>;
}

export function nearTable({ near }: LanguageResults): string {
  const columns = Object.entries(near).map(([rows, { times }]) => ({ rows: Number(rows), times })).sort((a, b) => a.rows - b.rows);
  const lines: [string, (times: NearTimes, rows: number) => string][] = [
    ['file', ({ sizeBytes }) => `${(sizeBytes / 1048576).toFixed(1)} MB`],
    ['`JSON.parse` of each line', ({ parseMs }) => seconds(parseMs)],
    ['all checks of single rows', ({ rowsMs }) => seconds(rowsMs)],
    ['all checks, those across rows too', ({ acrossMs }) => seconds(acrossMs)],
    ['near duplicates alone, with reading', ({ nearMs }) => seconds(nearMs)],
    ['microseconds a row', ({ nearMs }, rows) => ((1000 * nearMs) / rows).toFixed(1)],
    ['clusters found', ({ clusters }) => clusters.toLocaleString('en')],
    ['memory of near duplicates, above idle', ({ nearMb }) => `${Math.round(nearMb)} MB`],
    ['memory of all checks, above that', ({ acrossMb }) => `${Math.round(acrossMb)} MB`],
  ];
  return [`| | ${columns.map(({ rows }) => `${rows.toLocaleString('en')} rows`).join(' | ')} |`, `| --- |${columns.map(() => ' ---: |').join('')}`, ...lines.map(([label, cell]) => `| ${label} | ${columns.map(({ times, rows }) => cell(times, rows)).join(' | ')} |`), ''].join('\n');
}

export function languagePage(results: LanguageResults): string {
  const all = Object.values(results.near);
  return `# How fast rows are checked

Measured by \`npm run bench:language\` on made-up prompt/completion rows of some thirty words, of which one in twenty is an earlier one with a word replaced. One thread, each file in a process of its own, read once before.

${all[0] ? `${all[0].machine}; other work on the machine: load ${all.map(({ load }) => load.toFixed(1)).join(', ')}.` : ''}

${nearTable(results)}
Near duplicates are found by a signature of 64 bytes a row and by looking only at rows that have a part of it in common, so the time grows with the rows and not with their pairs.
All checks across rows together keep 88 bytes of a row that teaches an answer and 92 of a pair: the signature, and hashes of the row, its prompt and its answers. While rows are compared there are up to 29 bytes more. What is above that is memory that the next collection of garbage gives back.
`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
