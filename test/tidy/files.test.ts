/** Files: first sentence, length, names, the top level, no path of one machine, no forgotten test. */

import os from 'node:os';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { assertAccepts, assertFinds, assertHolds, root } from './repository.ts';
import { headerRule, lengthRule, machinePathRule, nameRule, testRule, topLevelRule } from './rules/files.ts';

describe('every source file says what it is for', () => {
  test('holds in the repository', () => assertHolds(headerRule));
  test('fails without a sentence', () => {
    assertFinds(headerRule, { 'src/run/a.ts': 'export {};', 'src/run/b.ts': '/** Stuff */\n', 'webview/run/c.css': 'a {}' }, /a\.ts does not begin/, /b\.ts: its first comment is no sentence/, /c\.css does not begin/);
    assertAccepts(headerRule, { 'src/a.mjs': '#!/usr/bin/env node\n/** Starts it. */', 'webview/run/b.css': '/* The run panel. */', 'src/c.ts': '/**\n * Two lines:\n * of it.\n */' });
  });
});

describe('no file is long', () => {
  test('holds in the repository', () => assertHolds(lengthRule));
  test('fails above 600 lines', () => {
    assertFinds(lengthRule, { 'src/run/a.ts': 'x\n'.repeat(601) }, /has 601 lines/);
    assertAccepts(lengthRule, { 'src/run/a.ts': 'x\n'.repeat(600) });
  });
});

describe('names say something', () => {
  test('holds in the repository', () => assertHolds(nameRule));
  test('fails for names that could hold anything, and for other spellings', () => {
    assertFinds(nameRule, { 'src/utils/a.ts': '', 'src/run/runManager.ts': '', 'src/run/Run.ts': '', 'src/run/a-b.ts': '' }, /src\/utils\/: "utils"/, /"Manager" says nothing/, /Run\.ts: file names/, /a-b\.ts/);
    assertAccepts(nameRule, { 'src/host/datasetEditor/commonality.ts': '', 'test/unit/run.test.ts': '', 'src/backend/wasm/webAssembly.d.ts': '' });
  });
});

describe('the top level stays as it was asked for', () => {
  test('holds in the repository', () => assertHolds(topLevelRule));
  test('fails for anything else', () => assertFinds(topLevelRule, { 'scripts/a.mjs': '', 'src/a.ts': '', 'package.nls.de.json': '' }, /scripts lies at the top/));
});

describe('no path of one machine', () => {
  const places = [root, dirname(root), os.homedir()].filter((place) => place.length > 1);
  test('holds in the repository', () => assertHolds(machinePathRule(places)));
  test('fails for a home folder or the folder of a clone', () => {
    const rule = machinePathRule(['/build/place']);
    assertFinds(rule, { 'src/a.ts': "const x = '/build/place/y';", 'b.md': `see /home/${'ann'}/x` }, /a\.ts:1 names a path of one machine: \/build\/place/, /b\.md:1/);
    assertAccepts(rule, { 'src/a.ts': "import 'src/build/place.ts'; // /build/places" });
  });
});

describe('no test is left out', () => {
  test('holds in the repository', () => assertHolds(testRule));
  test('fails for only and for a skip without a reason', () => {
    assertFinds(testRule, { 'test/unit/a.test.ts': `test.${'only'}('x', f);\nt${'est'}('y', { skip: ${'true'} }, f);` }, /a\.test\.ts:1 .*others would not run/, /a\.test\.ts:2 .*command that brings it/);
  });
});
