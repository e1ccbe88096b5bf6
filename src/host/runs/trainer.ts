/** Where the trainer program is and what runs it, for everything in the host that starts it. */

import { findNode, type NodeProgram } from '../../node/trainerProcess.ts';
import type { HostContext } from '../context.ts';

export function trainerPath(context: HostContext): string {
  return context.asset('dist', 'trainer.js').fsPath;
}

export function cliPath(context: HostContext): string {
  return context.asset('dist', 'cli.js').fsPath;
}

/** Looked for anew each time: it takes some milliseconds, and the setting or the PATH may have changed. */
export async function trainerNode(context: HostContext): Promise<NodeProgram> {
  const node = await findNode(context.settings.get('posttrain.node.path') || undefined);
  context.log.debug(`Node ${node.version} at ${node.command}, from ${node.source}`);
  return node;
}
