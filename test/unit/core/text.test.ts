/** Words for people: a path that can be copied into a shell. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { shellWord } from '../../../src/core/text.ts';

describe('shellWord', () => {
  test('leaves plain paths alone, in every script', () => {
    for (const path of ['runs/x-2', './a_b.c', 'C:\\runs\\x', '読み/ü', '/tmp/a+b@c']) assert.equal(shellWord(path), path);
  });
  test('quotes what a shell would split or read otherwise', () => {
    assert.equal(shellWord('läuft 1'), '"läuft 1"');
    assert.equal(shellWord("it's"), '"it\'s"');
    assert.equal(shellWord('a $b'), "'a $b'");
  });
  test('a shell reads one word, the same as before', { skip: process.platform === 'win32' }, () => {
    for (const path of ['a b', "it's $HOME", 'a"b', '`x`', "'$x'!", 'a*;&|(b)', '~/x', '']) {
      assert.equal(spawnSync('sh', ['-c', `printf %s ${shellWord(path)}`], { encoding: 'utf8' }).stdout, path);
    }
  });
});
