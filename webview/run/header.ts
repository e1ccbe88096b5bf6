/** The top of the panel: what runs, how far it is, how long it takes, and the buttons that steer it. */

import type { RunAction, RunFacts } from '../../src/protocol/runView.ts';
import { formatCompact, formatCount, formatDuration, formatFixed, formatPercent } from '../../src/run/format.ts';
import { t } from '../shared/connect.ts';
import { button, progressRing, type ButtonControl } from '../shared/controls.ts';
import { h, setText } from '../shared/dom.ts';
import { icon, type IconName } from '../shared/icons.ts';
import { phaseOf, type Phase } from './phase.ts';

export interface Header {
  readonly element: HTMLElement;
  update(facts: RunFacts, now: number): void;
}

export interface HeaderActions {
  act(action: RunAction, path?: string): void;
  ask(): void;
}

export function createHeader(actions: HeaderActions): Header {
  const title = h('h1', { class: 'ell' });
  const chip = h('span', { class: 'chip' });
  const buttons = h('div', { class: 'row buttons' });
  const facts = h('div', { class: 'facts' });
  const left = h('span');
  const right = h('span', { class: 'figures' });
  const fill = h('i');
  const progress = h('div', { class: 'progress', role: 'progressbar', 'aria-label': t('Progress'), 'aria-valuemin': 0, 'aria-valuemax': 100 }, fill);
  const bars = h('div', { class: 'bars' });
  const element = h('header', { class: 'head' }, h('div', { class: 'top' }, h('div', { class: 'row titles' }, title, chip), buttons), facts, h('div', { class: 'row between figures-row' }, left, right), progress, bars);

  let shownPhase = '';
  let shownFacts = '';
  let shownBars = '';
  let shownTicks = '';
  let requested: RunAction | undefined;

  return {
    element,
    update(run, now) {
      const phase = phaseOf(run, now, t);
      if (requested && phase.id !== 'training' && phase.id !== 'stalled' && phase.id !== 'paused') requested = undefined;
      if ((requested === 'pause' && phase.id === 'paused') || (requested === 'continue' && phase.id !== 'paused')) requested = undefined;
      setText(title, run.name);
      title.title = run.dir;
      const phaseKey = JSON.stringify([phase, run.blocked, requested, run.answersFrom]);
      if (phaseKey !== shownPhase) {
        shownPhase = phaseKey;
        chip.className = `chip ${phase.tone}`;
        chip.replaceChildren(phase.icon === 'loading' ? progressRing() : icon(phase.icon, 'small'), h('span', { class: 'chip-word' }, phase.label));
        buttons.replaceChildren(...buttonsOf(run, phase).map((control) => control.element));
      }
      const factsKey = JSON.stringify([run.method, run.settings, run.model, run.datasets, run.device, run.backend, run.backendReason, run.started, run.specFile]);
      if (factsKey !== shownFacts) {
        shownFacts = factsKey;
        facts.replaceChildren(...factsOf(run));
      }
      left.replaceChildren(...leftOf(run, phase));
      right.replaceChildren(...rightOf(run, phase, now));
      const percent = run.totalSteps > 0 ? Math.min(100, (run.step / run.totalSteps) * 100) : phase.id === 'completed' ? 100 : 0;
      fill.style.width = `${percent}%`;
      progress.setAttribute('aria-valuenow', String(Math.round(percent)));
      progress.setAttribute('aria-valuetext', run.totalSteps > 0 ? t('step {0} of {1}', formatCount(run.step), formatCount(run.totalSteps)) : phase.label);
      const ticksKey = JSON.stringify([run.checkpoints.map(({ step }) => step), run.totalSteps]);
      if (ticksKey !== shownTicks) {
        shownTicks = ticksKey;
        progress.replaceChildren(fill, ...ticksOf(run));
      }
      const barsKey = JSON.stringify([phase.id, run.message, run.checkpoints.at(-1)?.step, run.skippedLines, run.recordProblem, run.blocked]);
      if (barsKey !== shownBars) {
        shownBars = barsKey;
        bars.replaceChildren(...barsOf(run, phase));
      }
    },
  };

  function buttonsOf(run: RunFacts, phase: Phase): ButtonControl[] {
    const act = (action: RunAction) => () => {
      if (action === 'stop' || action === 'pause' || action === 'continue') {
        requested = action;
        shownPhase = '';
      }
      actions.act(action);
    };
    const made: ButtonControl[] = [];
    const live = phase.id === 'training' || phase.id === 'stalled' || phase.id === 'loading';
    if (live && phase.id !== 'loading') {
      const pause = button({ label: requested === 'pause' ? t('Pausing…') : t('Pause'), icon: 'pause', title: t('Wait after this step. Memory stays in use.'), onClick: act('pause') });
      if (requested) pause.setDisabled(t('Asked the trainer; it answers after this step.'));
      made.push(pause);
    }
    if (phase.id === 'paused') {
      const go = button({ label: t('Continue'), icon: 'play', look: 'primary', onClick: act('continue') });
      if (requested) go.setDisabled(t('Asked the trainer; it answers within a moment.'));
      made.push(go);
    }
    if (live || phase.id === 'paused') {
      const stop = button({ label: requested === 'stop' ? t('Stopping…') : t('Stop and Save'), icon: 'stop', title: t('End after this step and write a checkpoint, from which the run can be resumed.'), onClick: act('stop') });
      if (requested === 'stop') stop.setDisabled(t('Asked the trainer; it saves after this step.'));
      made.push(stop);
    }
    if (phase.id === 'completed' && !run.scores) made.push(button({ label: t('Ask Before and After'), icon: 'chat', look: 'primary', onClick: actions.ask }));
    // Failed and interrupted runs have the button in the line that says what happened.
    if (phase.resumable && phase.id !== 'failed' && phase.id !== 'stale') {
      const resume = button({ label: run.checkpoints.length > 0 ? t('Resume') : t('Start Again'), icon: 'play', look: 'primary', title: resumeTitle(run), onClick: act('resume') });
      if (run.blocked) resume.setDisabled(run.blocked);
      made.push(resume);
    }
    return made;
  }

  function factsOf(run: RunFacts): (Node | string)[] {
    const link = (text: string, title: string, action: RunAction, path?: string) => h('button', { class: 'btn link', title, onclick: () => actions.act(action, path) }, text);
    const out: Node[] = [h('span', {}, [run.method.label, ...run.settings].join(' · '))];
    out.push(h('span', {}, `${t('Model')} `, h('b', { title: run.model }, baseName(run.model))));
    out.push(h('span', {}, `${t('Dataset')} `, ...run.datasets.flatMap((dataset, i) => [i > 0 ? ', ' : '', link(dataset.name, dataset.path, 'openDataset', dataset.path)])));
    if (run.backend) out.push(h('span', { class: 'wide-only', title: run.backendReason }, [run.backend, run.device].filter(Boolean).join(' · ')));
    if (run.started) out.push(h('span', { class: 'wide-only' }, t('Started {0}', clock(run.started))));
    out.push(h('span', { class: 'row files' }, ...(run.specFile ? [link(t('Run spec'), run.specFile, 'openSpec')] : []), link(t('Folder'), run.dir, 'reveal')));
    return out;
  }

  function leftOf(run: RunFacts, phase: Phase): Node[] {
    if (phase.live && run.preparing) {
      const [done, total] = [formatCount(run.preparing.rows), formatCount(run.preparing.total)];
      return [h('span', { class: 'mut' }, run.preparing.what === 'rows' ? t('Preparing rows: {0} of {1}', done, total) : t('Asking the reference model: {0} of {1} rows', done, total))];
    }
    if (phase.id === 'loading' || (run.step === 0 && phase.id !== 'completed')) return [h('span', { class: 'mut' }, phase.id === 'loading' ? t('First value after the first logged step') : t('No step was done'))];
    if (phase.id === 'completed') return [h('b', {}, t('{0} steps', formatCount(run.step))), h('span', { class: 'mut' }, ` ${t('in {0}', formatDuration(run.trainedSeconds))}`)];
    const nodes: Node[] = [h('b', {}, t('Step {0}', formatCount(run.step)))];
    if (run.totalSteps > 0) nodes.push(h('span', { class: 'mut' }, ` ${t('of {0}', formatCount(run.totalSteps))}`), h('span', { class: 'mut percent' }, formatPercent(run.step / run.totalSteps)));
    return nodes;
  }

  function rightOf(run: RunFacts, phase: Phase, now: number): Node[] {
    const figures: Node[] = [];
    const figure = (value: string, unit: string, wide = false) => figures.push(h('span', { class: `mut${wide ? ' wide-only' : ''}` }, h('span', { class: 'value' }, value), ` ${unit}`));
    if (phase.id === 'stalled') figures.push(h('span', { class: 'warn' }, t('No update for {0}', formatDuration((now - run.lastEvent) / 1000))));
    else if (phase.id === 'training' && run.secondsLeft !== undefined) figure(formatDuration(run.secondsLeft), t('left'));
    if (phase.live || phase.id === 'completed') {
      if (run.tokensPerSecond !== undefined) figure(formatCount(run.tokensPerSecond), t('tokens/s'));
      if (run.secondsPerStep !== undefined && run.secondsPerStep > 0) {
        const rate = 1 / run.secondsPerStep;
        if (rate >= 1) figure(formatFixed(rate, 1), t('steps/s'), true);
        else figure(formatFixed(run.secondsPerStep, 1), t('s/step'), true);
      }
    }
    const seen = run.results.num_tokens;
    if (phase.id === 'completed' && seen !== undefined) figure(formatCompact(seen), t('tokens seen'), true);
    return figures;
  }

  function ticksOf(run: RunFacts): Node[] {
    if (run.totalSteps <= 0 || run.checkpoints.length > 40) return [];
    return run.checkpoints.map(({ step }) => {
      const tick = h('u', { title: t('Checkpoint, step {0}', formatCount(step)) });
      tick.style.left = `${Math.min(100, (step / run.totalSteps) * 100)}%`;
      return tick;
    });
  }

  function barsOf(run: RunFacts, phase: Phase): Node[] {
    const bar = (kind: '' | 'is-warning' | 'is-error', symbol: IconName, text: string, ...controls: ButtonControl[]) =>
      h('div', { class: `bar-message ${kind}`, role: kind === 'is-error' ? 'alert' : 'status' }, icon(symbol, kind === 'is-error' ? 'err' : kind ? 'warn' : 'info'), h('span', { class: 'grow' }, text), ...controls.map((control) => control.element));
    const openLog = () => button({ label: t('Open Log'), onClick: () => actions.act('openLog') });
    const resume = () => {
      const control = button({ label: resumeLabel(run), look: 'primary', onClick: () => actions.act('resume') });
      if (run.blocked) control.setDisabled(run.blocked);
      return control;
    };
    const out: Node[] = [];
    if (phase.id === 'completed' && run.message) out.push(bar('', 'info', run.message));
    if (phase.id === 'failed') out.push(bar('is-error', 'error', `${run.message || t('The run failed.')} ${savedText(run)}`, openLog(), resume()));
    if (phase.id === 'stale') out.push(bar('is-warning', 'warning', `${t('The trainer ended without a word: killed, or the machine was shut down.')} ${savedText(run)}`, openLog(), resume()));
    if (phase.id === 'stalled') out.push(bar('is-warning', 'warning', t('Nothing was logged for much longer than a step takes. The trainer is still there.'), openLog()));
    if (run.skippedLines.count > 0) {
      const example = run.skippedLines.examples[0];
      out.push(bar('is-warning', 'warning', `${run.skippedLines.count === 1 ? t('1 line of events.jsonl could not be read and was left out') : t('{0} lines of events.jsonl could not be read and were left out', formatCount(run.skippedLines.count))}${example ? `: ${example}` : '.'}`, button({ label: t('Open events.jsonl'), onClick: () => actions.act('openEvents') })));
    }
    if (run.recordProblem !== null) out.push(bar('is-warning', 'warning', run.recordProblem));
    if (run.blocked && phase.resumable) out.push(bar('', 'info', run.blocked, button({ label: t('Manage Workspace Trust'), onClick: () => actions.act('manageTrust') })));
    return out;
  }
}

function savedText(run: RunFacts): string {
  const step = run.checkpoints.at(-1)?.step;
  return step === undefined ? t('Nothing had been saved yet.') : t('Saved up to step {0}.', formatCount(step));
}

function resumeLabel(run: RunFacts): string {
  const step = run.checkpoints.at(-1)?.step;
  return step === undefined ? t('Start Again') : t('Resume from {0}', formatCount(step));
}

function resumeTitle(run: RunFacts): string {
  const step = run.checkpoints.at(-1)?.step;
  return step === undefined ? t('No checkpoint was written: training starts from step 0.') : t('Training goes on from the checkpoint of step {0}.', formatCount(step));
}

function baseName(path: string): string {
  return path.replace(/[\\/]+$/, '').split(/[\\/]/).at(-1) ?? path;
}

/** Today's times without their date. */
function clock(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const today = new Date().toDateString() === date.toDateString();
  return today ? date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' }) : date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
