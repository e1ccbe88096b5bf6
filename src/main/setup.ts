/** The set-up program: `setup TARGET [--repair | --remove] [--cpu]`. Tells what it does in one JSON object a line; ends cleanly on a signal or when its input ends. */

import { promises as fs } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { isCancelled } from '../core/abort.ts';
import { posttrainHome } from '../core/home.ts';
import { cannotBeSetUpHere } from '../core/nativeLibraries.ts';
import { UserError } from '../core/problem.ts';
import { findNode } from '../node/nodeProgram.ts';
import { install, remove } from '../node/setup/install.ts';
import { readManifest } from '../node/setup/manifest.ts';
import { nodeRecipe } from '../node/setup/nodeRuntime.ts';
import { pins, thisPlatform } from '../node/setup/pins.ts';
import type { SetupContext } from '../node/setup/recipe.ts';
import { tensorflowRecipe } from '../node/setup/tensorflow.ts';
import { webgpuRecipe } from '../node/setup/webgpu.ts';
import { setupTargets, type SetupEvent, type SetupRequest, type SetupTarget } from '../protocol/setup.ts';
import { formatBytes } from '../run/format.ts';

const started = performance.now();
const cancel = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => cancel.abort());
// Its starter holds the other end: closing it asks for the end, and so does dying.
process.stdin.on('end', () => cancel.abort()).on('error', () => cancel.abort()).resume();
process.stdout.on('error', () => cancel.abort());

const report = (event: SetupEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

async function main({ target, action, cpu }: SetupRequest): Promise<void> {
  const home = posttrainHome(process.env, os.homedir());
  const context: SetupContext = {
    home,
    env: process.env,
    userFolder: os.homedir(),
    platform: thisPlatform,
    pins,
    node: await findNode(undefined, cancel.signal),
    trainerPath: join(__dirname, 'trainer.js'),
    signal: cancel.signal,
    report: sparing(report),
    freeBytes: async (folder) => {
      const { bavail, bsize } = await fs.statfs(folder);
      return bavail * bsize;
    },
  };
  const done = (words: string, bytes: number) => report({ type: 'done', words, target, folder: join(home, target), bytes, seconds: (performance.now() - started) / 1000 });
  if (action === 'remove') {
    const bytes = await remove(target, context);
    return done(bytes === 0 ? `${target} was not set up.` : `${target} was removed: ${formatBytes(bytes)} freed in ${home}.`, bytes);
  }
  const obstacle = cannotBeSetUpHere(target);
  if (obstacle) throw new UserError(`${target} cannot be set up here: ${obstacle.reason}. ${obstacle.next}`, 'platform');
  const recipe = target === 'tensorflow' ? await tensorflowRecipe(context, { cpu: cpu || (await readManifest(home, target))?.cpu === true }) : target === 'webgpu' ? webgpuRecipe(context) : nodeRecipe(context);
  if (target !== 'node' && context.node.electron) {
    report({ type: 'note', words: 'There is no Node on this machine besides VS Code’s own, which cannot load native libraries: Posttrain brings one.' });
    const node = nodeRecipe(context);
    const [first, second] = [node, recipe].map(({ artifacts }) => artifacts.reduce((sum, { bytes }) => sum + bytes, 0)) as [number, number];
    await install(node, { repair: false }, { ...context, report: asPart(context.report, 0, first + second) });
    context.report = asPart(context.report, first, first + second);
    context.node = await findNode(undefined, cancel.signal);
  }
  const { words, bytes, already } = await install(recipe, { repair: action === 'repair' }, context);
  done(`${target} ${already ? 'is set up already and works' : 'is set up'}: ${words}. ${formatBytes(bytes)} in ${join(home, target)}.${target === 'node' ? '' : ' Runs with "backend: auto" take the fastest that is set up; posttrain devices shows it.'}`, bytes);
}

/** Of the progress of a download, what a person can see. */
function sparing(report: (event: SetupEvent) => void): (event: SetupEvent) => void {
  let last = 0;
  return (event) => {
    if (event.type === 'progress' && event.done < event.total && Date.now() - last < 200) return;
    if (event.type === 'progress') last = Date.now();
    report(event);
  };
}

/** Two downloads that a person waits for as one: a bar that was full would not begin anew. */
function asPart(report: (event: SetupEvent) => void, before: number, total: number): (event: SetupEvent) => void {
  return (event) => report(event.type === 'progress' ? { type: 'progress', done: before + event.done, total } : event);
}

function readArguments(args: readonly string[]): SetupRequest {
  const target = setupTargets.find((name) => name === args[0]) as SetupTarget | undefined;
  if (!target) throw new UserError(`Usage: setup ${setupTargets.join('|')} [--repair | --remove] [--cpu]. People use "posttrain setup".`, 'usage');
  return { target, action: args.includes('--remove') ? 'remove' : args.includes('--repair') ? 'repair' : 'install', cpu: args.includes('--cpu') };
}

Promise.resolve()
  .then(() => main(readArguments(process.argv.slice(2))))
  .then(
    () => 0,
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      const known = error instanceof UserError;
      report({ type: 'failed', message: known || !(error instanceof Error) ? message : (error.stack ?? message), code: known ? error.code : 'bug', cancelled: cancel.signal.aborted || isCancelled(error) });
      return 1;
    },
  )
  .then((code) => process.stdout.write('', () => process.exit(code)));
