/** Where backends that need a set-up have their folders: `<home>/<backend>`, home being POSTTRAIN_HOME, else ~/.posttrain. */

import os from 'node:os';
import { join } from 'node:path';
import { posttrainHome } from '../core/home.ts';
import { UserError } from '../core/problem.ts';
import { cannotSetUp, setUpWith, type BackendId, type BackendOptions, type Unusable } from './backend.ts';

/** The folder, which need not exist; or why this process can use none. */
export function setupFolder(options: BackendOptions, backend: BackendId): string | Unusable {
  if (process.versions.electron) return cannotSetUp(backend) ?? { reason: 'VS Code’s own Node cannot load native libraries, and no other Node was found', next: `${setUpWith(backend)} That brings a Node as well. Or install Node 20 or newer, or name one in the setting posttrain.node.path.`, setUp: true };
  try {
    return join(options.home ?? posttrainHome(process.env, os.homedir()), backend);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { reason: error.message, next: 'Then try again.', setUp: false };
  }
}
