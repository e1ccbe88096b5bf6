/** How a sequence becomes token ids, a loss mask, cuts and drops: written once, as TRL's trainers do it, for every method. */

import { UserError, type Problem } from '../core/problem.ts';
import { isChat, type Content, type Example, type Message, type TemplateInputs } from '../dataset/example.ts';
import { ChatError, type RenderedChat } from './chatTemplate.ts';
import { extractPrompt, type ExplicitPair } from '../dataset/impliedPrompt.ts';
import { tokenAt } from './tokenRanges.ts';
import type { Tokenizer } from './tokenizer.ts';

/** One sequence of a row: the row itself, or one of the two answers of a pair. */
export interface PreparedSide {
  side: 'row' | 'chosen' | 'rejected';
  ids: number[];
  /** 0 or 1 per id: whether it is a target of the loss. */
  trained: number[];
  /** How many of `ids` come before the completion; 0 where the row has no prompt. */
  promptLength: number;
  /** The length before `max_length` cut it, or null. */
  truncatedFrom: number | null;
  /** How many of the tokens that were cut off counted in the loss. Absent where none did. */
  lostTrained?: number;
  /** Those of the tokens cut off that another row's shorter prompt has room for. Absent where no other row is given the answer. */
  beyond?: number[];
  /** What is to be learnt beside the tokens: by how much a chosen side is better, or 1 for a good answer and 0 for a bad one. Absent where nothing is. */
  target?: number;
  /** Why the row is not trained on, or null. */
  dropped: string | null;
  /** What TRL 1.16 does with a row that is left out here and not there. Absent where it leaves it out as well. */
  trl?: TrlDoes;
  /**
   * The end of the prompt that the sequence does not have, because prompt and completion together tokenize otherwise than the prompt
   * alone: the model is trained on a context that it will not see in use. Absent where the prompt is a prefix, as it should be.
   */
  lostPrompt?: string;
  /** The first text of the row that its tokens do not say as it is written: the chat template or the tokenizer changes it. Decodes them all, so it is done when asked for. */
  rewritten?: () => string | undefined;
}

/** `stops`: the whole training ends at such a row. `keeps`: it is trained on, and the loss is no number. */
export type TrlDoes = 'stops' | 'keeps';

/** A line of a file as prepared: nothing but problems when the line is no usable row. */
export interface PreparedRow {
  line: number;
  sides: PreparedSide[];
  problems: Problem[];
}

/** What happens to a sequence that is longer than `maxLength`; null: no limit. */
export interface CutOptions {
  maxLength: number | null;
  truncationMode: 'keep_start' | 'keep_end';
}

export interface SequenceOptions extends CutOptions {
  /** The loss counts the completion only, where the row has one. */
  completionOnly: boolean;
  /** The loss counts what the template marks with `{% generation %}` only; a known template without marks is marked. */
  assistantOnly: boolean;
  /** Packed with other rows, what teaches nothing stays, as in TRL. */
  packed?: boolean;
}

/**
 * A row as one sequence, after TRL 1.16's `SFTTrainer._prepare_dataset`: end-of-text token after plain text only, prompt tokenized with
 * the generation prompt, completion from where it and the whole part ways, cut to `maxLength`, dropped when nothing is left to learn.
 * Throws a UserError when the settings cannot work with this tokenizer or kind of row.
 */
export function prepareSequence(example: Example, tokenizer: Tokenizer, opts: SequenceOptions): PreparedSide {
  if (opts.assistantOnly) checkAssistantOnly(example, tokenizer);
  let sequence: Sequence;
  try {
    sequence = encodeExample(example, tokenizer, opts);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return { side: 'row', ids: [], trained: [], promptLength: 0, truncatedFrom: null, dropped: error.message, trl: 'stops' };
  }
  const { ids, promptIds, assistant } = sequence;
  const promptLength = promptIds ? commonPrefix(promptIds, ids) : 0;
  const trained = ids.map((_, i) => ((opts.completionOnly && i < promptLength) || assistant?.[i] === 0 ? 0 : 1));
  const side = cut({ side: 'row', ids, trained, promptLength, truncatedFrom: null, dropped: null }, opts);
  if (promptIds && promptLength < promptIds.length) side.lostPrompt = tokenizer.decode(promptIds.slice(promptLength));
  side.dropped = whyDropped(side, sequence, opts);
  if (side.dropped !== null && saysNothing(sequence)) side.trl = 'stops';
  side.rewritten = () => rewrittenText(contentsOf(example), ids, tokenizer);
  return side;
}

/**
 * A pair as two sequences, [chosen, rejected], after TRL 1.16's `DPOTrainer._prepare_dataset` and its collator: the prompt ends where it
 * and either whole sequence part ways, both are cut to `maxLength`, and a row whose prompt fills that is dropped (`keep_start`).
 */
