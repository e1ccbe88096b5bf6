/** Chat templates: turns to the text that a model reads, as transformers renders them, with the spans that the assistant says. */

import { Template } from '@huggingface/jinja';
import { UserError } from '../core/problem.ts';
import { oneLine } from '../core/text.ts';
import type { Message } from '../dataset/example.ts';
import { runTemplate, withOutputs } from './pythonJinja.ts';
import { createEnvironment } from './templateGlobals.ts';

export interface RenderOptions {
  /** Ends with the header of an assistant turn, so that the model goes on with the answer. */
  addGenerationPrompt?: boolean;
  tools?: readonly unknown[];
  /** More variables; they win over the special tokens. */
  kwargs?: Readonly<Record<string, unknown>>;
  /** `bos_token`, `eos_token` … as the tokenizer names them. */
  specialTokens?: Readonly<Record<string, string>>;
}

export interface RenderedChat {
  text: string;
  /** UTF-16 ranges of `text` inside `{% generation %}`, in order. */
  spans: [start: number, end: number][];
}

export interface ChatTemplate {
  /** Whether the template marks what the assistant says with `{% generation %}`. */
  readonly marksAssistant: boolean;
  /** Throws a ChatError when the template refuses these turns. */
  render(messages: readonly Message[], opts?: RenderOptions): RenderedChat;
}

/** What a template says about turns that it cannot render (`raise_exception`, a missing key): a problem of that row. */
export class ChatError extends UserError {
  constructor(message: string) {
    super(message, 'chat-template');
  }
}

/** Throws a UserError that names the template when it does not parse. `name` is its file or model, for messages. */
export function compileChatTemplate(source: string, name = 'the chat template'): ChatTemplate {
  const [tags, marksAssistant] = generationTagsAsMarks(source.replace(/\r\n?/g, '\n'));
  let program: Template['parsed'];
  try {
    program = withOutputs(new Template(tags).parsed);
  } catch (error) {
    throw new UserError(`The chat template of ${name} cannot be read: ${oneLine((error as Error).message, 500)}`, 'bad-chat-template');
  }
  return {
    marksAssistant,
    render(messages, opts = {}) {
      const turns = messages.map(plainTurn);
      const marks = marksFor(JSON.stringify([turns, opts.tools, opts.kwargs]));
      const variables = {
        ...opts.specialTokens,
        ...opts.kwargs,
        messages: turns,
        tools: opts.tools ?? null,
        documents: null,
        add_generation_prompt: opts.addGenerationPrompt ?? false,
        [startMark]: marks[0],
        [endMark]: marks[1],
      };
      try {
        return takeSpans(runTemplate(program, createEnvironment(variables)), marks);
      } catch (error) {
        if (error instanceof RangeError) throw new ChatError(`The chat template of ${name} does not end: ${error.message}`);
        throw new ChatError(`The chat template of ${name} refuses these turns: ${oneLine((error as Error).message, 500)}`);
      }
    },
  };
}

const compiled = new Map<string, ChatTemplate>();

/** Renders with a template that is compiled once. */
export function renderChat(template: string, messages: readonly Message[], opts: RenderOptions = {}): string {
  let chat = compiled.get(template);
  if (!chat) {
    if (compiled.size >= 8) compiled.clear();
    compiled.set(template, (chat = compileChatTemplate(template)));
  }
  return chat.render(messages, opts).text;
}

const reasoningKeys = ['reasoning_content', 'thinking', 'reasoning'];

/** transformers drops keys whose value is null, and gives the reasoning under each name that templates read. */
function plainTurn(message: Message): Record<string, unknown> {
  const turn = Object.fromEntries(Object.entries(message).filter(([, value]) => value !== null && value !== undefined));
  const reasoning = reasoningKeys.map((key) => turn[key]).find((value) => value !== undefined);
  return reasoning === undefined ? turn : { thinking: reasoning, ...turn, reasoning_content: reasoning };
}

const startMark = '__generation_start';
const endMark = '__generation_end';

/**
 * The library would strip `{% generation %}`; here it becomes an output of a mark that is found again in the text. The tag's line is
 * trimmed as Jinja's lstrip_blocks and trim_blocks do, which leave outputs alone.
 */
function generationTagsAsMarks(source: string): [source: string, found: boolean] {
  let found = false;
  const marked = source.replace(/(?:^[ \t]*)?\{%([-+]?)\s*(end)?generation\s*([-+]?)%\}(\n?)/gm, (tag, left: string, end: string | undefined, right: string, newline: string) => {
    found = true;
    const indent = left === '+' ? /^[ \t]*/.exec(tag)![0] : '';
    return `${indent}{{${left === '-' ? '-' : ''} ${end ? endMark : startMark} ${right === '-' ? '-' : ''}}}${right === '' ? '' : newline}`;
  });
  return [marked, found];
}

/** Two private-use characters that the inputs do not hold. */
function marksFor(inputs: string): [string, string] {
  const free: string[] = [];
  for (let code = 0xf8f0; free.length < 2; code--) {
    const mark = String.fromCharCode(code);
    if (!inputs.includes(mark)) free.push(mark);
  }
  return [free[0]!, free[1]!];
}

function takeSpans(marked: string, [start, end]: readonly [string, string]): RenderedChat {
  const spans: [number, number][] = [];
  const open: number[] = [];
  let text = '';
  let from = 0;
  for (let i = 0; i < marked.length; i++) {
    if (marked[i] !== start && marked[i] !== end) continue;
    text += marked.slice(from, i);
    from = i + 1;
    if (marked[i] === start) open.push(text.length);
    else if (open.length > 0) spans.push([open.pop()!, text.length]);
  }
  return { text: text + marked.slice(from), spans };
}
