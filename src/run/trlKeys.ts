/** Keys that TRL 1.16 and transformers 5 know and that have no meaning here, another name by now, or a meaning that cannot be kept. */

export interface KeyFate {
  /** `ignored`: an info, nothing is lost · `refused`: an error, because the result would be another one · `removed`: an error with its successor. */
  fate: 'ignored' | 'refused' | 'removed';
  /** One sentence, beginning in lower case, that goes on after the key's name and a colon. */
  reason: string;
  successor?: string;
  /** For `refused`: values that ask for nothing and are ignored instead, beside false, null, 0, "", "no" and "none". */
  harmless?: readonly (string | number | boolean)[];
}

/** What becomes of a key of TRL's that no method of this version has. Undefined for a name that TRL never had. */
export function trlKeyFate(key: string): KeyFate | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

export const trlKeyNames = (): string[] => Object.keys(table);

/** Which of TRL's trainers a key belongs to: for a key of a method that this version does not have yet as well. */
export function trlMethodsOf(key: string): readonly string[] {
  return Object.entries(methodKeys).filter(([, keys]) => keys.includes(key)).map(([method]) => method);
}

/** Methods that TRL has; not all of them are in this version. */
export const trlMethods = (): string[] => Object.keys(methodKeys);

const ignored = (reason: string): KeyFate => ({ fate: 'ignored', reason });
const refused = (reason: string, ...harmless: (string | number | boolean)[]): KeyFate => ({ fate: 'refused', reason, harmless });
const removed = (successor: string, reason = ''): KeyFate => ({ fate: 'removed', reason, successor });

const noTorch = ignored('a setting of PyTorch, which is not used here.');
const oneProcess = ignored('training runs in one process on one device here.');
const noVllm = ignored('completions come from the trained model itself here, not from vLLM.');
const noHub = refused('nothing is uploaded from here. Upload the folder "final" with huggingface-cli when you want to.', 'every_save');
const ownTracking = ignored('metrics go to the run directory and nowhere else.');
const own32bit = 'training is in 32-bit floats here';
const notYet = 'this version cannot do that, and the result would be another one.';

