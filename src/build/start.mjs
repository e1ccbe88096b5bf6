/**
 * `npm start`: installs what is missing, builds, and does the main job for real: it post-trains the tiny base model on the sample
 * dataset, then shows what both models answer. `npm start -- --ui` opens the result in VS Code. `key=value` overrides the run spec,
 * `--into DIR` says where the sample project is made (runs/sample).
 */

import { join, relative } from 'node:path';
import { inRoot, root } from './paths.mjs';
import { finishedRuns } from './sampleProject.mjs';
import { cli, nextRun, posttrain, readyProject, shown, table } from './sampleRun.mjs';

const SPEC = 'capitals-sft.posttrain.yaml';
const { ui, into, overrides } = readOptions(process.argv.slice(2));
const project = await readyProject(into);
const finished = finishedRuns(project);
// A window opens on what is there; without a run, or with other settings, there is something to do first.
const runDir = ui && finished.length > 0 && overrides.length === 0 ? finished.at(-1) : await trainAndCompare();
if (ui) {
  const { openWindow } = await import('./openWindow.mjs');
  await openWindow({ project, runDir });
} else {
  console.log(`\nThe run, with its checkpoints and every event, is in ${shown(runDir)}`);
  const { packageExtension } = await import('./package.mjs');
  await packageExtension(inRoot('posttrain.vsix'));
  console.log('See it in a VS Code window of its own:  npm start -- --ui');
  console.log(`Or in yours:  code --install-extension posttrain.vsix && code ${shown(project)}`);
}

function readOptions(args) {
  const options = { ui: false, into: undefined, overrides: [] };
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--ui') options.ui = true;
    else if (args[i] === '--into' && args[i + 1]) options.into = args[++i];
    else if (/^[\w.]+=/.test(args[i])) options.overrides.push(args[i]);
    else {
      console.error(`"${args[i]}" is no option.\nUsage: npm start [-- --ui] [--into DIR] [key=value …]`);
      process.exit(2);
    }
  }
  return options;
}

async function trainAndCompare() {
  const dir = nextRun(project, 'capitals-sft');
  console.log(`\nTraining: posttrain train ${shown(join(project, SPEC))}\n`);
  await posttrain('train', join(project, SPEC), `output_dir=${relative(root, dir)}`, ...overrides);
  await compare(join(project, 'models/tiny-base'), join(dir, 'final'));
  return dir;
}

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
  table(['question', 'base model', 'tuned model', ''], examples(after).map((i) => [after[i].question, before[i].completion, after[i].completion, after[i].right ? 'right' : `wrong: ${after[i].answer}`]), [44, 30, 46, 44]);

  console.log('\nExact answers, before and after:\n');
  const keys = [() => 'all', (answer) => answer.relation, (answer) => `${answer.phrasing} phrasing`];
  const rows = keys.flatMap((key) => {
    const [was, is] = [scores(before, key), scores(after, key)];
    return [...is].map(([name, score]) => [name, percent(was.get(name)), percent(score)]);
  });
  table(['', 'before', 'after'], rows, [20, 18, 18]);
}

/** One of each kind of question, about different countries, and two that went wrong, if there are. */
function examples(answered) {
  const kinds = new Map();
  answered.forEach(({ relation, phrasing }, i) => kinds.set(`${relation} ${phrasing}`, [...(kinds.get(`${relation} ${phrasing}`) ?? []), i]));
  const some = [...kinds.values()].map((indices, k) => indices[(k * 11 + 3) % indices.length]);
  const wrong = answered.flatMap(({ right }, i) => (right || some.includes(i) ? [] : [i]));
  return [...some, ...wrong.slice(0, 2)];
}
