/** A run on the terminal: one line with a bar and the falling loss that is redrawn, or plain lines where output is piped. */

import { basename } from 'node:path';
import type { RunEvent } from '../../run/event.ts';
import { formatCompact, formatCount, formatDuration } from '../../run/format.ts';
import { compareMetrics, describeMetric, formatMetric } from '../../run/metrics.ts';
import { createRunView } from '../../run/series.ts';
import { oneLine } from '../../core/text.ts';
import type { CliContext } from './command.ts';

export interface Progress {
  show(events: readonly RunEvent[]): void;
  /** Removes the live line. */
  end(): void;
}

export function createProgress(context: Pick<CliContext, 'print' | 'stdout' | 'color'>): Progress {
  const { print, stdout, color } = context;
  const view = createRunView();
  const { live } = stdout;
  let drawn = false;
  const paint = (code: string, text: string) => (color ? `\u001B[${code}m${text}\u001B[0m` : text);
  const erase = () => {
    if (drawn) print('\r\u001B[2K');
    drawn = false;
  };
  const line = (text: string) => {
    erase();
    print(`${text}\n`);
  };

  const showEvent = (event: RunEvent) => {
    switch (event.type) {
      case 'preparing': {
        const what = event.what === 'rows' ? `Preparing the rows of ${basename(event.path)}` : 'Asking the reference model';
        const words = `${what}: ${formatCount(event.rows)} of ${formatCount(event.total)}`;
        if (!live) return line(words);
        erase();
        print(words.slice(0, stdout.columns - 1));
        drawn = true;
        return;
      }
      case 'started':
        return line(`${event.method} on ${event.backend} (${event.device}), ${event.total_steps} steps${event.resumed_from === null ? '' : `, from step ${event.resumed_from}`}`);
      case 'metrics':
        if (!live) line(stepLine(event.step));
        return;
      case 'evaluation':
        return line(`step ${event.step}  ${metricWords(event.metrics, Object.keys(event.metrics).filter((name) => describeMetric(name).hidden !== true))}`);
      case 'checkpoint':
        return line(paint('2', `step ${event.step}  saved ${event.path}`));
      case 'warning':
        return line(`${paint('33', 'warning')} ${event.message}`);
      case 'sample':
        return line(paint('2', `step ${event.step}  ${oneLine(event.prompt, 60)} → ${oneLine(event.completion, 80)}`));
      case 'paused':
        return line(`paused at step ${event.step}`);
      case 'resumed':
      case 'finished':
        return;
    }
  };
  const stepLine = (step: number) => {
    const summary = view.summary();
    const names = ['loss', 'learning_rate', 'grad_norm', ...view.metricNames().filter((name) => !name.startsWith('eval_') && !describeMetric(name).hidden && describeMetric(name).group !== 'speed' && !['loss', 'learning_rate', 'grad_norm'].includes(name))];
    return [`step ${step}${summary.totalSteps ? `/${summary.totalSteps}` : ''}`, metricWords(summary.latest, names.slice(0, 5)), speedWords()].filter(Boolean).join('  ');
  };
  const speedWords = () => {
    const { tokensPerSecond, secondsLeft } = view.summary();
    return [tokensPerSecond === null ? '' : `${formatCompact(tokensPerSecond)} tokens/s`, secondsLeft === null ? '' : `${formatDuration(secondsLeft)} left`].filter(Boolean).join('  ');
  };
  const draw = () => {
    const { step, totalSteps, latest, status } = view.summary();
    if (totalSteps === 0 || status !== 'running') return;
    const loss = latest.loss === undefined ? '' : `loss ${formatMetric(latest.loss, describeMetric('loss'))} `;
    const room = stdout.columns - 1;
    const parts = (spark: number) => [`${step}/${totalSteps}`, `${loss}${sparkline(view.points('loss', 400).values, spark)}`.trim(), speedWords()].filter(Boolean).join('  ');
    const words = [16, 8, 0].map(parts).find((text) => text.length + 11 <= room) ?? parts(0);
    const width = Math.max(0, Math.min(30, room - words.length - 1));
    const filled = Math.round(Math.min(1, step / totalSteps) * width);
    erase();
    print(`${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${words}`.slice(0, room));
    drawn = true;
  };

  if (live) {
    print('Loading the model and the rows …');
    drawn = true;
  }
  return {
    show(events) {
      for (const event of events) {
        view.add([event]);
        showEvent(event);
      }
      if (live && events.length > 0) draw();
    },
    end: erase,
  };
}

function metricWords(metrics: Record<string, number>, names: readonly string[]): string {
  return names
    .filter((name) => metrics[name] !== undefined)
    .sort((a, b) => (names.includes('loss') ? 0 : compareMetrics(a, b)))
    .map((name) => `${name} ${plainDigits(formatMetric(metrics[name]!, describeMetric(name)))}`)
    .join('  ');
}

/** Terminal output is copied into other programs: an ASCII minus. */
function plainDigits(text: string): string {
  return text.replaceAll('\u2212', '-');
}

/** The course of the values in `width` characters, each the mean of its part. */
export function sparkline(values: readonly number[], width: number): string {
  const finite = values.filter(Number.isFinite);
  if (finite.length < 2 || width < 1) return '';
  const columns = Math.min(width, finite.length);
  const means = Array.from({ length: columns }, (_, i) => {
    const part = finite.slice(Math.floor((i * finite.length) / columns), Math.floor(((i + 1) * finite.length) / columns));
    return part.reduce((a, b) => a + b, 0) / part.length;
  });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const bars = '▁▂▃▄▅▆▇█';
  return means.map((mean) => bars[high === low ? 0 : Math.round(((mean - low) / (high - low)) * (bars.length - 1))]).join('');
}
