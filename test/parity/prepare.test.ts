/** Row preparation against TRL's own: token ids, loss masks, cuts, drops, as recorded by test/parity/record/prepare.py. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { detectFormat } from '../../src/dataset/formats/index.ts';
import { paramsOf, prepareExample, type MethodId } from '../../src/methods/index.ts';
import { withTextColumn } from '../../src/methods/prepareRows.ts';
import { loadTokenizerFiles, tokenizerChanges } from '../../src/node/tokenizerFiles.ts';
import type { PreparedSide } from '../../src/tokens/prepare.ts';
import { createTokenizer, type Tokenizer } from '../../src/tokens/tokenizer.ts';
import { packRows } from '../../src/train/packing.ts';
import { createRowStore } from '../../src/train/rowStore.ts';

interface Recorded {
  name: string;
  tokenizer: string;
  settings: Record<string, unknown>;
  row: Record<string, unknown>;
  ids?: number[];
  trained?: number[];
  dropped?: true;
  error?: string;
}
interface Recording {
  cases: Recorded[];
  packed: Record<string, { documents: Record<string, unknown>[]; max_length: number; rows: { ids: number[]; trained: number[] }[] }>;
}

const folder = join('test', 'parity', 'prepare');
const recording = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as Recording;
const tokenizers = new Map<string, Tokenizer>();

/** Rows at which TRL stops the whole training. Here such a row is left out with a reason, and the others train. */
const refusedByTrl = /^(TemplateError|RuntimeError)/;

async function tokenizerOf(name: string, settings: Record<string, unknown> = {}): Promise<Tokenizer> {
  const key = JSON.stringify([name, settings.chat_template_path, settings.eos_token]);
  let tokenizer = tokenizers.get(key);
  if (!tokenizer) tokenizers.set(key, (tokenizer = createTokenizer(await loadTokenizerFiles(join(folder, name), tokenizerChanges(settings)))));
  return tokenizer;
}

function prepared(written: Record<string, unknown>, method: MethodId, tokenizer: Tokenizer, settings: Record<string, unknown>): PreparedSide {
  const row = withTextColumn(written, settings);
  const { value: example, problems } = detectFormat([row])!.format.toExample(row);
  assert.ok(example, problems.map((p) => p.message).join(' '));
  const params = { ...Object.fromEntries(paramsOf(method).map((param) => [param.name, param.default])), ...settings };
  const [side, ...others] = prepareExample(example, method, tokenizer, params);
  assert.equal(others.length, 0);
  return side!;
}

describe("rows are prepared as TRL's SFTTrainer does", () => {
  for (const recorded of recording.cases) {
    test(recorded.name, async () => {
      const prepare = async () => prepared(recorded.row, 'sft', await tokenizerOf(recorded.tokenizer, recorded.settings), recorded.settings);
      // Settings that cannot work are refused here as there.
      if (recorded.error?.startsWith('ValueError')) return assert.rejects(prepare, { name: 'UserError' });
      const side = await prepare();
      if (recorded.error !== undefined) {
        assert.match(recorded.error, refusedByTrl);
        assert.ok(side.dropped);
      } else if (recorded.dropped) {
        assert.ok(side.dropped, 'TRL drops this row');
      } else {
        assert.equal(side.dropped, null);
        assert.deepEqual(side.ids, recorded.ids);
        assert.deepEqual(side.trained, recorded.trained);
      }
    });
  }
});

describe('documents are packed as TRL\'s "wrapped" does', () => {
  for (const [name, { documents, max_length, rows }] of Object.entries(recording.packed)) {
    test(name, async () => {
      const tokenizer = await tokenizerOf(name);
      const store = createRowStore(tokenizer.vocabSize, 'documents');
      documents.forEach((row, i) => store.add({ line: i + 1, problems: [], sides: [prepared(row, 'pretrain', tokenizer, { max_length })] }));
      const packed = packRows(store, max_length, 'wrapped');
      assert.deepEqual(
        Array.from({ length: packed.count }, (_, i) => ({ ids: [...packed.sequence(i).ids], trained: [...packed.sequence(i).trained] })),
        rows,
      );
    });
  }
});
