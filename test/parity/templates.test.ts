/** Chat templates against transformers: one small template for each thing that templates do, recorded by test/parity/record/templates.py. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Message } from '../../src/dataset/example.ts';
import { compileChatTemplate } from '../../src/tokens/chatTemplate.ts';

interface Recording {
  messages: Message[];
  tools: unknown[];
  kwargs: Record<string, unknown>;
  cases: { template: string; text?: string; spans?: [number, number][]; error?: string }[];
}

const { messages, tools, kwargs, cases } = JSON.parse(readFileSync(join('test', 'parity', 'templates.json'), 'utf8')) as Recording;

describe('templates render as in transformers', () => {
  for (const recorded of cases) {
    test(recorded.template.replaceAll('\n', '\\n').slice(0, 100), () => {
      const render = () => compileChatTemplate(recorded.template).render(messages, { addGenerationPrompt: true, tools, kwargs });
      if (recorded.error !== undefined) return void assert.throws(render, { name: 'UserError' });
      const { text, spans } = render();
      assert.equal(text, recorded.text);
      // Python counts characters, JavaScript UTF-16 units.
      const characters = (unit: number) => Array.from(text.slice(0, unit)).length;
      assert.deepEqual(spans.map((span) => span.map(characters)), recorded.spans);
    });
  }
});
