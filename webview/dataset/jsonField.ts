/** A value that is JSON: read over lines with its parts told apart, and edited as such. What is typed reaches the row as soon as it is JSON again. */

import { formatJson, parseJson } from '../../src/dataset/jsonValue.ts';
import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { drawBadNote } from './readView.ts';
import type { JsonPart } from './rowLayout.ts';
import type { ShownRow } from './shownRow.ts';
import { growToText, typingField } from './typingField.ts';

export interface JsonField {
  readonly element: HTMLElement;
  readonly part: JsonPart;
  update(row: ShownRow, part: JsonPart, readOnly: boolean): void;
  edit(): void;
  /** Only the values of the current unit are tab stops. */
  setCurrent(current: boolean): void;
  /** Another row comes: what was typed here and is no JSON goes into this one as it is, rather than be overlooked. */
  leave(): void;
  flush(): Promise<void>;
  owns(stroke: string | undefined): boolean;
}

export interface JsonFieldHandlers {
  send(row: ShownRow, part: JsonPart, text: string, stroke: string): Promise<void>;
  /** What is no JSON yet is kept, but not in the row. */
  keepDraft(row: ShownRow, part: JsonPart, text: string): Promise<void>;
  sealed(): void;
}

/** `outside`: what gets the focus at Escape. */
export function createJsonField(shown: ShownRow, first: JsonPart, readOnly: boolean, outside: () => HTMLElement, handlers: JsonFieldHandlers): JsonField {
  let row = shown;
  let part = first;
  let fixed = readOnly;
  /** What the field holds was typed here, by someone who has seen it. */
  let own = false;
  let drafts = 0;
  const view = h('pre', { class: 'mono json', tabindex: -1, role: 'button' });
  const field = h('textarea', { class: 'text mono', rows: 1, spellcheck: 'false', hidden: true });
  const fault = h('p', { class: 'json-fault err', role: 'status', hidden: true }, icon('error', 'small'), t('Not JSON yet: not in the row so far.'));
  const note = h('p', { class: 'bad-note', hidden: true });
  const head = h('div', { class: 'code-head' });
  const element = h('div', { class: 'code' }, head, view, field, fault, note);
  const isJson = (text: string) => parseJson(text) !== undefined;
  const typing = typingField(field, {
    begin: () => {
      const [into, begun] = [row, part];
      return (text, stroke) => (isJson(text) ? handlers.send(into, begun, text, stroke) : handlers.keepDraft(into, begun, text));
    },
    typed: () => {
      own = true;
      growToText(field);
      fault.hidden = isJson(field.value);
    },
    left: () => showView(),
    sealed: handlers.sealed,
    outside,
  });
  const showView = () => {
    const editing = document.activeElement === field || !isJson(field.value);
    field.hidden = !editing;
    view.hidden = editing;
  };
  const edit = () => {
    if (fixed) return;
    field.hidden = false;
    view.hidden = true;
    growToText(field);
    field.focus();
  };
  view.addEventListener('click', () => {
    if (getSelection()?.isCollapsed ?? true) edit();
  });
  view.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    edit();
  });
  const result: JsonField = {
    element,
    get part() {
      return part;
    },
    update(nextRow, next, nextReadOnly) {
      row = nextRow;
      part = next;
      fixed = nextReadOnly;
      const text = formatJson(part.source) ?? part.source;
      // a draft that is no JSON yet stays until it is, or the row is left
      if (fault.hidden) {
        typing.show(part.draft ?? text);
        own = false;
        fault.hidden = part.draft === undefined || isJson(field.value);
      }
      drawJson(view, text);
      drawBadNote(note, part.source);
      head.replaceChildren(...(part.call ? [icon('tool', 'small'), h('b', { class: 'mono' }, part.call.name), h('span', { class: 'mut mono' }, part.call.id)] : [h('span', { class: 'mono' }, part.label)]));
      head.hidden = !part.call && part.label === '';
      element.classList.toggle('scalar', !/^\s*[[{]/.test(part.source) && !part.call);
      field.readOnly = nextReadOnly;
      const name = part.call ? t('Arguments of {0}', part.call.name) : t('{0} as JSON', part.label);
      field.setAttribute('aria-label', name);
      view.setAttribute('aria-label', t('{0}. Press Enter to edit.', name));
      showView();
    },
    edit,
    setCurrent(current) {
      view.tabIndex = current && !fixed ? 0 : -1;
    },
    leave() {
      typing.leave();
      if (own && !isJson(field.value)) void handlers.send(row, part, field.value, `draft-${++drafts}`).then(handlers.sealed, () => undefined);
      own = false;
      fault.hidden = true;
    },
    flush: () => typing.flush(),
    owns: (stroke) => typing.owns(stroke),
  };
  result.update(shown, first, readOnly);
  return result;
}

const tokens = /"(?:[^"\\]|\\.)*"(?=\s*:)|"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|\b(?:true|false|null)\b/g;

/** Names, texts, numbers and words in the colours that the debugger has for them. */
function drawJson(element: HTMLElement, text: string): void {
  const parts: (Node | string)[] = [];
  let from = 0;
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (index > from) parts.push(text.slice(from, index));
    from = index + token.length;
    const kind = token.startsWith('"') ? (/^\s*:/.test(text.slice(from, from + 8)) ? 'name' : 'string') : /^[-\d]/.test(token) ? 'number' : 'word';
    parts.push(h('span', { class: `j-${kind}` }, token));
  }
  element.replaceChildren(...parts, text.slice(from));
}
