/** Show Devices: a page with what can compute on this machine, how fast, and what to do about what cannot. The trainer program looks: it alone loads tensor libraries. */

import * as vscode from 'vscode';
import { presentBackends } from '../../methods/shared.ts';
import { findDevices } from '../../node/devices.ts';
import type { DevicesState, DevicesViewHost, DevicesViewPage } from '../../protocol/devicesView.ts';
import { connectPeer, type Peer } from '../../protocol/rpc.ts';
import type { HostContext } from '../context.ts';
import { DEVICES_PANEL } from '../manifest/editors.ts';
import { askToTrain } from '../runs/allowed.ts';
import { trainerNode, trainerPath } from '../runs/trainer.ts';
import { webviewHtml, webviewOptions, webviewPort } from '../webviewPage.ts';

let shown: { reveal(): void } | undefined;

/** The page that is open already is shown again, and looks again: something may have been set up since. */
export async function showDevices(context: HostContext): Promise<void> {
  if (!(await askToTrain())) return;
  if (shown) return shown.reveal();
  const title = vscode.l10n.t('Devices');
  const panel = vscode.window.createWebviewPanel(DEVICES_PANEL, title, vscode.ViewColumn.Active, webviewOptions(context));
  panel.iconPath = { light: context.asset('media', 'icons', 'run-light.svg'), dark: context.asset('media', 'icons', 'run-dark.svg') };

  let state: DevicesState = { node: '', backends: presentBackends, devices: [], looking: false, error: '' };
  let abort = new AbortController();
  const change = (part: Partial<DevicesState>) => {
    state = { ...state, ...part };
    host.emit('devices/changed', state);
  };
  const look = async () => {
    abort.abort();
    abort = new AbortController();
    const { signal } = abort;
    change({ devices: [], looking: true, error: '' });
    try {
      const node = await trainerNode(context);
      change({ node: vscode.l10n.t('Node {0} ({1})', node.version, node.source) });
      for await (const device of findDevices({ node, trainerPath: trainerPath(context), backends: presentBackends, signal })) {
        if (signal.aborted) return;
        context.log.info(`devices: ${JSON.stringify(device)}`);
        change({ devices: [...state.devices, device] });
      }
      change({ looking: false });
    } catch (error) {
      if (!signal.aborted) change({ looking: false, error: error instanceof Error ? error.message : String(error) });
    }
  };
  const host: Peer<DevicesViewHost, DevicesViewPage> = connectPeer<DevicesViewHost, DevicesViewPage>(
    webviewPort(panel.webview),
    {
      'devices/open': () => ({ state, translations: vscode.l10n.bundle, locale: vscode.env.language }),
      'devices/lookAgain': () => (void look(), null),
      async 'devices/setUp'({ backend }) {
        try {
          await vscode.commands.executeCommand('posttrain.backend.setUp', { target: backend });
          void look();
        } catch (error) {
          context.report(error);
        }
        return null;
      },
      async 'devices/copy'() {
        await vscode.env.clipboard.writeText([state.node, ...state.devices.map((device) => JSON.stringify(device)), state.error].filter(Boolean).join('\n'));
        return null;
      },
    },
    {},
  );
  shown = {
    reveal() {
      panel.reveal();
      void look();
    },
  };
  panel.onDidDispose(() => {
    shown = undefined;
    abort.abort();
    host.dispose();
  });
  panel.webview.html = webviewHtml(context, panel.webview, 'devices', title);
  void look();
}
