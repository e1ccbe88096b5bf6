/** Known chat templates with our marks against TRL's training templates: text and spans of the assistant, recorded by test/parity/record/trainingTemplates.py. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Message } from '../../src/dataset/example.ts';
import { compileChatTemplate } from '../../src/tokens/chatTemplate.ts';
import { families, markedTemplate } from '../../src/tokens/trainingTemplates.ts';

interface Recording {
  special: Record<string, string>;
  conversations: Record<string, { messages: Message[]; tools?: unknown[]; kwargs?: Record<string, unknown>; begin?: boolean }>;
  unknown: { family: string; template: string }[];
  families: { family: string; template: string; cases: Record<string, { text?: string; spans?: [number, number][]; error?: string }> }[];
}

const recording = JSON.parse(readFileSync(join('test', 'parity', 'trainingTemplates.json'), 'utf8')) as Recording;

/** The flags of every character; where two spans meet is not seen. */
function flags(text: string, spans: readonly (readonly [number, number])[]): string {
  const marks = Array.from(text, () => '.');
  for (const [start, end] of spans) marks.fill('#', start, end);
  return marks.join('');
}

for (const { family, template, cases } of recording.families) {
  describe(`${family} is marked as TRL's training template`, () => {
    for (const [name, recorded] of Object.entries(cases)) {
      test(name, () => {
        const { messages, tools, kwargs, begin } = recording.conversations[name]!;
        const render = () => compileChatTemplate(markedTemplate(template)!, family).render(messages, { tools, kwargs, addGenerationPrompt: begin ?? false, specialTokens: recording.special });
        if (recorded.error !== undefined) return void assert.throws(render, { name: 'UserError' });
        const marked = render();
        const text = marked.text.replace(/\d{4}-\d\d-\d\d/g, '0000-00-00');
        assert.equal(text, recorded.text);
        // Python counts characters, JavaScript UTF-16 units.
        const characters = (unit: number) => Array.from(marked.text.slice(0, unit)).length;
        assert.equal(flags(text, marked.spans.map(([start, end]) => [characters(start), characters(end)] as const)), flags(text, recorded.spans!));
      });
    }
  });
}

describe('templates', () => {
  test('that TRL does not repair are not known here', () => {
    assert.ok(recording.unknown.length > 0);
    for (const { template } of recording.unknown) assert.equal(markedTemplate(template), undefined);
  });
  test('are all recorded', () => {
    const hashes = families.flatMap((family) => family.hashes);
    assert.equal(new Set(hashes).size, hashes.length);
    assert.equal(hashes.length, recording.families.length);
  });
  test('with the line ends of Windows are known too', () => {
    const { template } = recording.families.find(({ family }) => family === 'qwen3')!;
    assert.equal(markedTemplate(template.replaceAll('\n', '\r\n')), markedTemplate(template));
  });
});