const table: Readonly<Record<string, KeyFate>> = {
  // Removed or renamed in transformers 5 and TRL 1.
  max_seq_length: removed('max_length'),
  dataset_batch_size: removed('', 'it has no successor: preparation needs no batch size.'),
  max_prompt_length: removed('max_length', 'TRL 1 cuts the whole sequence.'),
  max_target_length: removed('max_length'),
  evaluation_strategy: removed('eval_strategy'),
  group_by_length: removed('train_sampling_strategy', 'write train_sampling_strategy: group_by_length.'),
  warmup_ratio: removed('warmup_steps', 'a value below 1 is the share of all steps.'),
  per_gpu_train_batch_size: removed('per_device_train_batch_size'),
  per_gpu_eval_batch_size: removed('per_device_eval_batch_size'),
  no_cuda: removed('backend'),
  use_mps_device: removed('backend'),
  use_ipex: removed('backend'),
  half_precision_backend: removed('bf16'),
  fp16_opt_level: removed('fp16'),
  fp16_backend: removed('fp16'),
  torch_dtype: removed('dtype'),
  tokenizer: removed('model_name_or_path', 'the tokenizer comes with the model folder.'),
  tokenizer_name_or_path: removed('model_name_or_path', 'the tokenizer comes with the model folder.'),
  save_safetensors: removed('', 'it has no successor: results are always safetensors.'),
  overwrite_cache: removed('', 'it has no successor: there is no dataset cache.'),
  logging_dir: removed('output_dir', 'everything of a run is in its directory.'),
  include_inputs_for_metrics: removed('include_for_metrics'),
  include_tokens_per_second: removed('', 'it has no successor: tokens per second are always logged.'),
  push_to_hub_model_id: removed('hub_model_id'),
  push_to_hub_organization: removed('hub_model_id'),
  push_to_hub_token: removed('hub_token'),
  torchdynamo: removed('torch_compile_backend'),
  jit_mode_eval: removed('torch_compile'),
  tpu_num_cores: removed('', 'it has no successor.'),
  past_index: removed('', 'it has no successor.'),
  ray_scope: removed('', 'it has no successor.'),
  mp_parameters: removed('', 'it has no successor.'),
  num_of_sequences: removed('', 'it has no successor.'),
  chars_per_token: removed('', 'it has no successor.'),
  ref_model_path: removed('', 'the reference is the model as it was at the start.'),
  model_adapter_name: removed('', 'it has no successor.'),
  ref_adapter_name: removed('', 'it has no successor.'),
  force_use_ref_model: removed('', 'it has no successor.'),
  rpo_alpha: removed('loss_weights', 'write loss_type: [sigmoid, sft] and loss_weights: [1.0, alpha].'),
  label_pad_token_id: removed('', 'it has no successor: -100 is never written into a file.'),
  base_model_attribute_name: removed('', 'it has no successor.'),
  use_logits_to_keep: removed('', 'it has no successor.'),
  use_num_logits_to_keep: removed('', 'it has no successor.'),
  reference_free: removed('', 'it has no successor.'),
  token_level_loss: removed('loss_type', 'loss_type: dapo is the mean over tokens.'),
  epsilon_low: removed('epsilon'),
  num_sample_generations: removed('samples'),
  response_length: removed('max_completion_length'),
  rloo_k: removed('num_generations'),
  kl_coef: removed('beta'),
  cliprange: removed('epsilon'),
  num_ppo_epochs: removed('num_iterations'),
  vllm_device: removed('', 'it has no successor.'),
  vllm_dtype: removed('', 'it has no successor.'),
  vllm_max_model_len: removed('vllm_max_model_length'),
  vllm_guided_decoding_regex: removed('vllm_structured_outputs_regex'),

  // Names for what is called otherwise here.
  datasets: refused('write dataset: a file, or a list of {path, weight}.'),
  dataset_name: refused('datasets are files here: download it and write dataset: its file.'),
  dataset_mixer: refused('write dataset: a list of {path, weight}.'),
  train_file: refused('write dataset: the file.'),
  model: refused('write model_name_or_path: the folder.'),
  is_encoder_decoder: refused('encoder-decoder models are not supported.'),
  max_completion_length: ignored('it is for encoder-decoder models; max_length cuts the answers.'),
  generate_during_eval: refused('write samples: {prompts: FILE, every_steps: N}.'),
  padding_value: ignored('the tokenizer says which token pads.'),

  // The device and the software below it.
  use_cpu: ignored('the backend is chosen by "backend".'),
  bf16: refused(`${own32bit}.`),
  fp16: refused(`${own32bit}.`),
  bf16_full_eval: refused(`${own32bit}.`),
  fp16_full_eval: refused(`${own32bit}.`),
  tf32: noTorch,
  dtype: refused(`${own32bit}, whatever the weights are stored in.`, 'float32', 'auto'),
  cast_lm_head_to_fp32: ignored('everything is in 32-bit floats here already.'),
  attn_implementation: noTorch,
  gradient_checkpointing: ignored('it changes memory and time and not the result; this version keeps all activations.'),
  gradient_checkpointing_kwargs: ignored('see gradient_checkpointing.'),
  activation_checkpointing: ignored('it changes memory and time and not the result; this version keeps all activations.'),
  activation_checkpointing_kwargs: ignored('see activation_checkpointing.'),
  activation_offloading: ignored('it changes memory and time and not the result.'),
  torch_compile: noTorch,
  torch_compile_backend: noTorch,
  torch_compile_mode: noTorch,
  torch_empty_cache_steps: noTorch,
  use_liger_kernel: noTorch,
  liger_kernel_config: noTorch,
  use_cache: ignored('training never uses the key-value cache, and generation always does.'),
  cache_implementation: ignored('generation has its own cache here.'),
  auto_find_batch_size: refused('a batch size that changes by itself would change the result. Lower per_device_train_batch_size and raise gradient_accumulation_steps.'),
  full_determinism: ignored('a run with the same seed on a CPU backend is the same anyway.'),
  average_tokens_across_devices: oneProcess,
  accelerator_config: oneProcess,
  parallelism_config: oneProcess,
  ddp_find_unused_parameters: oneProcess,
  ddp_bucket_cap_mb: oneProcess,
  ddp_broadcast_buffers: oneProcess,
  ddp_static_graph: oneProcess,
  ddp_backend: oneProcess,
  ddp_timeout: oneProcess,
  ds3_gather_for_generation: oneProcess,
  fsdp: oneProcess,
  fsdp_config: oneProcess,
  deepspeed: oneProcess,
  local_rank: oneProcess,
  log_on_each_node: oneProcess,
  save_on_each_node: oneProcess,
  ignore_bias_buffers: oneProcess,
  dataloader_num_workers: ignored('rows are prepared while the model trains; there are no workers to count.'),
  dataloader_pin_memory: noTorch,
  dataloader_persistent_workers: noTorch,
  dataloader_prefetch_factor: noTorch,
  dataloader_multiprocessing_context: noTorch,
  dataloader_in_order: noTorch,
  dataloader_drop_last: refused('the last batch is always used here, as TRL does by default.'),
  dataset_num_proc: ignored('rows are prepared in one thread, while the model trains.'),
  eval_accumulation_steps: noTorch,
  eval_do_concat_batches: noTorch,
  eval_use_gather_object: oneProcess,

  // Logging, the hub, what scripts do.
  report_to: ownTracking,
  run_name: ownTracking,
  project: ownTracking,
  trackio_space_id: ownTracking,
  trackio_bucket_id: ownTracking,
  trackio_static_space_id: ownTracking,
  log_level: ignored('the log is in log.txt.'),
  log_level_replica: oneProcess,
  disable_tqdm: ignored('the progress bar shows on a terminal only.'),
  logging_nan_inf_filter: refused('metrics are logged as they are; a NaN is never hidden.', true),
  include_num_input_tokens_seen: ignored('num_tokens is always logged.'),
  skip_memory_metrics: ignored('memory is always logged.'),
  prediction_loss_only: ignored('evaluation logs the loss and the metrics of the method.'),
  include_for_metrics: ignored('there is no compute_metrics function here.'),
  batch_eval_metrics: ignored('there is no compute_metrics function here.'),
  label_names: ignored('the format of the rows says which field is which.'),
  remove_unused_columns: ignored('columns that a method does not use are never loaded into it.'),
  log_multimodal: ignored('rows are text only here.'),
  debug: noTorch,
  do_train: ignored('"posttrain train" trains.'),
  do_eval: ignored('eval_strategy says when to evaluate.'),
  do_predict: ignored('see "posttrain generate".'),
  push_to_hub: noHub,
  hub_token: refused('nothing is uploaded from here, and a token does not belong into a file.'),
  hub_private_repo: noHub,
  hub_model_id: noHub,
  hub_strategy: noHub,
  hub_always_push: noHub,
  hub_revision: noHub,
  log_completions_hub_repo: noHub,
  resume_from_checkpoint: refused('continue a run with "posttrain resume RUN"; the newest whole checkpoint is used.'),
  restore_callback_states_from_checkpoint: ignored('resuming restores everything.'),
  ignore_data_skip: refused('a resumed run goes on with the row it stopped at.'),
  enable_jit_checkpoint: ignored('stopping a run always writes a checkpoint first.'),
  trust_remote_code: refused('code from a model folder is never run here.'),
  model_revision: refused('the folder is taken as it is; download the revision that you want.', 'main'),
  model_init_kwargs: refused('a model is opened as its folder says, in 32-bit floats. What it holds (dtype, attn_implementation, revision …) has nothing to choose from here.'),

  // Data.
  dataset_config: refused('datasets are files here.'),
  dataset_train_split: refused('datasets are files here: give the file of that split.', 'train'),
  dataset_test_split: refused('datasets are files here: give the file of that split as eval_dataset.', 'test'),
  dataset_streaming: ignored('datasets are never read whole.'),
  streaming: ignored('datasets are never read whole.'),
  test_split_size: refused('give a file as eval_dataset.'),
  dataset_kwargs: refused('rows are always prepared here; skip_prepare_dataset needs rows of tokens, which no format has.'),
  length_column_name: ignored('lengths are measured, not read from a column.'),
  pad_token: refused('the tokenizer says which token pads. Change it in tokenizer_config.json.'),
  pad_to_multiple_of: ignored('batches are padded to a few fixed lengths here; padding does not change the result.'),
  padding_free: ignored('it changes memory and time and not the result.'),
  shuffle_dataset: refused('the order is chosen by train_sampling_strategy; a second shuffle would change the result.', true),

  // Training in ways that this version does not know.
  optim: refused('training is by AdamW here, in 32-bit floats; another optimizer would give another result.', 'adamw_torch', 'adamw_torch_fused', 'adamw_torch_xla', 'adamw_torch_npu_fused', 'adamw_apex_fused', 'adamw_hf'),
  optim_args: refused('they are for other optimizers than AdamW; its settings are adam_beta1, adam_beta2, adam_epsilon and weight_decay.'),
  optim_target_modules: refused('it is for optimizers of the GaLore family, and training is by AdamW here.'),
  label_smoothing_factor: refused('the loss never holds the whole table of probabilities that it needs. TRL has announced its end.'),
  router_aux_loss_coef: refused('mixture-of-experts models are not in this version.'),
  data_seed: refused('the order of the rows follows from "seed".'),
  save_only_model: refused('a checkpoint without the state of the optimizer could not be resumed.'),
  logging_strategy: refused('logging is every logging_steps.', 'steps'),


  // PEFT and quantisation.
  lora_target_parameters: refused('it is for weights that are no module of their own, as in mixtures of experts. Every matrix of the models here is a module: name it in lora_target_modules.'),
  lora_task_type: ignored('the method says what is trained.'),
  load_in_8bit: refused(`${own32bit}.`),
  load_in_4bit: refused(`${own32bit}.`),
  bnb_4bit_quant_type: ignored('there is no 4-bit loading here.'),
  use_bnb_nested_quant: ignored('there is no 4-bit loading here.'),
  bnb_4bit_quant_storage: ignored('there is no 4-bit loading here.'),

  // Generation in TRL's online methods.
  use_vllm: noVllm,
  vllm_mode: noVllm,
  vllm_model_impl: noVllm,
  vllm_enable_sleep_mode: noVllm,
  vllm_structured_outputs_regex: refused(notYet),
  vllm_server_base_url: noVllm,
  vllm_server_host: noVllm,
  vllm_server_port: noVllm,
  vllm_server_timeout: noVllm,
  vllm_group_port: noVllm,
  vllm_gpu_memory_utilization: noVllm,
  vllm_max_model_length: noVllm,
  vllm_tensor_parallel_size: noVllm,
  vllm_importance_sampling_correction: noVllm,
  vllm_importance_sampling_mode: noVllm,
  vllm_importance_sampling_clip_max: noVllm,
  vllm_importance_sampling_clip_min: noVllm,
  vllm_importance_sampling_cap: noVllm,
  use_transformers_paged: noVllm,
  use_transformers_continuous_batching: noVllm,
  transformers_continuous_batching_config: noVllm,
  log_completions: ignored('every completion is written to rollouts.jsonl.'),
  num_completions_to_print: ignored('every completion is written to rollouts.jsonl.'),
  log_unique_prompts: ignored('every completion is written to rollouts.jsonl.'),
};

