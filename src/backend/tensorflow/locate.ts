/**
 * Finds the native TensorFlow backend's two halves. The set-up folder is `<home>/tensorflow` (home: POSTTRAIN_HOME, else ~/.posttrain):
 *
 *   tensorflow/tfjs_binding.node           the N-API binding of tfjs-node(-gpu) 4.22; its libtensorflow lies where its rpath says
 *   tensorflow/site/tensorflow/*.so.2      … which may be here
 *   tensorflow/node_modules/@tensorflow/tfjs-node-gpu (or tfjs-node)   optional: the package's JavaScript
 *
 * Without its own node_modules the JavaScript is that of the installed dependency `@tensorflow/tfjs-node-gpu`; a package whose own
 * install script has run brings its binding in lib/napi-v*. The current folder is never looked at: its files may be anybody's, and
 * these are run.
 */

import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { halfSetUp, notSetUp, type BackendOptions, type Unusable } from '../backend.ts';
import { setupFolder } from '../home.ts';

export interface TensorflowFiles {
  packageFolder: string;
  bindingFile: string;
}

const packageNames = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** The files, or why there are none. */
export function locateTensorflow(options: BackendOptions): TensorflowFiles | Unusable {
  const setup = setupFolder(options, 'tensorflow');
  if (typeof setup !== 'string') return setup;
  const packages = findPackages(setup);
  const own = join(setup, 'tfjs_binding.node');
  if (packages.length === 0) {
    if (!existsSync(own)) return notSetUp('tensorflow', setup);
    return halfSetUp('tensorflow', join(setup, 'node_modules', packageNames[0]!));
  }
  if (existsSync(own)) return { packageFolder: packages[0]!, bindingFile: own };
  for (const packageFolder of packages) {
    const bindingFile = builtBinding(packageFolder);
    if (bindingFile) return { packageFolder, bindingFile };
  }
  return notSetUp('tensorflow', setup);
}

function findPackages(setup: string): string[] {
  const found: string[] = [];
  for (const from of [join(setup, 'package.json'), __filename]) {
    for (const name of packageNames) {
      try {
        found.push(dirname(createRequire(from).resolve(`${name}/package.json`)));
      } catch {
        // Not installed seen from there: the next candidate.
      }
    }
  }
  return found;
}

function builtBinding(packageFolder: string): string | undefined {
  const lib = join(packageFolder, 'lib');
  if (!existsSync(lib)) return undefined;
  return readdirSync(lib).filter((name) => /^napi-v\d+$/.test(name)).map((name) => join(lib, name, 'tfjs_binding.node')).find((file) => existsSync(file));
}
