/** Where people type what to find and what to put in its place, and the line above the list that says what was found. */

import { visibleText } from '../../src/dataset/badText.ts';
import type { DocumentState, FindRequest } from '../../src/protocol/datasetView.ts';
import { t } from '../shared/connect.ts';
import { h, setAttributes, setText } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { formatCount } from './numbers.ts';
import { hasPart, sortOf, togglePart, withSort } from './queryText.ts';

export interface FindHandlers {
  /** Something else is to be found. `soon`: someone is still typing. */
  changed(soon: boolean): void;
  again(): void;
  /** Enter: on to the rows. */
  leave(): void;
  replaceRow(): void;
  replaceAll(): void;
}

/** What the line above the list says. */
export interface FindStatus {
  total: number;
  /** Undefined while all rows are shown. */
  found: number | undefined;
  /** From 0 to 1 while rows are still being looked at. */
  progress: number | undefined;
  /** Rows changed since they were looked at. */
  outdated: boolean;
  problem: string | undefined;
}

export interface FindBar {
  readonly element: HTMLElement;
  readonly listHead: HTMLElement;
  request: FindRequest;
  setState(state: DocumentState): void;
  setStatus(status: FindStatus): void;
  /** Puts the cursor into the text; `replace` opens or closes the second line. */
  open(replace: boolean | undefined): void;
  clear(): void;
}

const LABEL_CHIPS = 3;

/** What the chips say of annotations. */
function saidIn(state: DocumentState | undefined): unknown {
  return state?.annotations && [state.annotations.skipped, state.annotations.labels];
}

const mac = /Mac|iP(hone|ad)/.test(navigator.platform);

