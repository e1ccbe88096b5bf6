"""How a run of TRL's is recorded: metrics of every log, clipped gradients of two steps, Adam's moments, final weights."""

import json
import os
import re
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import TrainerCallback, set_seed

# explore.py writes elsewhere.
OUT = os.environ.get("POSTTRAIN_PARITY") or str(Path(__file__).resolve().parents[1])
TRACES, MODELS, DATA = f"{OUT}/traces", f"{OUT}/models", f"{OUT}/data"

# Never different between the two sides, so not in the specs.
FIXED = dict(report_to="none", bf16=False, gradient_checkpointing=False, use_cpu=True, disable_tqdm=True, optim="adamw_torch", logging_nan_inf_filter=False, save_strategy="no", seed=42)
# The part of a spec that both sides read, in TRL's names.
COMMON = dict(learning_rate=5e-4, per_device_train_batch_size=2, gradient_accumulation_steps=2, train_sampling_strategy="sequential", logging_steps=1, max_length=256)
LORA = dict(use_peft=True, lora_r=4, lora_alpha=8, lora_dropout=0.0, lora_target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
# What PEFT is told, not TRL's trainer.
LORA_KEYS = {"use_peft", "lora_r", "lora_alpha", "lora_dropout", "lora_target_modules", "use_rslora", "use_dora", "trainable_token_indices", "lora_task_type", "lora_modules_to_save"}
# Steps whose gradients are kept, counted from 1.
GRADIENT_STEPS = (1, 5)


class Metrics(TrainerCallback):
    def __init__(self, path):
        self.file = open(path, "w")

    def on_log(self, args, state, control, logs=None, **_):
        if "train_runtime" in logs:
            logs = {k: v for k, v in logs.items() if k in ("train_loss", "epoch")}
        self.file.write(json.dumps({"step": state.global_step, **{k: v for k, v in logs.items() if not k.endswith(("runtime", "per_second"))}}) + "\n")
        self.file.flush()


class Steps(TrainerCallback):
    """Clipped gradients, and Adam's moments after the first step."""

    def __init__(self):
        self.trainer = None
        self.moments = None
        self.gradients = {}

    def on_pre_optimizer_step(self, args, state, control, **_):
        step = state.global_step + 1
        if step in GRADIENT_STEPS:
            self.gradients[step] = {name: samples(p.grad) for name, p in trained(self.trainer.model).items() if p.grad is not None}

    def on_step_end(self, args, state, control, **_):
        if state.global_step == 1:
            self.moments = moments(self.trainer)


class Noise(TrainerCallback):
    """NEFTune's numbers before they are scaled, a tensor [rows, time, hidden] for each micro-batch."""

    def __init__(self, path):
        self.path, self.drawn = path, []

    def on_train_begin(self, args, state, control, **_):
        self.uniform = torch.Tensor.uniform_
        torch.Tensor.uniform_ = lambda tensor, low, high: self.keep(self.uniform(tensor, low, high), high)

    def keep(self, tensor, high):
        self.drawn.append((tensor / high).clone())
        return tensor

    def on_train_end(self, args, state, control, **_):
        torch.Tensor.uniform_ = self.uniform
        save_file({str(i): numbers for i, numbers in enumerate(self.drawn)}, self.path)


def plain_name(name):
    """As the variable is called in a file: PEFT puts its adapter's name in, a copied module's place, and what a vector of magnitudes is."""
    return name.replace(".modules_to_save", "").replace(".default", "").replace("lora_magnitude_vector.weight", "lora_magnitude_vector")


def trained(model):
    return {plain_name(n): p for n, p in model.named_parameters() if p.requires_grad}


def samples(tensor, count=12):
    """Euclidean length and entries at places that a reader can compute again."""
    flat = tensor.detach().double().flatten()
    places = [(i * 7919 + 13) % flat.numel() for i in range(count)]
    return {"norm": flat.norm().item(), "at": places, "values": flat[places].tolist()}


def moments(trainer):
    optimizer = trainer.optimizer.optimizer if hasattr(trainer.optimizer, "optimizer") else trainer.optimizer
    return {name: {key: samples(optimizer.state[p][key]) for key in ("exp_avg", "exp_avg_sq")} for name, p in trained(trainer.model).items() if p in optimizer.state}


def read_rows(file):
    import datasets

    return datasets.Dataset.from_list([json.loads(line) for line in open(f"{DATA}/{file}.jsonl")])


def lora_config(params):
    from peft import LoraConfig

    if not params.get("use_peft"):
        return None
    targets = params["lora_target_modules"]
    return LoraConfig(
        # TRL makes a text of a list of one, and PEFT reads a text as a pattern only.
        r=params["lora_r"], lora_alpha=params["lora_alpha"], lora_dropout=params["lora_dropout"], target_modules=targets[0] if len(targets) == 1 and "*" in targets[0] else targets,
        use_rslora=params.get("use_rslora", False), use_dora=params.get("use_dora", False), modules_to_save=params.get("lora_modules_to_save"),
        trainable_token_indices=params.get("trainable_token_indices"), bias="none", task_type=params.get("lora_task_type", "CAUSAL_LM"),
    )


def trainer_keys(params):
    return {k: v for k, v in params.items() if k not in LORA_KEYS and k != "freeze"}


def freeze(model, patterns):
    for path, module in model.named_modules():
        if any(re.fullmatch(pattern, path) for pattern in patterns):
            module.requires_grad_(False)
    return model


def record(name, case, make_trainer):
    """Runs a case and writes its folder. `make_trainer(case, callbacks)` gives a TRL trainer that has not begun."""
    out = f"{TRACES}/{name}"
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    set_seed(42)
    steps = Steps()
    noise = [Noise(f"{out}/noise.safetensors")] if case["params"].get("neftune_noise_alpha") else []
    trainer = make_trainer(case, [Metrics(f"{out}/metrics.jsonl"), steps, *noise])
    steps.trainer = trainer
    lora = case["params"].get("use_peft")
    weights = lambda: {n: p.detach().clone().contiguous() for n, p in trained(trainer.model).items()}
    if lora:
        save_file(weights(), f"{out}/adapter_init.safetensors")
    trainer.train()
    # An adapter is small; of a whole model some entries of each tensor say as much.
    if lora:
        save_file(weights(), f"{out}/weights_final.safetensors")
    else:
        write_json(f"{out}/weights_final.json", {n: samples(p, 64) for n, p in trained(trainer.model).items()})
    write_json(f"{out}/moments.json", {"first": steps.moments, "last": moments(trainer)})
    write_json(f"{out}/gradients.json", steps.gradients)
    spec = {k: case[k] for k in ("method", "model", "dataset", "eval_dataset", "params") if k in case}
    spec["trl"] = {**FIXED, **case.get("trl", {})}
    json.dump(spec, open(f"{out}/spec.json", "w"), indent=1)
    # safetensors writes files that only their owner can read.
    for path in Path(out).glob("*.safetensors"):
        path.chmod(0o644)


def write_json(path, value):
    with open(path, "w") as file:
        json.dump(value, file)
