/** Set Up Training Backend: brings what a backend needs, in a program of its own, so that nothing heavy or native runs in the window. */

import os from 'node:os';
import * as vscode from 'vscode';
import { isCancelled } from '../../core/abort.ts';
import { posttrainHome } from '../../core/home.ts';
import { noLibraryFor } from '../../core/nativeLibraries.ts';
import { UserError } from '../../core/problem.ts';
import { readManifests, type SetupManifest } from '../../node/setup/manifest.ts';
import { runSetup } from '../../node/setupProcess.ts';
import { setupTargets, type SetupEvent, type SetupRequest, type SetupTarget } from '../../protocol/setup.ts';
import { formatBytes } from '../../run/format.ts';
import type { HostContext } from '../context.ts';
import { askToTrain } from '../runs/allowed.ts';
import { trainerNode } from '../runs/trainer.ts';
import { toSignal } from '../toSignal.ts';

type Done = Extract<SetupEvent, { type: 'done' }>;

/** `wanted` is what another command asks for; without it the person chooses. Undefined when it was cancelled. */
export async function setUpBackend(context: HostContext, wanted?: unknown): Promise<Done | undefined> {
  const { t } = vscode.l10n;
  if (!(await askToTrain())) return undefined;
  const request = asRequest(wanted) ?? (await choose());
  if (!request) return undefined;
  try {
    return await carryOut(context, request);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'driver' || request.cpu) throw error;
    const cpu = t('Set Up for the Processor');
    return (await vscode.window.showErrorMessage(error.message, cpu)) === cpu ? carryOut(context, { ...request, cpu: true }) : undefined;
  }
}

async function carryOut(context: HostContext, request: SetupRequest): Promise<Done | undefined> {
  const { t } = vscode.l10n;
  const node = await trainerNode(context);
  const title = request.action === 'remove' ? t('Removing {0}', request.target) : t('Setting up {0}', request.target);
  const done = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (progress, token) => {
    let share = 0;
    try {
      return await runSetup({
        node,
        setupPath: context.asset('dist', 'setup.js').fsPath,
        request,
        env: editorProxy(),
        signal: toSignal(token),
        onEvent(event) {
          if (event.type === 'progress') {
            // A bar cannot go back where a download begins anew: it waits.
            const now = Math.max(share, (100 * event.done) / event.total);
            progress.report({ increment: now - share, message: t('{0} of {1}', formatBytes(event.done), formatBytes(event.total)) });
            share = now;
            return;
          }
          context.log.info(event.words);
          if (event.type === 'note') void vscode.window.showInformationMessage(event.words);
          else progress.report({ message: event.words });
        },
      });
    } catch (error) {
      if (isCancelled(error)) return undefined;
      throw error;
    }
  });
  if (!done) return undefined;
  context.log.info(done.words);
  const show = t('Show Devices');
  void vscode.window.showInformationMessage(done.words, ...(request.action === 'remove' ? [] : [show])).then((picked) => picked === show && vscode.commands.executeCommand('posttrain.devices.show'));
  return done;
}

function asRequest(wanted: unknown): SetupRequest | undefined {
  const { target, action = 'install' } = (typeof wanted === 'object' && wanted !== null ? wanted : {}) as Partial<SetupRequest>;
  return setupTargets.includes(target as SetupTarget) ? { target: target!, action, cpu: false } : undefined;
}

async function choose(): Promise<SetupRequest | undefined> {
  const { t } = vscode.l10n;
  const manifests = new Map((await readManifests(posttrainHome(process.env, os.homedir()))).map((manifest) => [manifest.target, manifest]));
  const about: [SetupTarget, string][] = [
    ['tensorflow', t('NVIDIA on Linux, else the processor. 0.3 GB (CUDA 3.3 GB). Needs a C++ compiler.')],
    ['webgpu', t('Graphics cards of any vendor, Macs included. 54 MB.')],
  ];
  const platform = `${process.platform}-${process.arch}`;
  const items = about.flatMap(([target, detail]): (vscode.QuickPickItem & { request: SetupRequest })[] => {
    const there = manifests.get(target);
    const item = (label: string, action: SetupRequest['action'], description: string, more?: string) => ({ label, description, detail: more, request: { target, action, cpu: false } });
    if (!there && noLibraryFor(target, platform)) return [];
    if (!there) return [item(`$(cloud-download) ${target}`, 'install', t('not set up'), detail)];
    return [
      item(`$(check) ${target}`, 'install', state(there), t('Try it, and bring it up to date')),
      item(`$(tools) ${t('Repair {0}', target)}`, 'repair', t('builds it anew')),
      item(`$(trash) ${t('Remove {0}', target)}`, 'remove', t('frees {0}', formatBytes(there.bytes))),
    ];
  });
  if (items.length === 0) throw new UserError(t('Nothing can be set up on this machine ({0}). The wasm backend needs nothing.', platform), 'platform');
  return (await vscode.window.showQuickPick(items, { title: t('Set Up Training Backend'), placeHolder: t('The wasm backend needs nothing; these are faster'), matchOnDetail: true }))?.request;
}

const state = ({ words, at }: SetupManifest) => vscode.l10n.t('{0}, set up {1}', words, new Date(at).toLocaleDateString(vscode.env.language));

/** VS Code's own setting for a proxy, where the environment has none. */
function editorProxy(): NodeJS.ProcessEnv {
  const proxy = vscode.workspace.getConfiguration('http').get<string>('proxy');
  return proxy && !process.env.HTTPS_PROXY && !process.env.https_proxy ? { HTTPS_PROXY: proxy, HTTP_PROXY: proxy } : {};
}
