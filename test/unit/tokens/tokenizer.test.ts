/** The tokenizer: what its files may look like, and what is said when they are broken. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { UserError } from '../../../src/core/problem.ts';
import { createRng } from '../../../src/core/rng.ts';
import { createTokenizer, type TokenizerFiles } from '../../../src/tokens/tokenizer.ts';

const folder = join('test', 'parity', 'prepare', 'chatml');
const tokenizerJson = readFileSync(join(folder, 'tokenizer.json'), 'utf8');
const files = (config: object, more: Partial<TokenizerFiles> = {}): TokenizerFiles => ({ tokenizerJson, tokenizerConfig: JSON.stringify(config), name: 'models/tiny', ...more });

describe('special tokens', () => {
  test('are named as text or as an object', () => {
    const tokenizer = createTokenizer(files({ bos_token: { content: '<|endoftext|>', lstrip: false }, eos_token: '<|im_end|>', pad_token: null }));
    assert.deepEqual([tokenizer.bosId, tokenizer.eosId, tokenizer.padId], [0, 2, null]);
    assert.deepEqual(tokenizer.specialTokens, { bos_token: '<|endoftext|>', eos_token: '<|im_end|>' });
  });

  test('that the vocabulary lacks get the next free ids and are recognised in text', () => {
    const tokenizer = createTokenizer(files({ eos_token: '<stop>', extra_special_tokens: ['<a>'] }));
    assert.equal(tokenizer.eosId, 420);
    assert.equal(tokenizer.vocabSize, 422);
    assert.deepEqual(tokenizer.encode('<stop><a>'), [420, 421]);
    assert.equal(tokenizer.decode([420], { skipSpecialTokens: true }), '');
  });

  test('may be missing', () => {
    const tokenizer = createTokenizer({ tokenizerJson, name: 'models/tiny' });
    assert.deepEqual([tokenizer.bosId, tokenizer.eosId, tokenizer.padId, tokenizer.chatTemplate, tokenizer.modelMaxLength], [null, null, null, null, null]);
    assert.equal(tokenizer.addsBos, false);
  });

  test('come from special_tokens_map.json where the config lists no tokens, as in transformers', () => {
    const specialTokensMap = JSON.stringify({ eos_token: { content: '<|im_end|>' } });
    assert.equal(createTokenizer(files({}, { specialTokensMap })).eosId, 2);
    assert.equal(createTokenizer(files({ added_tokens_decoder: {} }, { specialTokensMap })).eosId, null);
  });

  test('are added by tokenizer.json alone: add_bos_token is not read beside it, as in transformers 5', () => {
    assert.equal(createTokenizer(files({ bos_token: '<|endoftext|>', add_bos_token: true })).addsBos, false);
    const strict = join('test', 'parity', 'prepare', 'strict');
    const tokenizer = createTokenizer({ tokenizerJson: readFileSync(join(strict, 'tokenizer.json'), 'utf8'), tokenizerConfig: readFileSync(join(strict, 'tokenizer_config.json'), 'utf8'), name: strict });
    assert.equal(tokenizer.addsBos, true);
    assert.equal(tokenizer.encode('a', { addSpecialTokens: true })[0], tokenizer.bosId);
    assert.notEqual(tokenizer.encode('a')[0], tokenizer.bosId);
  });
});

describe('the chat template', () => {
  const render = (tokenizer: ReturnType<typeof createTokenizer>, withTools = false) => tokenizer.chatFor(withTools).render([{ role: 'user', content: 'x' }], { specialTokens: tokenizer.specialTokens }).text;

  test('is that of the file before that of the config', () => {
    assert.equal(render(createTokenizer(files({ chat_template: 'config' }, { chatTemplate: 'file' }))), 'file');
    assert.equal(render(createTokenizer(files({ chat_template: 'config' }))), 'config');
  });

  test('is chosen among named ones: tool_use with tools, else default', () => {
    const tokenizer = createTokenizer(files({ chat_template: [{ name: 'default', template: 'plain' }, { name: 'tool_use', template: 'tools' }] }));
    assert.deepEqual([render(tokenizer), render(tokenizer, true), tokenizer.chatTemplate], ['plain', 'tools', 'plain']);
    const added = createTokenizer(files({}, { chatTemplate: 'file', namedTemplates: { tool_use: 'tool file' } }));
    assert.deepEqual([render(added), render(added, true)], ['file', 'tool file']);
  });

  test('sees the special tokens', () => {
    assert.equal(render(createTokenizer(files({ eos_token: '<|im_end|>', chat_template: '{{ messages[0].content + eos_token }}' }))), 'x<|im_end|>');
  });

  test('may be missing, which is said when turns come', () => {
    assert.throws(() => createTokenizer(files({})).chatFor(false), { name: 'UserError', code: 'no-chat-template', message: /models\/tiny has no chat template/ });
  });
});

describe('ids', () => {
  const tokenizer = createTokenizer(files({ eos_token: '<|im_end|>' }));
  test('outside of the vocabulary decode to nothing', () => {
    assert.equal(tokenizer.decode([99999, -1]), '');
    assert.equal(tokenizer.tokenText(99999), '');
    assert.equal(tokenizer.decode([]), '');
  });
  test('of half a character decode to the replacement character', () => {
    const ids = tokenizer.encode('🎉');
    assert.ok(ids.length > 1);
    assert.match(tokenizer.decode(ids.slice(0, -1)), /\ufffd/);
    assert.equal(tokenizer.decode(ids), '🎉');
  });
  test('have ranges in the text', () => {
    const text = 'The cat<|im_end|>🎉';
    const ids = tokenizer.encode(text);
    const ranges = tokenizer.rangesOf(text, ids)!;
    assert.deepEqual(ranges[ids.indexOf(2)], [7, 17]);
    assert.deepEqual(ranges.at(-1), [17, 19]);
    assert.equal(tokenizer.rangesOf('another text', ids), undefined);
  });
});

describe('broken files', () => {
  const broken: [string, TokenizerFiles, RegExp][] = [
    ['not JSON', { tokenizerJson: '{"model"', name: 'models/tiny' }, /^models\/tiny\/tokenizer\.json is not JSON: /],
    ['no object', { tokenizerJson: '[]', name: 'models/tiny' }, /tokenizer\.json does not hold a JSON object/],
    ['no model', { tokenizerJson: '{}', name: 'models/tiny' }, /tokenizer\.json is not a tokenizer that Posttrain can read: it has no "model"/],
    ['a config that is not JSON', files({}, { tokenizerConfig: 'x' }), /^models\/tiny\/tokenizer_config\.json is not JSON/],
    ['an unknown part', { tokenizerJson: JSON.stringify({ ...(JSON.parse(tokenizerJson) as object), normalizer: { type: 'Nonsense' } }), name: 'models/tiny' }, /Nonsense/],
    ['an id beyond reason', { tokenizerJson: JSON.stringify({ model: { type: 'BPE', vocab: { a: 1e12 }, merges: [] } }), name: 'models/tiny' }, /has the id 1000000000000/],
  ];
  for (const [name, bad, message] of broken) {
    test(name, () => assert.throws(() => createTokenizer(bad), { name: 'UserError', code: 'bad-tokenizer', message }));
  }

  test('changed at random give a tokenizer or one sentence', () => {
    const rng = createRng(5);
    const junk: unknown[] = [null, 0, -1, 1e9, 'x', '', [], {}, [null], [[]], { type: 'BPE' }, true];
    for (let i = 0; i < 150; i++) {
      const json = JSON.parse(tokenizerJson) as Record<string, unknown>;
      // Down a random path, then something else in that place.
      let at: Record<string, unknown> = json;
      for (;;) {
        const keys = Object.keys(at);
        const key = keys[rng.below(keys.length)]!;
        const next = at[key];
        if (typeof next === 'object' && next !== null && Object.keys(next).length > 0 && rng.next() < 0.7) {
          at = next as Record<string, unknown>;
          continue;
        }
        if (rng.next() < 0.3) delete at[key];
        else at[key] = junk[rng.below(junk.length)];
        break;
      }
      try {
        const tokenizer = createTokenizer({ tokenizerJson: JSON.stringify(json), tokenizerConfig: '{"eos_token":"<|im_end|>"}', name: 'models/tiny' });
        tokenizer.decode(tokenizer.encode('The cat likes 🎉 <|im_end|> 12.', { addSpecialTokens: true }), { skipSpecialTokens: true });
      } catch (error) {
        assert.ok(error instanceof UserError, String((error as Error).stack));
      }
    }
  });
});
