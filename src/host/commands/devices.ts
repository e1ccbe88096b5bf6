/** Show Devices: what can compute on this machine, how fast, and why not where not. The trainer program looks: it alone loads tensor libraries. */

import { execFile } from 'node:child_process';
import * as vscode from 'vscode';
import { UserError } from '../../core/problem.ts';
import { formatBytes, formatNumber } from '../../run/format.ts';
import type { HostContext } from '../context.ts';
import { askToTrain } from '../runs/allowed.ts';
import { trainerNode, trainerPath } from '../runs/trainer.ts';
import { toSignal } from '../toSignal.ts';

interface Device {
  backend: string;
  usable: boolean;
  reason: string;
  device: string;
  memoryBytes: number | null;
  probe: { matmulGflops: number } | null;
}

export async function showDevices(context: HostContext): Promise<void> {
  if (!(await askToTrain())) return;
  const node = await trainerNode(context);
  const devices = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Looking at what can compute here…'), cancellable: true }, (_progress, token) =>
    readDevices(node.command, trainerPath(context), node.env, toSignal(token)),
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
function readDevices(command: string, trainer: string, env: Record<string, string>, signal: AbortSignal): Promise<Device[] | undefined> {
  return new Promise((resolve, reject) => {
    execFile(command, [trainer, '--devices'], { signal, timeout: 120_000, windowsHide: true, env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      if (signal.aborted) return resolve(undefined);
      if (error) return reject(new UserError(vscode.l10n.t('The backends could not be looked at: {0}', stderr.trim().split('\n').at(-1) || error.message)));
      resolve(stdout.split('\n').flatMap((line) => parseDevice(line) ?? []));
    });
  });
}

/** Undefined for what a library may print between the lines. */
function parseDevice(line: string): Device | undefined {
  try {
    const raw = JSON.parse(line) as Partial<Device> | null;
    if (typeof raw?.backend !== 'string' || typeof raw.usable !== 'boolean') return undefined;
    return { backend: raw.backend, usable: raw.usable, reason: typeof raw.reason === 'string' ? raw.reason : '', device: typeof raw.device === 'string' ? raw.device : '', memoryBytes: typeof raw.memoryBytes === 'number' ? raw.memoryBytes : null, probe: typeof raw.probe?.matmulGflops === 'number' ? { matmulGflops: raw.probe.matmulGflops } : null };
  } catch {
    return undefined;
  }
}
