/** Pairs for ORPO and CPO: answers of which nothing can be learnt. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadTokenizerFiles } from '../../../src/node/tokenizerFiles.ts';
import { preparePairText } from '../../../src/tokens/preparePairText.ts';
import { createTokenizer, type Tokenizer } from '../../../src/tokens/tokenizer.ts';

const folder = 'test/parity/models/untied';
const withBos = async () => createTokenizer(await loadTokenizerFiles(folder));
async function withoutBos() {
  const files = await loadTokenizerFiles(folder);
  const { bos_token: _, ...config } = JSON.parse(files.tokenizerConfig!) as Record<string, unknown>;
  return createTokenizer({ ...files, tokenizerConfig: JSON.stringify(config) });
}
const pair = { kind: 'preference', prompt: '', chosen: '', rejected: 'No.' } as const;
const dropped = (tokenizer: Tokenizer, needsAnswers: boolean) => preparePairText(pair, tokenizer, { maxLength: 32, needsAnswers }).map((side) => side.dropped !== null);

test('an answer that is the first token of its sequence alone is left out where a mean needs it', async () => {
  const tokenizer = await withoutBos();
  assert.equal(tokenizer.bosId, null);
  assert.deepEqual(dropped(tokenizer, true), [true, false]);
  assert.deepEqual(dropped(tokenizer, false), [false, false]);
});

test('after a begin-of-text token the end of text is learnt', async () => assert.deepEqual(dropped(await withBos(), true), [false, false]));
