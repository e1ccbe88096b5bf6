/** The sample project of `npm start`: every shipped file as it is shipped now. What stood there instead is kept beside it. */

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { inRoot } from './paths.mjs';

/** Makes the project or brings it up to date. Returns [file, name it is kept under] for every file that was another one. */
export function refreshSample(project) {
  const kept = [];
  for (const [from, to] of shippedFiles(project)) {
    if (existsSync(to)) {
      if (readFileSync(from).equals(readFileSync(to))) continue;
      const aside = freeName(to);
      renameSync(to, aside);
      kept.push([to, aside]);
    }
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to);
  }
  return kept;
}

/** Run directories with a result that was made from the files as they are now, oldest first. */
export function finishedRuns(project) {
  const folder = join(project, 'runs');
  if (!existsSync(folder)) return [];
  const changed = Math.max(...shippedFiles(project).map(([, to]) => statSync(to).mtimeMs));
  const names = readdirSync(folder).filter((name) => /^capitals-sft(-\d+)?$/.test(name) && existsSync(join(folder, name, 'final')) && statSync(join(folder, name, 'run.json')).mtimeMs >= changed);
  return names.sort((a, b) => number(a) - number(b)).map((name) => join(folder, name));
}

function shippedFiles(project) {
  return [
    [inRoot('media/sample'), project],
    [inRoot('media/models/tiny-base'), join(project, 'models/tiny-base')],
  ].flatMap(([from, to]) => readdirSync(from, { withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => [join(from, name), join(to, name)]));
}

/** `train.kept.jsonl`, the first one that is free. */
function freeName(path) {
  const end = extname(path);
  for (let n = 1; ; n++) {
    const name = `${path.slice(0, path.length - end.length)}.kept${n === 1 ? '' : `-${n}`}${end}`;
    if (!existsSync(name)) return name;
  }
}

function number(name) {
  return Number(/\d+$/.exec(name)?.[0] ?? 1);
}
