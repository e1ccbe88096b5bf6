/** The page about the stories: what each does, in words, and its figures over seeds. */

import type { Answered, Score } from '../evaluate.mjs';
import { percent, scores } from '../evaluate.mjs';
import { points } from './identityPromise.mjs';
import { pairedChange } from './statistics.mjs';

export interface SeedFigures {
  seed: number;
  identity: { columns: IdentityColumn[]; broken: string[]; seconds: number };
  tooHot: { columns: TooHotColumn[]; broken: string[]; seconds: number };
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

export function storiesPage(measured: readonly SeedFigures[]): string {
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

The promise: the new name on at least 90 % of the questions, and no significant drop of what the model knew (McNemar's exact test on the same probes before and after, p < 0.05).

| seed | model | says Pico | says Nova | to the letter | countries | sums |
| ---: | --- | ---: | ---: | ---: | ---: | ---: |
${measured.flatMap(({ seed, identity }) => identity.columns.map((column) => row(seed, column.name, percent(column.says.old), percent(column.says.new), percent(column.says.exact), ...ofKinds(column.known).map(rightOf)))).join('\n')}

The change against the SFT model, on the same probes. *Lost* were right before and are wrong now, *won* the other way round; the interval is the 95 % confidence interval of the difference.

| seed | model | probes | lost | won | difference in points | 95 % interval | p |
| ---: | --- | --- | ---: | ---: | ---: | ---: | ---: |
${measured.flatMap(({ seed, identity }) => identity.columns.slice(1).flatMap((column) => changes(seed, identity.columns[0]!, column))).join('\n')}

Why plain DPO fails here: chosen and rejected answer differ in one token, the name. The loss falls when the rejected answer becomes less likely, and the shortest way there is to spoil the words
that follow the old name; nothing asks that the chosen answer be likely. The margin grows all the while, so the curves of the run look fine. The \`sft\` part, the likelihood of the chosen answer,
makes the new name the way out. A \`beta\` of 1 instead of 0.1 ends the push of the sigmoid part at a few nats, and the pairs about other things keep both the facts and the name in their places.

## Too hot: \`npm run story:too-hot\`

Goes wrong on purpose. \`too-hot.posttrain.yaml\` is \`capitals-sft.posttrain.yaml\` with a learning rate of 5e-3 instead of 5e-4 and nothing else. The loss falls at first, then stays high and jumps,
and the model answers in the right form with facts that are wrong: what it knew about countries that no row mentions is gone. The promise of this story is that at least half of it is.

| seed | run | loss, first | loss, last ten | eval_loss, lowest | eval_loss, last | countries |
| ---: | --- | ---: | ---: | ---: | ---: | ---: |
${measured.flatMap(({ seed, tooHot }) => tooHot.columns.map((c) => row(seed, c.name, c.loss[0]!.toFixed(2), mean(c.loss.slice(-10)).toFixed(3), Math.min(...c.evalLoss).toFixed(3), c.evalLoss.at(-1)!.toFixed(3), rightOf(c.known)))).join('\n')}

Seconds, with other work going on beside: ${measured.map(({ seed, identity, tooHot }) => `seed ${seed} ${identity.seconds.toFixed(0)} and ${tooHot.seconds.toFixed(0)}`).join(', ')}. On two cores that are free the first takes about two minutes, the second about one and a half.

This page is written by \`npm run measure:stories\`, which makes rows and pairs anew for each seed.
`;
}

function changes(seed: number, before: IdentityColumn, after: IdentityColumn): string[] {
  const [was, is] = [[before.known, ...ofKinds(before.known)], [after.known, ...ofKinds(after.known)]];
  return ['all', 'countries', 'sums'].map((probes, i) => {
    const { lost, won, difference, interval, p } = pairedChange(was[i]!, is[i]!);
    return row(seed, after.name, probes, lost, won, points(difference), interval.map(points).join(' to '), p < 0.001 ? '< 0.001' : p.toFixed(3));
  });
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
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
}
