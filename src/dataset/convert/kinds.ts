/** What one kind of row can be made into, step by step, as TRL's documentation converts datasets, and what each step loses. No format is named here. */

import { isChat, type Content, type Example, type ExampleKind, type ExampleOf, type Message, type TemplateInputs } from '../example.ts';
import { extractPrompt } from '../impliedPrompt.ts';

/** Something that the row said and what was made of it does not. */
export interface Loss {
  /** The key that it is about. */
  key: string;
  /** What becomes of it, in a few words. */
  what: string;
  /** Its words are all there, but they are used in another way. */
  change?: true;
}

/** Plain text as what somebody says. */
export const framed = { what: 'plain text becomes a turn, which the chat template frames', change: true } as const;

/** What a row became: one row or two; or in one sentence why nothing can be made of it. */
export type Made = { examples: Example[]; lost: Loss[] } | string;

type Steps = { readonly [K in ExampleKind]: Partial<Record<ExampleKind, (example: ExampleOf<K>) => Made>> };

const steps: Steps = {
  text: {},
  messages: {
    'prompt-completion'({ messages, ...rest }) {
      if (messages.at(-1)?.role !== 'assistant') return 'It does not end with a turn of the assistant, so there is no answer.';
      if (messages.length === 1) return 'It is an answer without a question before it.';
      const earlier = messages.slice(0, -1).some(({ role }) => role === 'assistant');
      return made({ ...inputsOf(rest), kind: 'prompt-completion', prompt: messages.slice(0, -1), completion: messages.slice(-1) }, earlier && { key: 'messages', what: 'answers before the last one are read and not learnt' });
    },
  },
  'prompt-only': {},
  'prompt-completion': {
    messages({ prompt, completion, ...rest }) {
      if (!isChat(prompt) || !isChat(completion)) return made({ kind: 'messages', messages: [...turnsOf('user', prompt), ...turnsOf('assistant', completion)] }, { key: 'prompt', ...framed });
      const earlier = prompt.some(({ role }) => role === 'assistant');
      return made({ ...inputsOf(rest), kind: 'messages', messages: [...prompt, ...completion] }, earlier && { key: 'prompt', what: 'the answers in it are learnt as well' });
    },
    text: ({ prompt, completion }) => (isChat(prompt) || isChat(completion) ? noTemplate : made({ kind: 'text', text: prompt + completion }, { key: 'prompt', what: 'where it ends: it is learnt like the answer' })),
    'prompt-only': ({ prompt, ...rest }) => made({ ...inputsOf(rest), kind: 'prompt-only', prompt }, { key: 'completion', what: 'left out' }),
  },
  'unpaired-preference': {
    'prompt-completion': ({ prompt, completion, label, ...rest }) => (label ? made({ ...inputsOf(rest), kind: 'prompt-completion', prompt, completion }, { key: 'label', what: 'left out: only good answers are kept' }) : 'Its answer is marked as bad, so it is not one to learn.'),
    'prompt-only': ({ prompt, ...rest }) => made({ ...inputsOf(rest), kind: 'prompt-only', prompt }, { key: 'completion', what: 'left out' }, { key: 'label', what: 'left out' }),
  },
  preference: {
    'preference-implicit'({ prompt, chosen, rejected, ...rest }) {
      if (isChat(prompt) !== isChat(chosen) || isChat(prompt) !== isChat(rejected)) return 'Its prompt and answers are not all text or all turns.';
      const whole = { chosen: joined(prompt, chosen), rejected: joined(prompt, rejected) };
      const found = extractPrompt(whole.chosen, whole.rejected);
      const kept = found !== undefined && JSON.stringify(found.prompt) === JSON.stringify(prompt);
      return { examples: [{ ...rest, kind: 'preference-implicit', ...whole }], lost: kept ? [] : [{ key: 'prompt', what: 'where it ends: the answers begin alike, or one is empty' }] };
    },
    'prompt-completion': ({ prompt, chosen, margin, ...rest }) => made({ ...inputsOf(rest), kind: 'prompt-completion', prompt, completion: chosen }, { key: 'rejected', what: 'left out' }, margin !== undefined && { key: 'margin', what: 'left out' }),
    'unpaired-preference'({ prompt, chosen, rejected, margin, ...rest }) {
      const side = (completion: Content, label: boolean): Example => ({ ...inputsOf(rest), kind: 'unpaired-preference', prompt, completion, label });
      const lost = [{ key: 'rejected', what: 'which answers belong together: each is a row of its own, good or bad by itself' }, ...(margin === undefined ? [] : [{ key: 'margin', what: 'left out' }])];
      return { examples: [side(chosen, true), side(rejected, false)], lost };
    },
    'prompt-only': ({ prompt, margin, ...rest }) => made({ ...inputsOf(rest), kind: 'prompt-only', prompt }, { key: 'chosen', what: 'left out' }, { key: 'rejected', what: 'left out' }, margin !== undefined && { key: 'margin', what: 'left out' }),
  },
  'preference-implicit': {
    preference({ chosen, rejected, ...rest }) {
      const pair = extractPrompt(chosen, rejected);
      if (!pair) return 'One of its sides is empty, so the prompt cannot be found.';
      if (pair.prompt.length === 0) return 'Its two sides do not begin alike, so there is no prompt.';
      return { examples: [{ ...rest, kind: 'preference', ...pair }], lost: [] };
    },
  },
  stepwise: {
    'unpaired-preference'({ prompt, completions, labels }) {
      return made({ kind: 'unpaired-preference', prompt, completion: completions.join(''), label: labels.every(Boolean) }, { key: 'labels', what: 'which step is wrong: the answer is good when all steps are' }, { key: 'completions', what: 'where steps end' });
    },
    'prompt-only': ({ prompt }) => made({ kind: 'prompt-only', prompt }, { key: 'completions', what: 'left out' }, { key: 'labels', what: 'left out' }),
  },
};

