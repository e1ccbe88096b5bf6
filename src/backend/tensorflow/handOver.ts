/** Gives TensorFlow large numbers as soon as they come, and lets JavaScript's copy of them go: its collector does not see TensorFlow's memory and would wait. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { NodeBackend } from './graph/native.ts';

/** Smaller ones wait until they are used, as tfjs has it. */
const leastBytes = 2 ** 16;
/** What was given away may lie about up to this, and up to this share of all that ever was: collecting takes hundredths of a second. */
const garbageBytes = 2 ** 24;
const garbageShare = 1 / 32;

export function handOverAtOnce(backend: NodeBackend, collect = collector()): void {
  const { binding, write } = backend;
  let given = 0;
  let garbage = 0;
  backend.write = function (values, shape, dtype) {
    const id = write.call(this, values, shape, dtype);
    // While a program is recorded TensorFlow gets nothing.
    if (!ArrayBuffer.isView(values) || values.byteLength < leastBytes || this.binding !== binding) return id;
    // Those of before; these are still in use.
    if (garbage > Math.max(garbageBytes, given * garbageShare)) {
      collect();
      garbage = 0;
    }
    const data = this.tensorMap.get(id);
    data.id = binding.createTensor(data.shape, data.dtype, data.values!);
    data.values = null;
    given += values.byteLength;
    garbage += values.byteLength;
    return id;
  };
}

/** Node keeps its `gc` to those who start it with a flag, or to contexts that are made after one is set. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
