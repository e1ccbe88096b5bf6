/** The Runs view: one row a run, live ones first, with what it does now and how far it is. */

import * as vscode from 'vscode';
import { formatCount, formatDuration, formatPercent } from '../../run/format.ts';
import { describeMetric, formatMetric } from '../../run/metrics.ts';
import { RUNS_VIEW } from '../manifest/views.ts';
import { answers, isLive, isRested, type RunItem, type RunStore } from './runStore.ts';

export function createRunsTree(store: RunStore): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const provider: vscode.TreeDataProvider<RunItem> = {
    onDidChangeTreeData: changed.event,
    getChildren: (parent) => (parent ? [] : [...store.runs]),
    getTreeItem: treeItem,
  };
  const view = vscode.window.createTreeView(RUNS_VIEW, { treeDataProvider: provider });
  // Twice a second is live enough, and a tree that is redrawn more often loses the hover.
  let pending: ReturnType<typeof setTimeout> | undefined;
  const stop = store.onDidChange(() => {
    pending ??= setTimeout(() => {
      pending = undefined;
      changed.fire();
      const live = store.runs.filter((run) => isLive(run.status)).length;
      view.badge = live > 0 ? { value: live, tooltip: live === 1 ? vscode.l10n.t('1 run is going') : vscode.l10n.t('{0} runs are going', live) } : undefined;
    }, 500);
  });
  return vscode.Disposable.from(view, changed, { dispose: () => (stop(), clearTimeout(pending)) });
}

function treeItem(run: RunItem): vscode.TreeItem {
  const item = new vscode.TreeItem(run.name);
  item.id = run.dir;
  item.description = describeRun(run);
  item.iconPath = iconOf(run);
  item.contextValue = contextOf(run);
  item.tooltip = tooltipOf(run);
  item.command = { command: 'posttrain.run.open', title: vscode.l10n.t('Open Run'), arguments: [run.dir] };
  item.accessibilityInformation = { label: `${run.name}, ${describeRun(run)}` };
  return item;
}

/** `62 % · 1m 40s`, `stopped at step 240`, `loss 0.143`. */
export function describeRun(run: RunItem): string {
  const { t } = vscode.l10n;
  switch (run.status) {
    case 'running': {
      if (run.step === 0) return t('loading');
      const percent = run.totalSteps > 0 ? formatPercent(run.step / run.totalSteps) : t('step {0}', formatCount(run.step));
      return run.secondsLeft === undefined ? percent : `${percent} · ${formatDuration(run.secondsLeft)}`;
    }
    case 'paused':
      return t('paused at step {0}', formatCount(run.step));
    case 'completed': {
      const name = run.metrics.eval_loss === undefined ? 'loss' : 'eval_loss';
      const value = run.metrics[name];
      return value === undefined ? t('finished') : `${name.replace('_', ' ')} ${formatMetric(value, describeMetric(name))}`;
    }
    case 'stopped':
      return t('stopped at step {0}', formatCount(run.step));
    case 'failed':
      return t('failed');
    case 'stale':
      return t('interrupted at step {0}', formatCount(run.step));
    case 'created':
      return t('not started');
  }
}

function iconOf({ status }: RunItem): vscode.ThemeIcon {
  const colour = (id: string) => new vscode.ThemeColor(id);
  switch (status) {
    case 'running':
      return new vscode.ThemeIcon('play', colour('charts.blue'));
    case 'paused':
      return new vscode.ThemeIcon('debug-pause', colour('editorWarning.foreground'));
    case 'completed':
      return new vscode.ThemeIcon('check', colour('testing.iconPassed'));
    case 'stopped':
      return new vscode.ThemeIcon('debug-stop', colour('descriptionForeground'));
    case 'failed':
      return new vscode.ThemeIcon('error', colour('errorForeground'));
    case 'stale':
      return new vscode.ThemeIcon('warning', colour('editorWarning.foreground'));
    case 'created':
      return new vscode.ThemeIcon('circle-outline');
  }
}

/** Words that the menus' `when` clauses look for (host/manifest/menus.ts). */
function contextOf({ status, method, step }: RunItem): string {
  const words = ['run'];
  if (isLive(status)) words.push('live', status);
  if (status === 'stopped' || status === 'failed' || status === 'stale' || status === 'created') words.push('resumable');
  if (step > 0) words.push('trained');
  if (answers({ method, step })) words.push('answers');
  if (isRested({ status, step })) words.push('rested');
  words.push('spec');
  return words.join(' ');
}

function tooltipOf(run: RunItem): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  const line = (words: string) => text.appendText(words).appendMarkdown('\n\n');
  text.appendMarkdown('**').appendText(run.name).appendMarkdown('**\n\n');
  line(`${run.method} · ${describeRun(run)}`);
  if (run.totalSteps > 0) line(vscode.l10n.t('Step {0} of {1}', formatCount(run.step), formatCount(run.totalSteps)));
  if (run.started) line(vscode.l10n.t('Started {0}', new Date(run.started).toLocaleString()));
  if (run.problem !== null) line(run.problem);
  line(run.dir);
  return text;
}
