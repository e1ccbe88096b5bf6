/** What the dry run says of each recorded row beside what TRL 1.16 did to it. */

import { readFileSync } from 'node:fs';
import { FileHeadReader } from '../../language/fileHead.ts';
import type { Problem } from '../../core/problem.ts';
import { FileDryRun } from '../../methods/dryRun/fileDryRun.ts';
import { paramsOf, takes, type MethodId } from '../../methods/index.ts';
import { prepareLines } from '../../methods/prepareRows.ts';
import { loadTokenizerFiles } from '../../node/tokenizerFiles.ts';
import type { PreparedRow } from '../../tokens/prepare.ts';
import { createTokenizer, type Tokenizer } from '../../tokens/tokenizer.ts';

export interface RecordedRow {
  /** A text is a line that is no JSON. */
  row: Record<string, unknown> | string;
  /** TRL's error, where it stops at this row. */
  stops?: string;
  dropped?: true;
  sequences?: { ids: number[]; trained: number[] }[];
  /** How long its sequences are when nothing is cut. */
  uncut?: number[];
  /** Ends of its prompt that the sequences do not have. */
  lost?: string[];
}

export interface RecordedFile {
  name: string;
  method: MethodId;
  tokenizer: string;
  settings: Record<string, unknown>;
  rows: RecordedRow[];
}

export interface ComparedRow {
  file: RecordedFile;
  /** From 1. */
  line: number;
  recorded: RecordedRow;
  prepared: PreparedRow;
  /** What the dry run says. */
  told: Problem[];
  /** In a few words, where it says something else than what happened. */
  difference: string | undefined;
}

/** The files that TRL was given, with what became of their rows. */
export function recordedFiles(): RecordedFile[] {
  return (JSON.parse(readFileSync('test/parity/prepare/dryRun.json', 'utf8')) as { files: RecordedFile[] }).files;
}

export async function compareAll(files: readonly RecordedFile[]): Promise<ComparedRow[]> {
  const tokenizers = new Map<string, Tokenizer>();
  const compared: ComparedRow[] = [];
  for (const file of files) {
    const folder = file.tokenizer === 'tiny-base' ? 'media/models/tiny-base' : `test/parity/prepare/${file.tokenizer}`;
    const tokenizer = tokenizers.get(folder) ?? createTokenizer(await loadTokenizerFiles(folder));
    tokenizers.set(folder, tokenizer);
    compared.push(...compareFile(file, tokenizer));
  }
  return compared;
}

function compareFile(file: RecordedFile, tokenizer: Tokenizer): ComparedRow[] {
  const { method, rows } = file;
  const lines = rows.map(({ row }, i) => ({ line: i + 1, text: typeof row === 'string' ? row : JSON.stringify(row) }));
  const head = new FileHeadReader(undefined);
  for (const { text } of lines) head.add(text);
  const { format } = head.head;
  if (!format || !takes(method, format)) throw new Error(`${file.name}: ${method} does not take ${format?.id ?? 'these'} rows.`);
  const params = { ...Object.fromEntries(paramsOf(method).map((param) => [param.name, param.default])), ...file.settings };
  const dryRun = new FileDryRun(method, format, { id: tokenizer.eosId, text: tokenizer.specialTokens.eos_token });
  return [...prepareLines(lines, tokenizer, { format: format.id, method, params })].map((prepared, i): ComparedRow => {
    const told = dryRun.add(lines[i]!.text, prepared);
    const recorded = rows[i]!;
    return { file, line: i + 1, recorded, prepared, told, difference: differenceOf(file, recorded, prepared, told, tokenizer) };
  });
}

/** What happened to a row, in one word. */
export function outcomeOf({ stops, dropped, sequences, uncut }: RecordedRow): 'stops' | 'dropped' | 'cut' | 'kept' {
  if (stops !== undefined) return 'stops';
  if (dropped) return 'dropped';
  return sequences!.some(({ ids }, i) => ids.length < uncut![i]!) ? 'cut' : 'kept';
}

