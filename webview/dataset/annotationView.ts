/** What the annotator says about a row: the choices with their keys, labels and a note; and how much of the file is done. */

import { visibleText } from '../../src/dataset/badText.ts';
import type { AnnotationProgress, RowDetail, Said } from '../../src/protocol/datasetView.ts';
import { datasetKeys, type DatasetAction } from '../../src/protocol/datasetKeys.ts';
import { t } from '../shared/connect.ts';
import { h, setAttributes, setText } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { keyNames } from './keyNames.ts';
import { formatCount } from './numbers.ts';
import type { ShownRow } from './shownRow.ts';
import { beginStroke, type Stroke } from './strokes.ts';

export interface AnnotationView {
  /** In the bar on top. */
  readonly progress: HTMLElement;
  /** In the head of the card. */
  readonly blindButton: HTMLElement;
  /** Among the actions. */
  readonly choices: HTMLElement;
  /** On the card. */
  readonly element: HTMLElement;
  show(row: ShownRow | undefined, detail: Pick<RowDetail, 'annotation' | 'drafts'> | undefined, kind: 'pair' | 'flag' | 'row', blind: boolean): void;
  setProgress(progress: AnnotationProgress | undefined): void;
  edit(what: 'labels' | 'note'): void;
  /** What was typed is sent. */
  flush(): Promise<void>;
}

export interface AnnotationHandlers {
  act(action: DatasetAction): void;
  say(row: ShownRow, said: Said): Promise<unknown>;
  /** What is typed and not said yet; undefined when it is what was said before. */
  keepDraft(row: ShownRow, what: 'labels' | 'note', text: string | undefined): Promise<void>;
}

const TYPED_MS = 700;

