/** The suites in the order they run, and which test files belong to each. */

import { readdirSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { inRoot, root } from './paths.mjs';

/**
 * `atOnce` test files run side by side; `minutes` is the limit for one file. Suites that drive a whole VS Code, or all cores, run alone.
 * `inVSCode`: run inside the extension host. `packaged`: drive a VS Code with the .vsix from outside.
 */
export const suites = [
  { name: 'tidy', atOnce: 2, minutes: 4 },
  { name: 'unit', atOnce: 2, minutes: 3 },
  { name: 'conformance', atOnce: 2, minutes: 6 },
  { name: 'golden', atOnce: 2, minutes: 3 },
  { name: 'parity', atOnce: 1, minutes: 10 },
  { name: 'trajectory', atOnce: 1, minutes: 10 },
  { name: 'cli', atOnce: 1, minutes: 6 },
  { name: 'integration', atOnce: 1, minutes: 10, inVSCode: true },
  { name: 'ui', atOnce: 1, minutes: 10, packaged: true },
];

/** The test files of a suite (relative to the repository, forward slashes), narrowed to those under one of `only`. */
export function testFiles(suite, only) {
  let entries;
  try {
    entries = readdirSync(inRoot('test', suite), { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
  const wanted = only?.map((path) => relative(root, inRoot(path)).split(sep).join('/'));
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => relative(root, `${entry.parentPath ?? entry.path}/${entry.name}`).split(sep).join('/'))
    .filter((file) => !wanted || wanted.some((path) => file === path || file.startsWith(`${path}/`) || file.startsWith(`${path}.`)))
    .sort();
}
