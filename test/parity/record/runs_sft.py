"""Recorded runs of TRL's SFTTrainer: supervised fine-tuning and pre-training."""

import tempfile

import peft
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

from recorder import COMMON, FIXED, LORA, MODELS, freeze, lora_config, read_rows, trainer_keys

# TRL 1.16 asks a tied head for its bias, which PEFT's wrapper of trained token rows does not have.
peft.utils.other.TrainableTokensWrapper.bias = None

# `trl`: what only TRL is told.
CASES = {
    # 13 rows in batches of 2, two batches a step: the last step of an epoch has one batch of one row.
    "sft_chat": dict(method="sft", model="tied", dataset="chat", eval_dataset="chat_eval", params=dict(COMMON, num_train_epochs=6, warmup_steps=0.1, weight_decay=0.05, eval_strategy="steps", eval_steps=8, per_device_eval_batch_size=2)),
    "sft_plain_untied": dict(method="sft", model="untied", dataset="plain", params=dict(COMMON, max_steps=20, max_length=48, lr_scheduler_type="cosine", warmup_steps=3, max_grad_norm=0.5, logging_steps=2)),
    "sft_turns_lora": dict(method="sft", model="tied", dataset="turns", params=dict(COMMON, **LORA, learning_rate=2e-3, max_steps=20, lr_scheduler_type="constant_with_warmup", warmup_steps=2)),
    "sft_chat_lora_rows": dict(method="sft", model="tied", dataset="chat", params=dict(COMMON, **{**LORA, "lora_target_modules": ["q_proj", "v_proj"]}, use_rslora=True, trainable_token_indices=[2, 1], learning_rate=2e-3, max_steps=20)),
    "sft_dft": dict(method="sft", model="tied", dataset="chat", eval_dataset="chat_eval", params=dict(COMMON, loss_type="dft", max_steps=12, eval_strategy="steps", eval_steps=6, per_device_eval_batch_size=2)),
    "sft_chat_dora": dict(
        method="sft", model="tied", dataset="chat",
        params=dict(COMMON, **{**LORA, "lora_target_modules": ["q_proj", "v_proj", "up_proj"]}, use_dora=True, use_rslora=True, trainable_token_indices=[2, 1], learning_rate=2e-3, max_steps=12, weight_decay=0.1),
    ),
    # A pattern of modules; head and norms train as copies.
    "sft_plain_dora_modules": dict(
        method="sft", model="untied", dataset="plain",
        params=dict(COMMON, **{**LORA, "lora_target_modules": [".*(1|2).*(o|down)_proj"]}, use_dora=True, lora_modules_to_save=["lm_head", "norm"], max_length=48, max_steps=10, weight_decay=0.05),
    ),
    # A copy of a tied head is another matrix than the embedding.
    "sft_chat_lora_head": dict(method="sft", model="tied", dataset="chat", params=dict(COMMON, **{**LORA, "lora_target_modules": ["k_proj"]}, lora_modules_to_save=["lm_head"], max_steps=8)),
    # Rows of about 22 tokens; those of eval_dataset are packed too.
    "sft_packed": dict(method="sft", model="tied", dataset="chat", eval_dataset="chat_eval", params=dict(COMMON, packing=True, max_length=64, max_steps=10, eval_strategy="steps", eval_steps=5, per_device_eval_batch_size=2)),
    # Most rows are longer than max_length.
    "sft_packed_split_lora": dict(method="sft", model="tied", dataset="turns", eval_dataset="chat_eval", params=dict(COMMON, **LORA, packing=True, packing_strategy="bfd_split", eval_packing=False, completion_only_loss=False, max_length=40, max_steps=8, eval_strategy="steps", eval_steps=4)),
    "sft_packed_dft_untied": dict(method="sft", model="untied", dataset="plain", params=dict(COMMON, packing=True, packing_strategy="wrapped", loss_type="dft", max_length=48, max_steps=8)),
    "pretrain_apart": dict(method="pretrain", model="tied", dataset="text", trl=dict(packing=True), params=dict(COMMON, packing_strategy="bfd_split", max_length=48, max_steps=8)),
    "sft_neftune": dict(method="sft", model="tied", dataset="chat", params=dict(COMMON, neftune_noise_alpha=5.0, max_steps=10)),
    "sft_turns_frozen": dict(method="sft", model="untied", dataset="turns", params=dict(COMMON, max_steps=8, weight_decay=0.1, freeze=["model.embed_tokens", "model.layers.[0-1]", ".*norm"])),
    "sft_neftune_packed": dict(method="sft", model="tied", dataset="chat", params=dict(COMMON, packing=True, max_length=64, per_device_train_batch_size=1, neftune_noise_alpha=5.0, max_steps=6)),
    # The learning rate falls where the evaluation does not get better by enough.
    "sft_plateau": dict(
        method="sft", model="untied", dataset="plain", eval_dataset="plain",
        params=dict(COMMON, max_steps=14, max_length=48, lr_scheduler_type="reduce_lr_on_plateau", lr_scheduler_kwargs={"patience": 0, "factor": 0.5, "threshold": 0.0185, "cooldown": 1}, eval_strategy="steps", eval_steps=2, per_device_eval_batch_size=4),
    ),
    "sft_adam_options": dict(method="sft", model="untied", dataset="chat", params=dict(COMMON, max_steps=8, adam_beta1=0.8, adam_beta2=0.95, adam_epsilon=1e-5, weight_decay=0.3, max_grad_norm=0.0, lr_scheduler_type="inverse_sqrt", warmup_steps=2)),
    # Rows of eval_dataset are packed where those of the training are not: they see one another then.
    "sft_eval_packed": dict(method="sft", model="tied", dataset="chat_eval", eval_dataset="chat", params=dict(COMMON, eval_packing=True, completion_only_loss=False, max_length=64, max_steps=8, eval_strategy="steps", eval_steps=4, per_device_eval_batch_size=2)),
    "pretrain_packed": dict(
        method="pretrain", model="tied", dataset="text", trl=dict(packing=True, packing_strategy="wrapped"),
        params=dict({k: v for k, v in COMMON.items() if k != "gradient_accumulation_steps"}, per_device_train_batch_size=4, max_steps=24, max_length=32, adam_beta2=0.95, weight_decay=0.1, learning_rate=1e-3, lr_scheduler_type="cosine_with_min_lr", lr_scheduler_kwargs={"min_lr_rate": 0.1}, warmup_steps=4),
    ),
}


def make_trainer(case, callbacks):
    folder = f"{MODELS}/{case['model']}"
    return SFTTrainer(
        model=freeze(AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32), case["params"].get("freeze", [])),
        args=SFTConfig(output_dir=tempfile.mkdtemp(), **FIXED, **trainer_keys(case["params"]), **case.get("trl", {})),
        train_dataset=read_rows(case["dataset"]), eval_dataset=read_rows(case["eval_dataset"]) if "eval_dataset" in case else None,
        processing_class=AutoTokenizer.from_pretrained(folder), peft_config=lora_config(case["params"]), callbacks=callbacks,
    )
