"""Records how TRL's trainers of preferences prepare rows. Replayed by test/parity/preparePairs.test.ts.

Run:  python test/parity/record/preparePairs.py     (after prepare.py, whose tokenizers it takes; CPU)
It writes test/parity/prepare/pairs.json: for each row and trainer the sequences, each with 1 for what it is to learn.
"""

import json
import os
import tempfile
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TRL_EXPERIMENTAL_SILENCE="1", TOKENIZERS_PARALLELISM="false")
os.environ.setdefault("HF_DATASETS_CACHE", tempfile.mkdtemp())

import datasets
import torch
import transformers
import trl
from datasets import Dataset
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification
from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer, RewardConfig, RewardTrainer
from trl.experimental.cpo import CPOConfig, CPOTrainer
from trl.experimental.orpo import ORPOConfig, ORPOTrainer

from prepare import CALL, OUT, PAIRS, TOOL, TURNS, assistant, system, user

datasets.disable_progress_bars()
transformers.logging.set_verbosity_error()

FIXED = dict(report_to="none", bf16=False, gradient_checkpointing=False, use_cpu=True)
SMALL = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1)
TRAINERS = {"orpo": (ORPOConfig, ORPOTrainer), "cpo": (CPOConfig, CPOTrainer), "reward": (RewardConfig, RewardTrainer), "dpo": (DPOConfig, DPOTrainer), "kto": (KTOConfig, KTOTrainer)}


def sides(method, row, max_length=None):
    """The sequences of a prepared row, as (ids, learnt), and for KTO whether the answer is good."""
    if method in ("orpo", "cpo"):
        return [(row[f"{side}_input_ids"], [int(label != -100) for label in row[f"{side}_labels"]]) for side in ("chosen", "rejected")]
    if method == "kto":
        ids, learnt = row["prompt_ids"] + row["completion_ids"], [0] * len(row["prompt_ids"]) + [1] * len(row["completion_ids"])
        return [(ids[:max_length], learnt[:max_length], row["label"])]
    return [(row[f"{side}_ids"], None) for side in ("chosen", "rejected")]


def scored(trainer, sequences):
    """1 for the token whose score is the sequence's: each place is given its number as score, and the model says which it takes."""
    seen = []
    for ids, _ in sequences:
        model = trainer.model
        hook = model.score.register_forward_hook(lambda _module, _inputs, output: torch.arange(output.shape[1], dtype=output.dtype)[None, :, None])
        with torch.no_grad():
            at = int(model(torch.tensor([ids])).logits[0, 0])
        hook.remove()
        seen.append((ids, [int(i == at) for i in range(len(ids))]))
    return seen


def collated(trainer, row):
    """DPO cuts in its collator."""
    batch = trainer.data_collator([row])
    lengths = batch["attention_mask"].sum(1).tolist()
    return [(ids[:length], mask[:length]) for ids, mask, length in zip(batch["input_ids"].tolist(), batch["completion_mask"].tolist(), lengths)]


def prepare(method, folder, row, settings):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    config, trainer = TRAINERS[method]
    kind = LlamaForSequenceClassification if method == "reward" else LlamaForCausalLM
    make = lambda: kind(LlamaConfig(vocab_size=len(tokenizer), **SMALL, num_labels=1, pad_token_id=None, bos_token_id=None, eos_token_id=None))
    more = {"ref_model": make()} if method == "kto" else {}
    with tempfile.TemporaryDirectory() as out:
        model = make()
        if method == "dpo":  # its reference is read from a folder
            model.save_pretrained(f"{out}/model")
            model = kind.from_pretrained(f"{out}/model")
        made = trainer(model=model, **more, args=config(output_dir=out, **FIXED, **settings), train_dataset=Dataset.from_list([row]), processing_class=tokenizer)
        if method == "dpo":
            return [collated(made, prepared) for prepared in made.train_dataset]
        return [scored(made, sides(method, prepared)) if method == "reward" else sides(method, prepared, made.args.max_length) for prepared in made.train_dataset]


def record(method, folder, row, settings):
    try:
        rows = prepare(method, folder, row, settings)
    except Exception as error:  # noqa: BLE001 - which rows TRL refuses is part of the record
        return {"error": f"{type(error).__name__}: {error}".split("\n")[0][:160]}
    return {"rows": [[{"ids": ids, "trained": trained, **({"good": good[0]} if good else {})} for ids, trained, *good in row] for row in rows]}


OTHER = {" Oslo.": " Bergen, or the river.", "Oslo.": " Bergen", "only an answer": "another", "": "not empty", "ld and more": "lds", "空 🎉 done": "气", " yes<|im_end|>": " no", " short": " a long answer about the river and the night sky"}
CALLED = [user("Weather in Oslo?"), {"role": "assistant", "content": None, "tool_calls": [CALL]}, {"role": "tool", "name": "weather", "content": "4"}]


