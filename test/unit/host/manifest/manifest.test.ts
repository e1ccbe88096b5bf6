/** The manifest's tables: nothing that refers to something missing, every text a key, every clause about something we set. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { checks } from '../../../../src/dataset/checks/index.ts';
import { commands } from '../../../../src/host/manifest/commands.ts';
import { contributions } from '../../../../src/host/manifest/index.ts';
import { menus } from '../../../../src/host/manifest/menus.ts';
import { settings, type SettingSpec } from '../../../../src/host/manifest/settings.ts';
import { viewContainer, viewsWelcome } from '../../../../src/host/manifest/views.ts';
import { walkthrough } from '../../../../src/host/manifest/walkthroughs.ts';

const { manifest, nls } = contributions();

describe('the manifest', () => {
  test('every %key% has a text and every text is used', () => {
    const used = new Set([...JSON.stringify(manifest).matchAll(/%([^%"]+)%/g)].map((match) => match[1]!));
    assert.deepEqual([...used].filter((key) => !(key in nls)), []);
    assert.deepEqual(Object.keys(nls).filter((key) => !used.has(key)), []);
  });

  test('a command with a button in a title bar has an icon', () => {
    for (const location of ['editor/title', 'view/title'] as const) {
      for (const item of menus[location]) {
        if (item.group?.startsWith('navigation')) assert.ok('icon' in commands[item.command], `${item.command} is a button without an icon`);
      }
    }
  });

  test('texts for people link only to commands that exist', () => {
    const texts = [...viewsWelcome.map((welcome) => welcome.contents), ...walkthrough.steps.map((step) => step.description)];
    for (const [, id] of texts.join(' ').matchAll(/\(command:(posttrain\.[\w.]+)/g)) assert.ok(id! in commands, id);
  });

  test('files that it names are there', () => {
    for (const path of [viewContainer.icon, ...walkthrough.steps.map((step) => `media/walkthrough/${step.media}.md`)]) assert.ok(existsSync(path), path);
  });

  test('settings that name a program are out of reach of an untrusted workspace', () => {
    const paths = Object.keys(settings).filter((id) => id.endsWith('path'));
    assert.ok(paths.length > 0);
    for (const id of paths) {
      const spec: SettingSpec = settings[id as keyof typeof settings];
      assert.equal(spec.restricted, true, id);
      assert.equal(spec.scope, 'machine-overridable', id);
    }
    assert.deepEqual((manifest.capabilities as { untrustedWorkspaces: { restrictedConfigurations: string[] } }).untrustedWorkspaces.restrictedConfigurations, paths);
  });

  test('every check has its level in the settings, and nothing else has', () => {
    const { properties } = (manifest.contributes.configuration as { properties: Record<string, { scope: string; properties: Record<string, { enum: string[]; description: string }> }> });
    const { scope, properties: levels } = properties['posttrain.checks']!;
    assert.equal(scope, 'resource');
    assert.deepEqual(Object.keys(levels), checks.ids);
    for (const [id, level] of Object.entries(levels)) assert.deepEqual([level.enum, nls[level.description.slice(1, -1)]], [['error', 'warning', 'info', 'off'], checks.find(id).title]);
  });

  test('no activation event that VS Code works out by itself', () => {
    assert.deepEqual(manifest.activationEvents.filter((event) => /^(\*|onCommand:|onView:|onCustomEditor:|onStartupFinished)/.test(event)), []);
  });
});
