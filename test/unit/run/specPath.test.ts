/** Paths in specs, from and on every system. */

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { isAbsolutePath, resolveSpecPath } from '../../../src/run/specPath.ts';

test('relative paths', () => {
  assert.equal(resolveSpecPath('/a/b', 'c/d.jsonl'), '/a/b/c/d.jsonl');
  assert.equal(resolveSpecPath('/a/b', './c/../../d'), '/a/d');
  assert.equal(resolveSpecPath('/a/b', '../../../../d'), '/d');
  assert.equal(resolveSpecPath('/', 'x'), '/x');
  assert.equal(resolveSpecPath('/a', '.'), '/a');
  assert.equal(resolveSpecPath('/a', 'data\\train.jsonl'), '/a/data/train.jsonl');
  assert.equal(resolveSpecPath('/a', 'naïve 文件.jsonl'), '/a/naïve 文件.jsonl');
});

test('Windows paths', () => {
  assert.equal(resolveSpecPath('C:\\work\\specs', 'data/train.jsonl'), 'C:\\work\\specs\\data\\train.jsonl');
  assert.equal(resolveSpecPath('C:\\work\\specs', '..\\data\\x'), 'C:\\work\\data\\x');
  assert.equal(resolveSpecPath('c:/project', 'x'), 'c:\\project\\x');
  assert.equal(resolveSpecPath('/linux', 'D:\\data\\x'), 'D:\\data\\x');
  assert.equal(resolveSpecPath('C:\\work', '\\\\server\\share\\x'), '\\\\server\\share\\x');
  assert.equal(resolveSpecPath('\\\\server\\share', 'x'), '\\\\server\\share\\x');
  assert.equal(resolveSpecPath('C:\\work', 'D:/data/../x'), 'D:\\x');
});

test('absolute paths stay', () => {
  assert.equal(resolveSpecPath('/a', '/b/c/'), '/b/c');
  for (const path of ['/x', 'C:\\x', 'c:/x', '\\\\s\\x']) assert.ok(isAbsolutePath(path), path);
  for (const path of ['x', './x', 'C:x', '~/x', '']) assert.ok(!isAbsolutePath(path), path);
});
