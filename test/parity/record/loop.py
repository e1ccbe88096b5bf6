"""Records what transformers' training loop decides: which checkpoint is the best, when early stopping ends a run, which checkpoints
stay, and the learning rates of a run that goes on longer than planned. Replayed by test/parity/loop.test.ts.

Run:  python test/parity/record/loop.py      (writes test/parity/loop.json; models and data are those of runs.py)
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TOKENIZERS_PARALLELISM="false", HF_HUB_DISABLE_TELEMETRY="1", TRL_EXPERIMENTAL_SILENCE="1")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import datasets
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, EarlyStoppingCallback, TrainerCallback
from trl import SFTConfig, SFTTrainer

from recorder import COMMON, FIXED, MODELS, OUT, read_rows, samples, trained

torch.set_num_threads(2)
datasets.disable_progress_bars()

# Four steps an epoch.
EVALUATED = dict(COMMON, per_device_eval_batch_size=2, learning_rate=4e-3, lr_scheduler_type="constant", eval_strategy="steps", eval_steps=2, save_strategy="steps", save_steps=2)
EARLY = ("early_stopping_patience", "early_stopping_threshold")

# Each case is one run, or several that go on from the last checkpoint of the one before with changed settings.
CASES = {
    # The loss of the held-out rows falls, then rises.
    "patience": [dict(EVALUATED, max_steps=60, load_best_model_at_end=True, early_stopping_patience=3, save_total_limit=2)],
    "saved_less_often": [dict(EVALUATED, max_steps=60, save_steps=6, load_best_model_at_end=True, early_stopping_patience=4)],
    "threshold_by_accuracy": [dict(EVALUATED, num_train_epochs=12, eval_strategy="epoch", save_strategy="epoch", eval_delay=2, load_best_model_at_end=True, metric_for_best_model="mean_token_accuracy", early_stopping_patience=2, early_stopping_threshold=0.02, save_total_limit=1)],
    "save_best": [dict(EVALUATED, max_steps=20, save_strategy="best", metric_for_best_model="eval_loss", eval_delay=3, eval_on_start=True, save_total_limit=2)],
    "longer": [dict(COMMON, learning_rate=1e-3, max_steps=8, save_strategy="steps", save_steps=4, warmup_steps=2), dict(COMMON, learning_rate=1e-3, max_steps=14, save_strategy="steps", save_steps=4, warmup_steps=2)],
    "longer_by_epochs": [dict(COMMON, learning_rate=1e-3, num_train_epochs=2, lr_scheduler_type="cosine", save_strategy="epoch"), dict(COMMON, learning_rate=1e-3, num_train_epochs=3, lr_scheduler_type="cosine", save_strategy="epoch")],
}


class Logs(TrainerCallback):
    def __init__(self):
        self.lines = []

    def on_log(self, args, state, control, logs=None, **_):
        wanted = ("loss", "eval_loss", "eval_mean_token_accuracy", "learning_rate", "grad_norm")
        if any(key in logs for key in ("loss", "eval_loss")):
            self.lines.append({"step": state.global_step, **{k: v for k, v in logs.items() if k in wanted}})


def step_of(path):
    return int(Path(path).name.removeprefix("checkpoint-"))


def run(params, folder, resume):
    keys = {k: v for k, v in {**FIXED, **params}.items() if k not in EARLY}
    early = {k: params[k] for k in EARLY if k in params}
    model = f"{MODELS}/tied"
    logs = Logs()
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32),
        args=SFTConfig(output_dir=folder, **keys),
        train_dataset=read_rows("chat"), eval_dataset=read_rows("chat_eval") if "eval_strategy" in params else None,
        processing_class=AutoTokenizer.from_pretrained(model), callbacks=[logs, *([EarlyStoppingCallback(**early)] if early else [])],
    )
    trainer.train(resume_from_checkpoint=resume)
    best = trainer.state.best_model_checkpoint
    return {
        "params": params, "logs": logs.lines, "stopped_at": trainer.state.global_step, "best_metric": trainer.state.best_metric, "best_step": trainer.state.best_global_step,
        "best_checkpoint": step_of(best) if best else None, "checkpoints": sorted(step_of(p) for p in Path(folder).glob("checkpoint-*")),
        "weights": {n: samples(p, 16) for n, p in list(trained(trainer.model).items())[:3]},
    }


def record(parts):
    with tempfile.TemporaryDirectory() as folder:
        return [run(params, folder, i > 0) for i, params in enumerate(parts)]


if __name__ == "__main__":
    with open(f"{OUT}/loop.json", "w") as file:
        json.dump({name: record(parts) for name, parts in CASES.items()}, file)