export function preparePair(example: Example, tokenizer: Tokenizer, opts: CutOptions): [PreparedSide, PreparedSide] {
  const pair = explicitPair(example);
  if (typeof pair === 'string') return droppedPair(pair);
  try {
    const promptIds = encodePrompt(pair.prompt, pair, tokenizer);
    const whole = [pair.chosen, pair.rejected].map((answer) => encodeWhole(pair.prompt, answer, pair, tokenizer));
    const promptLength = Math.min(...whole.map((ids) => commonPrefix(promptIds, ids)));
    const fills = opts.maxLength !== null && opts.truncationMode === 'keep_start' && promptLength >= opts.maxLength;
    const sides = whole.map((ids, i): PreparedSide => {
      const side = cut({ side: i === 0 ? 'chosen' : 'rejected', ids, trained: ids.map((_, t) => (t < promptLength ? 0 : 1)), promptLength, truncatedFrom: null, dropped: null }, opts);
      if (promptLength < promptIds.length) side.lostPrompt = tokenizer.decode(promptIds.slice(promptLength));
      side.rewritten = () => rewrittenText([pair.prompt, i === 0 ? pair.chosen : pair.rejected], ids, tokenizer);
      if (ids.length === 0) side.dropped = 'it has no token';
      else if (fills) side.dropped = `its prompt alone has ${promptLength} tokens, and max_length is ${opts.maxLength}`;
      return side;
    });
    return sides as [PreparedSide, PreparedSide];
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return droppedPair(error.message);
  }
}

/** A pair of which nothing can be made: TRL stops at it. */
export function droppedPair(reason: string): [PreparedSide, PreparedSide] {
  const side = { ids: [], trained: [], promptLength: 0, truncatedFrom: null, dropped: reason, trl: 'stops' as const };
  return [{ ...side, side: 'chosen' }, { ...side, side: 'rejected' }];
}

/** The pair with its prompt named, or why there is none. */
export function explicitPair(example: Example): (ExplicitPair & TemplateInputs) | string {
  if (example.kind !== 'preference' && example.kind !== 'preference-implicit') throw new UserError(`Rows of kind "${example.kind}" are not pairs.`, 'wrong-kind');
  const pair = example.kind === 'preference' ? example : extractPrompt(example.chosen, example.rejected);
  if (!pair) return 'one of its sides is empty, so the prompt that both begin with cannot be found';
  if (isChat(pair.prompt) && pair.prompt.length === 0) return 'its two sides do not begin with the same turn, so they have no prompt';
  return { prompt: pair.prompt, chosen: pair.chosen, rejected: pair.rejected, tools: example.tools, chat_template_kwargs: example.chat_template_kwargs };
}

/** The prompt alone: turns with the generation prompt. */
export function encodePrompt(prompt: Content, inputs: TemplateInputs, tokenizer: Tokenizer, marked = false): number[] {
  return isChat(prompt) ? tokenizer.encode(render(prompt, inputs, tokenizer, { addGenerationPrompt: true, marked }).text) : tokenizer.encode(prompt, { addSpecialTokens: true });
}

/** Prompt and answer: plain text ends with the end-of-text token. */
export function encodeWhole(prompt: Content, answer: Content, inputs: TemplateInputs, tokenizer: Tokenizer): number[] {
  if (isChat(prompt) && isChat(answer)) return tokenizer.encode(render([...prompt, ...answer], inputs, tokenizer).text);
  return tokenizer.encode((prompt as string) + endText(answer as string, tokenizer), { addSpecialTokens: true });
}

interface Sequence {
  ids: number[];
  /** The prompt tokenized alone. */
  promptIds?: number[];
  /** 0 or 1 per id: whether the assistant says it. */
  assistant?: number[];
}

function encodeExample(example: Example, tokenizer: Tokenizer, opts: SequenceOptions): Sequence {
  switch (example.kind) {
    case 'text':
      return { ids: tokenizer.encode(endText(example.text, tokenizer), { addSpecialTokens: true }) };
    case 'messages':
      return encodeChat(example.messages, example, tokenizer, opts.assistantOnly);
    case 'prompt-completion': {
      if (isChat(example.prompt) && isChat(example.completion)) {
        const promptIds = encodePrompt(example.prompt, example, tokenizer, opts.assistantOnly);
        return { ...encodeChat([...example.prompt, ...example.completion], example, tokenizer, opts.assistantOnly), promptIds };
      }
      return { ids: encodeWhole(example.prompt, example.completion, example, tokenizer), promptIds: encodePrompt(example.prompt, example, tokenizer) };
    }
    default:
      throw new UserError(`Rows of kind "${example.kind}" are not one sequence.`, 'wrong-kind');
  }
}

function contentsOf(example: Example): Content[] {
  if (example.kind === 'text') return [example.text];
  if (example.kind === 'messages') return [example.messages];
  return example.kind === 'prompt-completion' ? [example.prompt, example.completion] : [];
}

