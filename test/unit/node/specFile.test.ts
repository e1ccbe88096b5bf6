/** Specs on disk: relative to their folder, in any encoding that is one, with every mistake on a line of its own. */

import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSpec, requireSpec, specProblemLine } from '../../../src/node/specFile.ts';
import { writeSpec } from '../../fixtures/run/programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'posttrain-spec-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('paths are those of the spec\'s folder, overrides those of the current one', async () => {
  const path = writeSpec(folder, 'a');
  mkdirSync(join(folder, 'elsewhere'));
  writeFileSync(join(folder, 'elsewhere/more.jsonl'), '{}');
  const loaded = await loadSpec(path, { cwd: join(folder, 'elsewhere'), overrides: ['dataset=more.jsonl'] });
  const spec = requireSpec(loaded, folder);
  assert.equal(spec.model_name_or_path, join(folder, 'model'));
  assert.equal(spec.dataset[0]!.path, join(folder, 'elsewhere/more.jsonl'));
  const home = await loadSpec(path, { cwd: folder, overrides: ['output_dir=~/posttrain-test-none'] });
  assert.equal(home.spec!.output_dir, join(homedir(), 'posttrain-test-none'));
});

test('JSON by its name', async () => {
  writeFileSync(join(folder, 'b.posttrain.json'), '{"method": "sft",\n "model_name_or_path": "model", "dataset": "train.jsonl", "output_dir": "runs/b", "seed": 1, "seed": 2}');
  const loaded = await loadSpec('b.posttrain.json', { cwd: folder });
  assert.deepEqual(loaded.problems.map((p) => specProblemLine(loaded, p, folder)), ['b.posttrain.json:2:94: "seed" is given twice. Keep one of the two.']);
  assert.throws(() => requireSpec(loaded, folder), { name: 'UserError', code: 'spec' });
});

test('a byte order mark is the first column; UTF-16 and Latin-1 are told', async () => {
  writeFileSync(join(folder, 'bom.posttrain.yaml'), '\uFEFFmethd: sft\n');
  const loaded = await loadSpec('bom.posttrain.yaml', { cwd: folder });
  assert.match(specProblemLine(loaded, loaded.problems.find((p) => p.code === 'spec-unknown-key')!, folder), /^bom\.posttrain\.yaml:1:2: .*"method"/);
  writeFileSync(join(folder, 'u16.posttrain.yaml'), Buffer.from('\uFEFFmethod: sft\n', 'utf16le'));
  await assert.rejects(loadSpec('u16.posttrain.yaml', { cwd: folder }), /UTF-16\. Save it as UTF-8/);
  writeFileSync(join(folder, 'latin.posttrain.yaml'), Buffer.from('method: sft # caf\xe9\n', 'latin1'));
  await assert.rejects(loadSpec('latin.posttrain.yaml', { cwd: folder }), /not UTF-8/);
});

test('no file, a folder, a dataset', async () => {
  await assert.rejects(loadSpec('none.posttrain.yaml', { cwd: folder }), { code: 'spec', message: /no file .*none\.posttrain\.yaml/ });
  await assert.rejects(loadSpec('model', { cwd: folder }), { name: 'UserError', code: 'spec', message: /is a folder/ });
  writeFileSync(join(folder, 'rows.jsonl'), '{"prompt": "a", "completion": "b"}\n'.repeat(40_000));
  assert.match((await loadSpec('rows.jsonl', { cwd: folder })).problems[0]!.message, /Is it a dataset\?/);
});
