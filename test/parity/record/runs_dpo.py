"""Recorded runs of TRL's DPOTrainer."""

import tempfile

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer

from recorder import COMMON, FIXED, LORA, MODELS, lora_config, read_rows, trainer_keys

CASES = {
    "dpo_sigmoid": dict(method="dpo", model="tied", dataset="pairs", eval_dataset="pairs_eval", params=dict(COMMON, max_steps=10, eval_strategy="steps", eval_steps=5, per_device_eval_batch_size=2)),
    "dpo_sigmoid_lora": dict(method="dpo", model="untied", dataset="pairs_plain", params=dict(COMMON, **LORA, max_steps=10, learning_rate=2e-3, max_length=40, beta=0.3)),
    "dpo_sigmoid_dora": dict(method="dpo", model="tied", dataset="pairs", params=dict(COMMON, **{**LORA, "lora_target_modules": ["q_proj", "gate_proj"]}, use_dora=True, max_steps=8, learning_rate=2e-3, eval_strategy="steps", eval_steps=4, per_device_eval_batch_size=2), eval_dataset="pairs_eval"),
}


def make_trainer(case, callbacks):
    folder = f"{MODELS}/{case['model']}"
    return DPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32),
        args=DPOConfig(output_dir=tempfile.mkdtemp(), **FIXED, **trainer_keys(case["params"]), **case.get("trl", {})),
        train_dataset=read_rows(case["dataset"]), eval_dataset=read_rows(case["eval_dataset"]) if "eval_dataset" in case else None,
        processing_class=AutoTokenizer.from_pretrained(folder), peft_config=lora_config(case["params"]), callbacks=callbacks,
    )
