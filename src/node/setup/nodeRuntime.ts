/** A Node of our own, from npm's packages of it, for machines that have none: VS Code's own cannot load native libraries. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../core/problem.ts';
import { ownNode } from '../nodeProgram.ts';
import type { Recipe, SetupContext } from './recipe.ts';
import { unpackPackage } from './unpack.ts';

export function nodeRecipe({ pins, platform, signal, report }: SetupContext): Recipe {
  const artifact = pins.node[platform];
  if (!artifact) throw new UserError(`There is no Node for ${platform} that Posttrain can bring. Install Node 20 or newer from https://nodejs.org, or name one in the setting posttrain.node.path.`, 'platform');
  const words = `Node ${artifact.version}`;
  return {
    target: 'node',
    words,
    artifacts: [artifact],
    unpackedBytes: 0.15e9,
    async build(folder, [file]) {
      report({ type: 'step', words: `Unpacking ${words}` });
      await unpackPackage(file!, folder, (path) => path === 'LICENSE' || /^bin\/node(\.exe)?$/.test(path), signal);
    },
    async smokeTest(home) {
      const path = join(home, ownNode);
      try {
        return `Node ${(await promisify(execFile)(path, ['-p', 'process.versions.node'], { timeout: 30_000, signal, windowsHide: true })).stdout.trim()}`;
      } catch (error) {
        throw new UserError(`The Node that was brought does not run here (${path}): ${(error as Error).message.trim().split('\n').at(-1)}. Install Node 20 or newer from https://nodejs.org.`, 'smoke-test');
      }
    },
  };
}
