/** What `less` takes for the same file. It only pages in a terminal, and `script` is what makes one without a person. */

import { spawnSync } from 'node:child_process';

/** How long until `less` has done these keys and quit; NaN where that is more than a minute, and where this machine has no `less` or a `script` of another kind. */
export function pagerMs(path: string, keys: string): number {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const started = performance.now();
  const { status, error } = spawnSync('script', ['-qec', `less ${quoted(`+${keys}q`)} ${quoted(path)}`, '/dev/null'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
    maxBuffer: 1 << 26,
    env: { ...process.env, LC_ALL: 'C.UTF-8', TERM: 'xterm', LESS: '', LESSHISTFILE: '-' },
  });
  return error || status !== 0 ? NaN : performance.now() - started;
}
