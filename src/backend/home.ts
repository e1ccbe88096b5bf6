/** Where backends that need a set-up have their folders: `<home>/<backend>`, home being POSTTRAIN_HOME, else ~/.posttrain. */

import os from 'node:os';
import { isAbsolute, join } from 'node:path';
import { setUpWith, type BackendId, type BackendOptions, type Unusable } from './backend.ts';

/** The folder, which need not exist; or why this process can use none. */
export function setupFolder(options: BackendOptions, backend: BackendId): string | Unusable {
  if (process.versions.electron) return { reason: 'VS Code’s own Node cannot load native libraries, and no other Node was found', next: `${setUpWith(backend)} That brings a Node as well. Or install Node 20 or newer, or name one in the setting posttrain.node.path.`, setUp: true };
  const home = options.home ?? (process.env.POSTTRAIN_HOME || join(os.homedir(), '.posttrain'));
  if (!isAbsolute(home)) return { reason: `POSTTRAIN_HOME is "${home}", which depends on where a command is run`, next: 'Give the whole path of the folder.', setUp: false };
  return join(home, backend);
}
