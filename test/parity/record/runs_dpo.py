"""Recorded runs of TRL's DPOTrainer."""

import tempfile

import torch
from peft import get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer

from recorder import COMMON, FIXED, LORA, MODELS, lora_config, read_rows, trainer_keys

EVAL = dict(eval_strategy="steps", eval_steps=5, per_device_eval_batch_size=2)
DPO = dict(COMMON, max_steps=10)


def case(model, dataset, **params):
    return dict(method="dpo", model=model, dataset=dataset, params={**DPO, **params})


# Every loss type and every option once, in as few runs as that takes. `adapter`: training goes on from an adapter that is not new.
CASES = {
    "dpo_sigmoid": dict(case("tied", "pairs", **EVAL), eval_dataset="pairs_eval"),
    "dpo_sigmoid_lora": case("untied", "pairs_plain", **LORA, learning_rate=2e-3, max_length=40, beta=0.3),
    "dpo_sigmoid_dora": dict(case("tied", "pairs", **{**LORA, "lora_target_modules": ["q_proj", "gate_proj"]}, use_dora=True, max_steps=8, learning_rate=2e-3, **{**EVAL, "eval_steps": 4}), eval_dataset="pairs_eval"),
    "dpo_hinge_ipo": dict(case("untied", "pairs_implied", **EVAL, loss_type=["hinge", "ipo"], loss_weights=[1.0, 0.25], beta=0.5), eval_dataset="pairs_eval"),
    # PEFT's dropout is off with the rest of it (disable_dropout).
    "dpo_exo_nca_robust": case("tied", "pairs_plain", **{**LORA, "lora_dropout": 0.2}, learning_rate=2e-3, max_length=64, loss_type=["exo_pair", "nca_pair", "robust"], loss_weights=[0.5, 1.0, 0.75], label_smoothing=0.1),
    "dpo_bco_sppo_weighted": dict(case("untied", "pairs_plain", **EVAL, max_length=48, loss_type=["bco_pair", "sppo_hard"], loss_weights=[1.0, 0.02], use_weighting=True, per_device_train_batch_size=3), eval_dataset="pairs_plain"),
    "dpo_aot": case("tied", "pairs", loss_type=["aot", "aot_unpaired"], label_smoothing=0.2, per_device_train_batch_size=4, gradient_accumulation_steps=1, beta=0.2),
    "dpo_apo": case("untied", "pairs", **LORA, learning_rate=2e-3, loss_type=["apo_zero", "apo_down"], loss_weights=[1.0, 0.5]),
    "dpo_discopop_sft_norm": dict(case("tied", "pairs_plain", **EVAL, max_length=40, loss_type=["discopop", "sft", "sigmoid_norm"], loss_weights=[1.0, 0.3, 0.6], discopop_tau=0.1, f_divergence_type="js_divergence"), eval_dataset="pairs_plain"),
    "dpo_forward_kl_tail": case("tied", "pairs_plain", max_length=24, truncation_mode="keep_end", ld_alpha=0.4, f_divergence_type="forward_kl", loss_type="sigmoid", gradient_accumulation_steps=1),
    "dpo_alpha_divergence": case("untied", "pairs_implied", loss_type=["exo_pair", "hinge"], label_smoothing=0.01, f_divergence_type="alpha_divergence", f_alpha_divergence_coef=0.3, ld_alpha=0.0, use_weighting=False),
    "dpo_precomputed": dict(case("tied", "pairs_plain", **EVAL, max_length=40, precompute_ref_log_probs=True, precompute_ref_batch_size=5, ld_alpha=0.5, loss_type=["sigmoid", "sft"], loss_weights=[1.0, 0.2]), eval_dataset="pairs_plain"),
    "dpo_synced": dict(case("untied", "pairs", **EVAL, sync_ref_model=True, ref_model_sync_steps=3, ref_model_mixup_alpha=0.7), eval_dataset="pairs_eval"),
    "dpo_adapter_goes_on": dict(case("tied", "pairs_implied", **LORA, learning_rate=1e-3, precompute_ref_log_probs=False), adapter=True),
    "dpo_neftune": case("untied", "pairs_plain", neftune_noise_alpha=5.0, max_length=24, gradient_accumulation_steps=1, max_steps=8),
    "dpo_weighted_lora": case("tied", "pairs", **LORA, learning_rate=2e-3, use_weighting=True, loss_type="sigmoid", beta=0.5),
}


def make_trainer(case, callbacks):
    folder = f"{MODELS}/{case['model']}"
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    config = lora_config(case["params"])
    if case.get("adapter"):
        model, config = trained_adapter(model, config), None
    return DPOTrainer(
        model=model,
        args=DPOConfig(output_dir=tempfile.mkdtemp(), **FIXED, **trainer_keys(case["params"]), **case.get("trl", {})),
        train_dataset=read_rows(case["dataset"]), eval_dataset=read_rows(case["eval_dataset"]) if "eval_dataset" in case else None,
        processing_class=AutoTokenizer.from_pretrained(folder), peft_config=config, callbacks=callbacks,
    )


def trained_adapter(model, config):
    """An adapter that changes the model, as an earlier training leaves it."""
    model = get_peft_model(model, config)
    torch.manual_seed(5)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.copy_(0.05 * torch.randn_like(weight))
    return model
