/** The keys of a run spec that every method has: TRL's names, meanings and defaults (TRL 1.16, transformers 5.23). */

import type { Param } from './method.ts';

/** Names of what every run logs, whatever its method. */
export const sharedMetrics = ['loss', 'grad_norm', 'learning_rate', 'num_tokens', 'epoch'] as const;

export const lrSchedulers = ['linear', 'cosine', 'cosine_with_restarts', 'cosine_with_min_lr', 'cosine_warmup_with_min_lr', 'polynomial', 'inverse_sqrt', 'warmup_stable_decay', 'constant', 'constant_with_warmup', 'reduce_lr_on_plateau', 'greedy'] as const;
export const backends = ['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu'] as const;
/** What can be looked at, beside the choice between them. */
export const presentBackends: readonly string[] = backends.filter((id) => id !== 'auto');
export const packingStrategies = ['bfd', 'bfd_split', 'wrapped'] as const;
export type PackingStrategy = (typeof packingStrategies)[number];
export const packingStrategyParam = { name: 'packing_strategy', type: 'string', enum: packingStrategies } as const;
/** For the methods that take plain text. */
export const datasetTextField = { name: 'dataset_text_field', type: 'string', default: 'text', description: 'The column that holds the text of plain rows.' } as const;
export const chatTemplatePath = { name: 'chat_template_path', type: 'path', default: null, description: "A chat template (.jinja) to use instead of the model's own, and to save with the result." } as const;
export const eosToken = { name: 'eos_token', type: 'string', default: null, nullable: true, description: "The token that ends a text, instead of the tokenizer's own; saved with the result. It must be in the vocabulary." } as const;
/** For the methods that cut a long row. */
export const truncationMode = { name: 'truncation_mode', type: 'string', default: 'keep_start', enum: ['keep_start', 'keep_end'] } as const;
/** For the methods whose trainer turns dropout off in TRL. */
export const disableDropout = { name: 'disable_dropout', type: 'boolean', default: true, description: 'Train without dropout, whatever lora_dropout says, so that the model and its reference are measured alike.' } as const;
export const samplingStrategies = ['random', 'sequential', 'group_by_length'] as const;
const intervalStrategies = ['no', 'steps', 'epoch'] as const;
const saveStrategies = [...intervalStrategies, 'best'] as const;

const datasetSchema = {
  anyOf: [
    { type: 'string', format: 'path', description: 'A JSONL file.' },
    {
      type: 'array',
      minItems: 1,
      description: 'Several files, each with how much of it to take.',
      items: {
        type: 'object',
        required: ['path'],
        additionalProperties: false,
        properties: {
          path: { type: 'string', format: 'path', description: 'A JSONL file.' },
          weight: { type: 'number', exclusiveMinimum: 0, default: 1, description: "How often each row of this file comes in an epoch: 1 once, 2 twice, 0.5 every other row." },
        },
      },
    },
  ],
} as const;

