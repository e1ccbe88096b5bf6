/** Every key of TRL 1.16 and transformers is known here: honoured, ignored, refused, or sent to its method. None is "unknown". */

import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { methods, paramsOf } from '../../../src/methods/index.ts';
import { parseRunSpec } from '../../../src/run/spec.ts';
import { trlKeyFate, trlKeyNames } from '../../../src/run/trlKeys.ts';
import { keys } from '../../fixtures/run/trl-keys.json';

const spec = 'method: sft\nmodel_name_or_path: m\ndataset: d\noutput_dir: o\n';
const all = Object.entries(keys).flatMap(([from, names]) => names.map((name) => ({ from, name })));

describe('keys of TRL', () => {
  for (const method of methods.ids) {
    test(`in a spec of ${method}`, () => {
      for (const { from, name } of all) {
        if (['model_name_or_path', 'output_dir', 'datasets'].includes(name)) continue;
        const codes = parseRunSpec(`${spec.replace('sft', method)}${name}: 17\n`).problems.map((p) => p.code);
        assert.ok(!codes.includes('spec-unknown-key'), `${from}.${name}: ${codes.join()}`);
      }
    });
  }
  test('a key of a config that is the method\'s own never belongs to another one', () => {
    for (const [method, names] of [['sft', keys.sft], ['dpo', [...keys.dpo, ...keys.TrainingArguments]]] as const) {
      for (const name of names) {
        const codes = parseRunSpec(`${spec.replace('sft', method)}${name}: 17\n`).problems.map((p) => p.code);
        assert.ok(!codes.includes('spec-other-method-key'), `${method}: ${name}`);
      }
    }
  });
  test('removed names are none that TRL still has, and their successors exist', () => {
    const living = new Set(all.map((k) => k.name));
    for (const name of trlKeyNames()) {
      const fate = trlKeyFate(name)!;
      if (fate.fate !== 'removed') continue;
      assert.ok(!living.has(name), `${name} is alive`);
      const known = new Set([...living, ...methods.ids.flatMap((id) => paramsOf(id).map((p) => p.name))]);
      if (fate.successor) assert.ok(known.has(fate.successor), `${name} → ${fate.successor}`);
      else assert.ok(fate.reason, name);
    }
  });
  test('reasons are sentences', () => {
    for (const name of trlKeyNames()) {
      const { reason, fate } = trlKeyFate(name)!;
      if (fate !== 'removed') assert.match(reason, /\.$/, name);
    }
  });
  test('names of Object.prototype are no keys', () => {
    assert.equal(trlKeyFate('constructor'), undefined);
    const codes = parseRunSpec(`${spec}constructor: 1\n__proto__: 2\ntoString: 3\n`).problems.map((p) => p.code);
    assert.deepEqual(codes, ['spec-unknown-key', 'spec-unknown-key', 'spec-unknown-key']);
  });
});
