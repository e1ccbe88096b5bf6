"""Recorded runs of TRL's RewardTrainer."""

import tempfile

import torch
from peft import TaskType
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from trl import RewardConfig, RewardTrainer

from recorder import COMMON, FIXED, LORA, MODELS, lora_config, read_rows, trainer_keys

CASES = {
    # A model that has its head already, so that both sides begin with the same one; an adapter brings its own.
    "reward": dict(method="reward", model="reward", dataset="pairs", eval_dataset="pairs_eval", params=dict(COMMON, max_steps=8, eval_strategy="steps", eval_steps=4, per_device_eval_batch_size=2)),
    "reward_margin": dict(method="reward", model="reward", dataset="pairs_margin", params=dict(COMMON, max_steps=8, max_length=60, center_rewards_coefficient=0.01, weight_decay=0.1)),
    # Another token ends plain answers than the one that pads.
    "reward_end_token": dict(method="reward", model="reward", dataset="pairs_margin", params=dict(COMMON, max_steps=8, eos_token="<|endoftext|>")),
    "reward_neftune": dict(method="reward", model="reward", dataset="pairs_margin", params=dict(COMMON, max_steps=8, max_length=40, neftune_noise_alpha=5.0)),
    "reward_lora": dict(method="reward", model="tied", dataset="pairs_implied", params=dict(COMMON, **{**LORA, "lora_dropout": 0.3}, max_steps=8, learning_rate=2e-3, center_rewards_coefficient=0.1)),
}


def make_trainer(case, callbacks):
    folder = f"{MODELS}/{case['model']}"
    peft_config = lora_config(case["params"])
    if peft_config:
        peft_config.task_type = TaskType.SEQ_CLS
    return RewardTrainer(
        model=AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1, dtype=torch.float32),
        args=RewardConfig(output_dir=tempfile.mkdtemp(), **FIXED, **trainer_keys(case["params"]), **case.get("trl", {})),
        train_dataset=read_rows(case["dataset"]), eval_dataset=read_rows(case["eval_dataset"]) if "eval_dataset" in case else None,
        processing_class=AutoTokenizer.from_pretrained(folder), peft_config=peft_config, callbacks=callbacks,
    )
