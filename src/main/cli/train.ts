/** `posttrain train SPEC [key=value …]`: trains in the foreground. */

import { resolve } from 'node:path';
import { hasError } from '../../core/problem.ts';
import { branchPoint } from '../../node/branchPoint.ts';
import { createNewRun } from '../../node/newRun.ts';
import { loadSpec, specProblemLine } from '../../node/specFile.ts';
import { UsageError, type CliCommand } from './command.ts';
import { watchRun } from './watchRun.ts';

export const train: CliCommand = {
  name: 'train',
  summary: 'Train as a run spec says, with a progress bar.',
  usage: 'train SPEC.posttrain.yaml [key=value …] [--from CHECKPOINT] [--json]',
  options: [
    { name: 'from', type: 'string', value: 'CHECKPOINT', description: 'Begin at a checkpoint of another run (RUN/checkpoints/step-000100), with its optimizer and its step.' },
    { name: 'json', type: 'boolean', description: 'Print the events of the run instead, one JSON object a line.' },
  ],
  positionals: { min: 1, max: Infinity },
  overrides: true,
  details: `key=value overrides a key of the spec: learning_rate=1e-4 lora.r=8 output_dir=runs/again
Paths in the spec are relative to its folder, paths in overrides to the current one.
--from begins a branch: max_steps and num_train_epochs count from the other run's first step, rows follow this spec's dataset.
Ctrl+C stops with a checkpoint (exit code 130); "posttrain resume RUN" goes on from it.
Exit codes: 0 completed, 1 failed, 2 bad usage or spec, 130 stopped.`,
  async run(args, context) {
    const [file, ...overrides] = args.positionals as [string, ...string[]];
    const stray = overrides.find((word) => !word.includes('='));
    if (stray !== undefined) throw new UsageError(`"${stray}" is no override: write key=value, for example learning_rate=1e-4.`);
    if (/\.jsonl$/i.test(file)) throw new UsageError(`${file} holds rows. Give a run spec (*.posttrain.yaml) that names it as its dataset.`);
    const loaded = await loadSpec(file, { cwd: context.cwd, overrides, toStart: true });
    for (const problem of loaded.problems) {
      if (problem.severity !== 'hint') context.note(`${problem.severity === 'error' ? 'posttrain: ' : `${problem.severity}: `}${specProblemLine(loaded, problem, context.cwd)}`);
    }
    if (hasError(loaded.problems) || !loaded.spec) return 2;
    const { from } = args.options;
    const branch = typeof from === 'string' ? await branchPoint(resolve(context.cwd, from), loaded.spec) : undefined;
    const runDir = await createNewRun({ spec: loaded.spec, specFile: loaded.file, distDir: context.distDir, overwrite: loaded.overwrite, branch });
    return watchRun(context, { runDir, resume: false, json: args.options.json === true });
  },
};
