/** The statistics page of a dataset: what it can feed, what it holds, and what to know before training. */

import type { Feed } from '../../src/methods/datasetStats.ts';
import type { Peer } from '../../src/protocol/rpc.ts';
import type { StatsChoices, StatsState, StatsViewHost, StatsViewPage } from '../../src/protocol/statsView.ts';
import { adviceText, feedText, timeText, tokenFacts } from '../../src/run/statsText.ts';
import { connectHost, t } from '../shared/connect.ts';
import { button } from '../shared/controls.ts';
import { h, setText } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { openStatePage, type StatePage } from '../shared/statePage.ts';
import '../shared/theme.css';
import './stats.css';
import { histogram, shares } from './figures.ts';
import { placeOnTrack, summaryText } from './texts.ts';

const root = h('main', { class: 'stats' });
document.body.append(root);

let page: StatePage<StatsState> | undefined;
const host: Peer<StatsViewPage, StatsViewHost> = connectHost<StatsViewPage, StatsViewHost>({}, { 'stats/changed': (state) => page?.update(state) });

async function ask() {
  await host.ready;
  return host.request('stats/open', null);
}
void openStatePage(root, ask, createPage).then((opened) => (page = opened));

function createPage(): StatePage<StatsState> {
  const send = (request: Promise<null>) => void request.catch(() => undefined);
  const set = (choices: Partial<StatsChoices>) => send(host.request('stats/set', choices));
  const title = h('h1');
  const summary = h('p', { class: 'summary', role: 'status' });
  const again = button({ label: t('Count Again'), icon: 'reset', onClick: () => send(host.request('stats/countAgain', null)) });
  const model = button({ label: t('Choose Model…'), icon: 'tokens', onClick: () => send(host.request('stats/chooseModel', null)) });
  const measure = button({ label: t('Measure Speed'), icon: 'clock', onClick: () => send(host.request('stats/measure', null)) });
  const method = h('select', { id: 'method', onchange: () => set({ method: method.value || null }) });
  const number = (id: string, least: number, step: string, given: (value: number | null) => Partial<StatsChoices> | undefined) => {
    const input = h('input', { id, type: 'number', min: least, step });
    input.addEventListener('change', () => {
      const value = input.value === '' ? null : Number(input.value);
      const choices = value !== null && !(value >= least) ? undefined : given(value);
      input.setAttribute('aria-invalid', String(choices === undefined));
      if (choices) set(choices);
    });
    return input;
  };
  const maxLength = number('max_length', 1, '1', (value) => (value === null || Number.isInteger(value) ? { maxLength: value } : undefined));
  const epochs = number('epochs', 0.1, 'any', (value) => (value === null ? undefined : { epochs: value }));
  const speed = number('speed', 0.1, 'any', (value) => ({ tokensPerSecond: value }));
  const field = (label: string, input: HTMLElement) => h('label', { class: 'field', for: input.id }, h('span', { class: 'mut' }, label), input);
  const tokenFields = h('div', { class: 'fields' }, field(t('Method'), method), field('max_length', maxLength), field(t('Epochs'), epochs), field(t('Tokens/s, if you know'), speed), measure.element);
  const advice = h('ul', { class: 'advice' });
  const feeds = h('ul', { class: 'feeds' });
  const modelName = h('p', { class: 'mut' });
  const facts = h('dl', { class: 'facts' });
  const time = h('p', { class: 'time' });
  const figures = h('div', { class: 'figures' });
  const body = h('div', {}, advice, h('h2', {}, t('What it can feed')), feeds, h('h2', {}, t('Tokens')), h('div', { class: 'model' }, modelName, model.element), tokenFields, facts, time, h('h2', {}, t('What it holds')), figures);
  root.replaceChildren(h('header', {}, h('div', { class: 'grow' }, title, summary), again.element), body);
  let drawn: string | undefined;

  return {
    update(state: StatsState) {
      const { counted, choices, error, seconds, probe } = state;
      setText(title, state.name);
      setText(summary, summaryText(state, t));
      summary.className = `summary${error ? ' err' : ''}`;
      again.setDisabled(state.fraction === null ? undefined : t('Counting is under way.'));
      setText(modelName, state.model === '' ? t('Choose a model to count tokens as its tokenizer makes them. Until then they are taken from the bytes of the texts, four to a token.') : t('Counted with the tokenizer of {0}.', state.model));
      body.hidden = counted === null;
      tokenFields.hidden = state.model === '';
      measure.setDisabled(state.measuring ? t('The look is under way.') : undefined);
      fill(maxLength, choices.maxLength);
      fill(epochs, choices.epochs);
      fill(speed, choices.tokensPerSecond);
      if (!counted) return;
      const { stats, feeds: fed, methods } = counted;
      const times = [seconds.given !== null && timeText(seconds.given, { tokensPerSecond: choices.tokensPerSecond! }, t), seconds.best !== null && timeText(seconds.best, probe!, t)];
      setText(time, times.filter(Boolean).join(' '));
      time.hidden = time.textContent === '';
      advice.replaceChildren(...state.advice.map((one) => h('li', { 'data-code': one.code }, icon('warning', 'warn'), h('span', {}, adviceText(one, t)))));
      // Charts and rows stay while only what is asked about them changes.
      const key = JSON.stringify(counted);
      if (drawn === key) return;
      drawn = key;
      method.replaceChildren(...methods.map((id) => h('option', { value: id, selected: id === (stats.tokens?.method ?? choices.method) }, id)));
      feeds.replaceChildren(...fed.map(feedRow));
      const { tokens, content } = stats;
      facts.hidden = tokens === undefined;
      facts.replaceChildren(...(tokens ? tokenFacts(tokens, t).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]) : []));
      const drawings = [
        tokens?.length && histogram(t('Tokens of a sequence'), tokens.length, t('tokens')),
        content.chars && histogram(t('Characters of a row'), content.chars, t('characters')),
        content.turns && histogram(t('Turns of a conversation'), content.turns, t('turns')),
        content.roles.length > 0 && shares(t('Roles'), content.roles),
        content.labels.length > 0 && shares(t('Labels'), content.labels),
        content.scripts.length > 0 && shares(t('Scripts'), content.scripts, t('a first idea of the languages')),
      ];
      figures.replaceChildren(...drawings.filter((one) => one instanceof HTMLElement));
    },
  };

  function feedRow(feed: Feed): HTMLElement {
    const { id, label, amount, convertTo, range, verdict } = feed;
    const name = id === 'online-rl' ? t('Online reinforcement learning (GRPO, RLOO), with other trainers') : label;
    const row = h('li', { class: verdict, 'data-feed': id }, h('div', { class: 'grow' }, h('h3', {}, name), h('p', {}, feedText(feed, t))));
    if (amount === null) return row;
    const known = h('i', { class: 'known' });
    const [low, high] = range.map((edge) => placeOnTrack(edge, range)) as [number, number];
    known.style.left = `${low}%`;
    known.style.width = `${high - low}%`;
    const mark = h('i', { class: 'mark' });
    mark.style.left = `${placeOnTrack(amount, range)}%`;
    row.append(h('div', { class: 'range', 'aria-hidden': 'true' }, known, mark));
    if (convertTo !== undefined) row.append(button({ label: t('Convert…'), icon: 'swap', onClick: () => send(host.request('stats/convert', { to: convertTo })) }).element);
    return row;
  }
}

/** What somebody is typing stays. */
function fill(input: HTMLInputElement, value: number | null): void {
  if (document.activeElement !== input) input.value = value === null ? '' : String(value);
}