function differenceOf({ method }: RecordedFile, recorded: RecordedRow, { sides, problems }: PreparedRow, told: readonly Problem[], tokenizer: Tokenizer): string | undefined {
  const outcome = outcomeOf(recorded);
  const says = (code: string) => told.some((problem) => problem.code === code);
  const saysStops = told.some(({ data }) => data?.trl === 'stops');
  if (sides.length === 0 && saysStops) return outcome === 'stops' ? undefined : 'TRL is said to stop, and does not';
  if (sides.length === 0 && outcome !== 'stops' && told.some(({ message }) => message.includes('trains on it'))) return undefined;
  if (sides.length === 0) return outcome === 'stops' ? undefined : `TRL trains on it; here it is an error (${problems.map(({ code }) => code).join(', ')})`;
  if (outcome === 'stops') return saysStops ? undefined : `TRL stops (${recorded.stops}), which is not said`;
  if (saysStops) return 'TRL is said to stop, and does not';
  const kept = sides.filter(({ dropped }) => dropped === null);
  if (outcome === 'dropped') return says('row-dropped') && kept.length < sides.length ? undefined : 'TRL leaves it out, which is not said';
  const keeps = told.some(({ data }) => data?.trl === 'keeps');
  if (keeps) return recorded.sequences!.some(({ trained }) => !trained.includes(1)) ? undefined : 'TRL is said to train on no number, and does not';
  if (kept.length !== recorded.sequences!.length) return `${recorded.sequences!.length} of its sequences are trained on, here ${kept.length}`;
  // What TRL is said to leave away at the end.
  const open = says('trl-differs') && told.some(({ message }) => message.includes('adds no end-of-text token'));
  for (const [i, { ids, trained }] of recorded.sequences!.entries()) {
    const side = kept[i]!;
    const [expected, marks] = open && side.ids.at(-1) === tokenizer.eosId && ids.at(-1) !== tokenizer.eosId ? [side.ids.slice(0, -1), side.trained.slice(0, -1)] : [side.ids, side.trained];
    if (ids.join() !== expected.join()) return 'its tokens are others';
    if (method !== 'reward' && trained.join() !== marks.join()) return 'other tokens of it are learnt';
    const cut = ids.length < recorded.uncut![i]!;
    if (cut !== (side.truncatedFrom !== null)) return cut ? 'it is cut, which is not said' : 'it is said to be cut, and is not';
    if (cut && side.truncatedFrom !== recorded.uncut![i]! - (open ? -1 : 0)) return `it is cut from ${recorded.uncut![i]!}, not from ${side.truncatedFrom}`;
  }
  if (outcome === 'cut' && !says('row-truncated')) return 'it is cut, which is not said';
  const lost = sides.map(({ lostPrompt }) => lostPrompt).filter((text) => text !== undefined);
  if (!tellsTexts.includes(method)) return undefined;
  if ([...new Set(lost)].join() !== [...new Set(recorded.lost)].join()) return `the end of its prompt that is left out is ${JSON.stringify(recorded.lost)}, not ${JSON.stringify(lost)}`;
  if ((recorded.lost !== undefined) !== says('prompt-split')) return 'that its prompt is split is not said as it happened';
  const said = recorded.sequences!.map(({ ids }) => tokenizer.decode(ids));
  const rewritten = textsOf(recorded.row).some((text) => !said.some((words) => words.includes(text)));
  if (outcome === 'kept' && rewritten !== says('row-rewritten')) return rewritten ? 'it is rewritten, which is not said' : 'it is said to be rewritten, and is not';
  return undefined;
}

/** Their dry run says which words of a prompt or of a row are lost. */
const tellsTexts: readonly MethodId[] = ['sft', 'dpo', 'kto'];

const contentKeys = ['text', 'prompt', 'completion', 'chosen', 'rejected', 'messages', 'content'];

/** What a row says, wherever it stands in it. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  // Beside a prompt a text is not read.
  return Object.entries((value ?? {}) as object).flatMap(([key, inner], _, entries) => (contentKeys.includes(key) && !(key === 'text' && entries.some(([other]) => other === 'prompt')) ? textsOf(inner) : []));
}
