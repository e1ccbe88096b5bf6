/**
 * `npm start`: installs what is missing, builds, and does the main job for real: it post-trains the tiny base model on the sample
 * dataset, then shows what both models answer. `npm start -- --ui` opens the result in VS Code. `key=value` overrides the run spec.
 */

import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { inRoot, root } from './paths.mjs';

/** The sample project as `Posttrain: Open Sample Project` makes it. Edits and runs in it are kept. */
const project = inRoot('runs/sample');
const SPEC = 'capitals-sft.posttrain.yaml';
const cli = inRoot('dist/cli.js');

const args = process.argv.slice(2);
const unknown = args.find((arg) => arg !== '--ui' && !/^[\w.]+=/.test(arg));
if (unknown) {
  console.error(`"${unknown}" is no option.\nUsage: npm start [-- --ui] [key=value …]`);
  process.exit(2);
}
const overrides = args.filter((arg) => arg !== '--ui');
const ui = args.includes('--ui');
process.chdir(root);
ensureInstalled();
const { bundleAll, print } = await import('./bundle.mjs');
const built = await bundleAll();
if (built.some((bundle) => bundle.errors || bundle.missing)) {
  print(built);
  process.exit(1);
}
copySample();
const finished = runs();
// A window opens on what is there; without a run, or with other settings, there is something to do first.
const runDir = ui && finished.length > 0 && overrides.length === 0 ? finished.at(-1) : await trainAndCompare();
if (ui) {
  const { openWindow } = await import('./openWindow.mjs');
  await openWindow({ project, runDir });
} else {
  console.log(`\nThe run, with its checkpoints and every event, is in ${shown(runDir)}`);
  console.log('See it in VS Code: npm start -- --ui');
  console.log('Or in your own: npm run package, then code --install-extension posttrain.vsix, and open the folder', shown(project));
}

function copySample() {
  cpSync('media/sample', project, { recursive: true, force: false });
  cpSync('media/models/tiny-base', join(project, 'models/tiny-base'), { recursive: true, force: false });
}

/** Run directories with a result, oldest first. */
function runs() {
  const folder = join(project, 'runs');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /^capitals-sft(-\d+)?$/.test(name) && existsSync(join(folder, name, 'final')));
  return names.sort((a, b) => number(a) - number(b)).map((name) => join(folder, name));
}

function number(name) {
  return Number(/\d+$/.exec(name)?.[0] ?? 1);
}

async function trainAndCompare() {
  let n = 1;
  while (existsSync(runPath(n))) n++;
  const dir = runPath(n);
  console.log(`\nTraining: posttrain train ${shown(join(project, SPEC))}\n`);
  await posttrain('train', join(project, SPEC), `output_dir=${relative(root, dir)}`, ...overrides);
  await compare(join(project, 'models/tiny-base'), join(dir, 'final'));
  return dir;
}

function runPath(n) {
  return join(project, 'runs', n === 1 ? 'capitals-sft' : `capitals-sft-${n}`);
}

/** Runs the program that a person would. Ctrl+C reaches it and it stops with a checkpoint; this script then ends as it did. */
async function posttrain(...words) {
  process.on('SIGINT', ignore);
  const child = spawn(process.execPath, [cli, ...words], { stdio: 'inherit' });
  const code = await new Promise((resolve) => child.once('close', resolve));
  process.off('SIGINT', ignore);
  if (code !== 0) process.exit(code ?? 1);
}

function ignore() {}

/** Asks both models about countries that no training row mentions, and counts exact answers. */
async function compare(base, tuned) {
  const { evaluate, percent, scores } = await import('./evaluate.mjs');
  const probes = join(project, 'probes.jsonl');
  const ask = async (model, name) => {
    const live = process.stdout.isTTY;
    const answered = await evaluate({ cli, model, probes, onProgress: (done, total) => live && process.stdout.write(`\rAsking the ${name} model ${done}/${total} `) });
    if (live) process.stdout.write('\r\x1B[2K');
    return answered;
  };
  const before = await ask(base, 'base');
  const after = await ask(tuned, 'tuned');

  console.log('\nQuestions about countries that the training rows never mention:\n');
  const few = [...new Map(after.map((answer, i) => [`${answer.relation} ${answer.phrasing}`, i])).values()];
  table(['question', 'base model', 'tuned model', ''], few.map((i) => [after[i].question, after[i] && before[i].completion, after[i].completion, after[i].right ? 'right' : `expected: ${after[i].answer}`]), [44, 34, 46, 40]);

  console.log('\nExact answers, before and after:\n');
  const rows = [
    ['all', () => 'all'],
    ['relation', (answer) => answer.relation],
    ['phrasing', (answer) => `${answer.phrasing} phrasing`],
  ].flatMap(([, key]) => {
    const [was, is] = [scores(before, key), scores(after, key)];
    return [...is].map(([name, score]) => [name, percent(was.get(name)), percent(score)]);
  });
  table(['', 'before', 'after'], rows, [20, 18, 18]);
}

function table(head, rows, widths) {
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

function shown(path) {
  return relative(process.cwd(), path) || '.';
}
