/** One file in one process: what it takes to hold its rows against each other, and how much memory. */

import { readLines } from '../../dataset/lineReader.ts';
import { NearRows } from '../../dataset/across/nearRows.ts';
import { RowFacts } from '../../dataset/across/rowFacts.ts';
import { Row } from '../../dataset/checks/row.ts';
import { formats } from '../../dataset/formats/index.ts';
import { validateFile } from '../../language/validate.ts';
import { openFileSource } from '../../node/fileSource.ts';

export interface NearTimes {
  sizeBytes: number;
  /** `JSON.parse` of each line and nothing else. */
  parseMs: number;
  /** All checks of single rows. */
  rowsMs: number;
  /** These, and all checks across rows. */
  acrossMs: number;
  /** Near duplicates alone: reading, signatures, clusters. */
  nearMs: number;
  clustersMs: number;
  clusters: number;
  /** Resident memory above that before: of near duplicates alone, of all checks. */
  nearMb: number;
  acrossMb: number;
}

const MB = 1024 * 1024;

export async function measureNear(path: string): Promise<NearTimes> {
  const format = formats.get('prompt-completion');
  const source = await openFileSource(path);
  const lines = () => readLines(source);
  const validate = (across: boolean) => validateFile(lines(), { format, onProblem: () => undefined, ...(across && { across: { known: {}, again: lines } }) });
  try {
    const parse = async () => {
      for await (const batch of lines()) for (const line of batch) JSON.parse(line);
    };
    await parse(); // so that what follows reads from memory
    const parseMs = await timed(parse);

    const nearMemory = watchMemory();
    const near = new NearRows();
    const nearMs = await timed(async () => {
      for await (const batch of lines()) for (const line of batch) near.add(new RowFacts(new Row(line, format)).said);
    });
    let clusters = 0;
    const clustersMs = await timed(() => Promise.resolve((clusters = near.groups(() => false).total)));
    const nearMb = nearMemory();

    const rowsMs = await timed(() => validate(false));
    const acrossMemory = watchMemory();
    const acrossMs = await timed(() => validate(true));
    return { sizeBytes: source.sizeBytes, parseMs, rowsMs, acrossMs, nearMs: nearMs + clustersMs, clustersMs, clusters, nearMb, acrossMb: acrossMemory() };
  } finally {
    await source.close();
  }
}

/** Starts to look; the function answers the most that was seen above what there was. */
function watchMemory(): () => number {
  global.gc?.();
  const before = process.memoryUsage.rss();
  let most = before;
  const look = () => (most = Math.max(most, process.memoryUsage.rss()));
  const timer = setInterval(look, 5);
  return () => {
    clearInterval(timer);
    look();
    return (most - before) / MB;
  };
}

async function timed(task: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await task();
  return performance.now() - started;
}
