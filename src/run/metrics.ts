/** What is known about each metric by its TRL name: label, unit, how to print it, which chart it belongs to. Unknown ones get a sensible default. */

import { defineRegistry } from '../core/registry.ts';
import { formatBytes, formatCount, formatDuration, formatNumber, formatPercent, formatScientific } from './format.ts';

export type MetricFormat = 'number' | 'exponent' | 'integer' | 'percent' | 'seconds' | 'bytes';

/** Charts in the order in which they are shown. */
const metricGroups = ['loss', 'rewards', 'accuracy', 'logps', 'policy', 'completions', 'optimizer', 'speed', 'other', 'evaluation'] as const;
export type MetricGroup = (typeof metricGroups)[number];

export interface Metric {
  /** TRL's name, as it stands in the events. */
  readonly id: string;
  readonly label: string;
  readonly format: MetricFormat;
  readonly group: MetricGroup;
  /** Which way is good, where there is one. */
  readonly better?: 'lower' | 'higher';
  /** Shown behind the value: `tokens/s`. */
  readonly unit?: string;
  /** One line that a student understands. */
  readonly description: string;
  /** No chart of its own: it counts up, or is the axis. */
  readonly hidden?: boolean;
}

export const metricRegistry = defineRegistry('metric', [
  { id: 'loss', label: 'Loss', format: 'number', group: 'loss', better: 'lower', description: 'What training makes smaller; it should fall. In SFT: how surprised the model is by the answers it is to learn.' },
  { id: 'policy_loss', label: 'Policy loss', format: 'number', group: 'loss', description: 'The part of the loss that follows the rewards.' },
  { id: 'nll_loss', label: 'Loss of chosen', format: 'number', group: 'loss', better: 'lower', description: 'How surprised the model is by the chosen answers; it should fall.' },
  { id: 'train_loss', label: 'Mean loss of the run', format: 'number', group: 'loss', better: 'lower', hidden: true, description: 'Mean of the loss over all steps.' },
  { id: 'entropy', label: 'Entropy', format: 'number', group: 'policy', description: 'How undecided the model is between next tokens, in nats.' },

  { id: 'reward', label: 'Reward', format: 'number', group: 'rewards', better: 'higher', description: 'Mean reward of the completions.' },
  { id: 'reward_std', label: 'Spread of rewards', format: 'number', group: 'rewards', description: 'Standard deviation of the rewards within a group; without spread nothing is learnt.' },
  { id: 'frac_reward_zero_std', label: 'Groups without spread', format: 'percent', group: 'rewards', better: 'lower', description: 'Share of the groups in which every completion got the same reward: they teach nothing.' },
  { id: 'rewards/chosen', label: 'Reward of chosen', format: 'number', group: 'rewards', description: 'beta times the log-probability of the chosen answers; where the method has a reference model, of what they gained against it.' },
  { id: 'rewards/rejected', label: 'Reward of rejected', format: 'number', group: 'rewards', description: 'beta times the log-probability of the rejected answers; where the method has a reference model, of what they gained against it.' },
  { id: 'rewards/margins', label: 'Margin', format: 'number', group: 'rewards', better: 'higher', description: 'Reward of chosen minus reward of rejected; it should grow.' },
  { id: 'log_odds_ratio', label: 'Log-sigmoid of the odds ratio', format: 'number', group: 'rewards', better: 'higher', description: 'What ORPO raises: it comes closer to 0 as the chosen answers get the better odds.' },
  { id: 'log_odds_chosen', label: 'Log odds ratio', format: 'number', group: 'rewards', better: 'higher', description: 'By how much the odds of the chosen answers are better; above 0 they are.' },
  { id: 'min_reward', label: 'Lowest reward', format: 'number', group: 'rewards', description: 'Lowest score that the reward model gave.' },
  { id: 'mean_reward', label: 'Mean reward', format: 'number', group: 'rewards', description: 'Mean score that the reward model gave.' },
  { id: 'max_reward', label: 'Highest reward', format: 'number', group: 'rewards', description: 'Highest score that the reward model gave.' },
  { id: 'margin', label: 'Margin', format: 'number', group: 'rewards', better: 'higher', description: 'Score of chosen minus score of rejected.' },

  { id: 'rewards/accuracies', label: 'Preference accuracy', format: 'percent', group: 'accuracy', better: 'higher', description: 'Share of the pairs in which the chosen answer has the higher reward.' },
  { id: 'accuracy', label: 'Accuracy', format: 'percent', group: 'accuracy', better: 'higher', description: 'Share of the pairs in which the chosen answer has the higher score.' },
  { id: 'mean_token_accuracy', label: 'Token accuracy', format: 'percent', group: 'accuracy', better: 'higher', description: 'Share of the learnt tokens that the model would have guessed.' },

  { id: 'logps/chosen', label: 'Log-probability of chosen', format: 'number', group: 'logps', description: 'Mean log-probability of the preferred answers.' },
  { id: 'logps/rejected', label: 'Log-probability of rejected', format: 'number', group: 'logps', description: 'Mean log-probability of the rejected answers.' },
  { id: 'logits/chosen', label: 'Logits of chosen', format: 'number', group: 'logps', description: 'Mean logit over the preferred answers.' },
  { id: 'logits/rejected', label: 'Logits of rejected', format: 'number', group: 'logps', description: 'Mean logit over the rejected answers.' },

  { id: 'kl', label: 'KL to the reference', format: 'number', group: 'policy', description: 'How far the model went from the reference; not logged where beta is 0.' },
  { id: 'clip_ratio/region_mean', label: 'Clipped share', format: 'percent', group: 'policy', description: 'Share of the tokens whose step was limited.' },
  { id: 'clip_ratio/low_mean', label: 'Clipped below', format: 'percent', group: 'policy', description: 'Share of the tokens limited on the low side.' },
  { id: 'clip_ratio/high_mean', label: 'Clipped above', format: 'percent', group: 'policy', description: 'Share of the tokens limited on the high side.' },

  { id: 'completions/mean_length', label: 'Mean length', format: 'number', group: 'completions', unit: 'tokens', description: 'Mean length of the completions.' },
  { id: 'completions/min_length', label: 'Shortest', format: 'integer', group: 'completions', unit: 'tokens', description: 'Length of the shortest completion.' },
  { id: 'completions/max_length', label: 'Longest', format: 'integer', group: 'completions', unit: 'tokens', description: 'Length of the longest completion.' },
  { id: 'completions/clipped_ratio', label: 'Cut off', format: 'percent', group: 'completions', better: 'lower', description: 'Share of the completions that reached the length limit.' },
  { id: 'completions/mean_terminated_length', label: 'Mean length when finished', format: 'number', group: 'completions', unit: 'tokens', description: 'Mean length of the completions that ended by themselves.' },

  { id: 'learning_rate', label: 'Learning rate', format: 'exponent', group: 'optimizer', description: 'Size of the steps, as the schedule has it now.' },
  { id: 'grad_norm', label: 'Gradient norm', format: 'number', group: 'optimizer', description: 'Length of the gradient before it is clipped; jumps mean trouble.' },

  { id: 'tokens_per_second', label: 'Tokens per second', format: 'integer', group: 'speed', unit: 'tokens/s', better: 'higher', description: 'Tokens trained on per second.' },
  { id: 'step_time', label: 'Time per step', format: 'seconds', group: 'speed', description: 'Seconds that one step takes.' },
  { id: 'memory_bytes', label: 'Memory', format: 'bytes', group: 'speed', description: 'Memory that the weights, the optimizer and other tensors take between two steps.' },
  { id: 'num_tokens', label: 'Tokens seen', format: 'integer', group: 'speed', hidden: true, description: 'Tokens trained on so far.' },
  { id: 'epoch', label: 'Epoch', format: 'number', group: 'other', hidden: true, description: 'How often the dataset was gone through.' },
  { id: 'total_flos', label: 'Operations', format: 'exponent', group: 'speed', hidden: true, description: 'Floating-point operations of the run.' },
  { id: 'train_runtime', label: 'Duration', format: 'seconds', group: 'speed', hidden: true, description: 'How long the run took.' },
  { id: 'train_samples_per_second', label: 'Rows per second', format: 'number', group: 'speed', hidden: true, description: 'Rows trained on per second.' },
  { id: 'train_steps_per_second', label: 'Steps per second', format: 'number', group: 'speed', hidden: true, description: 'Steps per second.' },
  { id: 'runtime', label: 'Duration', format: 'seconds', group: 'speed', hidden: true, description: 'How long the evaluation took.' },
  { id: 'samples_per_second', label: 'Rows per second', format: 'number', group: 'speed', hidden: true, description: 'Rows per second.' },
  { id: 'steps_per_second', label: 'Steps per second', format: 'number', group: 'speed', hidden: true, description: 'Batches per second.' },
] as const satisfies readonly Metric[]);

