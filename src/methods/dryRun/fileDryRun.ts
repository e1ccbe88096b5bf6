/** The dry run of one file: what a method does to each row, where TRL 1.16 does something else, and all of it in sum. */

import type { Problem } from '../../core/problem.ts';
import type { DatasetRow, Format } from '../../dataset/format.ts';
import { detectFormat } from '../../dataset/formats/index.ts';
import { parseRecord } from '../../dataset/lineText.ts';
import type { PreparedRow, PreparedSide } from '../../tokens/prepare.ts';
import { differsByFirstRow, type TrlDiffers } from './firstRow.ts';
import { methods, type MethodId } from '../index.ts';
import { dryRunCodes } from '../prepareRows.ts';

export interface DryRunSum {
  /** Lines that are not blank. */
  rows: number;
  /** Those that are trained on, whole or cut. */
  used: number;
  cut: number;
  dropped: number;
  /** Of these nothing can be made: the checks say why. */
  unreadable: number;
  /** Sequences that end with the end-of-text token, and those that do not. */
  ended: number;
  open: number;
  /** The first line at which TRL would stop the whole training. */
  stopsAt?: number;
}

export interface EndToken {
  id: number | null;
  text: string | undefined;
}

const codes: readonly string[] = dryRunCodes;

export class FileDryRun {
  readonly sum: DryRunSum = { rows: 0, used: 0, cut: 0, dropped: 0, unreadable: 0, ended: 0, open: 0 };
  #first: DatasetRow | undefined;

  constructor(
    private readonly method: MethodId,
    private readonly format: Format,
    private readonly end: EndToken,
  ) {}

  /** A prepared line of the file, in order: what is to be said about it. What no row can be made of is told by the checks already. */
  add(text: string, { line, sides, problems }: PreparedRow): Problem[] {
    const { sum } = this;
    sum.rows++;
    const told = problems.filter(({ code }) => codes.includes(code));
    if (sides.length === 0) sum.unreadable++;
    else this.#count(sides, told);
    const differs = this.#differs(text, sides.length > 0);
    if (differs) told.push({ code: 'trl-differs', severity: 'info', message: `TRL 1.16 ${differs.what}.`, start: 0, end: text.length, data: { method: this.method, ...(differs.stops && { trl: 'stops' }) } });
    const stops = told.some(({ data }) => data?.trl === 'stops') || (sides.length === 0 && !differs && problems.some(({ code }) => stopsTrl.includes(code)));
    if (stops) sum.stopsAt ??= line;
    return told;
  }

  #count(sides: readonly PreparedSide[], told: readonly Problem[]): void {
    const { sum } = this;
    const kept = sides.filter(({ dropped }) => dropped === null);
    if (kept.length === 0 || told.some(({ code, data }) => code === 'row-dropped' && data?.side === 'row')) return void sum.dropped++;
    sum.used++;
    if (kept.some(({ truncatedFrom }) => truncatedFrom !== null)) sum.cut++;
    const ended = kept.filter(({ ids }) => ids.at(-1) === this.end.id).length;
    sum.ended += ended;
    sum.open += kept.length - ended;
  }

  /** `used`: the row is one here. TRL may take one that is not, because it asks for no more than the keys that it needs. */
  #differs(text: string, used: boolean): TrlDiffers | undefined {
    const { format, method } = this;
    const record = parseRecord(text);
    if (!record) return undefined;
    if (used && !readByTrl.includes(format.id)) {
      const differs = this.#first ? undefined : this.#foreign();
      this.#first ??= record;
      return differs;
    }
    const own = used ? format : formatInTrl(record, method);
    if (!own) return undefined;
    this.#first ??= record;
    const differs = differsByFirstRow(method, this.#first, record, this.end.text);
    if (used || differs?.stops) return differs;
    return { what: `trains on it, because it does not ask that rows are of one format, and this one is ${own.id}${differs ? `; but it ${differs.what}` : ''}`, stops: false };
  }

  /** What TRL makes of a whole file in a format of others. */
  #foreign(): TrlDiffers {
    const { format } = this;
    const convert = `For TRL: posttrain convert FILE NEW_FILE --to ${format.kinds[0]}`;
    if (format.id === 'sharegpt') return { what: `takes these rows with the speakers' names as they are, and few chat templates know "human" and "gpt"; here they are user and assistant. ${convert}`, stops: false };
    return { what: `does not know ${format.label} rows and stops. ${convert}`, stops: true };
  }
}

/** What is wrong with a row at which TRL stops, whatever the file. */
const stopsTrl: readonly string[] = ['malformed-json', 'missing-key', 'no-messages'];

/** The format of a row that TRL's trainer of the method could read, for itself. */
function formatInTrl(record: DatasetRow, method: MethodId): Format | undefined {
  const found = detectFormat([record]);
  if (!found || !readByTrl.includes(found.format.id)) return undefined;
  const example = found.format.toExample(record).value;
  return example && methods.get(method).accepts.includes(example.kind) ? found.format : undefined;
}

/** Formats whose keys TRL's trainers read. */
const readByTrl: readonly string[] = ['text', 'messages', 'prompt-only', 'prompt-completion', 'preference', 'preference-implicit', 'unpaired-preference', 'stepwise', 'openai-chat'];
