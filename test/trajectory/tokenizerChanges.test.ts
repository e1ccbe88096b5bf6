/** A run with a chat template and an end token of its own: what is learnt ends with them, and the result is saved with them. */

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { openModelFolder } from '../../src/node/modelFolder.ts';
import { loadTokenizerFiles } from '../../src/node/tokenizerFiles.ts';
import { createTokenizer } from '../../src/tokens/tokenizer.ts';
import { newRun, temporaryFolder, train } from '../trainerRun.ts';

const base = resolve('test/parity/models/tied');
const json = async (path: string) => JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;

test('chat_template_path and eos_token are saved with the result and with checkpoints', async (t) => {
  const folder = await temporaryFolder(t);
  const template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{{ eos_token }}{% if add_generation_prompt %}assistant: {% endif %}";
  await writeFile(join(folder, 'mine.jinja'), template);
  const before = createTokenizer(await loadTokenizerFiles(base));
  const eos = before.specialTokens.bos_token ?? before.tokenText(0);
  assert.notEqual(eos, before.specialTokens.eos_token);
  const run = await newRun(folder, {
    method: 'sft', model_name_or_path: base, dataset: resolve('test/parity/data/turns.jsonl'), max_steps: 1, per_device_train_batch_size: 2, save_strategy: 'steps', save_steps: 1,
    chat_template_path: join(folder, 'mine.jinja'), eos_token: eos,
  });
  const { code, stderr } = await train(run);
  assert.equal(code, 0, stderr);
  for (const saved of [join(run, 'final'), join(run, 'checkpoints/step-000001')]) {
    const tokenizer = createTokenizer(await loadTokenizerFiles(saved));
    assert.equal(tokenizer.chatTemplate, template);
    assert.equal(tokenizer.specialTokens.eos_token, eos);
    const id = tokenizer.idOf(eos)!;
    assert.equal((await json(join(saved, 'config.json'))).eos_token_id, id);
    const opened = await openModelFolder(saved);
    assert.deepEqual(opened.config.eosTokenIds, [id, ...(await openModelFolder(base)).config.eosTokenIds], 'generation ends at the old ones too');
    await opened.close();
  }
});

test('a template that is no file of one is refused by name', async () => {
  await assert.rejects(loadTokenizerFiles(base, { chatTemplatePath: base }), /chat_template_path: .*tied is no \.jinja file/);
  await assert.rejects(loadTokenizerFiles(base, { chatTemplatePath: join(base, 'none.jinja') }), /there is no file .*none\.jinja/);
});
