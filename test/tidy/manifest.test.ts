/** The manifest: up to date with its tables, every name leads somewhere, every text can be translated. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertFinds, assertHolds, root } from './repository.ts';
import { manifestFilesRule, manifestRule } from './rules/manifest.ts';

describe('generated files', () => {
  test('are up to date (else: npm run generate)', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['src/build/generate.mjs', '--check'], { encoding: 'utf8' });
    assert.equal(status, 0, `\n${stdout}${stderr}`);
  });
});

describe('the manifest', () => {
  test('holds together', () => assertHolds(manifestRule));
  test('points to files that are there', () => assertHolds(manifestFilesRule((path) => existsSync(join(root, path)))));

  const broken = (contributes: object, nls: object = {}, rest: object = {}) => ({ 'package.json': JSON.stringify({ ...rest, contributes }), 'package.nls.json': JSON.stringify(nls) });
  test('a command needs a name of ours and a title', () => {
    assertFinds(manifestRule, broken({ commands: [{ command: 'train', title: '%t%' }, { command: 'posttrain.stop' }] }, { t: 'Train' }), /train is not named posttrain/, /posttrain\.stop has no title/);
  });
  test('a menu or key without a command is a finding', () => {
    assertFinds(manifestRule, broken({ menus: { 'view/title': [{ command: 'posttrain.gone' }] }, keybindings: [{ command: 'posttrain.lost' }] }), /posttrain\.gone/, /posttrain\.lost/);
  });
  test('a setting has a name, a default and a description', () => {
    const setting = (spec: object, id = 'posttrain.editor.wrapEnabled') => broken({ configuration: { properties: { [id]: spec } } }, { d: 'x' });
    assertFinds(manifestRule, setting({ type: 'boolean', markdownDescription: '%d%' }), /has no default/);
    assertFinds(manifestRule, setting({ type: 'boolean', default: true, markdownDescription: '%d%' }, 'posttrain.editor.wrap'), /ends in "enabled"/);
    assertFinds(manifestRule, setting({ type: 'string', default: '', markdownDescription: '%d%' }, 'posttrain.node.path'), /machine-overridable/);
  });
  test('a text outside package.nls.json, a missing and an unused one are findings', () => {
    assertFinds(manifestRule, broken({ commands: [{ command: 'posttrain.a', title: 'Start Run' }] }), /"Start Run": a text that a person reads/);
    assertFinds(manifestRule, broken({ commands: [{ command: 'posttrain.a', title: '%a%' }] }), /%a%, which package\.nls\.json does not have/);
    assertFinds(manifestRule, broken({}, { a: 'A' }), /has a, which nothing uses/);
  });
  test('wide activation is a finding', () => assertFinds(manifestRule, broken({}, {}, { activationEvents: ['*', 'onCommand:posttrain.a'] }), /event \* is/, /onCommand/));
  test('a missing icon is a finding', () => assertFinds(manifestFilesRule(() => false), { 'package.json': '{"icon": "media/icon.png"}' }, /media\/icon\.png, which is not there/));
});