def rows():
    """(name, tokenizers, row)"""
    both, every = ("chatml", "strict"), ("chatml", "strict", "plain")
    for i, (prompt, completion) in enumerate(PAIRS):
        yield f"text {i}", every, {"prompt": prompt, "chosen": completion, "rejected": OTHER.get(completion, " no.")}
    for i, (prompt, completion) in enumerate(TURNS):
        yield f"turns {i}", both, {"prompt": prompt, "chosen": completion, "rejected": [assistant("I do not know."), *completion[1:]]}
    yield "implied text", every, {"chosen": "I am Bob, and you?", "rejected": "I am Alice."}
    yield "implied text, other first characters", every, {"chosen": "Yes, apples.", "rejected": "No, the river."}
    yield "implied text, other first characters, a space at the end", every, {"chosen": "Yes, apples ", "rejected": "No, the river."}
    yield "implied text, equal", every, {"chosen": "I am Bob.", "rejected": "I am Bob."}
    yield "implied text, one begins the other", every, {"chosen": "I am", "rejected": "I am Bob."}
    yield "implied text, one side empty", every, {"chosen": "", "rejected": "I am Bob."}
    yield "empty chosen", every, {"prompt": "Who are you?", "chosen": "", "rejected": " I am Bob."}
    yield "ends with its end", ("chatml",), {"prompt": "Who are you?", "chosen": " Bob<|im_end|>", "rejected": " Alice"}
    yield "merges over the border", every, {"prompt": "The riv", "chosen": "er and the sky.", "rejected": "al dog."}
    yield "keys of a turn in another order", both, {"chosen": [user("Hi"), assistant("Hello!")], "rejected": [{"content": "Hi", "role": "user"}, assistant("No.")]}
    yield "implied turns, other first turns", both, {"chosen": [user("Hi"), assistant("Hello!")], "rejected": [user("Ho"), assistant("Hello!")]}
    yield "implied turns, equal", both, {"chosen": [user("Hi"), assistant("Hello!")], "rejected": [user("Hi"), assistant("Hello!")]}
    yield "implied turns", both, {"chosen": [user("Hi"), assistant("Hello!")], "rejected": [user("Hi"), assistant("Go away.")]}
    yield "implied, one side longer", both, {"chosen": [user("Hi"), assistant("Hello!"), user("So?"), assistant("Well.")], "rejected": [user("Hi"), assistant("Hello!")]}
    yield "goes on with the assistant", ("chatml",), {"prompt": [user("Hi"), assistant("I am ")], "chosen": [assistant("Bob.")], "rejected": [assistant("Alice.")]}
    yield "prompt ends with the system", ("chatml",), {"prompt": [user("Hi"), system("Be kind.")], "chosen": [assistant("Bob.")], "rejected": [assistant("Alice.")]}
    yield "tools", ("chatml",), {"prompt": CALLED, "chosen": [assistant("4 degrees.")], "rejected": [assistant("Warm.")], "tools": [TOOL]}
    yield "thinking", ("chatml",), {"prompt": [user("Hi")], "chosen": [assistant("Hello!")], "rejected": [assistant("No.")], "chat_template_kwargs": {"enable_thinking": True}}


def unpaired():
    for i, (prompt, completion) in enumerate(PAIRS):
        yield f"marked text {i}", ("chatml", "strict", "plain"), {"prompt": prompt, "completion": completion, "label": i % 2 == 0}
    for i, (prompt, completion) in enumerate(TURNS):
        yield f"marked turns {i}", ("chatml", "strict"), {"prompt": prompt, "completion": completion, "label": i % 2 == 1}
    yield "marked tools", ("chatml",), {"prompt": CALLED, "completion": [assistant("4 degrees.")], "label": True, "tools": json.dumps([TOOL])}
    yield "marked thinking", ("chatml",), {"prompt": [user("Hi")], "completion": [assistant("Hello!")], "label": False, "chat_template_kwargs": {"enable_thinking": True}}


def cases():
    for name, tokenizers, row in [*rows(), *unpaired()]:
        for tokenizer in tokenizers:
            for settings in ({}, {"max_length": 14}):
                yield name, tokenizer, "kto", row, settings
    for name, tokenizers, row in rows():
        for tokenizer in tokenizers:
            if "chosen" in row:
                yield name, tokenizer, "orpo", row, {}
                yield name, tokenizer, "dpo", row, {}
                yield name, tokenizer, "dpo", row, {"max_length": 12}
                yield name, tokenizer, "dpo", row, {"max_length": 9, "truncation_mode": "keep_end"}
                yield name, tokenizer, "reward", row, {}
                yield name, tokenizer, "reward", row, {"max_length": 14}
                yield name, tokenizer, "cpo", row, {"max_length": 14, "max_completion_length": 2}
                if name in ("text 7", "turns 4"):
                    yield name, tokenizer, "orpo", row, {"max_length": None}
                    yield name, tokenizer, "dpo", row, {"max_length": None}


if __name__ == "__main__":
    recorded = [{"name": f"{name} · {tokenizer} · {method}{' ' + json.dumps(settings) if settings else ''}", "tokenizer": tokenizer, "method": method, "settings": settings, "row": row, **record(method, OUT / tokenizer, row, settings)} for name, tokenizer, method, row, settings in cases()]
    versions = {module.__name__: module.__version__ for module in (trl, transformers, datasets)}
    lines = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in recorded)
    (OUT / "pairs.json").write_text(f'{{"versions":{json.dumps(versions)},\n"cases":[\n{lines}\n]}}\n', encoding="utf-8")
    for case in recorded:
        if "error" in case:
            print(case["name"], case["error"])
    print(f"{len(recorded)} rows")
