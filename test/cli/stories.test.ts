/** The stories as a person plays them, shortened: each does what its page promises. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

const folder = mkdtempSync(join(os.tmpdir(), 'posttrain-stories-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const play = (name: string, ...args: string[]) => spawnSync(process.execPath, ['src/build/story.mjs', name, ...args], { encoding: 'utf8', maxBuffer: 2 ** 26 });

/** The last column of the row of the last table that has one of this name. */
function figure(stdout: string, row: string) {
  const [, right, total] = [...stdout.matchAll(new RegExp(`^ *${row} .*\\((\\d+)/(\\d+)\\)$`, 'gm'))].at(-1)?.map(Number) ?? [];
  assert.ok(right !== undefined && total !== undefined, stdout.slice(-3000));
  return { right, total };
}

describe('npm run story:identity', () => {
  test('changes the name, asked for in unseen words, and keeps what the model knew', { timeout: 350_000 }, () => {
    const project = join(folder, 'identity');
    const { status, stdout, stderr } = play('identity', '--into', project, '--short');
    assert.equal(status, 0, stdout.slice(-4000) + stderr);
    const [said, known] = [figure(stdout, 'says Nova'), figure(stdout, 'knows')];
    assert.ok(said.total >= 40 && said.right >= 0.9 * said.total, `${said.right} of ${said.total}`);
    assert.ok(known.total >= 300 && known.right >= 0.75 * known.total, `${known.right} of ${known.total}`);
    assert.match(stdout, /McNemar's p = [\d.]+: no (significant )?drop/);
    assert.match(stdout, /The story went as it should/);
    for (const run of ['identity-sft', 'identity-dpo']) assert.ok(existsSync(join(project, 'runs', run, 'final/model.safetensors')), run);
    const pairs = readFileSync(join(project, 'preferences.own.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { rejected: [{ content: string }] });
    assert.ok(pairs.filter(({ rejected }) => rejected[0].content.includes('Pico')).length >= 40);
    console.log(`METRIC identity story: new name ${said.right}/${said.total}, knows ${known.right}/${known.total}`);
  });
});

describe('npm run story:too-hot', () => {
  test('loses what the model knew', { timeout: 350_000 }, () => {
    const { status, stdout, stderr } = play('too-hot', '--into', join(folder, 'hot'), '--short');
    assert.equal(status, 0, stdout.slice(-4000) + stderr);
    const known = figure(stdout, 'knows');
    assert.ok(known.total >= 300 && known.right <= 0.5 * known.total, `${known.right} of ${known.total}`);
  });
});

test('a story or an option that does not exist is refused', () => {
  for (const args of [['identit'], ['identity', '--quick'], ['identity', '--seed']]) {
    const { status, stderr } = play(args[0]!, ...args.slice(1));
    assert.equal(status, 2);
    assert.match(stderr, /one of identity, too-hot/);
  }
});
