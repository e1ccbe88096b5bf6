/** What both sides train on: model folders with random weights, and rows that are random, read from a file, or as long as those of a known dataset. */

import { existsSync, linkSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createRng, type Rng } from '../../core/rng.ts';
import { measuredConfig, measuredConfigJson, type ShapeId } from '../../model/measuredShapes.ts';
import { initialWeights } from '../../model/weights/source.ts';
import { writeWeightsFile } from '../../node/weightsFile.ts';
import { tokenizerFiles, trainBpe } from '../base/bpe.ts';
import { corpus } from '../base/corpus.ts';
import { characterTokenizer, randomTexts } from './characters.ts';

export type RowKind =
  /** Texts of so many random tokens. */
  | { kind: 'text'; length: number }
  /** Prompt, chosen and rejected answer of so many random tokens each, end token included. */
  | { kind: 'pairs'; length: number }
  /** Questions and answers as chat turns, as long as those of GSM8K. */
  | { kind: 'chat' }
  /** Prompts and two answers, as long as those of HH-RLHF. */
  | { kind: 'preferences' };

export interface Material {
  model: string;
  dataset: string;
}

export interface MaterialOptions {
  work: string;
  shape: ShapeId;
  rows: RowKind;
  count: number;
  /** A file with real rows, for `chat` one of GSM8K and for `preferences` one of HH-RLHF, unpacked; without it they are made up. */
  file?: string;
}

/** Made once and kept: 135 million weights take seconds to draw. */
export async function makeMaterial({ work, shape, rows, count, file }: MaterialOptions): Promise<Material> {
  const random = rows.kind === 'text' || rows.kind === 'pairs';
  const records = random ? randomRecords(rows, count, measuredConfig(shape).vocabSize) : spread(file === undefined ? madeUp(rows.kind) : readRecords(file, rows.kind), count);
  const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  const dataset = join(work, 'rows', `${shortHash(text)}.jsonl`);
  mkdirSync(join(work, 'rows'), { recursive: true });
  writeFileSync(dataset, text);
  const tokenizer = random ? characterTokenizer(measuredConfig(shape).vocabSize) : wordsTokenizer(work, rows.kind, file);
  return { model: await modelFolder(work, shape, tokenizer), dataset };
}

/** Named by its settings and tokenizer, so that another model is another folder. Folders of one model share its weights. */
async function modelFolder(work: string, shape: ShapeId, tokenizer: Record<string, string>): Promise<string> {
  const config = measuredConfigJson(shape);
  const name = `${shape}-${shortHash(config)}`;
  const folder = join(work, 'models', `${name}-${shortHash(tokenizer['tokenizer.json']!)}`);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries({ ...tokenizer, 'config.json': config })) writeFileSync(join(folder, file), text);
  const weights = join(work, 'models', `${name}.safetensors`);
  if (!existsSync(weights)) await writeWeightsFile(weights, initialWeights(measuredConfig(shape), 0));
  if (!existsSync(join(folder, 'model.safetensors'))) linkSync(weights, join(folder, 'model.safetensors'));
  return folder;
}

const shortHash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

function randomRecords(rows: { kind: 'text' | 'pairs'; length: number }, count: number, vocabSize: number): object[] {
  const draw = randomTexts(vocabSize, 1);
  // The trainers add the end token to an answer; a text is cut to its length by max_length.
  const one: () => object = rows.kind === 'text' ? () => ({ text: draw(rows.length) }) : () => ({ prompt: draw(rows.length), chosen: draw(rows.length - 1), rejected: draw(rows.length - 1) });
  return Array.from({ length: count }, one);
}

/** A tokenizer of 4,096 tokens learnt from the rows themselves. Learning takes seconds, so it is kept. */
function wordsTokenizer(work: string, kind: 'chat' | 'preferences', file: string | undefined): Record<string, string> {
  const records = file === undefined ? madeUp(kind) : readRecords(file, kind);
  const texts = records.slice(0, 1500).flatMap((record) => Object.values(record).map((value) => (typeof value === 'string' ? value : value[0]!.content)));
  const kept = join(work, `tokenizer-${shortHash(texts.join('\n'))}.json`);
  if (!existsSync(kept)) writeFileSync(kept, JSON.stringify(tokenizerFiles(trainBpe(texts, 4096), 1_000_000)));
  return JSON.parse(readFileSync(kept, 'utf8')) as Record<string, string>;
}

type Turns = { role: string; content: string }[];
type Row = Record<string, string | Turns>;

/** GSM8K's and HH-RLHF's own files: questions and answers become turns, of pairs the prompt is what both begin with. */
function readRecords(file: string, kind: 'chat' | 'preferences'): Row[] {
  const records = readFileSync(file, 'utf8').split('\n').filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as Record<string, string>);
  return kind === 'chat' ? records.map(({ question, answer }) => ({ prompt: turn('user', question!), completion: turn('assistant', answer!) })) : records.map(({ chosen, rejected }) => ({ chosen: chosen!, rejected: rejected! }));
}

const turn = (role: string, content: string): Turns => [{ role, content }];

/** Deciles of the number of words in GSM8K's test questions and answers, and in prompts and answers of HH-RLHF's harmless test half. */
const lengths = {
  question: [5, 27, 31, 35, 39, 43, 47, 52, 59, 70, 164],
  answer: [5, 23, 30, 36, 42, 49, 55, 62, 72, 89, 173],
  prompt: [4, 11, 16, 30, 46, 64, 83, 104, 136, 197, 673],
  reply: [1, 6, 9, 12, 16, 21, 27, 34, 47, 70, 205],
} as const;

/** Rows as long as the real ones, of words of the tiny base model's documents. */
function madeUp(kind: 'chat' | 'preferences'): Row[] {
  const words = [...corpus(20_000, 5)].join(' ').split(' ');
  const rng = createRng(7);
  let at = 0;
  const draw = (deciles: readonly number[]) => {
    const length = between(deciles, rng);
    at = (at + length) % (words.length - 1000);
    return words.slice(at, at + length).join(' ');
  };
  return Array.from({ length: 1500 }, (): Row =>
    kind === 'chat' ? { prompt: turn('user', draw(lengths.question)), completion: turn('assistant', draw(lengths.answer)) } : { prompt: `${draw(lengths.prompt)}\n\nAssistant:`, chosen: ` ${draw(lengths.reply)}`, rejected: ` ${draw(lengths.reply)}` },
  );
}

function between(deciles: readonly number[], rng: Rng): number {
  const place = rng.next() * 10;
  const low = Math.floor(place);
  return Math.round(deciles[low]! + (place - low) * (deciles[low + 1]! - deciles[low]!));
}

/** `count` rows from all over the file: its beginning may be of one kind. */
function spread<T>(rows: readonly T[], count: number): T[] {
  return count >= rows.length ? [...rows] : Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]!);
}
