/** Damaged tokenizer files and chat templates in their thread: told in words, or ended with it when they hang or take all memory. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { startTokenWorker } from '../../../src/node/tokenWorker.ts';
import { compileChatTemplate } from '../../../src/tokens/chatTemplate.ts';
import { createTokenizer, type TokenizerFiles } from '../../../src/tokens/tokenizer.ts';
import { fuzz, mutateBytes, mutateJson, jsonText, pick } from '../../fixtures/fuzz.ts';

const folder = 'test/parity/models/tied';
const read = (name: string) => readFileSync(`${folder}/${name}`, 'utf8');
const files: TokenizerFiles = { tokenizerJson: read('tokenizer.json'), tokenizerConfig: read('tokenizer_config.json'), chatTemplate: read('chat_template.jinja'), generationConfig: read('generation_config.json'), name: '/m/tied' };
const turns = [{ role: 'user', content: 'What does the cat do?' }, { role: 'assistant', content: 'It sleeps ✓' }];

/** All but the vocabulary, which is long and whose entries are alike. */
function slim(text: string): { whole: Record<string, unknown>; vocab: unknown; merges: unknown } {
  const whole = JSON.parse(text) as Record<string, unknown> & { model: Record<string, unknown> };
  const { vocab, merges, ...model } = whole.model;
  return { whole: { ...whole, model }, vocab, merges };
}

/** What a program does with a tokenizer. */
function useAll(tokenizer: ReturnType<typeof createTokenizer>): void {
  const ids = tokenizer.encode('The cat sleeps, 12 times. ✓', { addSpecialTokens: true });
  assert.ok(ids.length < 500 && ids.every((id) => Number.isInteger(id) && id >= 0), ids.slice(0, 20).join());
  assert.equal(typeof tokenizer.decode(ids), 'string');
  tokenizer.rangesOf('The cat', tokenizer.encode('The cat'));
  if (tokenizer.chatTemplate !== null) assert.equal(typeof tokenizer.chatFor(false).render(turns, { addGenerationPrompt: true, specialTokens: tokenizer.specialTokens }).text, 'string');
}

test('tokenizer.json', async () => {
  const { whole, vocab, merges } = slim(files.tokenizerJson);
  const tally = await fuzz(400, (rng) => {
    const damaged = mutateJson(whole, rng) as { model?: Record<string, unknown> } | null;
    if (damaged && typeof damaged.model === 'object' && damaged.model && rng.below(8) > 0) damaged.model = { ...damaged.model, vocab, merges };
    useAll(createTokenizer({ ...files, tokenizerJson: jsonText(damaged) }));
  });
  assert.ok(tally.told > 50 && tally.good > 50, JSON.stringify(tally));
});

test('entries of the vocabulary, merges and added tokens', async () => {
  const json = JSON.parse(files.tokenizerJson) as { model: { vocab: Record<string, unknown>; merges: unknown[] }; added_tokens: unknown[] };
  await fuzz(250, (rng) => {
    const copy = structuredClone(json);
    const names = Object.keys(copy.model.vocab);
    for (let i = 0; i < 3; i++) copy.model.vocab[pick(names, rng)] = pick<unknown>([-1, 0.5, 1e308, null, '7', 2 ** 40, 2 ** 24, 3], rng);
    copy.model.merges = rng.below(2) ? copy.model.merges : (mutateJson(copy.model.merges.slice(0, 50), rng) as unknown[]);
    copy.added_tokens = rng.below(2) ? copy.added_tokens : (mutateJson(copy.added_tokens, rng) as unknown[]);
    useAll(createTokenizer({ ...files, tokenizerJson: jsonText(copy) }));
  });
});

test('tokenizer_config.json and special_tokens_map.json', async () => {
  const config = { ...(JSON.parse(files.tokenizerConfig!) as object), chat_template: [{ name: 'default', template: files.chatTemplate }], additional_special_tokens: ['<a>'], added_tokens_decoder: { 1: { content: '<b>', special: true } } };
  const tally = await fuzz(400, (rng) => useAll(createTokenizer({ ...files, chatTemplate: undefined, tokenizerConfig: jsonText(mutateJson(config, rng)), specialTokensMap: rng.below(2) ? undefined : jsonText(mutateJson({ pad_token: '<p>', eos_token: { content: '<e>' } }, rng)) })));
  assert.ok(tally.good > 50, JSON.stringify(tally));
});

test('chat templates', async () => {
  const sources = [files.chatTemplate!, "{% for m in messages %}{% if loop.first and m['role'] != 'system' %}{{ raise_exception('no system') }}{% endif %}{{ m.role | upper ~ ': ' ~ (m.content | trim)[:200] }}{% generation %}{{ m['content'] | tojson }}{% endgeneration %}{% endfor %}{% macro f(x, y=2) %}{{ x * y }}{% endmacro %}{{ f(3) }}{% set ns = namespace(a=[]) %}{% set ns.a = messages | map(attribute='role') | list %}{{ ns.a | join(', ') }}"];
  const tally = await fuzz(1500, (rng) => {
    const source = new TextDecoder().decode(mutateBytes(new TextEncoder().encode(pick(sources, rng)), rng));
    const { text, spans } = compileChatTemplate(source, '/m/tied').render(turns, { specialTokens: { eos_token: '</s>' } });
    assert.ok(text.length < 100_000 && spans.every(([from, to]) => from >= 0 && from <= to && to <= text.length));
  });
  assert.ok(tally.told > 200 && tally.good > 20, JSON.stringify(tally));
});

test('what hangs or grows ends with its thread, and the next file gets a new one', async () => {
  const rng = createRng(5);
  const bombs = ['{% for a in range(99999999) %}{% for b in range(99999999) %}{% endfor %}{% endfor %}', "{% set ns = namespace(x='aaaaaaaaaaaaaaaa') %}{% for a in range(99999) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}", '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}', `{{ ${'('.repeat(100_000)} }}`, `{{ ${'['.repeat(20_000)} }}`];
  for (const source of [...bombs, pick(bombs, rng)]) {
    const worker = startTokenWorker({ ...files, chatTemplate: source }, { workerPath: resolve('dist/tokenWorker.js'), timeoutMs: 1500, maxMemoryMb: 256 });
    try {
      await assert.rejects(worker.render(turns), (error: Error) => error.name === 'UserError' && /\/m\/tied/.test(error.message) && error.message.length < 2000, source.slice(0, 60));
      assert.ok((await worker.encode('The cat')).length > 0, 'it still encodes');
    } finally {
      worker.dispose();
    }
  }
});
