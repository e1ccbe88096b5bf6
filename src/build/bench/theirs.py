"""One measurement with TRL, a plain PyTorch loop or transformers' generate: prints READY after the imports, then a line for each step or answer."""

import json
import os
import sys
import time

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TOKENIZERS_PARALLELISM="false", TRANSFORMERS_VERBOSITY="error")

import torch
import transformers
import trl
from datasets import Dataset, disable_progress_bars
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

job = json.loads(sys.argv[1])
torch.set_num_threads(job["threads"])
disable_progress_bars()


def say(word, **values):
    print(word, json.dumps(values), flush=True)


def step(seconds, tokens, rows):
    say("STEP", seconds=seconds, tokens=tokens, rows=rows)


def rows():
    with open(job["dataset"], encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def model():
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_pretrained(job["model"], dtype=torch.float32)


class Clock(TrainerCallback):
    """Seconds of each step, and the tokens that the trainer itself counts, without padding."""

    def __init__(self):
        self.tokens = 0
        self.seconds = 0.0

    def on_step_begin(self, *args, **kwargs):
        self.began = time.perf_counter()

    def on_step_end(self, *args, **kwargs):
        self.seconds = time.perf_counter() - self.began

    def on_log(self, args, state, control, logs=None, **kwargs):
        if not logs or "loss" not in logs:
            return
        seen = int(logs.get("num_tokens", 0))
        step(self.seconds, seen - self.tokens, args.per_device_train_batch_size)
        self.tokens = seen


def train():
    config, trainer = {"sft": (SFTConfig, SFTTrainer), "dpo": (DPOConfig, DPOTrainer)}[job["kind"]]
    args = config(
        output_dir=job["work"], use_cpu=True, bf16=False, gradient_checkpointing=False, save_strategy="no", report_to="none", disable_tqdm=True,
        logging_steps=1, lr_scheduler_type="linear", max_steps=job["steps"], **job["settings"],
    )
    peft = LoraConfig(task_type="CAUSAL_LM", **job["lora"]) if job.get("lora") else None
    trainer(model=model(), args=args, train_dataset=Dataset.from_list(rows()), processing_class=AutoTokenizer.from_pretrained(job["model"]), peft_config=peft, callbacks=[Clock()]).train()


def plain():
    policy = model()
    policy.train()
    settings = job["settings"]
    size = settings["per_device_train_batch_size"]
    tokenizer = AutoTokenizer.from_pretrained(job["model"])
    encoded = [tokenizer(row["text"])["input_ids"][: settings["max_length"]] for row in rows()]
    optimizer = torch.optim.AdamW(policy.parameters(), lr=settings["learning_rate"], weight_decay=0.0, fused=settings["optim"] == "adamw_torch_fused")
    for number in range(job["steps"]):
        ids = torch.tensor([encoded[(number * size + i) % len(encoded)] for i in range(size)])
        began = time.perf_counter()
        loss = policy(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        loss.item()
        step(time.perf_counter() - began, ids.numel(), size)


def generate():
    policy = model().eval()
    tokenizer = AutoTokenizer.from_pretrained(job["model"])
    encoded = [tokenizer(row["text"])["input_ids"] for row in rows()]
    size = job["settings"]["batch"]
    for number in range(job["steps"]):
        ids = torch.tensor([encoded[(number * size + i) % len(encoded)] for i in range(size)])
        began = time.perf_counter()
        with torch.no_grad():
            out = policy.generate(input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=True, top_k=0, max_new_tokens=job["settings"]["max_new_tokens"], pad_token_id=0)
        step(time.perf_counter() - began, out[:, ids.shape[1] :].numel(), size)


say("READY", device=f"PyTorch {torch.__version__}, transformers {transformers.__version__}, TRL {trl.__version__}, CPU, {torch.get_num_threads()} threads")
{"plain": plain, "generate": generate}.get(job["kind"], train)()
