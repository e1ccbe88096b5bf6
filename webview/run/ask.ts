/** The Ask tab: one question to the base model and to the tuned one, answers side by side as they come. */

import type { AskAnswer, AskParams, AskSide, RunFacts } from '../../src/protocol/runView.ts';
import { isCancelled } from '../../src/core/abort.ts';
import { formatCount, formatDuration, formatFixed } from '../../src/run/format.ts';
import { announce } from '../shared/announce.ts';
import { t } from '../shared/connect.ts';
import { button, checkbox, progressRing, textArea } from '../shared/controls.ts';
import { h, setText } from '../shared/dom.ts';

export interface AskedQuestion {
  question: string;
  base: AskAnswer | undefined;
  tuned: AskAnswer | undefined;
}

export interface AskTab {
  readonly element: HTMLElement;
  update(facts: RunFacts): void;
  restore(asked: readonly AskedQuestion[], draft: string): void;
  onState(stream: string, side: AskSide, text: string): void;
  onText(stream: string, side: AskSide, text: string): void;
  focus(): void;
}

export interface AskTabOptions {
  ask(params: AskParams, signal: AbortSignal): Promise<Partial<Record<AskSide, AskAnswer>>>;
  /** For the view's memory. */
  onChange(asked: readonly AskedQuestion[], draft: string): void;
}

const KEEP = 20;
const MAX_NEW_TOKENS = 128;
const SAMPLING_TEMPERATURE = 0.8;

interface Pending {
  stream: string;
  abort: AbortController;
  card: QuestionCard;
}

export function createAskTab(options: AskTabOptions): AskTab {
  let asked: AskedQuestion[] = [];
  let pending: Pending | undefined;
  let blocked: string | undefined;
  let count = 0;
  let seed = 1;

  const input = textArea({ label: t('Question'), placeholder: t('What is the capital of France?'), rows: 3, onInput: () => (remember(), refresh()), onSubmit: () => void submit() });
  const ask = button({ label: t('Ask Both'), icon: 'chat', look: 'primary', title: t('Ctrl+Enter'), onClick: () => void submit() });
  const cancel = button({ label: t('Cancel'), icon: 'close', onClick: () => pending?.abort.abort() });
  const random = checkbox(t('Vary the answers'), false, () => undefined);
  random.element.title = t('Off: always the likeliest token. On: sampled at temperature {0}, another seed each time.', SAMPLING_TEMPERATURE);
  const note = h('p', { class: 'mut note' });
  const list = h('div', { class: 'stack' });
  const element = h('div', { class: 'tab' }, h('div', { class: 'stack ask-form' }, input.element, h('div', { class: 'row wrap' }, ask.element, cancel.element, random.element), note), list);
  cancel.element.hidden = true;

  const remember = () => options.onChange(asked, input.value);
  const refresh = () => {
    cancel.element.hidden = pending === undefined;
    ask.setDisabled(blocked ?? (pending ? t('An answer is on its way.') : input.value.trim() === '' ? t('Write a question first.') : undefined));
  };

  async function submit(): Promise<void> {
    const question = input.value.trim();
    if (question === '' || pending || blocked) return;
    const stream = `ask-${Date.now()}-${++count}`;
    const card = questionCard(question);
    list.prepend(card.element);
    pending = { stream, abort: new AbortController(), card };
    refresh();
    try {
      const answers = await options.ask(
        { question, maxNewTokens: MAX_NEW_TOKENS, temperature: random.checked ? SAMPLING_TEMPERATURE : 0, seed: random.checked ? ++seed : 1, sides: ['base', 'tuned'], stream },
        pending.abort.signal,
      );
      card.finish('base', answers.base);
      card.finish('tuned', answers.tuned);
      asked = [{ question, base: answers.base, tuned: answers.tuned }, ...asked].slice(0, KEEP);
      announce(t('Base: {0}. Tuned: {1}', answers.base?.text ?? '', answers.tuned?.text ?? ''));
    } catch (error) {
      if (isCancelled(error) || pending?.abort.signal.aborted) card.stop(t('Cancelled.'));
      else card.stop(error instanceof Error ? error.message : String(error), true);
    } finally {
      pending = undefined;
      refresh();
      remember();
      while (list.childElementCount > KEEP) list.lastElementChild!.remove();
    }
  }

  refresh();
  return {
    element,
    update(facts) {
      blocked = facts.blocked ?? (facts.scores ? t('A reward model scores answers and does not write any: there is nothing to ask.') : facts.answersFrom === undefined ? t('There is nothing to ask yet: the run has written no checkpoint.') : undefined);
      const checkpoint = facts.checkpoints.at(-1)?.step;
      setText(note, blocked ?? (facts.answersFrom === 'final' || checkpoint === undefined ? t('Base: the model the run started from. Tuned: its result.') : t('Base: the model the run started from. Tuned: its checkpoint of step {0}.', formatCount(checkpoint))));
      refresh();
    },
    restore(stored, draft) {
      asked = [...stored];
      input.value = draft;
      list.replaceChildren(
        ...asked.map((entry) => {
          const card = questionCard(entry.question);
          card.finish('base', entry.base);
          card.finish('tuned', entry.tuned);
          return card.element;
        }),
      );
      refresh();
    },
    onState: (stream, side, text) => pending?.stream === stream && pending.card.state(side, text),
    onText: (stream, side, text) => pending?.stream === stream && pending.card.append(side, text),
    focus: () => input.focus(),
  };
}

