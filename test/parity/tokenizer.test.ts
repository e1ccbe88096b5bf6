/** Tokenizers against the originals: ids, offsets and decoded text of odd strings, recorded by test/parity/record/prepare.py. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadTokenizerFiles } from '../../src/node/tokenizerFiles.ts';
import { createTokenizer } from '../../src/tokens/tokenizer.ts';

type Row = [text: string, ids: number[], withSpecial: number[], offsets: [number, number][], decoded: string, withoutSpecial: string];

const folder = join('test', 'parity', 'prepare');
const recording = JSON.parse(readFileSync(join(folder, 'tokens.json'), 'utf8')) as Record<string, Row[]>;

describe('tokenizers give what the originals give', () => {
  for (const [name, rows] of Object.entries(recording)) {
    test(name, async () => {
      const tokenizer = createTokenizer(await loadTokenizerFiles(join(folder, name)));
      let placed = 0;
      for (const [text, ids, withSpecial, offsets, decoded, withoutSpecial] of rows) {
        const shown = JSON.stringify(text);
        assert.deepEqual(tokenizer.encode(text), ids, shown);
        assert.deepEqual(tokenizer.encode(text, { addSpecialTokens: true }), withSpecial, shown);
        assert.equal(tokenizer.decode(ids), decoded, shown);
        assert.equal(tokenizer.decode(ids, { skipSpecialTokens: true }), withoutSpecial, shown);
        const ranges = tokenizer.rangesOf(text, ids);
        const characters = (unit: number) => Array.from(text.slice(0, unit)).length;
        if (!ranges) continue;
        placed++;
        // Inside letters that the tokenizer composes anew, the ranges are those of the whole letter with its marks.
        if (text === text.normalize('NFC')) assert.deepEqual(ranges.map((range) => range.map(characters)), offsets, shown);
      }
      assert.equal(placed, rows.length);
    });
  }
});
