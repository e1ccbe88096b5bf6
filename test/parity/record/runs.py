"""Records what TRL computes: metrics of every step, Adam's moments, final weights, logits. Replayed by test/parity/trl.test.ts.

Run:  python test/parity/record/runs.py                 (needs requirements.txt beside it; CPU, fp32, two threads)
It writes test/parity/models (random weights, a tokenizer), data and traces.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TOKENIZERS_PARALLELISM="false", HF_HUB_DISABLE_TELEMETRY="1")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import datasets
import peft
import torch
import transformers
import trl
from peft import LoraConfig
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback, set_seed
from trl import SFTConfig, SFTTrainer

import runData
import runModels

# TRL 1.16 asks a tied head for its bias, which PEFT's wrapper of trained token rows does not have.
peft.utils.other.TrainableTokensWrapper.bias = None

torch.set_num_threads(2)
datasets.disable_progress_bars()
OUT = str(Path(__file__).resolve().parents[1])
TRACES, MODELS, DATA = f"{OUT}/traces", f"{OUT}/models", f"{OUT}/data"

# Never different between the two sides, so not in the specs.
FIXED = dict(report_to="none", bf16=False, gradient_checkpointing=False, use_cpu=True, disable_tqdm=True, optim="adamw_torch", logging_nan_inf_filter=False, save_strategy="no", seed=42)
# The part of a spec that both sides read, in TRL's names.
COMMON = dict(learning_rate=5e-4, per_device_train_batch_size=2, gradient_accumulation_steps=2, train_sampling_strategy="sequential", logging_steps=1, max_length=256)
LORA = dict(use_peft=True, lora_r=4, lora_alpha=8, lora_dropout=0.0, lora_target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])

# `trl`: what only TRL is told.
CASES = {
    # 13 rows in batches of 2, two batches a step: the last step of an epoch has one batch of one row.
    "sft_chat": dict(method="sft", model="tied", dataset="chat", eval_dataset="chat_eval", params=dict(COMMON, num_train_epochs=6, warmup_steps=0.1, weight_decay=0.05, eval_strategy="steps", eval_steps=8, per_device_eval_batch_size=2)),
    "sft_plain_untied": dict(method="sft", model="untied", dataset="plain", params=dict(COMMON, max_steps=20, max_length=48, lr_scheduler_type="cosine", warmup_steps=3, max_grad_norm=0.5, logging_steps=2)),
    "sft_turns_lora": dict(method="sft", model="tied", dataset="turns", params=dict(COMMON, **LORA, learning_rate=2e-3, max_steps=20, lr_scheduler_type="constant_with_warmup", warmup_steps=2)),
    "sft_chat_lora_rows": dict(method="sft", model="tied", dataset="chat", params=dict(COMMON, **{**LORA, "lora_target_modules": ["q_proj", "v_proj"]}, use_rslora=True, trainable_token_indices=[2, 1], learning_rate=2e-3, max_steps=20)),
    "pretrain_packed": dict(
        method="pretrain", model="tied", dataset="text", trl=dict(packing=True, packing_strategy="wrapped"),
        params=dict({k: v for k, v in COMMON.items() if k != "gradient_accumulation_steps"}, per_device_train_batch_size=4, max_steps=24, max_length=32, adam_beta2=0.95, weight_decay=0.1, learning_rate=1e-3, lr_scheduler_type="cosine_with_min_lr", lr_scheduler_kwargs={"min_lr_rate": 0.1}, warmup_steps=4),
    ),
}


class Recorder(TrainerCallback):
    def __init__(self, path):
        self.file = open(path, "w")

    def on_log(self, args, state, control, logs=None, **_):
        if "train_runtime" in logs:
            logs = {k: v for k, v in logs.items() if k in ("train_loss", "epoch")}
        self.file.write(json.dumps({"step": state.global_step, **{k: v for k, v in logs.items() if not k.endswith(("runtime", "per_second"))}}) + "\n")
        self.file.flush()


def plain_name(name):
    """As the variable is called in a file: PEFT puts its adapter's name in."""
    return name.replace(".default", "")


def trained(model):
    return {plain_name(n): p for n, p in model.named_parameters() if p.requires_grad}


