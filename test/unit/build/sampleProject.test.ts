/** The folder that `npm start` works in: fresh each time, and nothing that a person wrote is lost. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';

/** Not bundled: it finds the repository by its own place. */
const load = async () => (await import(pathToFileURL(join(process.cwd(), 'src/build/sampleProject.mjs')).href)) as { refreshSample(project: string): [string, string][]; finishedRuns(project: string): string[] };

const folder = mkdtempSync(join(tmpdir(), 'posttrain-sample-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const inFolder = (name: string) => join(folder, name);
const shipped = readFileSync('media/sample/train.jsonl', 'utf8');

test('a file that differs is replaced by the shipped one and kept beside it; others stay', async () => {
  const { refreshSample } = await load();
  assert.deepEqual(refreshSample(folder), []);
  assert.equal(readFileSync(inFolder('train.jsonl'), 'utf8'), shipped);
  assert.ok(existsSync(inFolder('models/tiny-base/model.safetensors')));
  assert.deepEqual(refreshSample(folder), []);
  writeFileSync(inFolder('mine.jsonl'), 'mine');
  for (const [text, kept] of [['stale', 'train.kept.jsonl'], ['edited', 'train.kept-2.jsonl']] as const) {
    writeFileSync(inFolder('train.jsonl'), text);
    assert.deepEqual(refreshSample(folder), [[inFolder('train.jsonl'), inFolder(kept)]]);
    assert.equal(readFileSync(inFolder(kept), 'utf8'), text);
    assert.equal(readFileSync(inFolder('train.jsonl'), 'utf8'), shipped);
  }
  assert.equal(readFileSync(inFolder('mine.jsonl'), 'utf8'), 'mine');
});

test('a run from before the files were refreshed is not shown for a new one', async () => {
  const { finishedRuns } = await load();
  const run = (name: string, seconds: number) => {
    mkdirSync(inFolder(`runs/${name}/final`), { recursive: true });
    writeFileSync(inFolder(`runs/${name}/run.json`), '{}');
    const time = Date.now() / 1000 + seconds;
    utimesSync(inFolder(`runs/${name}/run.json`), time, time);
  };
  run('capitals-sft', -3600);
  run('capitals-sft-10', 20);
  run('capitals-sft-2', 10);
  run('another', 10);
  assert.deepEqual(finishedRuns(folder), [inFolder('runs/capitals-sft-2'), inFolder('runs/capitals-sft-10')]);
});
