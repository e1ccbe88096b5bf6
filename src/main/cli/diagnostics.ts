/** Prints diagnostics as text, as JSON lines or as one SARIF document, as they come: memory does not grow with their number. */

import type { Severity } from '../../core/problem.ts';
import { checks } from '../../dataset/checks/index.ts';
import type { CliContext } from './command.ts';

export interface Diagnostic {
  file: string;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  code: string;
  severity: Severity;
  message: string;
  /** Of a dry run. */
  method?: string;
}

export interface Reporter {
  begin(): void;
  report(diagnostic: Diagnostic): void;
  end(): void;
  readonly counts: Readonly<Record<Severity, number>>;
  /** Sentences belong beside it. */
  readonly forPeople: boolean;
}

export function createReporter(context: Pick<CliContext, 'print' | 'printJson' | 'note' | 'color'>, options: { style: 'text' | 'json' | 'sarif'; most: number }): Reporter {
  const counts: Record<Severity, number> = { error: 0, warning: 0, info: 0, hint: 0 };
  let listed = 0;
  let total = 0;
  const write = { text: (d: Diagnostic) => context.print(textLine(d, context.color)), json: (d: Diagnostic) => context.printJson(d), sarif: (d: Diagnostic) => context.print(`${listed > 1 ? ',\n' : ''}${JSON.stringify(sarifResult(d))}`) }[options.style];
  return {
    counts,
    forPeople: options.style === 'text',
    begin() {
      if (options.style === 'sarif') context.print(sarifHead());
    },
    report(diagnostic) {
      counts[diagnostic.severity]++;
      total++;
      if (listed >= options.most) return;
      listed++;
      write(diagnostic);
    },
    end() {
      if (options.style === 'sarif') context.print(']}]}\n');
      if (options.style !== 'text') return;
      const words = (['error', 'warning', 'info', 'hint'] as const).filter((s) => counts[s] > 0).map((s) => `${counts[s]} ${s}${counts[s] === 1 || s === 'info' ? '' : 's'}`);
      context.note(`${words.join(', ') || 'No problems'}.${total > listed ? ` ${total - listed} not listed (--max_problems).` : ''}`);
    },
  };
}

const colors: Record<Severity, string> = { error: '31', warning: '33', info: '36', hint: '2' };

function textLine(d: Diagnostic, color: boolean): string {
  const severity = color ? `\u001B[${colors[d.severity]}m${d.severity}\u001B[0m` : d.severity;
  return `${d.file}:${d.line}:${d.column}: ${severity}: ${d.message} [${d.code}]\n`;
}

/** Everything before the first result. Written in one piece with what follows, it is one JSON document. */
function sarifHead(): string {
  const rules = checks.entries.map((check) => ({ id: check.id, shortDescription: { text: check.title }, fullDescription: { text: check.effect }, defaultConfiguration: { level: level(check.severity) } }));
  const driver = JSON.stringify({ name: 'Posttrain', rules });
  return `{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":{"driver":${driver}},"columnKind":"utf16CodeUnits","results":[\n`;
}

function sarifResult(d: Diagnostic): unknown {
  // A region must not be empty at the start of a file; SARIF leaves its end out then.
  const point = d.line === d.endLine && d.column === d.endColumn;
  return {
    ruleId: d.code,
    level: level(d.severity),
    message: { text: d.message },
    locations: [{ physicalLocation: { artifactLocation: { uri: fileUri(d.file) }, region: { startLine: d.line, startColumn: d.column, ...(point ? {} : { endLine: d.endLine, endColumn: d.endColumn }) } } }],
    ...(d.method === undefined ? {} : { properties: { method: d.method } }),
  };
}

function level(severity: Severity): string {
  return severity === 'error' || severity === 'warning' ? severity : 'note';
}

/** Relative paths stay relative, which is what code scanning wants. */
function fileUri(path: string): string {
  const slashes = path.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
  if (/^[A-Za-z]:\//.test(path.replaceAll('\\', '/'))) return `file:///${slashes.replace('%3A', ':')}`;
  return slashes.startsWith('/') ? `file://${slashes}` : slashes;
}
