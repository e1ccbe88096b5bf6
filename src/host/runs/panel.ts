/** Run panels: one a run, brought back after a window reload, redrawn at most four times a second and only while in view. */

import { promises as fs } from 'node:fs';
import { resolve } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../core/problem.ts';
import { createSlicer } from '../../core/slice.ts';
import { methods } from '../../methods/index.ts';
import { connectPeer, type Peer } from '../../protocol/rpc.ts';
import type { ChartPreferences, MetricSeries, RunChange, RunFacts, RunNote, RunSnapshot, RunViewHost, RunViewPage, SampleAnswer } from '../../protocol/runView.ts';
import { runPaths } from '../../run/directory.ts';
import { clockSeries, type RunSummary } from '../../run/series.ts';
import type { HostContext } from '../context.ts';
import { RUN_PANEL } from '../manifest/editors.ts';
import { webviewHtml, webviewOptions, webviewPort } from '../webviewPage.ts';
import { trainingBlocked } from './allowed.ts';
import { createAsker } from './ask.ts';
import { runFacts, runName } from './facts.ts';
import type { FollowedRun } from './followedRun.ts';
import { readLogTail } from './logTail.ts';
import type { RunStore } from './runStore.ts';

export interface RunPanels extends vscode.Disposable {
  open(dir: string, options?: { beside?: boolean; tab?: 'samples' | 'ask' | 'log' }): Promise<void>;
  isInView(dir: string): boolean;
  /** The run of the panel that has the focus. */
  readonly active: string | undefined;
}

export interface PanelActions {
  act(dir: string, action: RunViewHost['requests']['run/act']['params']): Promise<void>;
}

/** Points a curve gets at most: more than a chart has pixels, few enough to send and to smooth in a millisecond. */
const MAX_POINTS = 5000;
const UPDATE_MS = 250;
const PREFERENCES = 'posttrain.run.preferences';
/** What is rarely looked at is hidden until somebody wants it; its name stands below the charts. */
const defaultPreferences: ChartPreferences = { smoothing: 0.6, axis: 'step', hidden: ['step_time', 'memory_bytes', 'logits'], pinned: [] };

export function createRunPanels(context: HostContext, store: RunStore, actions: PanelActions): RunPanels {
  const open = new Map<string, { panel: vscode.WebviewPanel; showTab(tab: 'samples' | 'ask' | 'log'): void }>();

  const attach = (dir: string, panel: vscode.WebviewPanel) => {
    const view = showRun(context, store, actions, dir, panel);
    open.set(dir, { panel, showTab: view.showTab });
    panel.onDidDispose(() => {
      open.delete(dir);
      view.dispose();
    });
  };

  const serializer = vscode.window.registerWebviewPanelSerializer(RUN_PANEL, {
    async deserializeWebviewPanel(panel, state: unknown) {
      const stored = (state as { value?: { dir?: unknown } } | undefined)?.value?.dir;
      if (typeof stored !== 'string' || stored === '') return panel.dispose();
      const dir = resolve(stored);
      if (open.has(dir)) return panel.dispose();
      panel.webview.options = webviewOptions(context);
      attach(dir, panel);
      await store.add(dir);
    },
  });

  return {
    async open(dir, { beside = false, tab } = {}) {
      if (!(await exists(runPaths(dir).record)) && !(await exists(runPaths(dir).events))) throw new UserError(vscode.l10n.t('{0} is no run directory: it has no run.json and no events.jsonl.', dir));
      const shown = open.get(dir);
      if (shown) shown.panel.reveal();
      else {
        const panel = vscode.window.createWebviewPanel(RUN_PANEL, runName(dir), beside ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active, { ...webviewOptions(context), retainContextWhenHidden: false });
        attach(dir, panel);
        void store.add(dir);
      }
      if (tab) open.get(dir)?.showTab(tab);
    },
    isInView: (dir) => open.get(dir)?.panel.visible === true,
    get active() {
      return [...open].find(([, { panel }]) => panel.active)?.[0];
    },
    dispose() {
      serializer.dispose();
      for (const { panel } of open.values()) panel.dispose();
    },
  };
}

