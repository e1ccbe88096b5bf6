/** The run panel: asks the extension for the run, draws it, and sends back what the person does. */

import type { ChartPreferences, RunChange, RunFacts, RunSnapshot, RunViewHost, RunViewPage } from '../../src/protocol/runView.ts';
import type { Peer } from '../../src/protocol/rpc.ts';
import { formatPercent } from '../../src/run/format.ts';
import { announce } from '../shared/announce.ts';
import { connectHost, t, useTranslations } from '../shared/connect.ts';
import { button, progressRing, tabs } from '../shared/controls.ts';
import { h } from '../shared/dom.ts';
import { openViewState } from '../shared/viewState.ts';
import '../shared/theme.css';
import { createAskTab, type AskedQuestion } from './ask.ts';
import { createChartGrid } from './chartGrid.ts';
import { createCurves } from './curves.ts';
import { createHeader } from './header.ts';
import { createLogTab } from './logTab.ts';
import { phaseOf } from './phase.ts';
import './run.css';
import { createSamplesTab } from './samples.ts';
import { createToolbar } from './toolbar.ts';

type TabId = 'samples' | 'ask' | 'log';

interface Memory {
  /** The run directory: what the extension needs to bring the panel back after a reload. */
  dir: string;
  tab: TabId;
  sample: number;
  zoom: [number, number] | null;
  asked: AskedQuestion[];
  draft: string;
}

const LOG_BYTES = 64 * 1024;
const LOG_EVERY_MS = 2000;
const CLOCK_EVERY_MS = 1000;

const memory = openViewState<Memory>(1, { dir: '', tab: 'samples', sample: 0, zoom: null, asked: [], draft: '' }, (stored) => typeof stored.dir === 'string' && ['samples', 'ask', 'log'].includes(stored.tab as string) && Array.isArray(stored.asked));

const root = h('main', { class: 'run' }, h('div', { class: 'first-load' }, progressRing()));
document.body.append(root);

let page: ReturnType<typeof createPage> | undefined;
const early: RunChange[] = [];
const host: Peer<RunViewPage, RunViewHost> = connectHost<RunViewPage, RunViewHost>(
  {},
  {
    'run/changed': (change) => (page ? page.change(change) : early.push(change)),
    'ask/state': ({ stream, side, text }) => page?.ask.onState(stream, side, text),
    'ask/text': ({ stream, side, text }) => page?.ask.onText(stream, side, text),
    'tab/show': ({ tab }) => page?.showTab(tab, true),
  },
);

async function open(): Promise<void> {
  try {
    await host.ready;
    const snapshot = await host.request('run/open', null);
    useTranslations(snapshot.translations);
    document.documentElement.lang = snapshot.locale;
    page = createPage(snapshot);
    for (const change of early.splice(0)) page.change(change);
  } catch (error) {
    root.replaceChildren(h('div', { class: 'bar-message is-error', role: 'alert' }, h('span', { class: 'grow' }, error instanceof Error ? error.message : String(error)), button({ label: t('Try Again'), onClick: () => void open() }).element));
  }
}
void open();

