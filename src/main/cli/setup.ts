/** `posttrain setup`: brings what a backend needs, says what is set up, removes it. The work is done by dist/setup.js. */

import os from 'node:os';
import { join } from 'node:path';
import { isCancelled } from '../../core/abort.ts';
import { posttrainHome } from '../../core/home.ts';
import { cannotBeSetUpHere } from '../../core/nativeLibraries.ts';
import { didYouMean } from '../../core/text.ts';
import { findNode } from '../../node/nodeProgram.ts';
import { readManifests } from '../../node/setup/manifest.ts';
import { runSetup } from '../../node/setupProcess.ts';
import { setupTargets, type SetupTarget } from '../../protocol/setup.ts';
import { formatBytes } from '../../run/format.ts';
import { UsageError, type CliArguments, type CliCommand, type CliContext } from './command.ts';

export const setup: CliCommand = {
  name: 'setup',
  summary: 'Set up the tensorflow or webgpu backend, or say what is set up.',
  usage: 'setup [tensorflow | webgpu | node] [--repair | --remove] [--cpu] [--json]',
  options: [
    { name: 'repair', type: 'boolean', description: 'Build it anew, though it works.' },
    { name: 'remove', type: 'boolean', description: 'Delete it, and say how much space that freed.' },
    { name: 'cpu', type: 'boolean', description: 'tensorflow: for the processor, though there is an NVIDIA card; repairs keep to it.' },
    { name: 'json', type: 'boolean', description: 'One JSON object a line: {type: step, progress, note, done}; without a name, what is set up.' },
  ],
  positionals: { min: 0, max: 1 },
  details: `tensorflow  TensorFlow's C library: CUDA 12 on a Linux with an NVIDIA card, else the processor (Linux, Macs with Apple silicon).
            Downloads 0.3 GB, needs 1.2 GB free, takes 0.9 GB; with CUDA 3.3, 9.8 and 5.5 GB. Needs a C++ compiler. No Python, no npm.
webgpu      Dawn: graphics cards of any vendor, Macs included. Downloads 54 MB, needs 0.2 GB free, takes 28 MB.
node        A Node for machines without one. The other two bring it where it is needed.

It all lies in ~/.posttrain (POSTTRAIN_HOME names another folder). Files come from the registries of your npm and pip
configuration and are checked against checksums that Posttrain carries. Ctrl+C ends it; the same command goes on later.`,
  run(args, context) {
    return args.positionals.length === 0 ? list(args, context) : run(args, context);
  },
};

async function run({ positionals: [name = ''], options }: CliArguments, context: CliContext): Promise<number> {
  const target = setupTargets.find((known) => known === name);
  if (!target) throw new UsageError(`There is nothing called "${name}" to set up.${didYouMean(name, setupTargets)} Known: ${setupTargets.join(', ')}.`);
  if (options.repair && options.remove) throw new UsageError('--repair and --remove exclude each other.');
  if (options.cpu && target !== 'tensorflow') throw new UsageError('--cpu is for tensorflow.');
  const progress = options.json ? undefined : createLines(context);
  // Ctrl+C lets the program tidy up; the second one does not wait for it.
  const keep = context.onForcedEnd(() => undefined);
  try {
    const done = await runSetup({
      node: await findNode(undefined, context.signal),
      setupPath: join(context.distDir, 'setup.js'),
      request: { target, action: options.remove ? 'remove' : options.repair ? 'repair' : 'install', cpu: options.cpu === true },
      signal: context.signal,
      onEvent: (event) => {
        if (!progress) context.printJson(event);
        else if (event.type === 'progress') progress.show(event.done, event.total);
        else progress.line(event.words);
      },
    });
    progress?.end();
    if (options.json) context.printJson(done);
    else context.print(`${done.words}${target === 'node' || options.remove ? '' : ` (${Math.round(done.seconds)} s)`}\n`);
    return 0;
  } catch (error) {
    progress?.end();
    if (isCancelled(error) && !options.json) context.note('Stopped. The same command goes on: what has arrived is kept.');
    throw error;
  } finally {
    keep();
  }
}

async function list({ options }: CliArguments, context: CliContext): Promise<number> {
  if (options.repair || options.remove || options.cpu) throw new UsageError(`Say what: posttrain setup ${setupTargets.join(' | ')}.`);
  const home = posttrainHome(context.env, os.homedir());
  const manifests = await readManifests(home);
  for (const target of setupTargets) {
    const manifest = manifests.find((one) => one.target === target);
    if (options.json) context.printJson(manifest ?? { target, parts: [] });
    else context.print(`${target.padEnd(11)} ${manifest ? `${manifest.words}, ${formatBytes(manifest.bytes)} in ${join(home, target)}, since ${manifest.at.slice(0, 10)}` : missing(target)}\n`);
  }
  return 0;
}

function missing(target: SetupTarget): string {
  const obstacle = cannotBeSetUpHere(target);
  return obstacle ? `cannot be set up: ${obstacle.reason}` : `not set up: posttrain setup ${target}`;
}

/** A line that is redrawn where the terminal can, else a line every tenth. */
function createLines({ print, stdout }: CliContext): { show(done: number, total: number): void; line(words: string): void; end(): void } {
  let drawn = false;
  let tenth = 0;
  const end = () => {
    if (drawn) print('\r\u001B[2K');
    drawn = false;
  };
  const line = (words: string) => {
    end();
    tenth = 0;
    print(`${words}\n`);
  };
  return {
    end,
    line,
    show(done, total) {
      const words = `${Math.floor((100 * done) / total)} %, ${formatBytes(done)} of ${formatBytes(total)}`;
      if (stdout.live) {
        end();
        print(words.slice(0, stdout.columns - 1));
        drawn = true;
      } else if (Math.floor((10 * done) / total) > tenth) {
        tenth = Math.floor((10 * done) / total);
        print(`  ${words}\n`);
      }
    },
  };
}
