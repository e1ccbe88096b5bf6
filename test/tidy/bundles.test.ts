/** Bundles: within their budgets, without what must not be in them, with the WebAssembly files beside them. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, test } from 'node:test';
import { wasmFiles } from '../../src/backend/wasm/files.ts';
import { root } from './repository.ts';
import { bundleRule, nativeRule, type Bundle } from './rules/bundles.ts';

interface Tables {
  bundles: (Bundle & { entry: string; external?: string[] })[];
  wasm: { files: string[] };
}
// A variable keeps esbuild from bundling the build scripts, which find the repository by where they lie.
const script = (name: string) => pathToFileURL(join(root, 'src/build', name)).href;

describe('bundles', async () => {
  const { bundles, wasm } = (await import(script('bundles.mjs'))) as Tables;
  const { metaPath } = (await import(script('bundle.mjs'))) as { metaPath(out: string): string };

  for (const bundle of bundles) {
    test(`dist/${bundle.out} is within its budget and holds nothing foreign`, () => {
      const file = join(root, 'dist', bundle.out);
      assert.ok(existsSync(file), `${bundle.entry} was not built: run npm run build`);
      const meta = JSON.parse(readFileSync(metaPath(bundle.out), 'utf8')) as { inputs: Record<string, unknown> };
      assert.deepEqual(bundleRule(bundle, statSync(file).size, Object.keys(meta.inputs)), []);
      console.log(`METRIC dist/${bundle.out} ${Math.round(statSync(file).size / 1024)} KB of ${bundle.budget / 1024}`);
    });
  }

  test('a bundle above its budget, or with a tensor library, is a finding', () => {
    const bundle = { out: 'extension.js', budget: 1000, never: ['@tensorflow/'] };
    assert.match(bundleRule(bundle, 1001, []).join(), /1001 bytes; its budget is 1000/);
    assert.match(bundleRule(bundle, 1, ['node_modules/@tensorflow/tfjs-core/dist/index.js']).join(), /holds node_modules\/@tensorflow/);
    assert.deepEqual(bundleRule(bundle, 1000, ['src/extension.ts']), []);
  });

  for (const out of ['extension.js', 'server.js', 'tokenWorker.js', 'rowWorker.js', 'supervisor.js', 'cli.js']) {
    test(`dist/${out} loads nothing native`, () => assert.deepEqual(nativeRule(out, readFileSync(join(root, 'dist', out), 'utf8')), []));
  }

  test('a native library is a finding, however it is loaded', () => {
    for (const text of ['require("@tensorflow/tfjs-node-gpu")', "import('webgpu')", 'x.createRequire(y)(z)', 'process.dlopen(m,f)', 'load("lib/tfjs_binding.node")']) assert.equal(nativeRule('extension.js', text).length, 1, text);
    assert.deepEqual(nativeRule('extension.js', 'require("vscode");require("node:fs");require("fs/promises");t("Name a Node")'), []);
  });

  test('every view has a bundle', () => {
    const views = readdirSync(join(root, 'webview'), { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== 'shared').map(({ name }) => `webview/${name}/index.ts`);
    assert.deepEqual(views.filter((entry) => !bundles.some((bundle) => bundle.entry === entry)), []);
  });

  test('the WebAssembly files are the ones that the backend looks for', () => {
    assert.deepEqual([...wasm.files].sort(), [...wasmFiles].sort());
    for (const file of wasmFiles) assert.ok(existsSync(join(root, 'dist/wasm', file)), file);
  });
});
