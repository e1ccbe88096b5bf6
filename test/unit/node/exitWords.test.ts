/** The end of a process in words: signals, codes of Windows, a full heap, native libraries. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitWords } from '../../../src/node/exitWords.ts';

const heap = ['<--- Last few GCs --->', 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory', '----- Native stack trace -----'];
const check = ['2026-01-01 F tensorflow/core/framework/tensor.cc:733] Check failed: dtype() == expected_dtype (1 vs. 2)'];

for (const [name, exit, circumstances, words] of [
  ['killed, and memory ran out', { code: null, signal: 'SIGKILL' }, { lines: [], memoryKill: true }, /^the trainer was ended by the system: out of memory \(SIGKILL\)\. Take a smaller/],
  ['killed, and memory did not run out', { code: null, signal: 'SIGKILL' }, { lines: [], memoryKill: false }, /^the trainer was ended from outside \(SIGKILL\), by a person or another program\.$/],
  ['killed, and nobody knows why', { code: null, signal: 'SIGKILL' }, { lines: [] }, /^the trainer was ended by the system: probably out of memory \(SIGKILL\)\. Take a smaller/],
  ['crashed in TensorFlow', { code: null, signal: 'SIGSEGV' }, { lines: [], backend: 'tensorflow' }, /^native TensorFlow crashed \(SIGSEGV\)\. If it happens again, repair/],
  ['crashed elsewhere', { code: null, signal: 'SIGSEGV' }, { lines: [], backend: 'wasm' }, /^native code crashed \(SIGSEGV\)\.$/],
  ['a failed check of TensorFlow', { code: null, signal: 'SIGABRT' }, { lines: check, backend: 'tensorflow' }, /^native TensorFlow crashed \(SIGABRT\): .*Check failed: dtype\(\) == expected_dtype.*\. If it happens/],
  ['an instruction that is missing', { code: null, signal: 'SIGILL' }, { lines: [], backend: 'tensorflow' }, /SIGILL\): this processor lacks an instruction that it was made with\. Instead, take `backend: wasm`\.$/],
  ['no memory for native code', { code: null, signal: 'SIGABRT' }, { lines: ["terminate called after throwing an instance of 'std::bad_alloc'", '  what():  std::bad_alloc'], backend: 'tensorflow' }, /^the trainer could not get the memory that it needs \(SIGABRT\)\. Take a smaller/],
  ['a full heap', { code: null, signal: 'SIGABRT' }, { lines: heap }, /^the trainer ran out of the memory that Node gives to JavaScript \(FATAL ERROR: .*\)\. Give it more with NODE_OPTIONS/],
  ['a full heap on Windows', { code: 134, signal: null }, { lines: heap }, /^the trainer ran out of the memory that Node gives/],
  ['an access violation on Windows', { code: 0xc0000005, signal: null }, { lines: [], backend: 'tensorflow' }, /^native TensorFlow crashed \(SIGSEGV\)/],
  ['the same, as a signed number', { code: -1073741819, signal: null }, { lines: [], backend: 'webgpu' }, /^native WebGPU crashed \(SIGSEGV\)/],
  ['a code of its own', { code: 7, signal: null }, { lines: ['Check failed: nothing'] }, /^the trainer ended with code 7\.$/],
  ['another signal', { code: null, signal: 'SIGHUP' }, { lines: [] }, /^the trainer was ended from outside \(SIGHUP\)\.$/],
] as const) {
  test(name, () => assert.match(exitWords(exit, { who: 'the trainer', ...circumstances }).text, words));
}