export const sharedParams: readonly Param[] = [
  { name: 'model_name_or_path', type: 'path', default: null, required: true, description: 'The model to start from: a Hugging Face model folder (config.json, model.safetensors, tokenizer.json).' },
  { name: 'dataset', type: 'object', default: null, required: true, schema: datasetSchema, description: 'What to learn from: a JSONL file, or a list of {path, weight}.' },
  { name: 'eval_dataset', type: 'object', default: null, schema: datasetSchema, description: 'Rows that are never trained on, to see whether the model learns more than the training rows by heart.' },
  { name: 'output_dir', type: 'path', default: null, required: true, description: 'The run directory: settings, events, checkpoints and the result go here.' },
  { name: 'overwrite_output_dir', type: 'boolean', default: false, description: 'Delete the run that output_dir already holds, instead of refusing to start. Other files there stay.' },
  { name: 'backend', type: 'string', default: 'auto', enum: backends, description: 'What computes: auto takes the fastest that works on this machine.' },
  { name: 'seed', type: 'integer', default: 42, minimum: 0, description: 'Start of the random numbers (row order, dropout, new weights). The same seed gives the same run.' },

  { name: 'learning_rate', type: 'number', default: 5e-5, exclusiveMinimum: 0, description: 'Size of a step, at its highest. Too high and the model forgets what it knew; too low and it learns nothing.' },
  { name: 'lr_scheduler_type', type: 'string', default: 'linear', enum: lrSchedulers, description: 'How the learning rate changes over the run: linear falls to 0, cosine falls in a curve, constant stays, reduce_lr_on_plateau falls when the evaluation stops getting better.' },
  {
    name: 'lr_scheduler_kwargs',
    type: 'object',
    default: null,
    schema: {
      type: 'object',
      additionalProperties: false,
      properties: {
        num_cycles: { type: 'number', exclusiveMinimum: 0, description: 'For cosines: how many waves; 0.5 falls once to 0. For cosine_with_restarts: how many times it starts again.' },
        min_lr: { type: 'number', minimum: 0, description: 'For the cosines with min_lr: the learning rate at the end. For reduce_lr_on_plateau and greedy: the lowest one.' },
        min_lr_rate: { type: 'number', minimum: 0, description: 'For the cosines with min_lr: the learning rate at the end as a share of learning_rate.' },
        warmup_lr_rate: { type: 'number', minimum: 0, description: 'For cosine_warmup_with_min_lr: the learning rate at the start as a share of learning_rate.' },
        power: { type: 'number', exclusiveMinimum: 0, description: 'For polynomial: 1 falls in a line, 2 faster at first.' },
        lr_end: { type: 'number', minimum: 0, description: 'For polynomial: the learning rate at the end.' },
        timescale: { type: 'number', exclusiveMinimum: 0, description: 'For inverse_sqrt: over how many steps it falls by about a third. Default: warmup_steps, or 10000.' },
        num_decay_steps: { type: 'integer', minimum: 0, description: 'For warmup_stable_decay: how many steps at the end the learning rate falls.' },
        num_stable_steps: { type: 'integer', minimum: 0, description: 'For warmup_stable_decay: how many steps it stays. Default: all that are neither warm-up nor decay.' },
        warmup_type: { type: 'string', enum: ['linear', 'cosine', '1-sqrt'], description: 'For warmup_stable_decay: the curve of the rise.' },
        decay_type: { type: 'string', enum: ['cosine', 'linear', '1-sqrt'], description: 'For warmup_stable_decay: the curve of the fall.' },
        min_lr_ratio: { type: 'number', minimum: 0, description: 'For warmup_stable_decay: the learning rate at start and end as a share of learning_rate.' },
        mode: { type: 'string', enum: ['min', 'max'], description: 'For reduce_lr_on_plateau and greedy: whether less or more of metric_for_best_model is better.' },
        factor: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1, description: 'For reduce_lr_on_plateau and greedy: what the learning rate is multiplied by to lower it.' },
        patience: { type: 'integer', minimum: 0, description: 'For reduce_lr_on_plateau and greedy: after more evaluations in a row than this the learning rate changes.' },
        threshold: { type: 'number', minimum: 0, description: 'For reduce_lr_on_plateau and greedy: how much better counts as better.' },
        threshold_mode: { type: 'string', enum: ['rel', 'abs'], description: 'For reduce_lr_on_plateau and greedy: whether threshold is a share of the best value or a difference.' },
        cooldown: { type: 'integer', minimum: 0, description: 'For reduce_lr_on_plateau and greedy: evaluations that are passed over after the learning rate was lowered.' },
        eps: { type: 'number', minimum: 0, description: 'For reduce_lr_on_plateau and greedy: a smaller change is not made.' },
        warmup: { type: 'integer', minimum: 0, description: 'For greedy: evaluations that are passed over after the learning rate was raised.' },
        max_lr: { type: 'number', exclusiveMinimum: 0, description: 'For greedy: the highest learning rate.' },
        smooth: { type: 'boolean', description: 'For greedy: look at the mean of the last evaluations.' },
        window_size: { type: 'integer', minimum: 1, description: 'For greedy with smooth: how many.' },
        reset_start: { type: 'integer', minimum: 1, description: 'For greedy: after this many times at the lowest learning rate it begins again.' },
      },
    },
    description: 'Further settings of the schedule, such as {min_lr: 1.0e-6} for cosine_with_min_lr.',
  },
  { name: 'warmup_steps', type: 'number', default: 0, minimum: 0, description: 'Over how many steps the learning rate rises from 0 at the start; below 1 it is a share of all steps.' },
  { name: 'weight_decay', type: 'number', default: 0, minimum: 0, description: 'Pulls weights towards 0 a little at every step, against overfitting. Biases and norms are left out.' },
  { name: 'adam_beta1', type: 'number', default: 0.9, minimum: 0, exclusiveMaximum: 1, description: 'How long AdamW remembers the direction of past steps.' },
  { name: 'adam_beta2', type: 'number', default: 0.999, minimum: 0, exclusiveMaximum: 1, description: 'How long AdamW remembers the size of past gradients.' },
  { name: 'adam_epsilon', type: 'number', default: 1e-8, exclusiveMinimum: 0, description: 'A small number that keeps AdamW from dividing by 0.' },
  { name: 'max_grad_norm', type: 'number', default: 1, minimum: 0, description: 'Longest gradient that a step may follow; longer ones are scaled down. 0 turns this off.' },
  { name: 'neftune_noise_alpha', type: 'number', default: null, minimum: 0, nullable: true, description: 'NEFTune: random noise on the embeddings while training, against learning rows by heart. 5 is usual; null: none.' },
  { name: 'on_nonfinite', type: 'string', default: 'skip', enum: ['skip', 'stop'], description: 'What to do when the loss or the gradient is not a finite number: skip that step (five in a row end the run), or stop before it with a checkpoint. Its rows are named.' },

  { name: 'per_device_train_batch_size', type: 'integer', default: 8, minimum: 1, description: 'Rows computed at once. Fewer need less memory.' },
  { name: 'gradient_accumulation_steps', type: 'integer', default: 1, minimum: 1, description: 'Batches that are added up before each step: a larger batch without more memory.' },
  { name: 'num_train_epochs', type: 'number', default: 3, exclusiveMinimum: 0, description: 'How many times to go through the dataset.' },
  { name: 'max_steps', type: 'integer', default: -1, minimum: -1, description: 'Stop after this many steps, whatever num_train_epochs says. -1: no such limit.' },
  { name: 'max_length', type: 'integer', default: 1024, minimum: 1, nullable: true, description: 'Longest row in tokens; what is longer is cut. null: no limit.' },
  { name: 'train_sampling_strategy', type: 'string', default: 'random', enum: samplingStrategies, description: 'Order of the rows: random shuffles every epoch, sequential keeps the order of the file, group_by_length puts rows of like length together.' },

  { name: 'logging_steps', type: 'number', default: 10, exclusiveMinimum: 0, description: 'Write the metrics every so many steps; below 1 it is a share of all steps.' },
  { name: 'logging_first_step', type: 'boolean', default: false, description: 'Write the metrics of the first step too.' },
  { name: 'save_strategy', type: 'string', default: 'steps', enum: saveStrategies, description: 'When to save checkpoints: every save_steps, every epoch, after each evaluation that is the best so far, or not at all. The result is always saved.' },
  { name: 'save_steps', type: 'number', default: 500, exclusiveMinimum: 0, description: 'Save a checkpoint every so many steps; below 1 it is a share of all steps.' },
  { name: 'save_total_limit', type: 'integer', default: null, minimum: 1, nullable: true, description: 'Keep only this many newest checkpoints; the best one stays too, and counts. null: keep all.' },
  { name: 'eval_strategy', type: 'string', default: 'no', enum: intervalStrategies, description: 'When to measure the loss on eval_dataset: every eval_steps, every epoch, or not at all.' },
  { name: 'eval_steps', type: 'number', default: null, exclusiveMinimum: 0, nullable: true, description: 'Measure on eval_dataset every so many steps; below 1 a share of all steps. null: as logging_steps.' },
  { name: 'eval_delay', type: 'number', default: 0, minimum: 0, description: 'No measuring before this many steps (with eval_strategy: epoch, epochs).' },
  { name: 'eval_on_start', type: 'boolean', default: false, description: 'Measure once before the first step, too.' },
  { name: 'per_device_eval_batch_size', type: 'integer', default: 8, minimum: 1, description: 'Rows computed at once when measuring on eval_dataset.' },
  { name: 'load_best_model_at_end', type: 'boolean', default: false, description: 'Make the best checkpoint the result instead of the last step. Saving has to follow measuring: the same strategy, save_steps a multiple of eval_steps.' },
  { name: 'metric_for_best_model', type: 'string', default: null, nullable: true, description: 'Which measured value says what is best, with or without "eval_" before it. null: the loss, where load_best_model_at_end asks.' },
  { name: 'greater_is_better', type: 'boolean', default: null, nullable: true, description: 'Whether more of metric_for_best_model is better. null: yes, unless its name ends with "loss".' },
  { name: 'early_stopping_patience', type: 'integer', default: null, minimum: 1, nullable: true, description: 'End the training after this many measurements in a row without a better metric_for_best_model. null: train to the end.' },
  { name: 'early_stopping_threshold', type: 'number', default: 0, minimum: 0, description: 'How much better a measurement has to be to count for early_stopping_patience.' },

  { name: 'use_peft', type: 'boolean', default: false, description: 'Train a small LoRA adapter instead of all weights: less memory, and the model forgets less.' },
  { name: 'lora_r', type: 'integer', default: 16, minimum: 1, description: 'Rank of the adapter: how much it can learn, and how large it is.' },
  { name: 'lora_alpha', type: 'integer', default: 32, minimum: 1, description: 'How strongly the adapter acts: its output is scaled by lora_alpha / lora_r.' },
  { name: 'lora_dropout', type: 'number', default: 0.05, minimum: 0, exclusiveMaximum: 1, description: "Share of the adapter's inputs that are dropped at random while training, against overfitting." },
  { name: 'lora_target_modules', type: 'strings', default: null, nullable: true, description: 'Which layers get an adapter: ends of their names, one regular expression over whole paths, or "all-linear". null: the architecture\'s usual ones (q_proj and v_proj).' },
  { name: 'lora_modules_to_save', type: 'strings', default: null, nullable: true, description: 'Modules that are trained whole beside the adapter and saved in it, by the end of their names: embed_tokens, lm_head, norm.' },
  { name: 'use_dora', type: 'boolean', default: false, description: 'Weight-decomposed LoRA: the adapter turns each matrix, and a vector of its own stretches it. Closer to training all weights, and slower.' },
  { name: 'use_rslora', type: 'boolean', default: false, description: 'Scale the adapter by lora_alpha / √lora_r, which keeps high ranks stable.' },
  { name: 'trainable_token_indices', type: 'tokens', default: null, nullable: true, description: "Tokens (ids or texts) whose embeddings are trained too, beside the adapter: PEFT's way to teach a base model its chat markers." },
  { name: 'freeze', type: 'strings', default: null, nullable: true, description: 'Parts of the model that stay as they are while the rest trains: module paths, ends of them (embed_tokens), or regular expressions over whole paths (model.layers.[0-3]).' },
  {
    name: 'lora',
    type: 'object',
    default: null,
    schema: {
      type: 'object',
      additionalProperties: false,
      properties: {
        r: { type: 'integer', minimum: 1, description: 'As lora_r.' },
        alpha: { type: 'integer', minimum: 1, description: 'As lora_alpha.' },
        dropout: { type: 'number', minimum: 0, description: 'As lora_dropout.' },
        target_modules: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }], description: 'As lora_target_modules.' },
        modules_to_save: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }], description: 'As lora_modules_to_save.' },
        use_dora: { type: 'boolean', description: 'As use_dora.' },
        use_rslora: { type: 'boolean', description: 'As use_rslora.' },
        trainable_token_indices: { type: 'array', items: { type: ['integer', 'string'] }, description: 'As trainable_token_indices.' },
        init: { type: 'string', format: 'path', description: 'A safetensors file with the adapter to start from, in PEFT\'s layout.' },
      },
    },
    description: 'The LoRA settings in one block: {r, alpha, dropout, target_modules, init}. Turns use_peft on.',
  },
  {
    name: 'samples',
    type: 'object',
    default: null,
    schema: {
      type: 'object',
      required: ['prompts'],
      additionalProperties: false,
      properties: {
        prompts: { type: 'string', format: 'path', description: 'A JSONL file with prompts.' },
        every_steps: { type: 'integer', minimum: 1, default: 50, description: 'Let the model answer the prompts every so many steps.' },
        max_new_tokens: { type: 'integer', minimum: 1, default: 64, description: 'Longest answer in tokens.' },
        temperature: { type: 'number', minimum: 0, description: 'How freely the answers are drawn; 0, as without it, always takes the likeliest token.' },
      },
    },
    description: 'Prompts that the model answers while it trains, so that you can read how its answers change.',
  },
];
