/** Runs a trainer in the foreground: shows its events, turns Ctrl+C into a stop with a checkpoint, and gives the exit code. */

import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import type { FinishedEvent, RunEvent } from '../../run/event.ts';
import { shellWord } from '../../core/text.ts';
import { runPaths } from '../../run/directory.ts';
import { formatDuration } from '../../run/format.ts';
import { displayPath, sendRequest, tailEvents } from '../../node/runDirectory.ts';
import { failureText, launchTrainer, type Exit } from '../../node/trainerProcess.ts';
import type { CliContext } from './command.ts';
import { createProgress } from './progress.ts';

export async function watchRun(context: CliContext, options: { runDir: string; resume: boolean; json: boolean }): Promise<number> {
  const { runDir, resume, json } = options;
  const { events } = runPaths(runDir);
  const name = displayPath(runDir, context.cwd);
  const from = await fs.stat(events).then((s) => s.size, () => 0);
  const trainer = await launchTrainer({ trainerPath: join(context.distDir, 'trainer.js'), runDir, resume, foreground: true });
  const again = `posttrain resume ${shellWord(name)}`;
  const keep = context.onForcedEnd(() => {
    trainer.kill();
    progress?.end();
    context.note(`Ended without a checkpoint. Go on from the last one with: ${again}`);
  });
  // Reading what a run says never ends it: a closed pipe only ends the reading.
  context.onOutputClosed(() => undefined);
  const progress = json ? undefined : createProgress(context);
  const onInterrupt = () => {
    progress?.end();
    context.note('Stopping after this step, with a checkpoint. Ctrl+C again ends it at once, without one.');
    void sendRequest(runDir, 'stop').catch((error: unknown) => context.note(`posttrain: ${error instanceof Error ? error.message : String(error)}`));
  };
  if (context.signal.aborted) onInterrupt();
  context.signal.addEventListener('abort', onInterrupt, { once: true });

  let finished: FinishedEvent | undefined;
  let exit: Exit | undefined;
  let ended = false;
  let saved = false;
  let failure: unknown;
  trainer.exited.then((e) => (exit = e), (error: unknown) => (failure = error));
  const begun = Date.now();
  const show = (batch: RunEvent[]) => {
    for (const event of batch) {
      if (event.type === 'finished') finished = event;
      if (event.type === 'checkpoint' || (event.type === 'started' && event.resumed_from !== null)) saved = true;
    }
    progress?.show(batch);
  };
  await tailEvents(events, show, undefined, {
    from,
    pollMs: 100,
    ...(json ? { onLine: (line: string) => context.print(`${line}\n`) } : {}),
    onSkipped: ({ skipped }) => context.note(`posttrain: read past ${skipped} line(s) of ${events} that this version does not know.`),
    until() {
      if (ended) return true;
      ended = exit !== undefined || failure !== undefined; // and once more, for what it wrote last
      return false;
    },
  });
  progress?.end();
  keep();
  if (failure) throw failure;

  if (finished?.status === 'completed') {
    if (!json) context.print(`Completed ${finished.step} steps in ${formatDuration((Date.now() - begun) / 1000)}. The result is in ${name}/final\n${finished.message ? `${finished.message}\n` : ''}`);
    return 0;
  }
  if (finished?.status === 'stopped') {
    context.note(`Stopped at step ${finished.step}. Go on with: ${again}`);
    return 130;
  }
  const text = await failureText(runDir, finished, exit, trainer.logStart);
  context.note(`posttrain: ${text}${finished && !saved ? '' : ` Go on from the last checkpoint with: ${again}`}`);
  return 1;
}
