"""Recorded runs of TRL's KTOTrainer."""

import tempfile

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import KTOConfig, KTOTrainer

from recorder import COMMON, FIXED, LORA, MODELS, lora_config, read_rows, trainer_keys

# Batches that lend each other answers, the last of them smaller; evaluated in batches of another size.
BATCHES = dict(COMMON, per_device_train_batch_size=3)

CASES = {
    "kto": dict(method="kto", model="tied", dataset="unpaired", eval_dataset="unpaired_eval", params=dict(BATCHES, max_steps=8, eval_strategy="steps", eval_steps=4, per_device_eval_batch_size=2, beta=0.2)),
    "kto_plain_lora": dict(method="kto", model="untied", dataset="unpaired_plain", params=dict(BATCHES, **{**LORA, "lora_dropout": 0.3}, max_steps=8, learning_rate=2e-3, max_length=40, desirable_weight=1.3, undesirable_weight=0.7)),
    "kto_pairs": dict(method="kto", model="untied", dataset="pairs_plain", params=dict(BATCHES, max_steps=10, max_length=44, learning_rate=2e-4)),
    "kto_precomputed": dict(method="kto", model="tied", dataset="unpaired", eval_dataset="unpaired_eval", params=dict(BATCHES, max_steps=8, eval_strategy="steps", eval_steps=4, per_device_eval_batch_size=4, precompute_ref_log_probs=True, precompute_ref_batch_size=5)),
    "kto_synced": dict(method="kto", model="tied", dataset="unpaired", params=dict(BATCHES, max_steps=8, sync_ref_model=True, ref_model_sync_steps=3, ref_model_mixup_alpha=0.7)),
    "kto_apo_neftune": dict(method="kto", model="untied", dataset="unpaired_plain", params=dict(BATCHES, max_steps=8, max_length=32, gradient_accumulation_steps=1, loss_type="apo_zero_unpaired", neftune_noise_alpha=5.0)),
    "kto_apo_lora": dict(method="kto", model="tied", dataset="pairs_implied", params=dict(COMMON, **{**LORA, "lora_dropout": 0.3}, max_steps=8, learning_rate=2e-3, loss_type="apo_zero_unpaired", per_device_train_batch_size=1)),
}


def make_trainer(case, callbacks):
    folder = f"{MODELS}/{case['model']}"
    return KTOTrainer(
        model=AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32),
        args=KTOConfig(output_dir=tempfile.mkdtemp(), **FIXED, **trainer_keys(case["params"]), **case.get("trl", {})),
        train_dataset=read_rows(case["dataset"]), eval_dataset=read_rows(case["eval_dataset"]) if "eval_dataset" in case else None,
        processing_class=AutoTokenizer.from_pretrained(folder), peft_config=lora_config(case["params"]), callbacks=callbacks,
    )