/** What to show for a metric, known or not. */
export function describeMetric(name: string): Metric {
  if (metricRegistry.has(name)) return metricRegistry.get(name);
  if (name.startsWith('eval_')) {
    const base = describeMetric(name.slice('eval_'.length));
    return { ...base, id: name, label: `${base.label} (evaluation)`, group: 'evaluation', description: `${base.description} Measured on eval_dataset.`.trim() };
  }
  const reward = /^rewards\/(.+)\/(mean|std)$/.exec(name);
  if (reward) return { id: name, label: reward[2] === 'mean' ? reward[1]! : `${reward[1]} (spread)`, format: 'number', group: 'rewards', description: `${reward[2] === 'mean' ? 'Mean' : 'Standard deviation'} of what the reward function ${reward[1]} gave.` };
  const group = name.split('/')[0]!;
  return { id: name, label: labelOf(name), format: guessFormat(name), group: (metricGroups as readonly string[]).includes(group) ? (group as MetricGroup) : 'other', description: '' };
}

const order = new Map(metricRegistry.ids.map((id, i): [string, number] => [id, i]));

/** Known metrics in the registry's order, then the unknown ones by name; evaluation last. */
export function compareMetrics(a: string, b: string): number {
  const [groupA, groupB] = [metricGroups.indexOf(describeMetric(a).group), metricGroups.indexOf(describeMetric(b).group)];
  if (groupA !== groupB) return groupA - groupB;
  const [x, y] = [order.get(a.replace(/^eval_/, '')) ?? order.size, order.get(b.replace(/^eval_/, '')) ?? order.size];
  return x - y || (a < b ? -1 : a > b ? 1 : 0);
}

/** The value as a person reads it, without its unit. */
export function formatMetric(value: number, metric: Pick<Metric, 'format' | 'group'>): string {
  switch (metric.format) {
    case 'percent':
      return formatPercent(value, 1);
    case 'exponent':
      return formatScientific(value);
    case 'integer':
      return formatCount(value);
    case 'seconds':
      return value < 60 ? `${formatNumber(value)} s` : formatDuration(value);
    case 'bytes':
      return formatBytes(value);
    case 'number':
      return formatNumber(value);
  }
}

function labelOf(name: string): string {
  const words = name.replaceAll('_', ' ').replaceAll('/', ' · ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function guessFormat(name: string): MetricFormat {
  if (/(?:ratio|fraction|frac_|accuracy|accuracies|_rate)\b|(?:^|\/)frac/.test(name) && !/learning_rate/.test(name)) return 'percent';
  if (/(?:_time|_seconds|runtime)$/.test(name)) return 'seconds';
  if (/bytes$/.test(name)) return 'bytes';
  if (/^num_|count$/.test(name)) return 'integer';
  return 'number';
}
