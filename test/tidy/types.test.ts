/** The compiler and the linter have nothing to say. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const node = (script: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  assert.equal(status, 0, `\n${stdout}${stderr}`);
};

for (const config of ['tsconfig.json', 'tsconfig.webview.json', 'test/unit/webview/tsconfig.json']) test(`tsc accepts ${config}`, () => node('node_modules/typescript/bin/tsc', '--noEmit', '-p', config));
test('oxlint accepts everything', () => node('node_modules/oxlint/bin/oxlint', '--deny-warnings'));
