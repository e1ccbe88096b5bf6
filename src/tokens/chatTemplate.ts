/** Chat templates: turns to the text that a model reads, as transformers renders them. */

import { Template } from '@huggingface/jinja';
import type { Message } from '../dataset/example.ts';

export interface RenderOptions {
  addGenerationPrompt?: boolean;
  tools?: unknown[];
  kwargs?: Record<string, unknown>;
  bosToken?: string | null;
  eosToken?: string | null;
}

export function renderChat(template: string, messages: readonly Message[], opts: RenderOptions = {}): string {
  return new Template(template).render({
    messages,
    tools: opts.tools ?? null,
    documents: null,
    add_generation_prompt: opts.addGenerationPrompt ?? false,
    bos_token: opts.bosToken ?? '',
    eos_token: opts.eosToken ?? '',
    ...opts.kwargs,
  });
}
