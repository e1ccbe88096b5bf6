/** Dependencies: allowed, pinned, licensed; lockfiles without addresses. */

import { describe, test } from 'node:test';
import { assertAccepts, assertFinds, assertHolds, repository } from './repository.ts';
import { dependencyRule, lockfileRule } from './rules/packages.ts';

const real = () => repository().filter(({ path }) => path === 'package.json' || path === 'package-lock.json');
/** The real files with one change. */
function changed(change: (manifest: { dependencies: Record<string, string> }, lock: { packages: Record<string, Record<string, unknown>> }) => void): Record<string, string> {
  const [lock, manifest] = real().sort((a, b) => (a.path < b.path ? -1 : 1)).map(({ text }) => JSON.parse(text));
  change(manifest, lock);
  return { 'package.json': JSON.stringify(manifest), 'package-lock.json': JSON.stringify(lock) };
}

describe('dependencies', () => {
  test('hold in the repository', () => assertHolds(dependencyRule));
  test('a new one, a range and a removed one are findings', () => {
    assertFinds(dependencyRule, changed((manifest) => (manifest.dependencies['left-pad'] = '1.3.0')), /left-pad is not in the list/);
    assertFinds(dependencyRule, changed((manifest) => (manifest.dependencies.yaml = '^2.9.1')), /yaml is "\^2\.9\.1": pin/);
    assertFinds(dependencyRule, changed((manifest) => delete manifest.dependencies.uplot), /uplot is listed .* not a dependency any more/);
  });
  test('another licence is a finding, also deep down', () => {
    assertFinds(dependencyRule, changed((_, lock) => (lock.packages['node_modules/yaml']!.license = 'MIT')), /yaml is under MIT, not ISC/);
    assertFinds(dependencyRule, changed((_, lock) => (lock.packages['node_modules/deep'] = { version: '1.0.0', license: 'GPL-3.0' })), /deep is under "GPL-3\.0"/);
  });
});

describe('lockfiles', () => {
  test('hold in the repository', () => assertHolds(lockfileRule));
  test('an address, a missing checksum and a missing package are findings', () => {
    const lock = (entry: object) => ({ 'test/x/package-lock.json': JSON.stringify({ packages: { '': {}, 'node_modules/a': entry } }) });
    assertFinds(lockfileRule, lock({ version: '1.0.0', integrity: 'sha512-x', resolved: 'https://registry.example/a.tgz' }), /address it was downloaded from/);
    assertFinds(lockfileRule, lock({ version: '1.0.0' }), /has no checksum/);
    assertFinds(lockfileRule, lock({ version: '1.0.0', integrity: 'sha512-x', optionalDependencies: { '@b/darwin': '1' } }), /needs @b\/darwin, which is not locked/);
    assertAccepts(lockfileRule, lock({ version: '1.0.0', integrity: 'sha512-x' }));
  });
});
