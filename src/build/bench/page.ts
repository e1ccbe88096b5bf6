/** The results as a table in the terminal, and as a page. */

import { formatNumber } from '../../run/format.ts';
import { adapterTargets } from '../../model/adapterTargets.ts';
import { estimateTraining } from '../../model/memory.ts';
import { measuredConfig, shapeIds, type ShapeId } from '../../model/measuredShapes.ts';
import { benchCases, everyMatrix, growthCases, shapeNames, type BenchCase } from './cases.ts';
import type { Holding } from './flatness.ts';
import { summarise, type Sample, type SideId, type SideSummary } from './samples.ts';

export interface Results {
  cases: Record<string, { measuredAt: string; machine: string; /** Of Posttrain, as git names it. */ commit: string; /** Not made up. */ realRows: boolean; samples: Sample[] }>;
  /** What else a reader of the page has to know of the machine. */
  note?: string;
  /** Of a long training, by backend. */
  flat?: Partial<Record<SideId, Holding[]>>;
}

const sides: Readonly<Record<SideId, string>> = { trl: 'TRL', pytorch: 'PyTorch loop', tensorflow: 'Posttrain, tensorflow', wasm: 'Posttrain, wasm' };
const headings = ['work', 'side', 'settings', 'rate', 'rounds', 'of TRL', 'goal', 'memory', 'of TRL (goal ≤ 1)', 'others', 'commit'];

/** One row for each side of each case that was measured. */
export function benchRows(results: Results, cases: readonly BenchCase[]): string[][] {
  const out: string[][] = [];
  for (const one of cases) {
    const found = results.cases[one.id];
    if (!found) continue;
    const reference = summarise(found.samples, 'trl', one.unit);
    for (const { side } of one.sides) {
      const summary = summarise(found.samples, side, one.unit);
      if (summary) out.push([...row(one, summary, reference), found.commit]);
    }
  }
  return out;
}

function row(one: BenchCase, { side, variant, rate, spread, peakBytes, others }: SideSummary, reference: SideSummary | undefined): string[] {
  const goal = one.goals[side];
  return [
    one.title, one.kind === 'generate' && side === 'trl' ? 'transformers' : sides[side], variant || '–', `${formatNumber(rate)} ${one.unit}`, spread.map(formatNumber).join('–'),
    reference ? (rate / reference.rate).toFixed(2) : '–', goal === undefined ? '' : `≥ ${goal}`, mebibytes(peakBytes), reference ? (peakBytes / reference.peakBytes).toFixed(2) : '–', `${(others * 100).toFixed(1)} %`,
  ];
}

export function consoleTable(results: Results, cases: readonly BenchCase[]): string {
  const rows = [headings, ...benchRows(results, cases)];
  const widths = headings.map((_, i) => Math.max(...rows.map((cells) => cells[i]!.length)));
  return rows.map((cells) => cells.map((cell, i) => cell.padEnd(widths[i]!)).join('  ').trimEnd()).join('\n');
}

/** How speed, memory and the first step grow, and what the estimate of memory says beforehand. */
function growthRows(results: Results): string[][] {
  return growthCases.flatMap((one) => {
    const found = results.cases[one.id];
    const summary = found && summarise(found.samples, 'tensorflow', one.unit);
    if (!summary) return [];
    const config = measuredConfig(one.shape);
    const { lora, settings } = one;
    const estimate = estimateTraining(config, { batch: settings.per_device_train_batch_size as number, time: settings.max_length as number, recorded: true, lora: lora && { r: lora.r, targets: adapterTargets(config, [...lora.targets]) } }).total;
    const first = found.samples.filter(({ side }) => side === 'tensorflow').map(({ firstStepSeconds }) => formatNumber(firstStepSeconds));
    return [[one.title, `${formatNumber(summary.rate)} tokens/s`, `${formatNumber(summary.secondsPerStep)} s`, first.join(', then '), mebibytes(summary.peakBytes), mebibytes(estimate), `${(summary.others * 100).toFixed(1)} %`, found.commit]];
  });
}

