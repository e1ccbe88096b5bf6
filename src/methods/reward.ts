/** Reward model: learn to score answers as people prefer them, for reinforcement learning to use. As TRL's RewardTrainer. */

import { prepareScored } from '../tokens/prepareReward.ts';
import type { Method, SettingProblem, Settings } from './method.ts';
import { chatTemplatePath, disableDropout, eosToken } from './shared.ts';

export const reward = {
  id: 'reward',
  label: 'Reward model',
  description: 'Makes a model that scores answers instead of writing them: the better one of each pair is to get the higher score.',
  paper: { title: 'Training language models to follow instructions with human feedback (Ouyang et al. 2022, step 2)', url: 'https://arxiv.org/abs/2203.02155' },
  accepts: ['preference', 'preference-implicit'],
  head: 'score',
  params: [
    { name: 'learning_rate', type: 'number', default: 1e-4, exclusiveMinimum: 0, description: 'Size of a step, at its highest. Too high and the model forgets what it knew; too low and it learns nothing.' },
    { name: 'max_length', type: 'integer', default: 1024, minimum: 1, nullable: true, description: 'Longest side in tokens. A row with a longer side is left out: half an answer has no score. null: no limit.' },
    { name: 'center_rewards_coefficient', type: 'number', default: null, minimum: 0, nullable: true, description: 'Pulls the scores towards a mean of 0; 0.01 is usual. null: not at all.' },
    disableDropout,
    chatTemplatePath,
    eosToken,
  ],
  metrics: ['min_reward', 'mean_reward', 'max_reward', 'accuracy', 'margin'],
  check,
  prepare: (example, tokenizer, params) => prepareScored(example, tokenizer, { maxLength: (params.max_length as number | null | undefined) ?? null }),
  smoke: { max_steps: 4, per_device_train_batch_size: 2, learning_rate: 1e-3, max_length: 64, logging_steps: 1, save_strategy: 'no' },
} as const satisfies Method;

function check({ isGiven }: Settings): SettingProblem[] {
  return isGiven('samples') ? [{ key: 'samples', message: '"samples" cannot be used with the method reward: a reward model scores answers and does not write any.' }] : [];
}
