/** How a sequence becomes token ids, a loss mask, cuts and drops: written once, as TRL's trainers do it, for every method. */

import type { Problem } from '../core/problem.ts';
import type { Example, Message, TemplateInputs } from '../dataset/example.ts';
import { renderChat } from './chatTemplate.ts';
import type { Tokenizer } from './tokenizer.ts';
import { UserError } from '../core/problem.ts';

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
  /** Why the row is not trained on, or null. */
  dropped: string | null;
}

/** A line of a file as prepared: nothing but problems when the line is no usable row. */
export interface PreparedRow {
  line: number;
  sides: PreparedSide[];
  problems: Problem[];
}

export interface SequenceOptions {
  completionOnly: boolean;
  assistantOnly: boolean;
  maxLength: number | null;
  truncationMode: 'keep_start' | 'keep_end';
}

export function prepareSequence(example: Example, tokenizer: Tokenizer, opts: SequenceOptions): PreparedSide {
  let ids: number[];
  let promptLength = 0;
  const chat = (messages: Message[], inputs: TemplateInputs, addGenerationPrompt: boolean) => {
    if (tokenizer.chatTemplate === null) throw new UserError(`${tokenizer.name} has no chat template, so it cannot read rows made of turns.`, 'no-chat-template');
    return tokenizer.encode(renderChat(tokenizer.chatTemplate, messages, { addGenerationPrompt, tools: inputs.tools, kwargs: inputs.chat_template_kwargs, bosToken: tokenizer.bosToken, eosToken: tokenizer.eosToken }));
  };
  const withEos = (text: string) => (tokenizer.eosToken === null || text.endsWith(tokenizer.eosToken) ? text : text + tokenizer.eosToken);
  const text = (t: string) => tokenizer.encode(t, { addSpecialTokens: true });
  switch (example.kind) {
    case 'text':
      ids = text(withEos(example.text));
      break;
    case 'messages':
      ids = chat(example.messages, example, false);
      break;
    case 'prompt-completion': {
      let promptIds: number[];
      if (typeof example.prompt === 'string' || typeof example.completion === 'string') {
        promptIds = text(example.prompt as string);
        ids = text((example.prompt as string) + withEos(example.completion as string));
      } else {
        promptIds = chat(example.prompt, example, true);
        ids = chat([...example.prompt, ...example.completion], example, false);
      }
      while (promptLength < Math.min(promptIds.length, ids.length) && promptIds[promptLength] === ids[promptLength]) promptLength++;
      break;
    }
    default:
      throw new UserError(`Rows of kind "${example.kind}" cannot be prepared for this method.`, 'wrong-kind');
  }
  let trained = ids.map((_, i) => (opts.completionOnly && i < promptLength ? 0 : 1));
  let truncatedFrom: number | null = null;
  if (opts.maxLength !== null && ids.length > opts.maxLength) {
    truncatedFrom = ids.length;
    const cut = opts.truncationMode === 'keep_start' ? [0, opts.maxLength] : [ids.length - opts.maxLength];
    promptLength = opts.truncationMode === 'keep_start' ? Math.min(promptLength, opts.maxLength) : Math.max(0, promptLength - (ids.length - opts.maxLength));
    ids = ids.slice(...cut);
    trained = trained.slice(...cut);
  }
  const dropped = opts.maxLength !== null && !trained.includes(1) ? 'no token left to train on' : null;
  return { side: 'row', ids, trained, promptLength, truncatedFrom, dropped };
}