function createPage(snapshot: RunSnapshot) {
  let { facts, preferences } = snapshot;
  const curves = createCurves();
  let notes = snapshot.notes;
  let saidPercent = -1;
  let frame = 0;

  const act = (params: RunViewHost['requests']['run/act']['params']) => void host.request('run/act', params).catch(() => undefined);
  const prefer = (change: Partial<ChartPreferences>) => {
    preferences = { ...preferences, ...change };
    void host.request('preferences/write', preferences).catch(() => undefined);
    drawSoon();
  };

  const header = createHeader({ act: (action, path) => act({ action, ...(path ? { path } : {}) }), ask: () => showTab('ask', true) });
  const toolbar = createToolbar({ smoothing: (smoothing) => prefer({ smoothing }), axis: (axis) => prefer({ axis }), resetZoom: () => charts.resetZoom() });
  const without = (list: readonly string[], id: string) => list.filter((other) => other !== id);
  const charts = createChartGrid({
    hide: (id) => prefer({ hidden: [...without(preferences.hidden, id), id] }),
    show: (id) => prefer({ hidden: without(preferences.hidden, id) }),
    pin: (id) => prefer({ pinned: preferences.pinned.includes(id) ? without(preferences.pinned, id) : [...preferences.pinned, id] }),
    zoomed(steps) {
      memory.update({ zoom: steps && [steps[0], steps[1]] });
      toolbar.update(preferences, steps !== null, charts.unavailable());
    },
  });
  const samples = createSamplesTab((sample) => memory.update({ sample }));
  const ask = createAskTab({ ask: (params, signal) => host.request('ask', params, signal), onChange: (asked, draft) => memory.update({ asked: [...asked], draft }) });
  const log = createLogTab(() => act({ action: 'openLog' }));
  const rail = tabs(
    t('Samples, questions and log'),
    [
      { id: 'samples', label: t('Samples'), panel: samples.element },
      { id: 'ask', label: t('Ask'), panel: ask.element },
      { id: 'log', label: t('Log'), panel: log.element },
    ],
    (id) => {
      memory.update({ tab: id as TabId });
      void readLog();
    },
  );

  root.replaceChildren(header.element, h('div', { class: 'columns' }, h('div', { class: 'left' }, toolbar.element, charts.element), h('aside', { class: 'rail', 'aria-label': t('Samples, questions and log') }, rail.element)));

  const showTab = (tab: TabId, focus: boolean) => {
    rail.select(tab);
    memory.update({ tab });
    if (focus && tab === 'ask') ask.focus();
    void readLog();
  };

  async function readLog(): Promise<void> {
    if (memory.value.tab !== 'log' || document.hidden) return;
    const { text, cut } = await host.request('log/read', { maxBytes: LOG_BYTES }).catch((error: unknown) => ({ text: error instanceof Error ? error.message : String(error), cut: false }));
    log.setText(text, cut);
  }

  const draw = () => {
    frame = 0;
    header.update(facts, Date.now());
    charts.update(curves, preferences, facts.checkpoints.map(({ step }) => step), snapshot.expected, facts.totalSteps);
    toolbar.update(preferences, charts.zoom !== null, charts.unavailable());
  };
  // Nothing is drawn while hidden: the browser gives no animation frames then.
  const drawSoon = () => {
    frame ||= requestAnimationFrame(draw);
  };

  const takeFacts = (next: RunFacts) => {
    const before = facts.status;
    facts = next;
    ask.update(facts);
    samples.update(facts);
    const count = notes.filter((note) => note.severity !== 'info').length;
    rail.setBadge('log', count || undefined, count === 1 ? t('1 warning') : t('{0} warnings', count));
    // A quarter at a time: enough for somebody who listens, and no more than that.
    const quarter = facts.totalSteps > 0 ? Math.floor((facts.step / facts.totalSteps) * 4) : 0;
    if (before !== facts.status) announce(`${facts.name}: ${phaseOf(facts, Date.now(), t).label}`);
    else if (saidPercent >= 0 && quarter > saidPercent) announce(`${facts.name}: ${formatPercent(quarter / 4)}`);
    saidPercent = quarter;
  };

  curves.apply(snapshot.series);
  samples.set(snapshot.samples);
  samples.show(memory.value.sample);
  log.setNotes(notes);
  ask.restore(memory.value.asked, memory.value.draft);
  memory.update({ dir: facts.dir });
  rail.select(memory.value.tab);
  takeFacts(facts);
  draw();
  if (memory.value.zoom) charts.setZoom(memory.value.zoom);
  void readLog();
  setInterval(() => void readLog(), LOG_EVERY_MS);
  setInterval(() => header.update(facts, Date.now()), CLOCK_EVERY_MS);

  return {
    ask,
    showTab,
    change(change: RunChange) {
      if (change.series) {
        curves.apply(change.series);
        if (change.series.whole) samples.set([]);
      }
      samples.add(change.samples);
      if (change.notes.length > 0 || change.series?.whole) {
        notes = change.series?.whole ? change.notes : [...notes, ...change.notes];
        log.setNotes(notes);
      }
      takeFacts(change.facts);
      drawSoon();
    },
  };
}
