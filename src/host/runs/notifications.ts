/** Says when a run ended while nobody was looking at its panel, with what to do next. */

import * as vscode from 'vscode';
import { formatDuration } from '../../run/format.ts';
import type { HostContext } from '../context.ts';
import { answers, isLive, type RunItem, type RunStore } from './runStore.ts';

export interface NotificationActions {
  isInView(dir: string): boolean;
  open(dir: string): Promise<void>;
  ask(dir: string): Promise<void>;
  resume(dir: string): Promise<void>;
  openLog(dir: string): Promise<void>;
  /** What the run's last words were. */
  message(dir: string): string;
}

export function createRunNotifications(context: HostContext, store: RunStore, actions: NotificationActions): vscode.Disposable {
  const stop = store.onDidChangeStatus(({ item, before }) => {
    if (!isLive(before) || isLive(item.status)) return;
    context.log.info(`${item.name}: ${item.status}`);
    if (!context.settings.get('posttrain.runs.notificationsEnabled') || actions.isInView(item.dir)) return;
    void say(item, actions).catch(context.report);
  });
  return { dispose: stop };
}

async function say(run: RunItem, actions: NotificationActions): Promise<void> {
  const { t } = vscode.l10n;
  const open = t('Open Run');
  if (run.status === 'completed') {
    const ask = t('Ask Before and After');
    const seconds = run.started && run.ended ? (Date.parse(run.ended) - Date.parse(run.started)) / 1000 : NaN;
    const text = Number.isFinite(seconds) ? t('{0} finished in {1}.', run.name, formatDuration(seconds)) : t('{0} finished.', run.name);
    const choice = await vscode.window.showInformationMessage(text, ...(answers(run) ? [ask, open] : [open]));
    if (choice === ask) await actions.ask(run.dir);
    if (choice === open) await actions.open(run.dir);
  } else if (run.status === 'failed' || run.status === 'stale') {
    const resume = t('Resume');
    const log = t('Open Log');
    const why = run.status === 'stale' ? t('the trainer ended without a word') : actions.message(run.dir);
    const choice = await vscode.window.showErrorMessage(t('{0} failed: {1}', run.name, why), open, resume, log);
    if (choice === open) await actions.open(run.dir);
    if (choice === resume) await actions.resume(run.dir);
    if (choice === log) await actions.openLog(run.dir);
  }
}
