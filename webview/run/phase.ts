/** What a run is doing, as a person would say it: its status and, while it lives, whether anything still comes from it. Pure. */

import type { RunFacts } from '../../src/protocol/runView.ts';

export interface Phase {
  id: 'starting' | 'loading' | 'training' | 'stalled' | 'paused' | 'completed' | 'stopped' | 'failed' | 'stale';
  /** English; the caller translates by the key of this text. */
  label: string;
  /** Names of shared/icons.ts, written out: this file knows no page. */
  icon: 'clock' | 'loading' | 'play' | 'pause' | 'check' | 'stop' | 'error' | 'warning';
  tone: '' | 'info' | 'ok' | 'warn' | 'err';
  /** A trainer works on it. */
  live: boolean;
  resumable: boolean;
}

/** Nothing for ten times the usual interval, and at least twenty seconds: evaluation and sampling take longer than a step. */
function isStalled(facts: Pick<RunFacts, 'secondsPerStep' | 'lastEvent' | 'step'>, loggingSteps: number, now: number): boolean {
  if (facts.secondsPerStep === undefined || facts.lastEvent === 0) return false;
  return now - facts.lastEvent > Math.max(20_000, facts.secondsPerStep * loggingSteps * 10_000);
}

export function phaseOf(facts: RunFacts, now: number, translate: (text: string) => string = (text) => text): Phase {
  const phase = (id: Phase['id'], label: string, icon: Phase['icon'], tone: Phase['tone'], live = false, resumable = false): Phase => ({ id, label: translate(label), icon, tone, live, resumable });
  switch (facts.status) {
    case 'created':
      return phase('starting', 'Not started', 'clock', '', false, true);
    case 'running':
      if (facts.step === 0 && facts.secondsPerStep === undefined) return phase('loading', 'Loading', 'loading', 'info', true);
      if (isStalled(facts, facts.loggingSteps, now)) return phase('stalled', 'No update', 'clock', 'warn', true);
      return phase('training', 'Running', 'play', 'info', true);
    case 'paused':
      return phase('paused', 'Paused', 'pause', 'warn', true);
    case 'completed':
      return phase('completed', 'Finished', 'check', 'ok');
    case 'stopped':
      return phase('stopped', 'Stopped', 'stop', '', false, true);
    case 'failed':
      return phase('failed', 'Failed', 'error', 'err', false, true);
    case 'stale':
      return phase('stale', 'Interrupted', 'warning', 'warn', false, true);
  }
}
