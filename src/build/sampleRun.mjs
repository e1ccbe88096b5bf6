/** What `npm start` and the stories share: runs of the sample project through the program that a person would start, and tables of what came out. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { inRoot, root } from './paths.mjs';
import { refreshSample } from './sampleProject.mjs';

export const cli = inRoot('dist/cli.js');

/**
 * Installs what is missing, builds, and makes the sample project (in `into`, or runs/sample) as `Posttrain: Open Sample Project` makes it:
 * fresh each time; runs in it are kept, and so is what was edited. Returns its folder; ends the program when something cannot be built.
 */
export async function readyProject(into) {
  const project = into ? resolve(into) : inRoot('runs/sample');
  process.chdir(root);
  ensureInstalled();
  const { bundleAll, print } = await import('./bundle.mjs');
  const built = await bundleAll();
  if (built.some((bundle) => bundle.errors || bundle.missing)) {
    print(built);
    process.exit(1);
  }
  for (const [file, aside] of refreshSample(project)) console.log(`${shown(file)} was not the shipped one. It is replaced, and kept as ${shown(aside)}`);
  return project;
}

/** `runs/NAME` in the project, or `runs/NAME-2` and so on: the first that is free. */
export function nextRun(project, name) {
  for (let n = 1; ; n++) {
    const dir = join(project, 'runs', n === 1 ? name : `${name}-${n}`);
    if (!existsSync(dir)) return dir;
  }
}

/** Ctrl+C reaches the program and it stops with a checkpoint; this script then ends as it did. */
export async function posttrain(...words) {
  process.on('SIGINT', ignore);
  const child = spawn(process.execPath, [cli, ...words], { stdio: 'inherit' });
  const code = await new Promise((resolve) => child.once('close', resolve));
  process.off('SIGINT', ignore);
  if (code !== 0) process.exit(code ?? 1);
}

function ignore() {}

export function table(head, rows, widths) {
  const line = (cells) => cells.map((cell, i) => fit(cell, widths[i])).join('  ').trimEnd();
  console.log(line(head));
  console.log(widths.map((width) => '─'.repeat(width)).join('  '));
  for (const row of rows) console.log(line(row));
}

/** One line of exactly `width` characters. */
function fit(text, width) {
  const flat = text.replace(/\s+/g, ' ').trim();
  return flat.length > width ? `${flat.slice(0, width - 1)}…` : flat.padEnd(width);
}

export function shown(path) {
  return relative(process.cwd(), path) || '.';
}
