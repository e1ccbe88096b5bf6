/** Problems as the editor shows them: what is wrong, its code, and a fix where there is one. */

import type { Problem, Severity } from '../../src/core/problem.ts';
import type { CheckFix } from '../../src/dataset/checks/check.ts';
import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';

export type FixHandler = (fix: CheckFix) => void;

export function problemList(problems: readonly Problem[], onFix: FixHandler | undefined): HTMLElement {
  return h('ul', { class: 'probs' }, ...problems.map((problem) => problemItem(problem, onFix)));
}

function problemItem({ severity, message, code, start, data }: Problem, onFix: FixHandler | undefined): HTMLElement {
  const fix = (data as { fix?: CheckFix } | undefined)?.fix;
  return h(
    'li',
    { class: 'prob' },
    severityIcon(severity),
    h('div', { class: 'prob-text' }, h('span', { class: 'sr' }, `${severityName(severity)}: `), message),
    h(
      'div',
      { class: 'prob-more' },
      fix && onFix && h('button', { class: 'btn link', onclick: () => onFix(fix) }, icon('check', 'small'), fix.title),
      h('span', { class: 'mono mut', title: t('Character {0} of the line', start + 1) }, code),
    ),
  );
}

export function severityIcon(severity: Severity): SVGSVGElement {
  const name = severity === 'error' ? 'error' : severity === 'warning' ? 'warning' : 'info';
  return icon(name, `small ${severity === 'error' ? 'err' : severity === 'warning' ? 'warn' : 'info'}`);
}

export function severityName(severity: Severity): string {
  return { error: t('Error'), warning: t('Warning'), info: t('Note'), hint: t('Hint') }[severity];
}