/** The first text that is not found in what the tokens (not yet cut) say. Plain texts follow one another without a break. */
export function rewrittenText(contents: readonly Content[], ids: readonly number[], tokenizer: Tokenizer): string | undefined {
  const texts = contents.some(isChat) ? contents.filter(isChat).flatMap((turns) => turns.flatMap(({ content }) => (typeof content === 'string' ? [content] : []))) : [contents.join('')];
  const said = tokenizer.decode(ids);
  return texts.find((text) => !said.includes(text));
}

/** Plain text ends with the end-of-text token, once. A tokenizer without one leaves it as it is. */
function endText(text: string, tokenizer: Tokenizer): string {
  const eos = tokenizer.specialTokens.eos_token;
  return eos === undefined || text.endsWith(eos) ? text : text + eos;
}

interface RenderSettings {
  addGenerationPrompt?: boolean;
  /** With the template that marks what the assistant says; `checkAssistantOnly` has found that there is one. */
  marked?: boolean;
}

function render(messages: readonly Message[], inputs: TemplateInputs, tokenizer: Tokenizer, { addGenerationPrompt = false, marked = false }: RenderSettings = {}): RenderedChat {
  const withTools = inputs.tools !== undefined;
  const chat = marked ? tokenizer.markedChatFor(withTools)! : tokenizer.chatFor(withTools);
  return chat.render(messages, { addGenerationPrompt, tools: inputs.tools, kwargs: inputs.chat_template_kwargs, specialTokens: tokenizer.specialTokens });
}

function encodeChat(messages: readonly Message[], inputs: TemplateInputs, tokenizer: Tokenizer, withMask: boolean): Sequence {
  const { text, spans } = render(messages, inputs, tokenizer, { marked: withMask });
  const ids = tokenizer.encode(text);
  if (!withMask) return { ids };
  const ranges = tokenizer.rangesOf(text, ids);
  if (!ranges) throw new UserError(`assistant_only_loss cannot be used with the tokenizer of ${tokenizer.name}: it changes the text before it splits it, so the assistant's words cannot be found again. Use prompt-completion rows.`, 'no-assistant-mask');
  const assistant = ids.map(() => 0);
  for (const [start, end] of spans) {
    const first = tokenAt(ranges, start);
    if (first === undefined) break;
    // As transformers: a span whose end is in no token, or in the first one, goes on to the end of the text.
    const last = tokenAt(ranges, end - 1);
    assistant.fill(1, first, last ? last + 1 : ids.length);
  }
  return { ids, assistant };
}

function checkAssistantOnly(example: Example, tokenizer: Tokenizer): void {
  const conversational = example.kind === 'messages' || (example.kind === 'prompt-completion' && isChat(example.prompt));
  if (!conversational) throw new UserError('assistant_only_loss needs rows made of turns; these are plain text. Set assistant_only_loss: false.', 'assistant-only-text');
  if (!tokenizer.markedChatFor('tools' in example && example.tools !== undefined)) {
    throw new UserError(`assistant_only_loss needs a chat template that marks the assistant's words with {% generation %} … {% endgeneration %}. The one of ${tokenizer.name} has no such marks, and is none of the templates that Posttrain knows where to mark. Add them to its chat_template.jinja, or set assistant_only_loss: false.`, 'no-generation-marks');
  }
}

export function commonPrefix<T>(a: readonly T[], b: readonly T[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

const count = (flags: readonly number[]) => flags.reduce((sum, flag) => sum + flag, 0);

function cut(side: PreparedSide, { maxLength, truncationMode }: CutOptions): PreparedSide {
  const over = maxLength === null ? 0 : side.ids.length - maxLength;
  if (over <= 0) return side;
  const [from, to] = truncationMode === 'keep_start' ? [0, maxLength!] : [over, side.ids.length];
  const trained = side.trained.slice(from, to);
  const lostTrained = count(side.trained) - count(trained);
  return {
    ...side,
    ids: side.ids.slice(from, to),
    trained,
    promptLength: Math.min(Math.max(0, side.promptLength - from), to - from),
    truncatedFrom: side.ids.length,
    ...(lostTrained > 0 ? { lostTrained } : {}),
  };
}

/** With `assistant_only_loss`, a row in which the assistant says nothing. */
function saysNothing({ assistant }: Sequence): boolean {
  return assistant !== undefined && !assistant.includes(1);
}

function whyDropped(side: PreparedSide, sequence: Sequence, opts: SequenceOptions): string | null {
  if (side.ids.length === 0) return 'it has no token';
  if (side.trained.includes(1)) return null;
  if (saysNothing(sequence)) return 'no word of the assistant is found in it (assistant_only_loss)';
  // Without max_length, or where it packs, TRL keeps rows that teach nothing.
  if (opts.maxLength === null || opts.packed) return null;
  if (side.truncatedFrom === null) return 'no token of it counts in the loss';
  return opts.truncationMode === 'keep_start'
    ? `its ${side.truncatedFrom} tokens are cut to max_length ${opts.maxLength}, and what is to be learnt comes after that`
    : `its ${side.truncatedFrom} tokens are cut to the last ${opts.maxLength} (max_length), and what is to be learnt comes before that`;
}
