/** The trainer program: `trainer RUN_DIR [--resume] [--foreground]` trains, `trainer --serve [--backend BACKEND]` answers requests on stdin and stdout, `trainer --probe BACKEND` looks at one backend, `trainer --bench QUESTION` measures one. */

import { backends } from '../backend/index.ts';
import { UserError } from '../core/problem.ts';
import { stringifyJson } from '../core/text.ts';
import type { BenchQuestion } from '../protocol/bench.ts';
import { benchBackend } from './trainer/bench.ts';
import { probeBackend } from './trainer/probe.ts';
import { runTraining } from './trainer/run.ts';
import { serve } from './trainer/serve.ts';

/** `--resume` says what the caller means; whether there is something to resume is seen in the directory. */
async function main(args: readonly string[]): Promise<number> {
  const stop = stopOnSignals();
  if (args.includes('--serve')) return serve(stop, after(args, '--backend') ?? 'auto');
  if (args.includes('--probe')) return probe(after(args, '--probe') ?? '');
  if (args.includes('--bench')) return bench(after(args, '--bench') ?? '');
  const dir = args.find((arg) => !arg.startsWith('--'));
  if (!dir) {
    console.error('Usage: trainer RUN_DIR [--resume] [--foreground] or trainer --serve. People use "posttrain train".');
    return 2;
  }
  return runTraining({ dir, stop: args.includes('--foreground') ? orWhenInputEnds(stop) : stop });
}

function after(args: readonly string[], option: string): string | undefined {
  return args.includes(option) ? args[args.indexOf(option) + 1] : undefined;
}

/** One JSON object on a line of its own, among what libraries print. */
async function probe(id: string): Promise<number> {
  console.log(stringifyJson(await probeBackend(backends.find(id).id)));
  return 0;
}

/** The same, for what "posttrain bench" asks. */
async function bench(question: string): Promise<number> {
  console.log(stringifyJson(await benchBackend(JSON.parse(question) as BenchQuestion)));
  return 0;
}

/** The first signal asks for a checkpoint and an end; the second one ends the process as it is. */
function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, onSignal);
  return controller.signal;
}

/** A foreground run belongs to its terminal: when the starter is gone, its end of our stdin closes. */
function orWhenInputEnds(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort();
  signal.addEventListener('abort', abort, { once: true });
  process.stdin.on('end', abort).on('close', abort).on('error', abort).resume();
  process.stdin.unref?.();
  return controller.signal;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof UserError ? error.message : error);
    process.exit(1);
  },
);
