/** Runs a pure function of tensors as the active backend does it best: recorded and compiled where it can, else op by op. */

import * as tf from '@tensorflow/tfjs-core';
import type { Program, ProgramSpec, Recorder } from '../backend/program.ts';

export type { Program } from '../backend/program.ts';

/** Whether programs are recorded, at a cost for each set of shapes: then few of them are better than exact ones. */
export function recordsPrograms(): boolean {
  return tf.getBackend() !== undefined && (tf.backend() as { recorder?: Recorder }).recorder !== undefined;
}

/** Found on the backend at run time, so that nn needs no backend's code. */
export function createProgram(spec: ProgramSpec): Program {
  const { recorder } = tf.backend() as { recorder?: Recorder };
  if (recorder) return recorder.program(spec);
  return {
    run(inputs) {
      const outputs = tf.tidy(() => spec.compute(inputs) as tf.NamedTensorMap);
      for (const [name, tensor] of Object.entries(inputs)) if (spec.consumes?.(name)) tensor.dispose();
      return outputs;
    },
    prepare: () => undefined,
    dispose: () => undefined,
  };
}
