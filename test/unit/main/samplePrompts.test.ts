/** Sample prompts of a run: the first ones of a file, and a word about those that are left out. */

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadSamplePrompts } from '../../../src/main/trainer/samples.ts';
import type { TokenWorker } from '../../../src/node/tokenWorker.ts';

const worker = { encode: (text: string) => Promise.resolve([...text].map((_, i) => i)) } as unknown as TokenWorker;

for (const [prompts, blank, answered, warned] of [[64, 0, 64, false], [64, 40, 64, false], [65, 0, 64, true], [200, 0, 64, true], [10, 150, 10, true], [3, 2, 3, false]] as const) {
  test(`${prompts} prompts and ${blank} blank lines before the last: ${answered} are answered${warned ? ', and it is said' : ''}`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'posttrain-samples-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'probes.jsonl');
    const line = '{"prompt": "Hello"}\n';
    await writeFile(path, line.repeat(prompts - (blank > 100 ? 0 : 1)) + '\n'.repeat(blank) + line);
    const warnings: string[] = [];
    const loaded = await loadSamplePrompts({ prompts: path }, { worker, config: { vocabSize: 99, maxPositions: 99 }, warn: (code, message) => void warnings.push(`${code} ${message}`), signal: new AbortController().signal });
    assert.equal(loaded?.prompts.length, answered);
    assert.equal(warnings.length, warned ? 1 : 0, warnings.join());
    if (warned) assert.match(warnings[0]!, new RegExp(`^samples-cut .*probes\\.jsonl has \\d+ lines; the first ${answered} prompts of it are answered and the rest is left out`));
  });
}
