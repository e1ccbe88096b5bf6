/** The supervisor program: `supervisor TRAINER RUN_DIR …` starts the trainer, waits, and writes down how it ended where it could not do so itself: a crash of a native library, the end of memory. */

import { spawn } from 'node:child_process';
import { fstatSync, readFileSync } from 'node:fs';
import { failedMark } from '../node/trainerProcess.ts';
import type { Exit } from '../node/exitWords.ts';
import { recordDeath } from '../node/recordDeath.ts';
import { sendRequest } from '../node/runDirectory.ts';

/** Asked by whoever starts it: stdout and stderr are the run's log. */
async function main([trainer, runDir, ...options]: string[]): Promise<number> {
  if (!trainer || !runDir) {
    console.error('Usage: supervisor TRAINER RUN_DIR. People use "posttrain train".');
    return 2;
  }
  const logStart = fstatSync(2).size;
  const kills = memoryKills();
  const child = spawn(process.execPath, [trainer, runDir, ...options], { windowsHide: true, stdio: 'inherit' });
  // Both may get a signal at the same time, and to the trainer a second one means "at once".
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => void sendRequest(runDir, 'stop').catch((error: unknown) => console.error(error)));
  const exit = await new Promise<Exit>((resolve, reject) => child.once('exit', (code, signal) => resolve({ code, signal })).once('error', reject));
  if (exit.code === 0 || exit.code === 130) return exit.code;
  const after = memoryKills();
  const words = await recordDeath(runDir, { ...exit, pid: child.pid!, logStart, memoryKill: kills === undefined || after === undefined ? undefined : after > kills });
  // The trainer's own last word stands in the log already.
  if (words !== undefined && exit.code !== 1) console.error(`${failedMark}${words}`);
  return exit.code ?? 1;
}

/** How often the kernel (Linux) has ended a process because memory ran out. */
function memoryKills(): number | undefined {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1];
    return count === undefined ? undefined : Number(count);
  } catch {
    return undefined;
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
