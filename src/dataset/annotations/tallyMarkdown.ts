/** A tally as Markdown: tables that read well in a terminal, too. */

import type { Agreement } from './agreement.ts';
import type { AnnotatorTally, Tally } from './tally.ts';

export function tallyMarkdown({ rows, annotators, cohen, fleiss }: Tally): string {
  const lines = [`${rows} ${rows === 1 ? 'row' : 'rows'}.`, ''];
  if (annotators.length === 0) return [...lines, 'Nobody has annotated them.', ''].join('\n');
  lines.push(...table(['annotator', 'done', 'skipped', 'left', 'choices', 'labels', 'notes', 'per hour'], annotators.map(annotatorCells)), '');
  if (annotators.length > 1) {
    lines.push('Agreement on what more than one of them judged; kappa is 1 where they always agree and 0 where they agree as often as chance would have it.', '');
    const all = [...cohen.map((one): [string, string, Agreement] => [one.annotators.map(cell).join(', '), "Cohen's", one]), ...(fleiss ? [['all', "Fleiss'", fleiss] as [string, string, Agreement]] : [])];
    lines.push(...(all.length === 0 ? ['They have judged no row in common.'] : table(['who', 'kappa of', 'rows', 'agree', 'by chance', 'kappa'], all.map(([who, name, one]) => [who, name, String(one.rows), percent(one.observed), percent(one.expected), one.kappa === undefined ? 'undefined' : one.kappa.toFixed(3)]))), '');
  }
  return lines.join('\n');
}

function annotatorCells({ annotator, done, skipped, left, choices, labels, notes, perHour }: AnnotatorTally): string[] {
  return [cell(annotator), String(done), String(skipped), String(left), counts(choices), counts(labels), String(notes), perHour === undefined ? '' : String(perHour)];
}

function counts(times: Readonly<Record<string, number>>): string {
  return Object.entries(times).sort(([, a], [, b]) => b - a).map(([name, n]) => `${cell(name)} ${n}`).join(', ');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Names and labels are anybody's text: no line of it ends the table, no mark and no terminal code of it counts. */
function cell(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').replace(/[\\`*_{}[\]<>|#!&~]/g, '\\$&');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const width = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((text, i) => text.padEnd(width[i]!)).join(' | ')} |`;
  return [line(head), `| ${width.map((n) => '-'.repeat(n)).join(' | ')} |`, ...rows.map(line)];
}
