/** `posttrain bench`: how fast each backend trains and answers here. */

import { join } from 'node:path';
import { didYouMean } from '../../core/text.ts';
import { presentBackends } from '../../methods/shared.ts';
import { shapeIds } from '../../model/measuredShapes.ts';
import { findNode } from '../../node/nodeProgram.ts';
import { trainerReport } from '../../node/trainerReport.ts';
import { noBench, parseBench, type BenchQuestion, type BenchReport } from '../../protocol/bench.ts';
import { formatCompact, formatNumber, formatPercent } from '../../run/format.ts';
import { UsageError, type CliArguments, type CliCommand } from './command.ts';

/** Long enough for a large model without native code. */
const limitMs = 60 * 60_000;

export const bench: CliCommand = {
  name: 'bench',
  summary: 'Measure how fast each backend trains and answers on this machine.',
  usage: 'bench [--backend ID] [--size SIZE] [options]',
  options: [
    { name: 'backend', type: 'string', value: 'ID', description: 'Measure this one only; without it all that are usable, but for the slow reference.' },
    { name: 'size', type: 'string', value: 'SIZE', description: `Shape of the model: ${shapeIds.join(', ')} (default small, 7.4 million parameters). Its weights are random.` },
    { name: 'steps', type: 'integer', value: 'N', description: 'Training steps to measure, after two that are not (default 5).' },
    { name: 'batch', type: 'integer', value: 'N', description: 'Rows in a step (default 4).' },
    { name: 'length', type: 'integer', value: 'N', description: 'Tokens in a row (default 256); prompts have an eighth, answers a quarter of it.' },
    { name: 'json', type: 'boolean', description: 'One JSON object a line.' },
  ],
  positionals: { min: 0, max: 0 },
  details: 'A training step is forward and backward pass and the update of all weights, in 32-bit floats. Its operations a second are compared with\nthe most that a product of square matrices reaches. Close other programs first. Exit codes: 0 something was measured, 1 nothing could be.',
  async run(args, context) {
    const questions = readQuestions(args);
    const node = await findNode(undefined, context.signal);
    let measured = 0;
    for (const question of questions) {
      const answer = await trainerReport({ node, trainerPath: join(context.distDir, 'trainer.js'), args: ['--bench', JSON.stringify(question)], backend: question.backend, parse: (line) => parseBench(line, question), limitMs, signal: context.signal });
      const report = 'report' in answer ? answer.report : noBench(question, `The measurement ${answer.why}`);
      if (report.usable) measured++;
      if (args.options.json) context.printJson(report);
      else context.print(words(report));
    }
    return measured > 0 ? 0 : 1;
  },
};

function readQuestions({ options }: CliArguments): BenchQuestion[] {
  const { backend, size = 'small' } = options;
  if (!(shapeIds as readonly unknown[]).includes(size)) throw new UsageError(`There is no size "${String(size)}". Known: ${shapeIds.join(', ')}.`);
  if (backend !== undefined && !(presentBackends as readonly unknown[]).includes(backend)) throw new UsageError(`There is no backend "${String(backend)}".${didYouMean(String(backend), presentBackends)} Known: ${presentBackends.join(', ')}.`);
  const number = (name: string, fallback: number, most: number): number => {
    const value = options[name] ?? fallback;
    if (typeof value !== 'number' || value < 1 || value > most) throw new UsageError(`--${name} must be between 1 and ${most}, not ${String(value)}.`);
    return value;
  };
  const rest = { size: size as string, steps: number('steps', 5, 10_000), batch: number('batch', 4, 1024), length: number('length', 256, 1536) };
  return (backend === undefined ? presentBackends.filter((id) => id !== 'cpu') : [backend as string]).map((id) => ({ backend: id, ...rest }));
}

function words({ backend, usable, reason, device, size, parameters, batch, length, stepSeconds, firstStepSeconds, stepGflops, matmulGflops, trainTokensPerSecond, generate1TokensPerSecond, generate16TokensPerSecond }: BenchReport): string {
  if (!usable) return `${backend}: ${reason}\n`;
  const number = (value: number | null) => (value === null ? '?' : formatNumber(value));
  const share = stepGflops !== null && matmulGflops !== null ? `, ${formatPercent(stepGflops / matmulGflops)} of the ${number(matmulGflops)} of a matrix product` : '';
  return `${backend}: ${device}, model ${size} (${formatCompact(parameters)} parameters)
  training    ${number(trainTokensPerSecond)} tokens/s (${batch} × ${length}, ${number(stepSeconds)} s a step, the first ${number(firstStepSeconds)} s; ${number(stepGflops)} GFLOP/s${share})
  generation  ${number(generate1TokensPerSecond)} tokens/s, ${number(generate16TokensPerSecond)} with 16 answers at once
`;
}