export function createFindBar(handlers: FindHandlers): FindBar {
  const edited = (soon: boolean) => {
    draw();
    handlers.changed(soon);
  };
  const toggle = (label: string, text: string, key: string) => {
    const element = h('button', { class: 'find-toggle', 'aria-pressed': 'false', 'aria-label': label, title: `${label} (${mac ? '⌥⌘' : 'Alt+'}${key})`, onclick: () => (flip(element), edited(false)) }, text);
    return element;
  };
  const flip = (element: HTMLElement) => element.setAttribute('aria-pressed', String(!isOn(element)));
  const isOn = (element: HTMLElement) => element.getAttribute('aria-pressed') === 'true';

  const input = h('input', { class: 'find-input', type: 'text', spellcheck: 'false', autocomplete: 'off', 'aria-label': t('Search rows'), oninput: () => edited(true) });
  const matchCase = toggle(t('Match case'), 'Aa', 'C');
  const regex = toggle(t('Use regular expression'), '.*', 'R');
  const slash = h('kbd', { 'aria-hidden': 'true' }, '/');
  const field = h('div', { class: 'find-field' }, icon('search', 'small'), input, matchCase, regex, slash);
  const problem = h('p', { class: 'find-problem', role: 'alert', hidden: true });
  const chips = h('div', { class: 'chips', role: 'group', 'aria-label': t('Filters') });
  const replaceButton = h('button', { class: 'icon-btn', 'aria-label': t('Replace'), 'aria-expanded': 'false', title: `${t('Replace')} (${mac ? '⌥⌘F' : 'Ctrl+H'})`, onclick: () => open(replaceRow.hidden !== false) }, icon('replace'));
  const replaceInput = h('input', { class: 'find-input', type: 'text', spellcheck: 'false', autocomplete: 'off', 'aria-label': t('Replace with'), placeholder: t('Replace with'), oninput: () => edited(true) });
  const inRow = h('button', { class: 'btn', onclick: () => handlers.replaceRow() }, t('Replace in Row'));
  const inAll = h('button', { class: 'btn primary', onclick: () => handlers.replaceAll() }, t('Replace All'));
  const replaceRow = h('div', { class: 'find-replace', hidden: true }, h('div', { class: 'find-field' }, icon('replace', 'small'), replaceInput), inRow, inAll, h('span', { class: 'mut ell' }, t('In texts only: keys and roles stay.')));
  const element = h('div', { class: 'find', role: 'search' }, h('div', { class: 'find-line' }, field, chips, h('span', { class: 'grow' }), replaceButton), replaceRow, problem);

  const count = h('span', { class: 'num' });
  const progress = h('span', { class: 'progress', role: 'progressbar', 'aria-label': t('Searching'), hidden: true }, h('i'));
  const again = h('button', { class: 'icon-btn', 'aria-label': t('Search again'), title: t('Rows changed since: search again'), hidden: true, onclick: () => handlers.again() }, icon('reset'));
  const clear = h('button', { class: 'icon-btn', 'aria-label': t('Show all rows'), title: `${t('Show all rows')} (Esc)`, hidden: true, onclick: () => clearAll() }, icon('close'));
  const sort = h('select', { class: 'sort', 'aria-label': t('Order'), onchange: () => ((input.value = withSort(input.value, sort.value)), edited(false)) });
  const listHead = h('div', { class: 'list-h' }, count, progress, h('span', { class: 'grow' }), again, clear, sort);

  let state: DocumentState | undefined;

  const request = (): FindRequest => ({ text: input.value, matchCase: isOn(matchCase), regex: isOn(regex), with: replaceRow.hidden ? undefined : replaceInput.value });

  function clearAll(): void {
    input.value = '';
    edited(false);
    handlers.leave();
  }

  function open(replace: boolean | undefined): void {
    const other = replace !== undefined && replace !== !replaceRow.hidden;
    if (other) {
      replaceRow.hidden = !replace;
      replaceButton.setAttribute('aria-expanded', String(replace));
      edited(false);
    }
    input.focus();
    input.select();
  }

  /** Chips and order are parts of what is typed; where that is taken as it is, there are none. */
  function draw(): void {
    const literal = isOn(regex) || !replaceRow.hidden;
    chips.hidden = sort.hidden = literal;
    element.closest('.pt')?.classList.toggle('is-replacing', !replaceRow.hidden);
    input.placeholder = replaceRow.hidden ? (literal ? t('Regular expression') : t('Search, or turns > 6')) : t('Find in texts');
    slash.hidden = input.value !== '';
    for (const chip of chips.children as unknown as Iterable<HTMLElement>) chip.setAttribute('aria-pressed', String(hasPart(input.value, chip.dataset.part!)));
    const own = sortOf(input.value);
    const known = [...sort.options].some(({ value }) => value === own);
    if (!known) sort.append(h('option', { value: own }, own.startsWith('-') ? t('{0}, largest first', own.slice(1)) : own));
    sort.value = own;
  }

  function drawChoices(): void {
    const fields = state?.format?.fields ?? [];
    const found = state?.problems;
    const problemRows = found && found.errorRows + found.warningRows;
    const chip = (label: string, part: string, rows?: number) => h('button', { class: 'chip', 'data-part': part, title: part, onclick: () => ((input.value = togglePart(input.value, part)), edited(false)) }, label, rows !== undefined && h('b', {}, formatCount(rows)));
    const pair = fields.some(({ side }) => side === 'chosen') && fields.some(({ side }) => side === 'rejected');
    const flag = fields.find(({ type }) => type === 'flag');
    const turns = fields.some(({ key }) => key === 'messages');
    chips.replaceChildren(
      ...(found?.complete && problemRows === 0 && !hasPart(input.value, 'problem:any') ? [] : [chip(t('Problems'), 'problem:any', found?.complete ? problemRows : undefined)]),
      ...(pair ? [chip(t('Longer chosen'), 'chosen.length>rejected.length')] : []),
      ...(flag ? [chip(t('Good'), `${flag.key}=true`), chip(t('Bad'), `${flag.key}=false`)] : []),
      ...annotationChips(chip),
      ...(turns ? [chip(t('Tool turns'), 'role:tool'), chip(t('Over 8 turns'), 'turns>8')] : []),
    );
    sort.replaceChildren(
      ...[['', t('File order')], ['length', t('Shortest first')], ['-length', t('Longest first')], ...(turns ? [['-turns', t('Most turns first')]] : []), ...(pair ? [['-delta', t('Chosen longest by')], ['delta', t('Rejected longest by')]] : [])].map(([value, label]) => h('option', { value }, label)),
    );
    draw();
  }

  /** What was said about rows, once something was; of labels those that are given most. */
  function annotationChips(chip: (label: string, part: string, rows?: number) => HTMLElement): HTMLElement[] {
    const said = state?.annotations;
    if (!said) return [];
    const labels = Object.entries(said.labels).sort(([, a], [, b]) => b - a).slice(0, LABEL_CHIPS);
    return [
      chip(t('Not labelled'), 'annotation:unlabelled'),
      ...(said.skipped > 0 ? [chip(t('Skipped'), 'annotation:skipped', said.skipped)] : []),
      chip(t('With a note'), 'annotation:note'),
      ...labels.map(([label, rows]) => chip(visibleText(label), `annotation:"${label.replace(/["\\]/g, '\\$&')}"`, rows)),
    ];
  }

  element.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    const inReplace = event.target === replaceInput;
    if (event.key === 'Escape') {
      event.preventDefault();
      if (!replaceRow.hidden) open(false);
      else if (input.value !== '') clearAll();
      else handlers.leave();
    } else if (event.key === 'Enter' && (inReplace || event.target === input)) {
      event.preventDefault();
      if (inReplace && (event.ctrlKey || event.metaKey) && event.altKey) handlers.replaceAll();
      else if (inReplace) handlers.replaceRow();
      else handlers.leave();
    } else if (event.altKey && (mac ? event.metaKey : !event.ctrlKey) && (event.code === 'KeyC' || event.code === 'KeyR')) {
      event.preventDefault();
      flip(event.code === 'KeyC' ? matchCase : regex);
      edited(false);
    } else if (event.key === 'ArrowDown' && event.target === input) {
      event.preventDefault();
      handlers.leave();
    } else {
      return;
    }
    event.stopPropagation();
  });
  drawChoices();

  return {
    element,
    listHead,
    get request() {
      return request();
    },
    set request(next) {
      input.value = next.text;
      matchCase.setAttribute('aria-pressed', String(next.matchCase));
      regex.setAttribute('aria-pressed', String(next.regex));
      replaceRow.hidden = next.with === undefined;
      replaceButton.setAttribute('aria-expanded', String(next.with !== undefined));
      replaceInput.value = next.with ?? '';
      draw();
    },
    setState(next) {
      const before = state;
      state = next;
      if (before?.format?.id !== next.format?.id || JSON.stringify([before?.problems, saidIn(before)]) !== JSON.stringify([next.problems, saidIn(next)]) || !before) drawChoices();
      inRow.hidden = inAll.hidden = next.readOnly !== undefined;
    },
    setStatus({ total, found, progress: done, outdated, problem: wrong }) {
      const all = total === 1 ? t('1 row') : t('{0} rows', formatCount(total));
      setText(count, found === undefined ? '' : t('{0} of {1}', formatCount(found), all));
      progress.hidden = done === undefined;
      if (done !== undefined) {
        (progress.firstElementChild as HTMLElement).style.width = `${Math.round(100 * done)}%`;
        setAttributes(progress, { 'aria-valuenow': Math.round(100 * done) });
      }
      again.hidden = !outdated || done !== undefined;
      clear.hidden = found === undefined;
      problem.hidden = wrong === undefined;
      setText(problem, wrong ?? '');
      input.setAttribute('aria-invalid', String(wrong !== undefined));
      inAll.disabled = inRow.disabled = found === undefined || found === 0 || done !== undefined;
    },
    open,
    clear: clearAll,
  };
}
