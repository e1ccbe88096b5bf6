/**
 * `npm run story:NAME -- [--into DIR] [--seed N] [--short]`: plays a story of post-training in the sample project (runs/sample), with the
 * trainer and the run specs that a person would start, and ends with 1 when the story does not hold what it promises.
 */

import { readyProject, shown } from './sampleRun.mjs';

const stories = ['identity', 'too-hot'];
const { name, into, seed, short } = readOptions(process.argv.slice(2));
const project = await readyProject(into);
const started = Date.now();
const { broken } = await play();
const seconds = ((Date.now() - started) / 1000).toFixed(0);
for (const promise of broken) console.error(`\nThe story did not go as it should. ${promise}`);
console.log(`\n${broken.length === 0 ? 'The story went as it should' : 'It ended'} after ${seconds} s. Its runs are in ${shown(project)}/runs; every run can be opened in the window.`);
process.exitCode = broken.length === 0 ? 0 : 1;

async function play() {
  if (name === 'identity') return (await import('./stories/identity.mjs')).identity({ project, seed, short });
  return (await import('./stories/tooHot.mjs')).tooHot({ project, seed, short });
}

/** `--short` trains less and leaves out what only compares. */
function readOptions([story, ...args]) {
  const options = { name: story, into: undefined, seed: undefined, short: false };
  const known = args.every((arg, i) => {
    if (arg === '--short') options.short = true;
    else if (['--into', '--seed'].includes(arg) && args[i + 1]) options[arg.slice(2)] = args[i + 1];
    else return ['--into', '--seed'].includes(args[i - 1]);
    return true;
  });
  if (stories.includes(story) && known) return options;
  console.error(`Usage: npm run story:NAME -- [--into DIR] [--seed N] [--short], where NAME is one of ${stories.join(', ')}.`);
  process.exit(2);
}
