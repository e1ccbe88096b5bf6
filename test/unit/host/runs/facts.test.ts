/** What the window says about a run, from its record and its events. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runFacts } from '../../../../src/host/runs/facts.ts';
import type { RunRecord } from '../../../../src/run/directory.ts';
import { createRunView } from '../../../../src/run/series.ts';

const record = { spec: { method: 'sft', model_name_or_path: '/m/tiny-base', dataset: [{ path: '/d/train.jsonl', weight: 1 }], backend: 'auto', params: { learning_rate: 5e-4, per_device_train_batch_size: 4, gradient_accumulation_steps: 2, logging_steps: 5, use_peft: true, lora_r: 16 } } } as unknown as RunRecord;
const base = { dir: '/w/runs/capitals-sft/', record, recordProblem: null, skipped: { count: 0, examples: [] }, specFile: undefined, hasFinal: false, blocked: undefined };

describe('facts of a run', () => {
  test('before its first event they come from run.json', () => {
    const facts = runFacts({ ...base, summary: createRunView().summary(), status: 'running' });
    assert.equal(facts.name, 'capitals-sft');
    assert.equal(facts.method.label, 'Supervised fine-tuning (SFT)');
    assert.deepEqual(facts.settings, ['LoRA r 16', 'learning rate 5.0e\u22124', 'batch 8']);
    assert.deepEqual(facts.datasets, [{ name: 'train.jsonl', path: '/d/train.jsonl' }]);
    assert.equal(facts.loggingSteps, 5);
    assert.equal(facts.answersFrom, undefined);
  });

  test('answers come from the newest checkpoint, and from the result once it is complete', () => {
    const view = createRunView();
    view.add([
      { type: 'started', time: '2026-01-01T00:00:00Z', pid: 1, host: 'h', method: 'sft', backend: 'wasm', device: 'CPU', reason: '', versions: {}, total_steps: 100, resumed_from: null },
      { type: 'checkpoint', time: '2026-01-01T00:00:10Z', step: 50, path: 'checkpoints/step-000050' },
    ]);
    assert.equal(runFacts({ ...base, summary: view.summary(), status: 'running', hasFinal: true }).answersFrom, 'checkpoints/step-000050');
    assert.equal(runFacts({ ...base, summary: view.summary(), status: 'completed', hasFinal: true }).answersFrom, 'final');
  });

  test('a reward model scores, and there is nothing to ask', () => {
    const view = createRunView();
    const of = (method: string) => runFacts({ ...base, record: { ...record, spec: { ...record.spec, method } } as RunRecord, summary: view.summary(), status: 'completed', hasFinal: true }).scores;
    assert.deepEqual(['reward', 'dpo', 'unheard-of'].map(of), [true, false, false]);
  });

  test('a run whose run.json cannot be read still has a name', () => {
    const facts = runFacts({ ...base, record: undefined, recordProblem: '/runs/x/run.json was written by another version.', summary: createRunView().summary(), status: 'created' });
    assert.match(facts.recordProblem!, /another version/);
    assert.equal(facts.name, 'capitals-sft');
    assert.deepEqual(facts.datasets, []);
  });
});
