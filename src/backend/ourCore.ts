/** Loads a backend's package, wherever it was put, onto OUR tfjs-core: two instances would each have their own tensors and registries. */

import { createRequire } from 'node:module';
import { sep } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';

interface ModuleInternals {
  _load(request: string, parent: { filename?: string } | undefined, isMain: boolean): unknown;
}

/** tfjs-core as such packages see it. */
export const ourCore: object = { ...tf, KernelBackend: callableKernelBackend() };

/** While `load` runs, what files under `folder` require is answered by us: tfjs-core, and what else `answers` names. */
export function withOurCore<T>(folder: string, answers: Readonly<Record<string, unknown>>, load: () => T): T {
  const Module = createRequire(__filename)('node:module') as ModuleInternals;
  const original = Module._load;
  const all = { ...answers, '@tensorflow/tfjs-core': ourCore };
  Module._load = function (request, parent, isMain) {
    const ours = parent?.filename?.startsWith(folder + sep) && Object.hasOwn(all, request);
    return ours ? all[request as keyof typeof all] : original.call(this, request, parent, isMain);
  };
  try {
    return load();
  } finally {
    Module._load = original;
  }
}

/** The packages were compiled for engines without classes and call their base class as a function, which a class of today refuses. */
function callableKernelBackend(): unknown {
  function KernelBackend() {}
  KernelBackend.prototype = tf.KernelBackend.prototype as object;
  return KernelBackend;
}