const noTemplate = 'Its turns become text only through the chat template of a model.';

/** The kinds on the way from one to the nearest of the wanted ones, that one included; undefined where no way leads. Empty when it is wanted itself. */
export function wayTo(from: ExampleKind, wanted: readonly ExampleKind[]): ExampleKind[] | undefined {
  const ways: ExampleKind[][] = [[]];
  const seen = new Set<ExampleKind>([from]);
  for (let way = ways.shift(); way; way = ways.shift()) {
    const at = way.at(-1) ?? from;
    if (wanted.includes(at)) return way;
    for (const next of Object.keys(steps[at]) as ExampleKind[]) {
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}

/** Follows a way. What stops a row half-way stops it whole. */
export function follow(example: Example, way: readonly ExampleKind[]): Made {
  let examples = [example];
  const lost: Loss[] = [];
  for (const next of way) {
    const after: Example[] = [];
    for (const one of examples) {
      const result = (steps[one.kind][next] as (example: Example) => Made)(one);
      if (typeof result === 'string') return result;
      after.push(...result.examples);
      lost.push(...result.lost);
    }
    examples = after;
  }
  return { examples, lost };
}

function made(example: Example, ...lost: (Loss | false | undefined)[]): Made {
  return { examples: [example], lost: lost.filter((loss) => loss !== false && loss !== undefined) };
}

function inputsOf({ tools, chat_template_kwargs, images }: TemplateInputs): TemplateInputs {
  return { ...(tools && { tools }), ...(chat_template_kwargs && { chat_template_kwargs }), ...(images && { images }) };
}

function turnsOf(role: string, content: Content): Message[] {
  return typeof content === 'string' ? [{ role, content }] : content;
}

function joined(prompt: Content, answer: Content): Content {
  return typeof prompt === 'string' || typeof answer === 'string' ? `${prompt as string}${answer as string}` : [...prompt, ...answer];
}