function showRun(context: HostContext, store: RunStore, actions: PanelActions, dir: string, panel: vscode.WebviewPanel) {
  const run = store.follow(dir);
  const asker = createAsker(context, dir, run);
  const sent = new Map<string, number>();
  let sentSamples = 0;
  let sentNotes = 0;
  let sentLife = run.life;
  let opened = false;
  let wantedTab: 'samples' | 'ask' | 'log' | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastSent = 0;

  const takeWhole = (): Pick<RunChange, 'series' | 'samples' | 'notes'> => {
    sent.clear();
    sentLife = run.life;
    const samples = samplesOf(run);
    const notes = notesOf(run.view.summary());
    sentSamples = run.view.samples().length;
    sentNotes = notes.length;
    return { series: { whole: true, series: seriesAfter(run, sent) }, samples, notes };
  };
  const takeNew = (): Pick<RunChange, 'series' | 'samples' | 'notes'> => {
    // Where the fold dropped old samples or notes to stay small, everything is sent again.
    const notes = notesOf(run.view.summary());
    const samples = run.view.samples().length;
    if (run.life !== sentLife || samples < sentSamples || notes.length < sentNotes) return takeWhole();
    const change = { series: { whole: false, series: seriesAfter(run, sent) }, samples: samplesOf(run, sentSamples), notes: notes.slice(sentNotes) };
    sentSamples = samples;
    sentNotes = notes.length;
    return change;
  };

  const host: Peer<RunViewHost, RunViewPage> = connectPeer<RunViewHost, RunViewPage>(
    webviewPort(panel.webview),
    {
      async 'run/open'(): Promise<RunSnapshot> {
        await run.caughtUp;
        const facts = await factsOf(dir, run);
        await thinOut(run);
        const whole = takeWhole();
        opened = true;
        const tab = wantedTab;
        wantedTab = undefined;
        if (tab) setTimeout(() => host.emit('tab/show', { tab }), 0);
        const method = facts.method.id;
        const expected = methods.has(method) ? ['loss', ...methods.get(method).metrics, 'learning_rate', 'grad_norm'] : ['loss', 'learning_rate', 'grad_norm'];
        return { facts, series: whole.series!, samples: whole.samples, notes: whole.notes, preferences: preferencesOf(context, method), expected, translations: vscode.l10n.bundle, locale: vscode.env.language };
      },
      async 'run/act'(params) {
        await actions.act(dir, params).catch(context.report);
        return null;
      },
      'log/read': ({ maxBytes }) => readLogTail(dir, maxBytes),
      ask: (params, signal) => asker.ask(params, signal, { state: (side, text) => host.emit('ask/state', { stream: params.stream, side, text }), text: (side, text) => host.emit('ask/text', { stream: params.stream, side, text }) }),
      async 'preferences/write'(preferences) {
        const all = context.extension.globalState.get<Record<string, ChartPreferences>>(PREFERENCES, {});
        await context.extension.globalState.update(PREFERENCES, { ...all, [run.view.summary().method]: preferences });
        return null;
      },
    },
    {},
  );

  const update = async () => {
    timer = undefined;
    lastSent = Date.now();
    const facts = await factsOf(dir, run);
    if (!panel.visible || !opened) return;
    host.emit('run/changed', { facts, ...takeNew() });
  };
  const updateSoon = () => {
    if (!opened || !panel.visible) return;
    timer ??= setTimeout(() => void update().catch(context.report), Math.max(0, lastSent + UPDATE_MS - Date.now()));
  };

  const stopListening = run.onDidChange(updateSoon);
  const trusted = vscode.workspace.onDidGrantWorkspaceTrust(updateSoon);
  panel.onDidChangeViewState(() => {
    // A hidden page is destroyed; the one that comes back asks for everything itself.
    if (!panel.visible) opened = false;
  });
  panel.iconPath = { light: context.asset('media', 'icons', 'run-light.svg'), dark: context.asset('media', 'icons', 'run-dark.svg') };
  panel.title = runName(dir);
  panel.webview.html = webviewHtml(context, panel.webview, 'run', runName(dir));

  return {
    showTab(tab: 'samples' | 'ask' | 'log') {
      if (opened && panel.visible) host.emit('tab/show', { tab });
      else wantedTab = tab;
    },
    dispose() {
      clearTimeout(timer);
      stopListening();
      trusted.dispose();
      asker.dispose();
      host.dispose();
      store.release(dir);
    },
  };
}