interface QuestionCard {
  element: HTMLElement;
  state(side: AskSide, text: string): void;
  append(side: AskSide, text: string): void;
  finish(side: AskSide, answer: AskAnswer | undefined): void;
  stop(reason: string, isError?: boolean): void;
}

function questionCard(question: string): QuestionCard {
  const sides = { base: answerBox(t('Base')), tuned: answerBox(t('Tuned')) };
  const problem = h('p', { class: 'note', role: 'alert', hidden: true });
  const element = h('article', { class: 'asked stack tight', 'aria-label': question }, h('p', { class: 'question' }, question), h('div', { class: 'sides' }, sides.base.element, sides.tuned.element), problem);
  return {
    element,
    state: (side, text) => sides[side].state(text),
    append: (side, text) => sides[side].append(text),
    finish: (side, answer) => sides[side].finish(answer),
    stop(reason, isError = false) {
      problem.hidden = false;
      problem.className = isError ? 'note err' : 'note mut';
      setText(problem, reason);
      sides.base.finish(undefined);
      sides.tuned.finish(undefined);
    },
  };
}

function answerBox(label: string) {
  const title = h('span', {}, label);
  const figures = h('span', { class: 'mut figures' });
  const text = h('span');
  const waiting = h('span', { class: 'row mut waiting' }, progressRing(), h('span', {}, t('Waiting…')));
  const body = h('div', { class: 'answer' }, text, waiting);
  return {
    element: h('section', { class: 'stack tight', 'aria-label': label }, h('h3', { class: 'label row between' }, title, figures), body),
    state: (words: string) => {
      waiting.hidden = words === '';
      setText(waiting.lastElementChild!, words);
    },
    append: (more: string) => {
      waiting.hidden = true;
      text.append(more);
    },
    finish(answer: AskAnswer | undefined) {
      waiting.hidden = true;
      if (!answer) return;
      setText(text, answer.text.trim() === '' ? t('(empty answer)') : answer.text);
      text.className = answer.text.trim() === '' ? 'mut' : '';
      setText(title, `${label} · ${answer.model}`);
      const end = answer.finish === 'length' ? t('cut at {0} tokens', answer.tokens) : answer.finish === 'cancelled' ? t('cancelled') : t('{0} tokens', formatCount(answer.tokens));
      setText(figures, `${end} · ${answer.seconds < 10 ? `${formatFixed(answer.seconds, 1)}s` : formatDuration(answer.seconds)}`);
    },
  };
}
