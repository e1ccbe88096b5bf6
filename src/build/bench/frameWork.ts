/** What a browser's main thread did for each frame, out of a trace of it. */

export interface TraceEvent {
  name: string;
  ph: string;
  /** Microseconds. */
  ts: number;
  dur?: number;
  /** Of `dur`, what the thread had a processor for. */
  tdur?: number;
  pid: number;
  tid: number;
  args?: Record<string, unknown>;
}

export interface FrameWork {
  frames: number;
  medianMs: number;
  p95Ms: number;
  worstMs: number;
  longestTaskMs: number;
  longTasks: number;
}

const LONG_MS = 50;
const TASKS = new Set(['RunTask', 'ThreadControllerImpl::RunTask']);

/** The process that shows a page whose address matches: asked of the trace's own list of frames. */
export function processOf(events: readonly TraceEvent[], address: RegExp): number | undefined {
  for (const { name, args } of events) {
    const data = args?.data as { frames?: { url?: string; processId?: number }[]; url?: string; processId?: number } | undefined;
    const seen = name === 'TracingStartedInBrowser' ? (data?.frames ?? []) : name === 'FrameCommittedInBrowser' && data ? [data] : [];
    const found = seen.find(({ url }) => url !== undefined && address.test(url))?.processId;
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Everything that the main thread did from the beginning of one frame to that of the next counts for the first of them: what kept it
 * from being drawn, and what kept the next one waiting. Work is processor time, which others on the machine do not add to; a task is as long as it took.
 */
export function frameWork(events: readonly TraceEvent[], pid: number): FrameWork {
  const main = events.find(({ name, pid: own, args }) => own === pid && name === 'thread_name' && args?.name === 'CrRendererMain')?.tid;
  const own = events.filter((event) => event.pid === pid && event.tid === main);
  const starts = own.filter(({ name }) => name === 'BeginMainThreadFrame').map(({ ts }) => ts).sort((a, b) => a - b);
  const tasks = outermost(own.filter(({ name, ph, dur }) => TASKS.has(name) && ph === 'X' && dur !== undefined).map(({ ts, dur, tdur = dur! }) => ({ from: ts, to: ts + dur!, share: dur === 0 ? 0 : tdur / dur! })));
  const work = new Array<number>(Math.max(0, starts.length - 1)).fill(0);
  let frame = 0;
  for (const { from, to, share } of tasks) {
    while (frame < work.length && starts[frame + 1]! <= from) frame++;
    for (let i = frame; i < work.length && starts[i]! < to; i++) work[i]! += share * Math.max(0, Math.min(to, starts[i + 1]!) - Math.max(from, starts[i]!));
  }
  const sorted = work.map((us) => us / 1000).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  const lengths = tasks.map(({ from, to }) => (to - from) / 1000);
  return { frames: work.length, medianMs: at(0.5), p95Ms: at(0.95), worstMs: at(1), longestTaskMs: lengths.reduce((most, ms) => Math.max(most, ms), 0), longTasks: lengths.filter((ms) => ms > LONG_MS).length };
}

/** In their order, without those that ran inside another. */
function outermost<T extends { from: number; to: number }>(tasks: T[]): T[] {
  const outer: T[] = [];
  for (const task of tasks.sort((a, b) => a.from - b.from || b.to - a.to)) if (task.from >= (outer.at(-1)?.to ?? -Infinity)) outer.push(task);
  return outer;
}
