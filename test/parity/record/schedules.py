"""Records the learning rates of transformers' schedules, step by step, and of those that follow an evaluation. Read by test/parity/schedules.test.ts.

Run:  python test/parity/record/schedules.py      (needs requirements.txt beside it)
"""

import json
from pathlib import Path

import torch
import transformers
from transformers import get_scheduler

OUT = Path(__file__).resolve().parents[1] / "schedules.json"

# type, steps of warm-up, all steps, lr_scheduler_kwargs
SCHEDULES = [
    ("linear", 0, 12, {}), ("linear", 4, 12, {}), ("linear", 12, 12, {}),
    ("cosine", 0, 12, {}), ("cosine", 3, 12, {"num_cycles": 1.5}),
    ("cosine_with_restarts", 2, 14, {}), ("cosine_with_restarts", 2, 14, {"num_cycles": 3}),
    ("polynomial", 2, 12, {}), ("polynomial", 3, 12, {"power": 2.5, "lr_end": 1e-5}),
    ("constant", 5, 8, {}), ("constant_with_warmup", 5, 8, {}),
    ("inverse_sqrt", 0, 12, {}), ("inverse_sqrt", 4, 12, {}), ("inverse_sqrt", 4, 12, {"timescale": 50}),
    ("cosine_with_min_lr", 3, 12, {"min_lr": 2e-5}), ("cosine_with_min_lr", 0, 12, {"min_lr_rate": 0.25, "num_cycles": 1}),
    ("cosine_warmup_with_min_lr", 4, 14, {"min_lr_rate": 0.1}), ("cosine_warmup_with_min_lr", 4, 14, {"min_lr": 2e-5, "warmup_lr_rate": 0.2}), ("cosine_warmup_with_min_lr", 1, 10, {"min_lr_rate": 0.1, "warmup_lr_rate": 0.2, "num_cycles": 1}),
    ("warmup_stable_decay", 3, 15, {"num_decay_steps": 5}), ("warmup_stable_decay", 3, 15, {"num_decay_steps": 5, "warmup_type": "cosine", "decay_type": "linear", "min_lr_ratio": 0.1}),
    ("warmup_stable_decay", 4, 15, {"num_decay_steps": 6, "num_stable_steps": 2, "warmup_type": "1-sqrt", "decay_type": "1-sqrt", "min_lr_ratio": 0.05}), ("warmup_stable_decay", 0, 10, {"num_decay_steps": 4, "num_cycles": 1}),
]
FALLING = [3.0, 2.5, 2.4, 2.4, 2.39, 2.41, 2.4, 2.42, 2.4, 2.3, 2.31, 2.3, 2.3, 2.35, 2.3, 2.3, 2.3, 2.4, 2.2, 2.2, 2.3, 2.3, 2.3, 2.3]
STEADY = [3.0 - 0.05 * i for i in range(16)] + [2.3] * 14
# type, lr_scheduler_kwargs, what the evaluations say
FOLLOWING = [
    ("reduce_lr_on_plateau", {}, FALLING + [2.2] * 12), ("reduce_lr_on_plateau", {"patience": 1, "factor": 0.5, "cooldown": 2, "min_lr": 1e-5}, FALLING),
    ("reduce_lr_on_plateau", {"patience": 0, "factor": 0.3, "threshold": 0.05, "threshold_mode": "abs", "eps": 1e-5}, FALLING), ("reduce_lr_on_plateau", {"mode": "max", "patience": 2, "threshold": 0.01}, FALLING),
    ("greedy", {}, STEADY), ("greedy", {"patience": 2, "min_lr": 1e-6, "factor": 0.8}, STEADY), ("greedy", {"patience": 1, "min_lr": 1e-5, "max_lr": 3e-4, "cooldown": 2, "warmup": 1, "factor": 0.7, "smooth": True, "window_size": 4}, STEADY + FALLING),
    ("greedy", {"patience": 0, "min_lr": 5e-5, "factor": 0.5, "reset_start": 2, "threshold": 0.01, "threshold_mode": "rel"}, FALLING), ("greedy", {"mode": "max", "patience": 1, "min_lr": 1e-6, "factor": 0.9, "smooth": True, "reset_start": 3}, FALLING),
]
RATE = 2e-4


def optimizer():
    return torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=RATE)


def by_step(kind, warmup, total, kwargs):
    opt = optimizer()
    scheduler = get_scheduler(kind, opt, num_warmup_steps=warmup, num_training_steps=total, scheduler_specific_kwargs=dict(kwargs))
    rates = []
    for _ in range(total + 3):
        rates.append(scheduler.get_last_lr()[0])
        opt.step()
        scheduler.step()
    return {"type": kind, "warmup": warmup, "total": total, "kwargs": kwargs, "rates": rates}


def by_metric(kind, kwargs, metrics):
    opt = optimizer()
    scheduler = get_scheduler(kind, opt, scheduler_specific_kwargs=dict(kwargs))
    rates = []
    for value in metrics:
        scheduler.step(value)
        rates.append(opt.param_groups[0]["lr"])
    return {"type": kind, "kwargs": kwargs, "metrics": metrics, "rates": rates}


if __name__ == "__main__":
    recording = {"transformers": transformers.__version__, "rate": RATE, "schedules": [by_step(*case) for case in SCHEDULES], "following": [by_metric(*case) for case in FOLLOWING]}
    OUT.write_text(json.dumps(recording))
