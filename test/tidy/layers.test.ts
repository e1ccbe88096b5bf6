/** Layers: who imports whom, and what only one file imports. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertAccepts, assertFinds, assertHolds } from './repository.ts';
import { layerRule, oneImporterRule } from './rules/layers.ts';
import { importsOf } from './rules/source.ts';

describe('layers', () => {
  test('hold in the repository', () => assertHolds(layerRule));

  test('only the host imports vscode', () => {
    assertFinds(layerRule, { 'src/run/a.ts': "import * as vscode from 'vscode';" }, /src\/run\/a\.ts:1 imports the package vscode/);
    assertAccepts(layerRule, { 'src/host/a.ts': "import * as vscode from 'vscode';", 'src/extension.ts': "import type { ExtensionContext } from 'vscode';" });
  });

  test('only backend, nn and train import TensorFlow.js', () => {
    assertFinds(layerRule, { 'src/methods/a.ts': "import * as tf from '@tensorflow/tfjs-core';", 'src/host/b.ts': "import type { Tensor } from '@tensorflow/tfjs-core';" }, /methods/, /host\/b/);
    assertFinds(layerRule, { 'src/nn/a.ts': "import '@tensorflow/tfjs-backend-wasm';" }, /tfjs-backend-wasm/);
    assertAccepts(layerRule, { 'src/train/a.ts': "import * as tf from '@tensorflow/tfjs-core';" });
  });

  test('the host never reaches what computes', () => {
    assertFinds(layerRule, { 'src/host/a.ts': "import { loadModel } from '../nn/model.ts';", 'src/nn/model.ts': '' }, /imports nn \(src\/nn\/model\.ts\); host may import/);
  });

  test('core imports nothing, and pure layers leave Node alone', () => {
    assertFinds(layerRule, { 'src/core/a.ts': "import { b } from '../dataset/b.ts';\nimport fs from 'node:fs';", 'src/dataset/b.ts': '' }, /a\.ts:1 imports dataset/, /a\.ts:2 imports node:fs/);
    assertFinds(layerRule, { 'src/language/a.ts': "const fs = require('node:fs');" }, /node:fs/);
  });

  test('where the table allows types, values are refused', () => {
    const files = { 'src/run/event.ts': '' };
    assertAccepts(layerRule, { ...files, 'src/protocol/a.ts': "import type { RunEvent } from '../run/event.ts';" });
    assertFinds(layerRule, { ...files, 'src/protocol/a.ts': "import { parseEvent } from '../run/event.ts';" }, /protocol may import core, and types of/);
    assertFinds(layerRule, { ...files, 'src/protocol/a.ts': "import { type RunEvent, parseEvent } from '../run/event.ts';" }, /imports run/);
  });

  test('a file outside the table is a finding', () => assertFinds(layerRule, { 'src/engines/a.ts': '' }, /in no layer/));

  test('the server and the token worker stay without tensors', () => {
    assertFinds(layerRule, { 'src/main/server.ts': "import { trainLoop } from '../train/loop.ts';" }, /server may import/);
    assertFinds(layerRule, { 'src/main/tokenWorker.ts': "import { x } from '../nn/model.ts';" }, /tokenWorker may import/);
    assertAccepts(layerRule, { 'src/main/trainer.ts': "import { x } from '../nn/model.ts';" });
  });
});

describe('packages with one importer', () => {
  test('hold in the repository', () => assertHolds(oneImporterRule));
  test('the toolkit and uPlot are imported once', () => {
    assertFinds(oneImporterRule, { 'webview/run/a.ts': "import { provideVSCodeDesignSystem } from '@vscode/webview-ui-toolkit';\nimport 'uplot/dist/uPlot.min.css';" }, /only webview\/shared\/controls\.ts/, /only webview\/shared\/chart\.ts/);
    assertAccepts(oneImporterRule, { 'webview/shared/chart.ts': "import uPlot from 'uplot';" });
  });
});

describe('the import scanner', () => {
  const scan = (text: string) => importsOf(text).map(({ specifier, typeOnly }) => (typeOnly ? `type ${specifier}` : specifier));
  test('sees every way to import', () => {
    const text = `import a from 'a';
import { b,
  c } from "b";
import 'side';
export * from 'all';
export { d } from 'd';
export type { E } from 'e';
import type F from 'f';
const g = await import('g');
const h = require('h');
const lazy = () => import('lazy').then((m) => m.x);
type I = import('i').I;
const j = {} as typeof import('j');`;
    assert.deepEqual(scan(text), ['a', 'b', 'side', 'all', 'd', 'type e', 'type f', 'g', 'h', 'lazy', 'type i', 'type j']);
  });
  test('reads no comment and no string', () => {
    assert.deepEqual(scan("// import a from 'a';\n/* import 'b' */\nconst c = \"import 'c'\";\nconst d = `\nimport 'd'`; // import('e')"), []);
    assert.deepEqual(scan("const url = 'http://x'; import { y } from 'y';"), ['y']);
    assert.deepEqual(scan("const quote = /['\"`]/g; const z = 1;\nimport { y } from 'y';"), ['y']);
  });
});
