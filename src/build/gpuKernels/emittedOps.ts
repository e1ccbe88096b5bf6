/** Every TensorFlow op that a recorded program or its session may have in its graph. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordableOps } from '../../backend/tensorflow/graph/outputs.ts';

export function emittedOps(): string[] {
  const text = ['recording.ts', 'session.ts'].map((file) => readFileSync(join('src', 'backend', 'tensorflow', 'graph', file), 'utf8')).join('\n');
  const own = [...text.matchAll(/\bnode\('(\w+)'|\bnodeDef\([^,]+, '(\w+)'/g)].map(([, recorded, loaded]) => (recorded ?? loaded)!);
  return [...new Set([...recordableOps(), ...own])].sort();
}
