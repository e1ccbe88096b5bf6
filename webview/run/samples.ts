/** The Samples tab: one prompt at a time, the first answer against the latest, the words that changed marked, and how it got there. */

import type { RunFacts, SampleAnswer } from '../../src/protocol/runView.ts';
import { formatCount } from '../../src/run/format.ts';
import { t } from '../shared/connect.ts';
import { button } from '../shared/controls.ts';
import { h, setText } from '../shared/dom.ts';
import { visiblePrompt } from './promptText.ts';
import { diffWords } from './wordDiff.ts';

export interface SamplesTab {
  readonly element: HTMLElement;
  update(facts: RunFacts): void;
  /** Starts over. */
  set(answers: readonly SampleAnswer[]): void;
  add(answers: readonly SampleAnswer[]): void;
  show(index: number): void;
}

export function createSamplesTab(onShow: (index: number) => void): SamplesTab {
  const byPrompt = new Map<number, SampleAnswer[]>();
  let order: number[] = [];
  let shown = 0;

  const position = h('span');
  const previous = button({ label: t('Previous prompt'), icon: 'previous', look: 'icon', onClick: () => go(shown - 1) });
  const next = button({ label: t('Next prompt'), icon: 'next', look: 'icon', onClick: () => go(shown + 1) });
  const prompt = h('div', { class: 'answer prompt' });
  const comparison = h('div', { class: 'stack' });
  const history = h('tbody');
  const full = h(
    'div',
    { class: 'stack' },
    h('div', { class: 'row' }, previous.element, position, next.element),
    h('section', { class: 'stack tight', 'aria-label': t('Prompt') }, h('h3', { class: 'label' }, t('Prompt')), prompt),
    comparison,
    h('section', { class: 'stack tight' }, h('h3', { class: 'label' }, t('How this answer changed')), h('table', { class: 'history', 'aria-label': t('How this answer changed') }, history)),
  );
  const empty = h('p', { class: 'mut' });
  const element = h('div', { class: 'tab' }, empty, full);
  full.hidden = true;

  const take = (answers: readonly SampleAnswer[]) => {
    for (const answer of answers) {
      const list = byPrompt.get(answer.index) ?? [];
      // A resumed run samples again: its answers replace those of the same and later steps.
      const kept = list.filter((old) => old.step < answer.step);
      byPrompt.set(answer.index, [...kept, answer]);
    }
    order = [...byPrompt.keys()].sort((a, b) => a - b);
  };

  const draw = () => {
    full.hidden = order.length === 0;
    empty.hidden = order.length > 0;
    if (order.length === 0) return;
    shown = Math.max(0, Math.min(order.length - 1, shown));
    const answers = byPrompt.get(order[shown]!)!;
    const first = answers[0]!;
    const last = answers.at(-1)!;
    setText(position, t('Prompt {0} of {1}', shown + 1, order.length));
    previous.setDisabled(shown === 0 ? t('This is the first prompt.') : undefined);
    next.setDisabled(shown === order.length - 1 ? t('This is the last prompt.') : undefined);
    setText(prompt, visiblePrompt(last.prompt));
    prompt.title = last.prompt;
    comparison.replaceChildren(...compare(first, last));
    history.replaceChildren(...answers.slice(-30).map(historyRow));
  };
  const go = (to: number) => {
    shown = to;
    draw();
    onShow(shown);
  };

  return {
    element,
    update(facts) {
      setText(empty, facts.scores ? t('A reward model scores answers and does not write any: there are no samples. See how its scores of chosen and rejected answers part in the charts.') : t('No samples yet. A run writes them where its spec has "samples: {prompts: FILE.jsonl, every_steps: N}".'));
    },
    set(answers) {
      byPrompt.clear();
      take(answers);
      draw();
    },
    add(answers) {
      if (answers.length === 0) return;
      take(answers);
      draw();
    },
    show(index) {
      shown = index;
      draw();
    },
  };
}

function compare(first: SampleAnswer, last: SampleAnswer): Node[] {
  const title = (answer: SampleAnswer, word: string) => `${word} · ${answer.step === 0 ? t('base model') : t('step {0}', formatCount(answer.step))}`;
  if (first === last) return [answerBlock(title(first, first.step === 0 ? t('Before') : t('Answer')), [answerText(first.completion)])];
  const parts = diffWords(first.completion, last.completion);
  const same = parts.filter((part) => part.kind === 'same').reduce((sum, part) => sum + part.text.length, 0);
  // Marks help where something stayed the same; in two different texts they are noise.
  const mark = same >= 0.3 * Math.min(first.completion.length, last.completion.length);
  const side = (kind: 'removed' | 'added') => parts.filter((part) => part.kind === 'same' || part.kind === kind).map((part) => (part.kind === 'same' || !mark ? part.text : h(kind === 'removed' ? 'del' : 'ins', {}, part.text)));
  return [answerBlock(title(first, t('Before')), first.completion ? (mark ? side('removed') : [first.completion]) : [answerText('')]), answerBlock(title(last, t('After')), last.completion ? side('added') : [answerText('')])];
}

function answerBlock(title: string, content: (Node | string)[]): HTMLElement {
  return h('section', { class: 'stack tight', 'aria-label': title }, h('h3', { class: 'label' }, title), h('div', { class: 'answer' }, ...content));
}

function historyRow(answer: SampleAnswer, i: number, all: SampleAnswer[]): HTMLElement {
  const unchanged = i > 0 && all[i - 1]!.completion === answer.completion;
  return h('tr', {}, h('th', { scope: 'row' }, t('step {0}', formatCount(answer.step))), h('td', { class: unchanged ? 'mut ell' : 'ell', title: answer.completion }, unchanged ? t('same') : answer.completion.trim() || t('(empty)')));
}

function answerText(text: string): Node {
  return text ? document.createTextNode(text) : h('span', { class: 'mut' }, t('(empty answer)'));
}