/** By the estimate alone, which the growth section holds to what was measured. */
function largestRows(): string[][] {
  const estimate = (shape: ShapeId, adapter: boolean) => {
    const config = measuredConfig(shape);
    return estimateTraining(config, { batch: 1, time: 256, recorded: true, lora: adapter ? { r: everyMatrix.r, targets: adapterTargets(config, everyMatrix.targets) } : undefined }).total;
  };
  const largest = (limit: number, adapter: boolean) => {
    const fitting = shapeIds.findLast((shape) => estimate(shape, adapter) <= limit)!;
    return `${shapeNames[fitting]} (${mebibytes(estimate(fitting, adapter))})`;
  };
  return [8, 16, 24].map((gibibytes) => [`${gibibytes} GiB`, largest(gibibytes * 2 ** 30, false), largest(gibibytes * 2 ** 30, true)]);
}

function growthSection(results: Results): string {
  const rows = growthRows(results);
  if (rows.length === 0) return '';
  return `
## Growth

Posttrain on tensorflow. *first step*: from the start of the process to the end of its first step; first with the model on the disk, then again with the model in the system's memory. What is recorded of a step is not kept on disk, so both record and compile it. *estimate*: what the check before a run says that it will need.

${markdown(['work', 'rate', 'a step', 'first step (s)', 'memory', 'estimate', 'others', 'commit'], rows)}

The largest of these shapes (${shapeIds.map((id) => shapeNames[id]).join(', ')}) that trains in so much memory for the process, on rows of 256 tokens one at a time, with the estimate in parentheses:

${markdown(['memory', 'all weights', 'LoRA (r 8, all matrices)'], largestRows())}
`;
}

function flatSection(results: Results): string {
  const rows = flatRows(results);
  if (rows.length === 0) return '';
  return `
## A long training

2,000 steps of a tiny model on rows of many lengths: what it holds after 200 steps and at the end. Tensors are counted to the byte.

${markdown(['side', 'step', 'bytes of tensors', 'memory of the process', 'open files'], rows)}
`;
}

function flatRows({ flat = {} }: Results): string[][] {
  return Object.entries(flat).flatMap(([side, holdings]) => [holdings[0]!, holdings.at(-1)!].map(({ step, tensorBytes, residentBytes, open }) => [sides[side as SideId], String(step), String(tensorBytes), mebibytes(residentBytes), String(open)]));
}

const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Where the rows of mixed length that were measured are from: a file that was named, or made up. */
function mixedRows({ cases }: Results): string {
  const kinds = [['chat', 'Chat rows', 'GSM8K'], ['preferences', 'Pairs of mixed length', 'HH-RLHF']] as const;
  const sentences = kinds.flatMap(([kind, what, source]) => {
    const found = benchCases.filter(({ id, rows }) => rows.kind === kind && cases[id]);
    if (found.length === 0) return [];
    return found.every(({ id }) => cases[id]!.realRows) ? `${what} are of ${source}.` : `${what} are made up, as long as those of ${source}.`;
  });
  return sentences.length === 0 ? '' : `- ${sentences.join(' ')} Their tokenizer has 4,096 tokens.\n`;
}

export function benchPage(results: Results): string {
  const measured = Object.values(results.cases);
  const devices = [...new Set(measured.flatMap(({ samples }) => samples.map(({ device }) => device)))];
  return `# Speed and memory beside TRL

\`npm run bench:training\` measures both on one machine, the sides of a row in one run, and \`npm run bench:training -- --write-docs\` writes this page from what it measured. It makes a Python environment of its own.

- Machine: ${[...new Set(measured.map(({ machine }) => machine))].join('; ')}.${results.note ? ` ${results.note}` : ''}
- Software: ${devices.join('; ')}.
- *commit*: of Posttrain, when the row was measured.
- All in 32-bit floats, with weights drawn at random. The sides take turns, and each measurement is a process of its own.
- *others*: the share of the machine that other programs used meanwhile, in the worst round. Above a tenth the figure is disturbed.
- *rate*: the median over all measured steps, after a warm-up; tokens without padding. *rounds*: the medians of the slowest and the fastest round.
- *memory*: the most that the process had, above what it had after its imports and before rows and model.
- Each side has the fastest of the settings that it was tried with (*settings*): order of rows and packing, and for PyTorch the fused optimizer. No gradient checkpointing.
- Rows of mixed length are measured after an epoch: before, a step is compiled when its shape comes for the first time.
${mixedRows(results)}
${markdown(headings, benchRows(results, benchCases))}
${growthSection(results)}${flatSection(results)}`;
}
