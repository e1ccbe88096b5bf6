/** Registers every command of the manifest. The heavier ones are loaded when they are first run. */

import * as vscode from 'vscode';
import type { CommandHandlers, Feature, HostContext } from '../context.ts';
import type { CommandId } from '../manifest/commands.ts';
import { WALKTHROUGH } from '../manifest/walkthroughs.ts';
import { askToTrain } from '../runs/allowed.ts';

type GeneralCommand = 'posttrain.openSampleProject' | 'posttrain.openWalkthrough' | 'posttrain.dataset.convert' | 'posttrain.dataset.showStats' | 'posttrain.devices.show' | 'posttrain.backend.setUp' | 'posttrain.terminal.open' | 'posttrain.log.show' | 'posttrain.diagnostics.copy';

/** Commands that belong to no other feature. */
export function generalCommands(context: HostContext): Feature<GeneralCommand>['commands'] {
  return {
    async 'posttrain.openSampleProject'(target) {
      const { openSampleProject } = await import('./sampleProject.ts');
      return openSampleProject(context, target instanceof vscode.Uri ? target : undefined);
    },
    'posttrain.openWalkthrough': () => vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.extension.id}#${WALKTHROUGH}`, false),
    async 'posttrain.dataset.convert'(target, wanted) {
      const { convertDataset } = await import('./convertDataset.ts');
      return convertDataset(context, target, wanted);
    },
    async 'posttrain.dataset.showStats'(target) {
      const { showStats } = await import('./datasetStats.ts');
      await showStats(context, target);
    },
    async 'posttrain.devices.show'() {
      const { showDevices } = await import('./devices.ts');
      await showDevices(context);
    },
    async 'posttrain.backend.setUp'(wanted) {
      const { setUpBackend } = await import('./setUpBackend.ts');
      return setUpBackend(context, wanted);
    },
    async 'posttrain.terminal.open'() {
      if (!(await askToTrain())) return;
      const { openTerminal } = await import('./terminal.ts');
      await openTerminal(context);
    },
    'posttrain.log.show': () => context.log.show(),
    async 'posttrain.diagnostics.copy'() {
      const { copyDiagnostics } = await import('./diagnostics.ts');
      return copyDiagnostics(context, async () => {
        const { trainerNode } = await import('../runs/trainer.ts');
        return trainerNode(context).then((node) => `Node ${node.version}${node.electron ? " (VS Code's own)" : ''}, from ${node.source}`, (error: unknown) => String(error));
      });
    },
  };
}

/** What a handler throws is told to the person; the result of a command goes to whoever executed it. */
export function registerCommands(context: HostContext, handlers: CommandHandlers): vscode.Disposable {
  return vscode.Disposable.from(
    ...(Object.keys(handlers) as CommandId[]).map((id) =>
      vscode.commands.registerCommand(id, async (...args: unknown[]) => {
        try {
          return await handlers[id](...args);
        } catch (error) {
          context.report(error);
          return undefined;
        }
      }),
    ),
  );
}
