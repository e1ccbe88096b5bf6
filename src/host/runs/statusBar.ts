/** The status-bar item of the live run: how far it is and how long it still takes. Gone when nothing runs. */

import * as vscode from 'vscode';
import { formatCount } from '../../run/format.ts';
import { describeRun } from './runsTree.ts';
import { isLive, type RunStore } from './runStore.ts';

export function createRunStatusBar(store: RunStore): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('posttrain.run', vscode.StatusBarAlignment.Left, 10);
  item.name = vscode.l10n.t('Posttrain Run');
  let shown = '';
  const update = () => {
    const live = store.runs.filter((run) => isLive(run.status));
    void setLiveCount(live.length);
    const run = live[0];
    if (!run) {
      shown = '';
      return item.hide();
    }
    const text = `$(${run.status === 'paused' ? 'debug-pause' : 'play'}) ${run.name} ${describeRun(run)}${live.length > 1 ? ` +${live.length - 1}` : ''}`;
    if (text === shown) return;
    shown = text;
    item.text = text;
    item.tooltip = vscode.l10n.t('{0}: step {1} of {2}. Click to open the run.', run.name, formatCount(run.step), run.totalSteps > 0 ? formatCount(run.totalSteps) : '?');
    item.accessibilityInformation = { label: vscode.l10n.t('Training {0}, {1}', run.name, describeRun(run)) };
    item.command = { command: 'posttrain.run.open', title: vscode.l10n.t('Open Run'), arguments: [run.dir] };
    item.show();
  };
  let count = -1;
  const setLiveCount = async (now: number) => {
    if (now === count) return;
    count = now;
    await vscode.commands.executeCommand('setContext', 'posttrain.liveRuns', now);
  };
  update();
  const stop = store.onDidChange(update);
  return vscode.Disposable.from(item, { dispose: stop });
}
