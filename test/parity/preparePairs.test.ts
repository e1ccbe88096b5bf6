/** Preparation of preference rows against TRL's trainers, as recorded by test/parity/record/preparePairs.py. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { detectFormat } from '../../src/dataset/formats/index.ts';
import { paramsOf, prepareExample, type MethodId } from '../../src/methods/index.ts';
import { loadTokenizerFiles } from '../../src/node/tokenizerFiles.ts';
import { createTokenizer } from '../../src/tokens/tokenizer.ts';

interface Recorded {
  name: string;
  tokenizer: string;
  method: MethodId;
  settings: Record<string, unknown>;
  row: Record<string, unknown>;
  /** The rows that TRL made of it, each as its sequences. */
  rows?: { ids: number[]; trained: number[]; good?: boolean }[][];
  error?: string;
}

const folder = join('test', 'parity', 'prepare');
const { cases } = JSON.parse(readFileSync(join(folder, 'pairs.json'), 'utf8')) as { cases: Recorded[] };

/** Rows at which TRL stops the whole training. Here such a row is left out with a reason, and the others train. */
const refusedByTrl = /^(TemplateError|ValueError|IndexError|UnboundLocalError)/;

describe("preference rows are prepared as TRL's trainers do", () => {
  for (const { name, tokenizer, method, settings, row, rows, error } of cases) {
    test(name, async () => {
      const { value: example } = detectFormat([row])!.format.toExample(row);
      const params = { ...Object.fromEntries(paramsOf(method).map((param) => [param.name, param.default])), ...settings };
      const sides = prepareExample(example!, method, createTokenizer(await loadTokenizerFiles(join(folder, tokenizer))), params);
      if (error !== undefined) {
        assert.match(error, refusedByTrl);
        // The two answers of a pair are rows of their own for KTO: the one that the template takes stays.
        return void assert.ok(method === 'kto' ? sides.some(({ dropped }) => dropped) : sides.every(({ dropped }) => dropped));
      }
      if (method === 'kto') return void assert.deepEqual(sides.filter(({ dropped }) => !dropped).map(({ ids, trained, target }) => ({ ids, trained, good: target === 1 })), rows!.flat());
      if (rows!.length === 0) return void assert.ok(sides.some(({ dropped }) => dropped), 'TRL drops this row');
      // An answer of no token makes the loss no number in TRL: such a row is left out here, except where the loss is a sum.
      const learns = rows!.every((sequences) => sequences.every(({ trained }) => trained.includes(1)));
      if (!learns && method === 'orpo') return void assert.ok(sides.some(({ dropped }) => dropped));
      assert.deepEqual(sides.map(({ dropped }) => dropped), sides.map(() => null));
      assert.deepEqual(sides.map(({ ids, trained }) => ({ ids, trained })), rows![0]);
    });
  }
});
