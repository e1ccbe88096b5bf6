/** Where native libraries can be set up: said with the ways out where they cannot. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cannotBeSetUpHere, noLibraryFor, unfitGlibc } from '../../../src/core/nativeLibraries.ts';

test('a platform without a library names the ways out', () => {
  for (const platform of ['win32-x64', 'darwin-x64', 'win32-arm64']) {
    assert.equal(noLibraryFor('tensorflow', platform)!.reason, `there is no TensorFlow library for ${platform}`);
    assert.match(noLibraryFor('tensorflow', platform)!.next, /`posttrain setup webgpu`.*wasm/);
    assert.equal(noLibraryFor('webgpu', platform), undefined);
  }
  assert.match(noLibraryFor('webgpu', 'freebsd-x64')!.next, /^Take the wasm backend/);
  for (const backend of ['tensorflow', 'webgpu']) assert.equal(noLibraryFor(backend, 'linux-x64'), undefined);
  for (const backend of ['wasm', 'cpu', 'node']) assert.equal(noLibraryFor(backend, 'freebsd-x64'), undefined);
});

test('a Linux with another C library, or an old one', () => {
  assert.match(unfitGlibc(undefined)!.reason, /Alpine/);
  assert.match(unfitGlibc('2.17')!.reason, /needs glibc 2\.27 or newer; this Linux has 2\.17/);
  for (const version of ['2.27', '2.41', '3.0']) assert.equal(unfitGlibc(version), undefined);
});

test('this machine is looked at', () => {
  const expected = noLibraryFor('tensorflow', `${process.platform}-${process.arch}`) ?? (process.platform === 'linux' ? unfitGlibc((process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime) : undefined);
  assert.deepEqual(cannotBeSetUpHere('tensorflow'), expected);
});
