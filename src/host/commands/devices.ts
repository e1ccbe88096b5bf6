/** Show Devices: what can compute on this machine, how fast, and why not where not. The trainer program looks: it alone loads tensor libraries. */

import * as vscode from 'vscode';
import { presentBackends } from '../../methods/shared.ts';
import { findDevices, type Device } from '../../node/devices.ts';
import type { NodeProgram } from '../../node/nodeProgram.ts';
import { formatBytes, formatNumber } from '../../run/format.ts';
import type { HostContext } from '../context.ts';
import { askToTrain } from '../runs/allowed.ts';
import { trainerNode, trainerPath } from '../runs/trainer.ts';
import { toSignal } from '../toSignal.ts';

export async function showDevices(context: HostContext): Promise<void> {
  if (!(await askToTrain())) return;
  const node = await trainerNode(context);
  const devices = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Looking at what can compute here…'), cancellable: true }, (_progress, token) =>
    readDevices(node, trainerPath(context), toSignal(token)),
  );
  if (!devices) return;
  const copy = { iconPath: new vscode.ThemeIcon('copy'), tooltip: vscode.l10n.t('Copy') };
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { text: string }>();
  pick.title = vscode.l10n.t('Devices of Node {0}, from {1}', node.version, node.source);
  pick.placeholder = vscode.l10n.t('"backend: auto" takes the first usable one');
  pick.items = devices.map((device) => ({ label: `$(${device.usable ? 'check' : 'circle-slash'}) ${device.backend}`, description: device.usable ? device.device : vscode.l10n.t('not usable'), detail: detail(device), text: JSON.stringify(device), buttons: [copy] }));
  pick.matchOnDetail = true;
  pick.onDidTriggerItemButton(({ item }) => void vscode.env.clipboard.writeText(item.text));
  pick.onDidAccept(() => pick.hide());
  pick.onDidHide(() => pick.dispose());
  pick.show();
}

function detail({ memoryBytes, probe, reason }: Device): string {
  return [memoryBytes ? vscode.l10n.t('{0} of memory', formatBytes(memoryBytes)) : '', probe ? vscode.l10n.t('{0} GFLOP/s in a matrix product', formatNumber(probe.matmulGflops)) : '', reason].filter(Boolean).join(' · ');
}

/** Undefined when the person cancelled. */
async function readDevices(node: NodeProgram, trainer: string, signal: AbortSignal): Promise<Device[] | undefined> {
  const devices: Device[] = [];
  try {
    for await (const device of findDevices({ node, trainerPath: trainer, backends: presentBackends, signal })) devices.push(device);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
  return devices;
}
