/** The webgpu backend: Dawn, prebuilt in the npm package `webgpu` for every platform at once, of which one is kept, and tfjs' kernels for it. */

import { join } from 'node:path';
import type { Recipe, SetupContext } from './recipe.ts';
import { smokeTest } from './smokeTest.ts';
import { unpackPackage } from './unpack.ts';

export function webgpuRecipe(context: SetupContext): Recipe {
  const { pins, platform, signal, report } = context;
  const prebuilt = platform.startsWith('darwin') ? 'darwin-universal' : platform;
  const words = `WebGPU (Dawn ${pins.webgpu[0]!.version})`;
  return {
    target: 'webgpu',
    words,
    artifacts: pins.webgpu,
    unpackedBytes: 0.1e9,
    async build(folder, files) {
      report({ type: 'step', words: `Unpacking ${words}` });
      for (const [i, file] of files.entries()) {
        await unpackPackage(file, join(folder, 'node_modules', pins.webgpu[i]!.name), (path) => isNeeded(path, prebuilt), signal);
      }
    },
    smokeTest: (home) => smokeTest(context, home, 'webgpu'),
  };
}

/** JavaScript without maps, types and tests, and this platform's libraries. */
function isNeeded(path: string, prebuilt: string): boolean {
  if (path.endsWith('.node') || path.endsWith('.dll')) return path.startsWith(`dist/${prebuilt}/`);
  return path === 'package.json' || /^licen[cs]e/i.test(path) || /^(index|dist\/.*)\.js$/.test(path);
}
