"""Recorded runs of TRL's trainers of pairs without a reference model: ORPOTrainer and CPOTrainer."""

import tempfile

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl.experimental.cpo import CPOConfig, CPOTrainer
from trl.experimental.orpo import ORPOConfig, ORPOTrainer

from recorder import COMMON, FIXED, LORA, MODELS, lora_config, read_rows, trainer_keys

EVALUATE = dict(eval_strategy="steps", eval_steps=4, per_device_eval_batch_size=2)
# These trainers turn dropout off, the adapter's too.
DROPPED = {**LORA, "lora_dropout": 0.3}

CASES = {
    "orpo": dict(method="orpo", model="tied", dataset="pairs", eval_dataset="pairs_eval", params=dict(COMMON, **EVALUATE, max_steps=8)),
    "orpo_lora": dict(method="orpo", model="untied", dataset="pairs_text", params=dict(COMMON, **DROPPED, max_steps=8, learning_rate=2e-3, max_length=32, beta=0.5)),
    "orpo_neftune": dict(method="orpo", model="untied", dataset="pairs_text", params=dict(COMMON, gradient_accumulation_steps=1, max_steps=8, max_length=24, neftune_noise_alpha=5.0)),
    "cpo_sigmoid": dict(method="cpo", model="untied", dataset="pairs_plain", params=dict(COMMON, max_steps=8, max_length=40, label_smoothing=0.1, beta=0.2, cpo_alpha=0.5)),
    "cpo_hinge_lora": dict(method="cpo", model="tied", dataset="pairs_implied", params=dict(COMMON, **DROPPED, max_steps=8, learning_rate=2e-3, loss_type="hinge")),
    "cpo_ipo_lora": dict(method="cpo", model="untied", dataset="pairs_text", params=dict(COMMON, **DROPPED, max_steps=8, learning_rate=2e-3, loss_type="ipo", max_length=32)),
    "cpo_simpo": dict(method="cpo", model="tied", dataset="pairs", eval_dataset="pairs_eval", params=dict(COMMON, **EVALUATE, max_steps=8, loss_type="simpo", beta=2.0, simpo_gamma=1.2, label_smoothing=0.05, cpo_alpha=0.0)),
    "cpo_alphapo_lora": dict(method="cpo", model="tied", dataset="pairs_text", params=dict(COMMON, **DROPPED, max_steps=8, learning_rate=2e-3, loss_type="alphapo", alpha=0.25, beta=2.5)),
}


def real_logits(trainer_class, last):
    """The trainers average logits/* over padding as well, whose amount is by chance. Here it is left out."""

    class Trainer(trainer_class):
        def concatenated_forward(self, model, batch):
            result = list(super().concatenated_forward(model, batch))
            for i, side in ((2, "chosen"), (3, "rejected")):
                mask = batch[f"{side}_attention_mask"].bool()
                mask = mask if last else mask[:, 1:]
                result[i] = torch.cat([row[: int(real.sum())] for row, real in zip(result[i], mask)])
            return tuple(result)

    return Trainer


def make_trainer(case, callbacks):
    folder = f"{MODELS}/{case['model']}"
    config, trainer = {"orpo": (ORPOConfig, real_logits(ORPOTrainer, False)), "cpo": (CPOConfig, real_logits(CPOTrainer, True))}[case["method"]]
    return trainer(
        model=AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32),
        args=config(output_dir=tempfile.mkdtemp(), **FIXED, **trainer_keys(case["params"]), **case.get("trl", {})),
        train_dataset=read_rows(case["dataset"]), eval_dataset=read_rows(case["eval_dataset"]) if "eval_dataset" in case else None,
        processing_class=AutoTokenizer.from_pretrained(folder), peft_config=lora_config(case["params"]), callbacks=callbacks,
    )
