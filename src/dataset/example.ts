/** What a dataset row means once its format is known: one small union that every method, check and view works on. */

/** One turn of a conversation. Keys that a chat template may read (name, tool_calls, reasoning_content …) are kept as they are. */
export interface Message {
  role: string;
  content: string | null | ContentPart[];
  [key: string]: unknown;
}

/** A piece of a turn. Only `text` is read here; what else there is (an image, a sound) is named and passed on. */
export interface ContentPart {
  type: string;
  text?: string;
  [key: string]: unknown;
}

/** Plain text, or turns. A row is conversational when its fields are turns. */
export type Content = string | Message[];

/** What goes beside a conversation to the chat template. */
export interface TemplateInputs {
  tools?: unknown[];
  chat_template_kwargs?: Record<string, unknown>;
  /** Where the pictures of a conversation are, or themselves: never looked into. */
  images?: unknown[];
}

export type Example =
  | { kind: 'text'; text: string }
  | ({ kind: 'messages'; messages: Message[] } & TemplateInputs)
  | ({ kind: 'prompt-only'; prompt: Content } & TemplateInputs)
  | ({ kind: 'prompt-completion'; prompt: Content; completion: Content } & TemplateInputs)
  | ({ kind: 'unpaired-preference'; prompt: Content; completion: Content; label: boolean } & TemplateInputs)
  | ({ kind: 'preference'; prompt: Content; chosen: Content; rejected: Content } & Margin & TemplateInputs)
  | ({ kind: 'preference-implicit'; chosen: Content; rejected: Content } & Margin & TemplateInputs)
  | { kind: 'stepwise'; prompt: string; completions: string[]; labels: boolean[] };

/** By how much the chosen one is better, for reward models. */
export interface Margin {
  margin?: number;
}

export type ExampleKind = Example['kind'];

export type ExampleOf<K extends ExampleKind> = Extract<Example, { kind: K }>;

export function isChat(content: Content): content is Message[] {
  return typeof content !== 'string';
}
