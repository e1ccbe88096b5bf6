/** Small decisions of the run panel: phases, changed words, the question inside a prompt. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RunFacts } from '../../../../src/protocol/runView.ts';
import { phaseOf } from '../../../../webview/run/phase.ts';
import { visiblePrompt } from '../../../../webview/run/promptText.ts';
import { diffWords } from '../../../../webview/run/wordDiff.ts';

const facts = (change: Partial<RunFacts>) => ({ status: 'running', step: 100, secondsPerStep: 0.2, loggingSteps: 10, lastEvent: 1_000_000, ...change }) as RunFacts;

describe('phases', () => {
  test('loading until the first step, then training', () => {
    assert.equal(phaseOf(facts({ step: 0, secondsPerStep: undefined }), 1_000_000).id, 'loading');
    assert.equal(phaseOf(facts({}), 1_005_000).id, 'training');
  });

  test('stalled after ten times the usual interval, never before twenty seconds', () => {
    assert.equal(phaseOf(facts({}), 1_019_000).id, 'training');
    assert.equal(phaseOf(facts({}), 1_021_000).id, 'stalled');
    assert.equal(phaseOf(facts({ secondsPerStep: 1 }), 1_099_000).id, 'training');
    assert.equal(phaseOf(facts({ secondsPerStep: 1 }), 1_101_000).id, 'stalled');
  });

  test('what can be resumed is what ended without being complete', () => {
    const resumable = (['created', 'running', 'paused', 'completed', 'stopped', 'failed', 'stale'] as const).filter((status) => phaseOf(facts({ status }), 1_000_000).resumable);
    assert.deepEqual(resumable, ['created', 'stopped', 'failed', 'stale']);
  });
});

describe('changed words', () => {
  const marked = (a: string, b: string) => diffWords(a, b).map(({ kind, text }) => (kind === 'same' ? text : kind === 'added' ? `[+${text}]` : `[-${text}]`)).join('');

  test('only what differs is marked', () => {
    assert.equal(marked('The capital is Sydney.', 'The capital is Canberra.'), 'The capital is [-Sydney][+Canberra].');
    assert.equal(marked('same', 'same'), 'same');
    assert.equal(marked('', 'new'), '[+new]');
  });

  test('both texts can be read back from the parts', () => {
    const [a, b] = ['Der Fluss  ist\nlang, sehr lang.', 'Ein Fluss ist lang!'];
    const parts = diffWords(a, b);
    assert.equal(parts.filter((part) => part.kind !== 'added').length > 0, true);
    assert.equal(parts.filter((part) => part.kind !== 'removed').map((part) => part.text).join(''), b);
  });

  test('scripts without spaces are compared character by character; very long texts as wholes', () => {
    assert.equal(marked('首都是悉尼', '首都是堪培拉'), '首都是[-悉尼][+堪培拉]');
    const long = 'word '.repeat(5000);
    assert.equal(diffWords(long, `${long}x`).length, 2);
  });
});

describe('prompts', () => {
  test('the last turn is shown, without the marks of the template', () => {
    assert.equal(visiblePrompt('<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhat is 2+2?<|im_end|>\n<|im_start|>assistant\n'), 'What is 2+2?');
    assert.equal(visiblePrompt('<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n'), 'Hi');
    assert.equal(visiblePrompt('The capital of France is '), 'The capital of France is');
  });
});
