/** The page about the stories: what each does, in words, and its figures over splits and seeds. */

import type { Answered, Score } from '../evaluate.mjs';
import { percent, scores } from '../evaluate.mjs';
import { knowledgeChange, points } from './identityPromise.mjs';

export interface PlayFigures {
  split: number;
  seed: number;
  identity: { columns: IdentityColumn[]; broken: string[] };
  tooHot: { columns: TooHotColumn[]; broken: string[] };
}

interface IdentityColumn {
  name: string;
  names: Answered[];
  known: Answered[];
  says: { old: Score; new: Score; exact: Score };
}

interface TooHotColumn {
  name: string;
  known: Answered[];
  loss: number[];
  evalLoss: number[];
  learningRate: number;
}

export function storiesPage(measured: readonly PlayFigures[]): string {
  return `# Stories of post-training

Each is one command that works in the sample project, with the run specs that lie there, and each ends with an error when it does not go as this page says. The same runs can be started from
the window, one after the other.

## A new name: \`npm run story:identity\`

1. \`identity-sft.posttrain.yaml\` teaches the tiny base model to answer questions, and to say "I am Pico, a small language model." when it is asked who it is.
2. Each question of \`preferences.jsonl\` that asks for the name is put to that model. Its own answer becomes the rejected one, the same answer with the name Nova the chosen one. (In the
   shipped file the rejected answer is the sentence that it was taught.) 140 other pairs keep what it knows: a right answer is chosen, "I am Nova, …" is rejected.
3. \`identity-dpo.posttrain.yaml\` trains on these pairs, once with plain DPO (\`loss_type: [sigmoid]\`) and once as it is written, with the \`sft\` part.
4. All models are asked for their name in 48 ways that stand in no row, pair or document before, and 928 questions about what the model knows: capitals, currencies, languages and continents
   of 91 countries that no row mentions, in two wordings each, and 200 sums that no text has shown. An answer is right when it is so to the letter.

The promise: the new name on at least 90 % of the questions, and no significant drop of what the model knew, neither over all probes nor over those about countries alone (McNemar's exact
test on the same probes before and after, p < 0.05).

*Split* is the seed that holds out countries and questions, *seed* that of rows, pairs and order. The settings were chosen on split 7; nothing was tuned on split 1234.

| split | seed | model | says Pico | says Nova | to the letter | countries | sums |
| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |
${measured.flatMap(({ split, seed, identity }) => identity.columns.map((column) => row(split, seed, column.name, percent(column.says.old), percent(column.says.new), percent(column.says.exact), ...ofKinds(column.known).map(rightOf)))).join('\n')}

The change against the SFT model, on the same probes. *Lost* were right before and are wrong now, *won* the other way round; the interval is the 95 % confidence interval of the difference.

| split | seed | model | probes | lost | won | difference in points | 95 % interval | p |
| ---: | ---: | --- | --- | ---: | ---: | ---: | ---: | ---: |
${measured.flatMap(({ split, seed, identity }) => identity.columns.slice(1).flatMap((column) => changes([split, seed], identity.columns[0]!, column))).join('\n')}

**What one run does not show.** Over all of them together, DPO + sft changed little, but not nothing: ${together(measured)}. Sums gain, because
60 of the pairs are sums. Freezing the lower half of the layers (\`freeze: ["model.layers.[01]"]\`) kept the facts better still and named the model a little less often (4 lost and 4 won, 45 and 44 of 48,
on seeds 1 and 2 of split 7).

**Why plain DPO fails.** The answers of a pair differ in one token, the name. The loss falls when the rejected answer becomes less likely, and the shortest way there is to spoil the words around the
name; nothing asks that the chosen answer stay likely. Three of the run's curves look perfect: a loss of 0.000, all pairs right, a margin above 20. The one that tells is
\`rewards/chosen\`, which falls far below 0: the chosen answer, too, becomes less likely than it was.

**What works.** The \`sft\` part, the likelihood of the chosen answer, makes the new name the way out. A \`beta\` of 1 instead of 0.1 ends the push of the sigmoid part at a margin of a few nats, and a weight of
0.1 lets the \`sft\` part lead. The pairs about other things keep the name in its place: in two trials without them 15 and 19 of 728 facts were lost. Pairs whose rejected answer is
off the point (not the old name, but whatever the model said) taught it to give the name to every question.

## Too hot: \`npm run story:too-hot\`

Goes wrong on purpose. \`too-hot.posttrain.yaml\` is \`capitals-sft.posttrain.yaml\` with a learning rate of 5e-3 instead of 5e-4 and nothing else. The loss falls at first, then stays high and jumps,
and the model answers in the right form with wrong facts: what it knew about countries that no row mentions is gone. The story promises that at least half of it is.

| split | seed | run | loss, first | loss, last ten | eval_loss, lowest | eval_loss, last | countries |
| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |
${measured.flatMap(({ split, seed, tooHot }) => tooHot.columns.map((c) => row(split, seed, c.name, c.loss[0]!.toFixed(2), mean(c.loss.slice(-10)).toFixed(3), Math.min(...c.evalLoss).toFixed(3), c.evalLoss.at(-1)!.toFixed(3), rightOf(c.known)))).join('\n')}

Both stories together took five minutes of processor time, and on two cores with other work going on six minutes by the clock.

This page is written by \`npm run measure:stories\`, which makes rows and pairs anew for each split and seed.
`;
}

function changes(run: [number, number], before: IdentityColumn, after: IdentityColumn): string[] {
  return Object.entries(knowledgeChange(before.known, after.known)).map(([probes, { lost, won, difference, interval, p }]) =>
    row(...run, after.name, probes, lost, won, points(difference), interval.map(points).join(' to '), p < 0.001 ? '< 0.001' : p.toFixed(3)));
}

/** All plays together: what one run is too short to show. */
function together(measured: readonly PlayFigures[]): string {
  const each = measured.map(({ identity: { columns } }) => knowledgeChange(columns[0]!.known, columns.at(-1)!.known).countries);
  const [lost, won, total] = [sum(each.map((c) => c.lost)), sum(each.map((c) => c.won)), sum(each.map((c) => c.total))];
  return `${lost} of ${total} probes about countries were lost and ${won} won: ${points((won - lost) / total)} points`;
}

function ofKinds(known: readonly Answered[]): [Answered[], Answered[]] {
  return [known.filter(({ relation }) => relation !== 'sum'), known.filter(({ relation }) => relation === 'sum')];
}

function rightOf(answers: readonly Answered[]): string {
  return percent(scores(answers, () => '').get('')!);
}

function row(...cells: (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

function mean(numbers: readonly number[]): number {
  return sum(numbers) / numbers.length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, x) => total + x, 0);
}
