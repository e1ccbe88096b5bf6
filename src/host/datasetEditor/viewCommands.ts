/** The commands that the page itself carries out, at what has the focus or is selected there. */

import type { ViewCommand } from '../../protocol/datasetView.ts';
import { datasetActions, type DatasetAction } from '../../protocol/datasetKeys.ts';
import type { Feature } from '../context.ts';
import type { ActivePage } from './provider.ts';

export type ViewCommandId = `posttrain.dataset.${ViewCommand}`;

const elsewhere: readonly DatasetAction[] = ['insertRow', 'duplicateRow', 'deleteRow', 'goToRow', 'undo'];

export function viewCommands(active: () => ActivePage | undefined): Feature<ViewCommandId>['commands'] {
  const names = datasetActions.filter((action): action is ViewCommand => !elsewhere.includes(action));
  return Object.fromEntries(names.map((name) => [`posttrain.dataset.${name}`, () => active()?.session.command(name)])) as unknown as Feature<ViewCommandId>['commands'];
}
