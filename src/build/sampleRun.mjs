/** What `npm start` and the stories share: runs of the sample project through the program that a person would start, and tables of what came out. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inRoot } from './paths.mjs';

export const cli = inRoot('dist/cli.js');

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