def samples(tensor):
    """Euclidean length and 12 entries at places that a reader can compute again."""
    flat = tensor.detach().double().flatten()
    places = [(i * 7919 + 13) % flat.numel() for i in range(12)]
    return {"norm": flat.norm().item(), "at": places, "values": flat[places].tolist()}


def moments(trainer):
    optimizer = trainer.optimizer.optimizer if hasattr(trainer.optimizer, "optimizer") else trainer.optimizer
    return {name: {key: samples(optimizer.state[p][key]) for key in ("exp_avg", "exp_avg_sq")} for name, p in trained(trainer.model).items() if p in optimizer.state}


class FirstStep(TrainerCallback):
    """Adam's moments after the first step are its clipped gradient and the square of it, up to constants."""

    def __init__(self):
        self.trainer = None
        self.moments = None

    def on_step_end(self, args, state, control, **_):
        if state.global_step == 1:
            self.moments = moments(self.trainer)


def run(name, case):
    out = f"{TRACES}/{name}"
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    set_seed(42)
    params = case["params"]
    folder = f"{MODELS}/{case['model']}"
    keys = {k: v for k, v in params.items() if not k.startswith("lora_") and k not in ("use_peft", "use_rslora", "trainable_token_indices")}
    lora = None
    if params.get("use_peft"):
        lora = LoraConfig(
            r=params["lora_r"], lora_alpha=params["lora_alpha"], lora_dropout=params["lora_dropout"], target_modules=params["lora_target_modules"],
            use_rslora=params.get("use_rslora", False), trainable_token_indices=params.get("trainable_token_indices"), bias="none", task_type="CAUSAL_LM",
        )
    rows = lambda file: datasets.Dataset.from_list([json.loads(line) for line in open(f"{DATA}/{file}.jsonl")])
    first = FirstStep()
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32),
        args=SFTConfig(output_dir=tempfile.mkdtemp(), **FIXED, **keys, **case.get("trl", {})),
        train_dataset=rows(case["dataset"]), eval_dataset=rows(case["eval_dataset"]) if "eval_dataset" in case else None,
        processing_class=AutoTokenizer.from_pretrained(folder), peft_config=lora, callbacks=[Recorder(f"{out}/metrics.jsonl"), first],
    )
    first.trainer = trainer
    if lora:
        save_file({n: p.detach().clone().contiguous() for n, p in trained(trainer.model).items()}, f"{out}/adapter_init.safetensors")
    trainer.train()
    save_file({n: p.detach().clone().contiguous() for n, p in trained(trainer.model).items()}, f"{out}/weights_final.safetensors")
    json.dump({"first": first.moments, "last": moments(trainer)}, open(f"{out}/moments.json", "w"))
    spec = {k: case[k] for k in ("method", "model", "dataset", "eval_dataset", "params") if k in case}
    spec["trl"] = {**FIXED, **case.get("trl", {})}
    json.dump(spec, open(f"{out}/spec.json", "w"), indent=1)


def logits():
    """Logits and their entropies of rows of different lengths, each alone, by both models."""
    result = {}
    for name in ("tied", "untied"):
        folder = f"{MODELS}/{name}"
        tok = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        result[name] = []
        for text in runData.sentences(2, 8) + [" ".join(runData.sentences(12, 9))]:
            ids = tok(text, add_special_tokens=False)["input_ids"]
            with torch.no_grad():
                z = model(torch.tensor([ids])).logits[0]
            result[name].append({"text": text, "ids": ids, **samples(z), "argmax": z.argmax(-1).tolist()})
    json.dump(result, open(f"{TRACES}/logits.json", "w"))


if __name__ == "__main__":
    for folder in (TRACES, MODELS, DATA):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
    runData.make(DATA)
    runModels.make(MODELS)
    for name, case in CASES.items():
        run(name, case)
    logits()
    # safetensors writes files that only their owner can read.
    for path in Path(OUT).glob("**/*.safetensors"):
        path.chmod(0o644)
    versions = {m.__name__: m.__version__ for m in (torch, transformers, trl, peft, datasets)}
    json.dump({"python": sys.version.split()[0], **versions, "cases": list(CASES)}, open(f"{TRACES}/provenance.json", "w"), indent=1)