async function factsOf(dir: string, run: FollowedRun): Promise<RunFacts> {
  const { record, recordProblem } = run;
  const [hasFinal, hasSpec] = await Promise.all([exists(`${runPaths(dir).final}/config.json`).then(async (whole) => whole || exists(`${runPaths(dir).final}/adapter_config.json`)), record?.spec_file ? exists(record.spec_file) : false]);
  return runFacts({ dir, record, recordProblem, summary: run.view.summary(), status: run.status, skipped: run.skipped, specFile: hasSpec ? (record?.spec_file ?? undefined) : undefined, hasFinal, blocked: trainingBlocked() });
}

/** Thins the curves of a long run one by one, with breaks: the fold keeps what was thinned, so that taking them all at once is quick. */
async function thinOut(run: FollowedRun): Promise<void> {
  const slicer = createSlicer();
  for (const name of [...run.view.metricNames(), clockSeries]) {
    run.view.points(name, MAX_POINTS);
    await slicer.pause();
  }
}

/** The points that the panel does not have yet; `sent` remembers the last step of each series. */
function seriesAfter(run: FollowedRun, sent: Map<string, number>): MetricSeries[] {
  const out: MetricSeries[] = [];
  for (const name of [...run.view.metricNames(), clockSeries]) {
    const after = sent.get(name);
    const points = after === undefined ? run.view.points(name, MAX_POINTS) : run.view.points(name, MAX_POINTS, after + 1e-9);
    const last = points.steps.at(-1);
    if (last === undefined) continue;
    sent.set(name, last);
    out.push({ name, step: Float64Array.from(points.steps), value: Float64Array.from(points.values) });
  }
  return out;
}

function samplesOf(run: FollowedRun, from = 0): SampleAnswer[] {
  return run.view.samples().slice(from).map(({ step, index, prompt, completion }) => ({ step, index, prompt, completion }));
}

function notesOf(summary: RunSummary): RunNote[] {
  const notes: RunNote[] = summary.warnings.map(({ time, step, message }) => ({ time, step, severity: 'warning', message }));
  if (summary.reason) {
    const opened = { time: summary.opened, step: 0, severity: 'info' as const, message: vscode.l10n.t('Computes on {0} ({1}): {2}', summary.backend, summary.device, summary.reason) };
    const later = notes.findIndex(({ time }) => time > opened.time);
    notes.splice(later < 0 ? notes.length : later, 0, opened);
  }
  if (summary.status === 'failed' && summary.message) notes.push({ time: summary.ended ?? '', step: summary.step, severity: 'error', message: summary.message });
  return notes;
}

/** What was stored by another version, or by hand, counts for what of it is usable. */
function preferencesOf(context: HostContext, method: string): ChartPreferences {
  const stored = context.extension.globalState.get<Record<string, Partial<ChartPreferences>>>(PREFERENCES, {})[method];
  if (typeof stored !== 'object' || stored === null) return defaultPreferences;
  const { smoothing, axis, hidden, pinned } = stored;
  const names = (list: unknown) => (Array.isArray(list) ? list.filter((name): name is string => typeof name === 'string') : []);
  return {
    smoothing: typeof smoothing === 'number' && smoothing >= 0 && smoothing <= 0.98 ? smoothing : defaultPreferences.smoothing,
    axis: axis === 'tokens' || axis === 'time' ? axis : 'step',
    hidden: names(hidden),
    pinned: names(pinned),
  };
}

async function exists(path: string): Promise<boolean> {
  return fs.access(path).then(
    () => true,
    () => false,
  );
}
