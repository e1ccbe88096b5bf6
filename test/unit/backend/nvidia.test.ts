/** The card that TensorFlow computes on, as the driver's program names it. */

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { nvidiaCard, parseCard } from '../../../src/backend/tensorflow/nvidia.ts';

test('name and memory of the first card', () => {
  assert.deepEqual(parseCard('NVIDIA A100-SXM4-40GB, 40960\nTesla T4, 15360\n'), { name: 'NVIDIA A100-SXM4-40GB', memoryBytes: 40960 * 2 ** 20 });
  for (const text of ['', 'No devices were found', 'NVIDIA GB10, [N/A]']) assert.equal(parseCard(text), undefined, text);
});

test('the card that the process may see is asked for', { skip: process.platform === 'win32' ? 'needs a shell script: run it on Linux or macOS' : false }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'posttrain-smi-'));
  const path = process.env.PATH;
  t.after(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true, force: true });
  });
  writeFileSync(join(folder, 'nvidia-smi'), '#!/bin/sh\necho "Card $*, 100"\n');
  chmodSync(join(folder, 'nvidia-smi'), 0o755);
  process.env.PATH = `${folder}${delimiter}${path}`;
  assert.match(nvidiaCard({ CUDA_VISIBLE_DEVICES: '2,0' })!.name, /--id=2$/);
  assert.doesNotMatch(nvidiaCard({})!.name, /--id/);
});