export function createAnnotationView(handlers: AnnotationHandlers): AnnotationView {
  const choice = (action: 'markGood' | 'markBad' | 'tie' | 'skipRow') => {
    const label = h('span', { class: 'lbl' });
    const button = h('button', { type: 'button', class: 'btn choice', 'aria-pressed': 'false', onclick: () => handlers.act(action) }, label, h('kbd', { 'aria-hidden': 'true' }, keyNames(action)[0]!));
    return { action, button, label };
  };
  const [good, bad, tie, skip] = [choice('markGood'), choice('markBad'), choice('tie'), choice('skipRow')];
  const choices = h('span', { class: 'choices', role: 'group', 'aria-label': t('Judgement') }, good.button, bad.button, tie.button, skip.button);
  setText(tie.label, t('Tie'));
  setText(skip.label, t('Skip'));

  const state = h('span', { class: 'mut' });
  const field = <E extends HTMLInputElement | HTMLTextAreaElement>(input: E, what: 'labels' | 'note', read: (text: string) => Said) => {
    let into: ShownRow | undefined;
    let draft: Stroke | undefined;
    let sent = '';
    /** What the extension has. */
    let said = '';
    let timer: ReturnType<typeof setTimeout> | undefined;
    let sending: Promise<unknown> = Promise.resolve();
    const send = () => {
      clearTimeout(timer);
      const text = input.value;
      if (!into || text === sent) return sending;
      const [row, kept] = [into, draft];
      sent = text;
      sending = sending.then(() => kept?.end()).then(() => handlers.say(row, read(text)));
      return sending;
    };
    input.addEventListener('input', (event) => {
      clearTimeout(timer);
      draft?.type(input.value);
      if (!(event as InputEvent).isComposing) timer = setTimeout(() => void send(), TYPED_MS);
    });
    input.addEventListener('blur', () => void send());
    input.addEventListener('keydown', (event) => {
      const { isComposing, key } = event as KeyboardEvent;
      if (isComposing || key !== 'Escape') return;
      event.stopPropagation();
      input.closest<HTMLElement>('.scroll')?.focus({ preventScroll: true });
    });
    return {
      show(row: ShownRow | undefined, text: string, drafts: RowDetail['drafts'] = []) {
        const same = row === into;
        if (!same) void send();
        said = text;
        if (same && (document.activeElement === input || input.value !== sent)) return; // being typed
        if (!same) draft = row && beginStroke((typed) => handlers.keepDraft(row, what, typed === said ? undefined : typed));
        into = row;
        sent = text;
        // what is half-typed comes back with the row; while it is shown, the draft of what was said may be there a moment longer
        input.value = (same ? undefined : drafts.find(({ place }) => place === what)?.text) ?? text;
      },
      flush: async () => void (await send()),
    };
  };
  const labelsId = 'annotation-labels';
  const noteId = 'annotation-note';
  const labelsInput = h('input', { type: 'text', id: labelsId, class: 'annotation-field', placeholder: t('Labels, with commas between them'), dir: 'auto', autocomplete: 'off' });
  const noteInput = h('textarea', { id: noteId, class: 'annotation-field', rows: 2, placeholder: t('Why? One line helps the next annotator.'), dir: 'auto' });
  const labels = field(labelsInput, 'labels', (text) => ({ labels: [...new Set(text.split(/[,，、\n]/).map((label) => label.trim()).filter((label) => label !== ''))] }));
  const note = field(noteInput, 'note', (text) => ({ note: text }));
  const heading = (id: string, text: string, action: DatasetAction) => h('label', { for: id, title: t(datasetKeys[action].title) }, text, ' ', h('kbd', { 'aria-hidden': 'true' }, keyNames(action)[0]!));
  const element = h(
    'section',
    { class: 'sect annotation', 'aria-label': t('Annotation') },
    h('div', { class: 'sect-h' }, h('h2', {}, t('Annotation')), state),
    h('div', { class: 'annotation-fields' }, heading(labelsId, t('Labels'), 'editLabels'), labelsInput, heading(noteId, t('Note'), 'editNote'), noteInput),
  );

  const fill = h('i', {});
  const bar = h('span', { class: 'progress labelled', role: 'progressbar', 'aria-label': t('Labelled rows') }, fill);
  const words = h('span', { class: 'num' });
  const next = h('button', { type: 'button', class: 'btn ghost labelling', onclick: () => handlers.act('nextUnlabelled') }, bar, words, h('kbd', { 'aria-hidden': 'true' }, keyNames('nextUnlabelled')[0]!));
  next.hidden = true;

  const blindButton = h('button', { type: 'button', class: 'btn ghost', title: t(datasetKeys.toggleBlind.title), onclick: () => handlers.act('toggleBlind') }, icon('eyeOff'), h('span', { class: 'lbl' }, t('Blind A/B')), h('kbd', { 'aria-hidden': 'true' }, keyNames('toggleBlind')[0]!));

  return {
    progress: next,
    blindButton,
    choices,
    element,
    show(row, detail, kind, blind) {
      const annotation = detail?.annotation;
      element.hidden = !annotation;
      choices.hidden = !annotation;
      tie.button.hidden = kind !== 'pair';
      choices.classList.toggle('of-pair', kind === 'pair');
      blindButton.hidden = kind !== 'pair';
      blindButton.setAttribute('aria-pressed', String(blind));
      setText(good.label, kind === 'pair' ? t('Choose A') : t('Good'));
      setText(bad.label, kind === 'pair' ? t('Choose B') : t('Bad'));
      const { verdict } = annotation ?? {};
      const first = blind ? annotation?.first : 'chosen';
      const pressed = { markGood: verdict === 'good' || (verdict !== undefined && verdict === first), markBad: verdict === 'bad' || ((verdict === 'chosen' || verdict === 'rejected') && verdict !== first), tie: verdict === 'tie', skipRow: verdict === 'skip' };
      for (const { action, button } of [good, bad, tie, skip]) button.setAttribute('aria-pressed', String(pressed[action]));
      const said = verdict === undefined ? t('Not labelled') : pressed.tie ? t('A tie') : pressed.skipRow ? t('Skipped') : kind === 'pair' ? (pressed.markGood ? t('You chose A') : t('You chose B')) : pressed.markGood ? t('Good') : t('Bad');
      const others = annotation?.others ?? 0;
      setText(state, others === 0 ? said : others === 1 ? t('{0} · judged by one other', said) : t('{0} · judged by {1} others', said, others));
      labels.show(row, annotation?.labels.join(', ') ?? '', detail?.drafts);
      note.show(row, annotation?.note ?? '', detail?.drafts);
    },
    setProgress(progress) {
      next.hidden = !progress;
      if (!progress) return;
      const { rows, done, skipped, choices: counts, labels: named, perHour, annotator } = progress;
      const judged = done + skipped;
      bar.hidden = rows === undefined;
      fill.style.width = `${(100 * judged) / Math.max(1, rows ?? 1)}%`;
      const left = rows === undefined ? undefined : rows - judged;
      const main = rows === undefined ? t('{0} labelled', formatCount(judged)) : t('{0} / {1} labelled', formatCount(judged), formatCount(rows));
      const pace = perHour === undefined ? '' : left ? (left > perHour ? t('{0} per hour · {1} h left', formatCount(perHour), formatCount(Math.ceil((10 * left) / perHour) / 10)) : t('{0} per hour · {1} min left', formatCount(perHour), formatCount(Math.ceil((60 * left) / perHour)))) : t('{0} per hour', formatCount(perHour));
      setText(words, [main, pace].filter((part) => part !== '').join(' · '));
      const kinds = { better: t('one of two answers'), tie: t('tie'), good: t('good'), bad: t('bad') };
      const parts = [
        ...(annotator === undefined ? [] : [visibleText(annotator)]),
        ...Object.entries(counts).map(([kind, n]) => `${kinds[kind as keyof typeof kinds]}: ${formatCount(n)}`),
        ...(skipped > 0 ? [`${t('skipped')}: ${formatCount(skipped)}`] : []),
        ...(left === undefined ? [] : [t('{0} left', formatCount(left))]),
        ...Object.entries(named).map(([label, n]) => `${visibleText(label)}: ${formatCount(n)}`),
      ];
      const all = [words.textContent, ...parts].join('\n');
      setAttributes(bar, { 'aria-valuemin': 0, 'aria-valuemax': rows ?? judged, 'aria-valuenow': judged, 'aria-valuetext': words.textContent });
      setAttributes(next, { title: `${all}\n${t(datasetKeys.nextUnlabelled.title)}`, 'aria-label': `${[words.textContent, ...parts].join(', ')}. ${t(datasetKeys.nextUnlabelled.title)}` });
    },
    edit(what) {
      if (element.hidden) return;
      const input = what === 'note' ? noteInput : labelsInput;
      input.focus();
      input.scrollIntoView({ block: 'nearest' });
    },
    flush: async () => void (await Promise.all([labels.flush(), note.flush()])),
  };
}
