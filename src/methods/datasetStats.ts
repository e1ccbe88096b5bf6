/** What a dataset is good for: which methods it can feed, with how much, and what a person should know before training on it. */

import type { ExampleKind } from '../dataset/example.ts';
import { wayTo } from '../dataset/convert/kinds.ts';
import type { RowStats } from '../dataset/stats/rowStats.ts';
import type { Spread } from '../dataset/stats/spread.ts';
import { methods, type MethodId } from './index.ts';

/** What a whole file holds. */
export interface DatasetStats {
  bytes: number;
  /** Lines that are not blank. */
  rows: number;
  blank: number;
  /** Lines of which no row can be made. */
  invalid: number;
  /** Id of the format of most rows; undefined where none was found. */
  format: string | undefined;
  /** Rows of each format, by id. */
  formats: Record<string, number>;
  content: RowStats;
  /** As one method prepares the rows with the tokenizer of a model. */
  tokens?: TokenStats;
}

export interface TokenStats {
  method: MethodId;
  maxLength: number | null;
  /** Rows that are trained on, left out, and cut. */
  usable: number;
  dropped: number;
  truncated: number;
  /** Of the rows that are trained on. */
  total: number;
  /** Those of them that are learnt. */
  trained: number;
  /** What max_length cuts off rows that stay, and how much of it was to be learnt. */
  cut: number;
  cutTrained: number;
  /** Tokens of a sequence before it is cut. */
  length: Spread | undefined;
  /** How much of a batch is tokens and no padding: rows as they stand, and packed. */
  filled: { padded: number; packed: number | null; batch: number };
}

/** How much a method can be fed by the dataset. */
export interface Feed {
  /** Of a method; `online-rl` for methods that write their answers themselves. */
  id: MethodId | 'online-rl';
  label: string;
  unit: 'tokens' | 'prompts';
  /** Counted, or from the bytes of the texts. Null: no conversion leads there. */
  amount: number | null;
  counted: boolean;
  /** The kind that rows have to be converted to; undefined: none. */
  convertTo: ExampleKind | undefined;
  range: readonly [low: number, high: number];
  verdict: 'none' | 'few' | 'within' | 'many';
}

/** Between these, training is known to work: tokens that are learnt, and prompts of online reinforcement learning. */
const tokenRange = [1e3, 1e9] as const;
const promptRange = [1e3, 1e7] as const;
/** Of texts in any script, very roughly. */
const bytesPerToken = 4;

/** Of its two answers the worse one is left out when only good ones are learnt. */
const isPair = (kind: ExampleKind) => kind === 'preference' || kind === 'preference-implicit';

const asksPrompts: readonly ExampleKind[] = ['prompt-only'];

/** A reward model scores at one token what it has read of the others. */
function learntBy({ method, total, trained }: TokenStats): number {
  return methods.get(method).head === 'score' ? total : trained;
}

/** Nothing without a row that can be read. */
export function feedsOf({ content, tokens }: DatasetStats): Feed[] {
  const kinds = (Object.entries(content.kinds) as [ExampleKind, number][]).sort((a, b) => b[1] - a[1]);
  if (kinds.length === 0) return [];
  const rows = kinds.reduce((sum, [, count]) => sum + count, 0);
  const feed = (id: Feed['id'], label: string, accepts: readonly ExampleKind[], unit: Feed['unit'], range: Feed['range']): Feed => {
    const way = wayTo(kinds[0]![0], accepts);
    const usable = kinds.filter(([kind]) => accepts.includes(kind)).reduce((sum, [, count]) => sum + count, 0);
    const convertTo = usable > 0 ? undefined : way?.at(-1);
    const share = usable > 0 ? usable / rows : 1;
    const counted = unit === 'prompts' ? usable > 0 : tokens?.method === id;
    const amount = way === undefined && usable === 0 ? null : unit === 'prompts' ? (usable || rows) : counted ? learntBy(tokens!) : Math.round((content.answerBytes * share) / bytesPerToken / (way?.includes('prompt-completion') && isPair(kinds[0]![0]) ? 2 : 1));
    return { id, label, unit, amount, counted, convertTo, range, verdict: amount === null || amount === 0 ? 'none' : amount < range[0] ? 'few' : amount > range[1] ? 'many' : 'within' };
  };
  return [
    ...methods.entries.map(({ id, label, accepts }) => feed(id, label, accepts, 'tokens', tokenRange)),
    feed('online-rl', 'Online reinforcement learning (GRPO, RLOO), of other trainers', asksPrompts, 'prompts', promptRange),
  ];
}

/** What a person should know before training. `values` belong into the words, in their order. */
export interface Advice {
  code: 'by-heart' | 'many-epochs' | 'few-tokens' | 'cut' | 'nothing-usable' | 'padding';
  values: number[];
}

/** Fewer rows than this are learnt by heart in any training that changes the model at all. */
const fewRows = 100;
/** So many rows stand a few epochs. */
const someRows = 1000;
const someEpochs = 3;
/** More than this share of what is to be learnt is worth a word. */
const muchCut = 0.01;
const muchPadding = 0.5;

export function adviceOf(stats: DatasetStats, epochs: number): Advice[] {
  const { rows, invalid, tokens } = stats;
  const usable = tokens?.usable ?? rows - invalid;
  const advice: Advice[] = [];
  if (usable === 0) return [{ code: 'nothing-usable', values: [rows] }];
  if (usable < fewRows) advice.push({ code: 'by-heart', values: [usable] });
  else if (usable < someRows && epochs > someEpochs) advice.push({ code: 'many-epochs', values: [usable, epochs] });
  if (!tokens) return advice;
  if (learntBy(tokens) < tokenRange[0]) advice.push({ code: 'few-tokens', values: [learntBy(tokens)] });
  const wanted = tokens.trained + tokens.cutTrained;
  if (tokens.cutTrained > wanted * muchCut) advice.push({ code: 'cut', values: [tokens.cutTrained / wanted, tokens.maxLength!, tokens.length!.max] });
  const { padded, packed } = tokens.filled;
  if (packed !== null && padded < muchPadding && packed > padded * 1.5) advice.push({ code: 'padding', values: [1 - padded, packed] });
  return advice;
}

/** How long the epochs take. `speed`: tokens a second that were measured, or what a matrix product reaches, which no training does. */
export function secondsFor(tokens: TokenStats, epochs: number, speed: { tokensPerSecond: number } | { gflops: number; parameters: number }): number {
  const all = tokens.total * epochs;
  // Forward pass and backward pass: six operations for each weight and token.
  return 'gflops' in speed ? (all * 6 * speed.parameters) / (speed.gflops * 1e9) : all / speed.tokensPerSecond;
}
