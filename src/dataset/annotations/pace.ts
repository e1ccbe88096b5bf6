/** How fast somebody judges rows: per hour, over the last time that they sat down to it. */

const PAUSE_MS = 30 * 60 * 1000;

/** `times`: when they chose, in order. Undefined until they chose for a minute. */
export function perHour(times: readonly number[]): number | undefined {
  let first = times.length - 1;
  while (first > 0 && times[first]! - times[first - 1]! < PAUSE_MS) first--;
  const spanMs = (times.at(-1) ?? 0) - (times[first] ?? 0);
  const chosen = times.length - 1 - first;
  return chosen < 1 || spanMs < 60_000 ? undefined : Math.round((chosen * 3_600_000) / spanMs);
}
