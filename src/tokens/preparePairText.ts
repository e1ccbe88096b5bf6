/** Pairs as TRL's ORPO and CPO trainers tokenize them: turns become text first, and the prompt is found in that text, not in its tokens. */

import { isChat, type Content, type Example, type Message, type TemplateInputs } from '../dataset/example.ts';
import { ChatError } from './chatTemplate.ts';
import { commonPrefix, droppedPair, explicitPair, type PreparedSide } from './prepare.ts';
import type { ExplicitPair } from '../dataset/impliedPrompt.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface PairTextOptions {
  /** Cuts the answers, never the prompt. */
  maxLength: number;
  /** Leaves out a row of which a whole answer is cut off: a mean over no tokens is no number. */
  needsAnswers: boolean;
}

/**
 * A pair as two sequences, [chosen, rejected], after TRL 1.16's `ORPOTrainer.tokenize_row` (CPO's is the same): begin-of-text before the
 * prompt and end-of-text after each answer, once, whatever the tokenizer adds by itself; an answer is cut where prompt and answer
 * reach `maxLength`. `tools` of a row are not given to the template, also as there.
 */
export function preparePairText(example: Example, tokenizer: Tokenizer, opts: PairTextOptions): [PreparedSide, PreparedSide] {
  const pair = explicitPair(example);
  if (typeof pair === 'string') return droppedPair(pair);
  try {
    const texts = pairTexts(pair, tokenizer);
    const promptIds = tokenizer.encode(texts.prompt);
    const answers = [texts.chosen, texts.rejected].map((answer) => splitAnswer(promptIds, tokenizer.encode(texts.prompt + answer)));
    const [chosen, rejected] = answers;
    if (!chosen || !rejected || !alike(chosen.prompt, rejected.prompt)) return droppedPair('the end of its prompt becomes other tokens than the prompt alone when an answer follows');
    return [asSide('chosen', chosen, tokenizer, opts), asSide('rejected', rejected, tokenizer, opts)];
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return droppedPair(error.message);
  }
}

interface Split {
  prompt: number[];
  answer: number[];
}

/** The prompt ends one token earlier where its last token is another one in the whole. Undefined where the whole is shorter than the prompt. */
function splitAnswer(promptIds: readonly number[], whole: readonly number[]): Split | undefined {
  if (whole.length < promptIds.length) return undefined;
  const at = promptIds.length - (commonPrefix(promptIds, whole) < promptIds.length ? 1 : 0);
  return { prompt: whole.slice(0, at), answer: whole.slice(at) };
}

/** Whether the prompts of both sides differ in one token at most, and in length by one. */
function alike(a: readonly number[], b: readonly number[]): boolean {
  let different = 0;
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) different++;
  return different <= 1 && Math.abs(a.length - b.length) <= 1;
}

function asSide(side: 'chosen' | 'rejected', { prompt, answer }: Split, { bosId, eosId }: Tokenizer, { maxLength, needsAnswers }: PairTextOptions): PreparedSide {
  const before = bosId !== null && prompt[0] !== bosId ? [bosId, ...prompt] : prompt;
  const whole = eosId !== null && answer.at(-1) !== eosId ? [...answer, eosId] : answer;
  const kept = whole.slice(0, Math.max(0, maxLength - before.length));
  const lost = whole.length - kept.length;
  // Nothing predicts the first token of a sequence.
  const learns = kept.length > (before.length === 0 ? 1 : 0);
  return {
    side,
    ids: [...before, ...kept],
    trained: [...before.map(() => 0), ...kept.map(() => 1)],
    promptLength: before.length,
    truncatedFrom: lost > 0 ? before.length + whole.length : null,
    ...(lost > 0 ? { lostTrained: lost } : {}),
    ...(learns || !needsAnswers ? {} : { trl: 'keeps' as const }),
    dropped: learns || !needsAnswers ? null : lost > 0 ? `its prompt alone has ${before.length} tokens, and max_length is ${maxLength}` : 'its answer has no token that another comes before',
  };
}

/** Prompt and answers as text. Of turns, the prompt is what its own rendering and both whole ones begin with. */
function pairTexts(pair: ExplicitPair & TemplateInputs, tokenizer: Tokenizer): { prompt: string; chosen: string; rejected: string } {
  const { prompt, chosen, rejected } = pair;
  if (!isChat(prompt) || !isChat(chosen) || !isChat(rejected)) return { prompt: prompt as string, chosen: chosen as string, rejected: rejected as string };
  const chat = tokenizer.chatFor(false);
  const render = (messages: Content, addGenerationPrompt = false) => [...chat.render(messages as Message[], { addGenerationPrompt, kwargs: pair.chat_template_kwargs, specialTokens: tokenizer.specialTokens }).text];
  const wholes = [chosen, rejected].map((answer) => render([...prompt, ...answer]));
  const begun = begunAnswer(prompt);
  const own = begun === undefined ? render(prompt, true) : cutBehind(render([...prompt.slice(0, -1), { ...prompt.at(-1)!, content: begun + continuation }]).join(''), begun);
  const length = Math.min(...wholes.map((whole) => commonPrefix(own, whole)));
  return { prompt: own.slice(0, length).join(''), chosen: wholes[0]!.slice(length).join(''), rejected: wholes[1]!.slice(length).join('') };
}

/** Stands behind what the assistant has begun to say, so that its end is found in the rendered text. */
const continuation = 'CONTINUE_FINAL_MESSAGE_TAG ';

/** What the last turn says where it is the assistant's, which an answer then goes on with. */
function begunAnswer(prompt: readonly Message[]): string | undefined {
  const { role, content } = prompt.at(-1)!;
  if (role === 'user' || role === 'tool') return undefined;
  if (role !== 'assistant') throw new ChatError(`The prompt ends with a turn of the role "${role}"; an answer can follow a user or a tool, or go on with an assistant's turn.`);
  if (content === null) throw new ChatError('The prompt ends with an assistant\'s turn that says nothing, so no answer can go on with it.');
  if (typeof content !== 'string') throw new ChatError('The prompt ends with an assistant\'s turn in parts, and only a text can be gone on with.');
  return content;
}

function cutBehind(rendered: string, begun: string): string[] {
  const mark = continuation.trimEnd();
  const at = rendered.lastIndexOf(mark);
  if (at < 0 || !rendered.includes(begun.trim())) throw new ChatError("The chat template does not show the assistant's turn that the prompt ends with as it is written.");
  const before = rendered.slice(0, at);
  // A template that trims turns has trimmed what was begun as well.
  return [...(rendered.startsWith(continuation, at) ? before : before.trimEnd())];
}