const online = ['num_generations', 'num_generations_eval', 'max_completion_length', 'generation_batch_size', 'steps_per_generation', 'temperature', 'top_p', 'top_k', 'min_p', 'generation_kwargs', 'repetition_penalty', 'beta', 'num_iterations', 'epsilon', 'epsilon_high', 'reward_funcs', 'reward_weights', 'mask_truncated_completions', 'sync_ref_model', 'ref_model_mixup_alpha', 'ref_model_sync_steps', 'disable_dropout', 'chat_template_kwargs', 'replay_rollouts'];
const withReference = ['beta', 'loss_type', 'precompute_ref_log_probs', 'precompute_ref_batch_size', 'sync_ref_model', 'ref_model_mixup_alpha', 'ref_model_sync_steps', 'disable_dropout'];

const methodKeys: Readonly<Record<string, readonly string[]>> = {
  sft: ['completion_only_loss', 'assistant_only_loss', 'loss_type'],
  dpo: [...withReference, 'loss_weights', 'ld_alpha', 'f_divergence_type', 'f_alpha_divergence_coef', 'label_smoothing', 'use_weighting', 'discopop_tau'],
  kto: [...withReference, 'desirable_weight', 'undesirable_weight'],
  orpo: ['beta', 'max_completion_length', 'disable_dropout'],
  cpo: ['beta', 'label_smoothing', 'loss_type', 'cpo_alpha', 'simpo_gamma', 'alpha', 'max_completion_length', 'disable_dropout'],
  reward: ['center_rewards_coefficient', 'disable_dropout'],
  grpo: [...online, 'delta', 'sapo_temperature_neg', 'sapo_temperature_pos', 'vespo_k_pos', 'vespo_lambda_pos', 'vespo_k_neg', 'vespo_lambda_neg', 'importance_sampling_level', 'multi_objective_aggregation', 'scale_rewards', 'loss_type', 'top_entropy_quantile', 'entropy_coef', 'use_adaptive_entropy', 'entropy_coef_min', 'entropy_coef_max', 'entropy_coef_delta', 'entropy_target', 'max_tool_calling_iterations', 'off_policy_mask_threshold', 'use_bias_correction_kl'],
  rloo: [...online, 'normalize_advantages', 'reward_clip_range'],
};
