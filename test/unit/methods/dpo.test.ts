/** What DPO's settings may be, alone and together, as TRL's DPOTrainer refuses them. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRunSpec } from '../../../src/run/spec.ts';

const head = 'method: dpo\nmodel_name_or_path: m\ndataset: d.jsonl\noutput_dir: o\n';

/** "severity: text it stands at: message" */
function told(lines: string): string[] {
  const text = head + lines;
  return parseRunSpec(text).problems.map(({ severity, start, end, message }) => `${severity}: ${text.slice(start, end)}: ${message}`);
}

describe('settings of dpo', () => {
  const good = [
    'loss_type: ipo',
    'loss_type: [sigmoid, bco_pair, sft]\nloss_weights: [0.8, 0.2, 1]',
    'loss_type: robust\nlabel_smoothing: 0.1',
    'loss_type: exo_pair\nlabel_smoothing: 0.001',
    'f_divergence_type: alpha_divergence\nf_alpha_divergence_coef: 0.7\nloss_type: [hinge, sft]',
    'ld_alpha: null\nuse_weighting: true\ndisable_dropout: false',
    'ld_alpha: 1',
  ];
  for (const lines of good) test(`takes ${lines.replaceAll('\n', ', ')}`, () => assert.deepEqual(told(lines), []));

  const bad: [lines: string, ...told: RegExp[]][] = [
    ['loss_type: sigmoidal', /^error: sigmoidal: "sigmoidal" is no value of "loss_type"\. Did you mean "sigmoid"/],
    ['loss_type: [sigmoid, kto]', /^error: kto: "kto" is no value of "loss_type\[1\]"/],
    ['loss_type: []', /^error: .*empty list/],
    ['loss_type: [sigmoid, sft]\nloss_weights: [1]', /^error: loss_weights: .*1 numbers and "loss_type" 2 types/],
    ['loss_weights: [1, 2]', /^error: loss_weights: .*2 numbers and "loss_type" 1 types/],
    ['loss_type: [sigmoid, nca_pair]\nf_divergence_type: forward_kl', /^error: f_divergence_type: .*not with nca_pair/],
    ['loss_type: aot\nuse_weighting: true', /^error: use_weighting: .*cannot be used with aot,/],
    ['loss_type: robust\nlabel_smoothing: 0.5', /^error: label_smoothing: .*below 0\.5 for robust, not 0\.5/],
    ['loss_type: exo_pair', /^error: loss_type: exo_pair needs a "label_smoothing" above 0/],
    ['loss_type: exo_pair\nlabel_smoothing: 0', /^error: label_smoothing: exo_pair needs/],
    ['label_smoothing: -0.1', /^error: -0\.1: .*at least 0/],
    ['ld_alpha: 1.5', /^error: 1\.5: .*at most 1/],
    ['label_smoothing: 0.1', /^warning: label_smoothing: .*no effect without one of robust, exo_pair, aot, aot_unpaired/],
    ['discopop_tau: 0.1', /^warning: discopop_tau: .*no effect without discopop/],
    ['f_alpha_divergence_coef: 0.1', /^warning: f_alpha_divergence_coef: .*no effect without f_divergence_type/],
  ];
  for (const [lines, ...wanted] of bad) {
    test(`says what is wrong with ${lines.replaceAll('\n', ', ')}`, () => {
      const problems = told(lines);
      assert.equal(problems.length, wanted.length, problems.join('\n'));
      wanted.forEach((pattern, i) => assert.match(problems[i]!, pattern));
    });
  }
});
