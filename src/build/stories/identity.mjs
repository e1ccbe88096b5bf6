/**
 * The identity story: the tiny base model learns by SFT to answer and to say that it is Pico, then by DPO that it is Nova. Its promise:
 * the new name on at least 90 % of questions in words that it was never trained on, and no significant loss of what it knew.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluate, percent, scores } from '../evaluate.mjs';
import { cli, nextRun, posttrain, shown, table } from '../sampleRun.mjs';
import { brokenPromises, inWords, knowledgeChange } from './identityPromise.mjs';

const [oldName, newName] = ['Pico', 'Nova'];

/**
 * @param {{ project: string, seed?: string, short?: boolean }} options `short`: half of the SFT, and no plain DPO beside the one that works.
 */
export async function identity({ project, seed, short = false }) {
  const train = async (name, run, ...overrides) => {
    const dir = nextRun(project, run);
    console.log(`\nTraining: posttrain train ${[shown(join(project, `${name}.posttrain.yaml`)), ...overrides].join(' ')}\n`);
    await posttrain('train', join(project, `${name}.posttrain.yaml`), `output_dir=${dir}`, ...(seed === undefined ? [] : [`seed=${seed}`]), ...overrides);
    return join(dir, 'final');
  };
  const sft = await train('identity-sft', 'identity-sft', ...(short ? ['num_train_epochs=1'] : []));
  const pairs = await ownPairs(project, sft);
  const start = [`model_name_or_path=${sft}`, `dataset=${pairs}`];
  /** @type {[string, string][]} */
  const models = [['SFT', sft]];
  if (!short) models.push(['plain DPO', await train('identity-dpo', 'identity-plain-dpo', ...start, 'loss_type=[sigmoid]', 'loss_weights=null')]);
  models.push(['DPO + sft', await train('identity-dpo', 'identity-dpo', ...start)]);

  const asked = [];
  for (const [name, model] of models) asked.push({ name, names: await ask(project, model, ['identity-probes.jsonl']), known: await ask(project, model, ['probes.jsonl', 'sums.jsonl']) });
  const before = asked[0].known;
  const columns = asked.map(({ name, names, known }) => ({ name, names, known, says: nameScores(names), change: knowledgeChange(before, known) }));
  showAnswers(columns);
  showFigures(columns);
  const result = columns.at(-1);
  return { columns, broken: brokenPromises({ said: result.says.new, changes: [result.change.all, result.change.countries] }) };
}

/**
 * On-policy pairs: the rejected answer is what the model says itself, the chosen one is the same with the new name. Where its answer
 * does not hold the old name, and for pairs about other things, the shipped pair stays.
 */
async function ownPairs(project, model) {
  const shipped = join(project, 'preferences.jsonl');
  const rows = readRows(shipped);
  const answers = await evaluate({ cli, model, probes: shipped });
  let own = 0;
  const pairs = rows.map((row, i) => {
    const answer = answers[i].completion;
    if (!row.chosen[0].content.includes(newName) || !answer.includes(oldName)) return row;
    own++;
    return { ...row, chosen: [{ role: 'assistant', content: answer.replaceAll(oldName, newName) }], rejected: [{ role: 'assistant', content: answer }] };
  });
  const file = join(project, 'preferences.own.jsonl');
  writeFileSync(file, pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(''));
  console.log(`\n${own} of ${rows.length} pairs are made from the model's own answers: ${shown(file)}`);
  return file;
}

async function ask(project, model, files) {
  const answered = [];
  for (const file of files) answered.push(...(await evaluate({ cli, model, probes: join(project, file) })));
  return answered;
}

/** How many answers hold only the old name, only the new one, and how many are the expected sentence to the letter. */
function nameScores(names) {
  const score = (has) => ({ right: names.filter(has).length, total: names.length });
  const says = (name, other) => score(({ completion }) => completion.includes(name) && !completion.includes(other));
  return { old: says(oldName, newName), new: says(newName, oldName), exact: score(({ right }) => right) };
}

function showAnswers(columns) {
  console.log('\nQuestions in words that the model was never trained on:\n');
  const rows = [0, 9, 18, 27, 36, 45].filter((i) => i < columns[0].names.length).map((i) => [columns[0].names[i].question, ...columns.map(({ names }) => names[i].completion)]);
  table(['question', ...columns.map(({ name }) => name)], rows, [36, ...columns.map(() => 38)]);
}

function showFigures(columns) {
  const kinds = [...scores(columns[0].known, ({ relation }) => relation).keys()];
  const row = (label, cell) => [label, ...columns.map(cell)];
  console.log('\nWho are you, and what do you know:\n');
  table(['', ...columns.map(({ name }) => name)], [
    row(`says ${oldName}`, ({ says }) => percent(says.old)),
    row(`says ${newName}`, ({ says }) => percent(says.new)),
    row('  to the letter', ({ says }) => percent(says.exact)),
    row('knows', ({ known }) => percent(scores(known, () => '').get(''))),
    ...kinds.map((kind) => row(`  ${kind}`, ({ known }) => percent(scores(known, ({ relation }) => relation).get(kind)))),
  ], [18, ...columns.map(() => 24)]);
  console.log('');
  for (const { name, says, change } of columns.slice(1)) console.log(`${name}: ${inWords(says.new, change)}`);
}

function readRows(file) {
  return readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
}
