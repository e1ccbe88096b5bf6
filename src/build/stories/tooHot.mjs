/**
 * A story that goes wrong on purpose: the run of the sample with a learning rate that is too high. The loss never comes down to where it
 * should, and what the base model knew about countries that no row mentions is gone. Its promise: that this can be seen.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluate, percent, scores } from '../evaluate.mjs';
import { cli, nextRun, posttrain, shown, table } from '../sampleRun.mjs';
import { pairedChange } from './statistics.mjs';

/** @param {{ project: string, seed?: string, short?: boolean }} options `short`: 150 steps, and no run at the right learning rate beside it. */
export async function tooHot({ project, seed, short = false }) {
  const columns = [];
  for (const name of short ? ['too-hot'] : ['capitals-sft', 'too-hot']) {
    const dir = nextRun(project, name);
    console.log(`\nTraining: posttrain train ${shown(join(project, `${name}.posttrain.yaml`))}\n`);
    await posttrain('train', join(project, `${name}.posttrain.yaml`), `output_dir=${dir}`, ...(seed === undefined ? [] : [`seed=${seed}`]), ...(short ? ['max_steps=150'] : []));
    const known = await evaluate({ cli, model: join(dir, 'final'), probes: join(project, 'probes.jsonl') });
    columns.push({ name, known, ...curves(dir) });
  }
  const row = (label, cell) => [label, ...columns.map(cell)];
  const right = ({ known }) => scores(known, () => '').get('');
  console.log('');
  table(['', ...columns.map(({ name }) => name)], [
    row('learning rate, highest', ({ learningRate }) => learningRate.toExponential(1)),
    row('loss, first', ({ loss }) => loss[0].toFixed(2)),
    row('loss, highest', ({ loss }) => Math.max(...loss).toFixed(2)),
    row('loss, last ten', ({ loss }) => mean(loss.slice(-10)).toFixed(3)),
    row('eval_loss, lowest', ({ evalLoss }) => Math.min(...evalLoss).toFixed(3)),
    row('eval_loss, last', ({ evalLoss }) => evalLoss.at(-1).toFixed(3)),
    row('knows', (column) => percent(right(column))),
  ], [24, ...columns.map(() => 24)]);
  const [hot] = columns.slice(-1);
  console.log('\nWhat the model answers now:\n');
  table(['question', ...columns.map(({ name }) => name)], [0, 100, 200, 300].map((i) => [hot.known[i].question, ...columns.map(({ known }) => known[i].completion)]), [44, ...columns.map(() => 40)]);
  const change = short ? undefined : pairedChange(columns[0].known, hot.known);
  if (change) console.log(`\nOf ${change.total} probes, ${change.lost} are lost and ${change.won} won against the same run at the right learning rate.`);
  const broken = [];
  if (2 * right(hot).right > right(hot).total) broken.push(`The learning rate was to be too high; the model still knows ${percent(right(hot))}.`);
  if (change && right(columns[0]).right < 0.8 * right(columns[0]).total) broken.push(`The run beside it was to go well; its model knows ${percent(right(columns[0]))}.`);
  return { columns, broken };
}

function curves(dir) {
  const events = readFileSync(join(dir, 'events.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const all = (type, key) => events.filter((event) => event.type === type).map((event) => event.metrics[key]);
  return { loss: all('metrics', 'loss'), evalLoss: all('evaluation', 'eval_loss'), learningRate: Math.max(...all('metrics', 'learning_rate')) };
}

const mean = (values) => values.reduce((sum, x) => sum + x, 0) / values.length;
