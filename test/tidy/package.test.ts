/** What is packed: all that runs, and nothing else. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { listFiles } from '@vscode/vsce';
import { root } from './repository.ts';

const WANTED = [/^package(\.nls(\.[a-z-]+)?)?\.json$/, /^(README|CHANGELOG)\.md$/, /^LICENSE$/, /^dist\/[\w/.-]+\.(js|css|ttf|wasm|txt)$/, /^media\/[\w/.-]+$/, /^syntaxes\/[\w.-]+\.json$/, /^l10n\/[\w.-]+\.json$/];

describe('the package', () => {
  let files: string[] = [];
  before(async () => {
    files = await listFiles({ cwd: root, dependencies: false } as Parameters<typeof listFiles>[0]);
  });

  test('holds nothing but what runs', () => {
    assert.deepEqual(files.filter((file) => !WANTED.some((pattern) => pattern.test(file))), []);
    assert.deepEqual(files.filter((file) => /(^|\/)runs\/|\.(map|tmp)$/.test(file)), []);
  });

  test('holds all that the manifest and the programs ask for', () => {
    const { main, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { main: string; bin: Record<string, string> };
    const needed = [main, ...Object.values(bin), 'dist/server.js', 'dist/trainer.js', 'dist/supervisor.js', 'dist/tokenWorker.js', 'dist/rowWorker.js', 'dist/webview/run.js', 'dist/webview/run.css', 'dist/webview/devices.js', 'dist/webview/devices.css', 'dist/webview/dataset.js', 'dist/webview/dataset.css', 'media/sample/train.jsonl', 'media/models/tiny-base/model.safetensors', 'LICENSE', 'README.md'];
    const paths = new Set(files);
    assert.deepEqual(needed.map((path) => path.replace(/^\.\//, '')).filter((path) => !paths.has(path)), []);
  });
});
