"""Random runs of TRL's trainers, to find what the recorded ones miss: other models, tokenizers, rows and pairs of options.

Run:  python test/parity/record/explore.py FOLDER --seed 1 --count 20
It writes FOLDER/{models,data,traces} as runs.py does for test/parity. `npm run parity:explore` records and replays.
Losses that square or exponentiate a difference of long sums (sppo_hard, hinge with a large beta) can differ by a few units in the
last place of those sums, which is more than the tolerance of a mean.
"""

import argparse
import os
import random
import sys
import traceback

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--count", type=int, default=20)
parser.add_argument("--method")
arguments = parser.parse_args()
os.environ["POSTTRAIN_PARITY"] = arguments.folder
os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TOKENIZERS_PARALLELISM="false", HF_HUB_DISABLE_TELEMETRY="1", TRL_EXPERIMENTAL_SILENCE="1")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import json

import datasets
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaForSequenceClassification, PreTrainedTokenizerFast

import runModels
import runs_dpo
import runs_kto
import runs_pairs
import runs_reward
import runs_sft
from recorder import DATA, MODELS, TRACES, record
from runData import assistant, user, write

torch.set_num_threads(2)
datasets.disable_progress_bars()

WORDS = "the a one my our red blue quick old new 3 14 1,000 river stone bread sky chair letter number dog cat robin teacher child runs sees makes finds keeps says because when after before 你好 世界 数据 训练 naïve café Straße 🙂 👩‍🚀 x=1; return(f) http://a.b/c don't \"quoted\" <tag> \\n 3.14".split(" ")
MAKERS = {"sft": runs_sft, "pretrain": runs_sft, "dpo": runs_dpo, "orpo": runs_pairs, "cpo": runs_pairs, "reward": runs_reward, "kto": runs_kto}


def text(rng, low, high):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(low, high)))


def make_tokenizer(rng):
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=rng.random() < 0.7)
    tok.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=rng.randint(290, 700), special_tokens=runModels.SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False, min_frequency=1)
    tok.train_from_iterator([text(rng, 3, 12) for _ in range(200)] + ["system\nuser\nassistant\n"] * 3, trainer)
    bos, _, end = runModels.SPECIAL
    pad = rng.choice([bos, end])
    fast = PreTrainedTokenizerFast(tokenizer_object=tok, bos_token=bos, eos_token=end, pad_token=pad, additional_special_tokens=runModels.SPECIAL[1:], model_max_length=512, clean_up_tokenization_spaces=False)
    fast.chat_template = runModels.CHATML
    return fast


def make_model(rng, name, **more):
    kv = rng.choice([1, 2, 3])
    heads = kv * rng.choice([2, 4])
    head_dim = rng.choice([8, 10, 16])
    hidden = heads * (head_dim if rng.random() < 0.6 else rng.choice([10, 14]))
    config = dict(
        hidden_size=hidden, head_dim=head_dim, intermediate_size=rng.choice([20, 44, 64, 100]), num_hidden_layers=rng.randint(1, 3), num_attention_heads=heads, num_key_value_heads=kv,
        tie_word_embeddings=rng.random() < 0.5, rope_theta=rng.choice([100.0, 10000.0, 500000.0]), rms_norm_eps=rng.choice([1e-5, 1e-6]),
    )
    runModels.save(f"{MODELS}/{name}", make_tokenizer(rng), rng.randrange(1 << 30), **{**config, **more})


def content(rng, low=1, high=14):
    return text(rng, low, high if rng.random() < 0.85 else high * 4)


def conversation(rng):
    turns = [{"role": "system", "content": text(rng, 2, 5)}] if rng.random() < 0.3 else []
    for _ in range(rng.randint(1, 3)):
        turns += [user(content(rng)), assistant(content(rng))]
    return turns


def rows(rng, kind, chat, count):
    prompt = lambda: conversation(rng)[: -1] if chat else content(rng)
    answer = lambda: [assistant(content(rng))] if chat else rng.choice([" ", "", "\n"]) + content(rng)
    out = []
    for _ in range(count):
        if kind == "text":
            out.append({"text": content(rng, 3, 30)})
        elif kind == "messages":
            out.append({"messages": conversation(rng)})
        elif kind == "prompt-completion":
            out.append({"prompt": prompt(), "completion": answer()})
        elif kind == "unpaired":
            out.append({"prompt": prompt(), "completion": answer(), "label": rng.random() < 0.5})
        elif kind == "implied":
            start = prompt()
            out.append({"chosen": start + answer(), "rejected": start + answer()})
        else:
            out.append({"prompt": prompt(), "chosen": answer(), "rejected": answer()})
    if kind == "unpaired":
        out[0]["label"], out[1]["label"] = True, False
    return out


def shared(rng):
    logging_steps = rng.choice([1, 1, 2])
    params = dict(
        learning_rate=rng.choice([2e-4, 1e-3]), per_device_train_batch_size=rng.choice([1, 2, 3, 4]), gradient_accumulation_steps=rng.choice([1, 1, 2, 3]), train_sampling_strategy="sequential",
        # The last step is always logged here, and by TRL only when it is due.
        logging_steps=logging_steps, max_length=rng.choice([24, 48, 96, 256]), max_steps=rng.choice([6, 8] if logging_steps == 2 else [6, 7, 8, 9]), lr_scheduler_type=rng.choice(["linear", "cosine", "constant"]),
    )
    if rng.random() < 0.4:
        params["warmup_steps"] = rng.choice([1, 2, 0.3])
    if rng.random() < 0.4:
        params["weight_decay"] = rng.choice([0.01, 0.1])
    if rng.random() < 0.3:
        params.update(adam_beta1=0.8, adam_beta2=0.95, adam_epsilon=1e-6)
    if rng.random() < 0.3:
        params["max_grad_norm"] = rng.choice([0.1, 0.5])
    if rng.random() < 0.5:
        params.update(eval_strategy="steps", eval_steps=rng.choice([2, 3]), per_device_eval_batch_size=rng.choice([1, 2, 4]))
    return params


def lora(rng):
    modules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    params = dict(use_peft=True, lora_r=rng.choice([1, 2, 4]), lora_alpha=rng.choice([2, 8, 16]), lora_dropout=0.0, lora_target_modules=rng.sample(modules, rng.randint(1, 7)), learning_rate=2e-3)
    if rng.random() < 0.3:
        params["use_rslora"] = True
    if rng.random() < 0.25:
        params["use_dora"] = True
    return params


def make_case(rng, method, name):
    params = shared(rng)
    trl = {}
    chat = rng.random() < 0.5
    if method == "sft":
        kind = rng.choice(["text", "messages", "prompt-completion", "prompt-completion"])
        if kind == "messages" and rng.random() < 0.5:
            params["assistant_only_loss"] = True
        if kind == "prompt-completion" and rng.random() < 0.3:
            params["completion_only_loss"] = rng.random() < 0.5
        if rng.random() < 0.25:
            params["loss_type"] = "dft"
        if rng.random() < 0.25:
            params["truncation_mode"] = "keep_end"
    elif method == "pretrain":
        kind, chat = "text", False
        trl = dict(packing=True, packing_strategy="wrapped")
        params["max_length"] = rng.choice([16, 24])
    elif method == "kto":
        kind = rng.choice(["unpaired", "unpaired", "preference"])
        params["per_device_train_batch_size"] = rng.choice([2, 3, 4])
        params.update(beta=rng.choice([0.1, 0.5]))
        if rng.random() < 0.4:
            params.update(desirable_weight=1.3, undesirable_weight=0.7)
        if rng.random() < 0.3:
            params["loss_type"] = "apo_zero_unpaired"
    else:
        kind = rng.choice(["preference", "preference", "implied"]) if chat else "preference"
        if method == "dpo":
            kinds = ["sigmoid", "hinge", "ipo", "exo_pair", "nca_pair", "robust", "bco_pair", "sppo_hard", "aot", "aot_unpaired", "apo_zero", "apo_down", "discopop", "sft", "sigmoid_norm"]
            chosen = rng.sample(kinds, rng.choice([1, 1, 2, 3]))
            params.update(beta=rng.choice([0.05, 0.1, 0.5]), loss_type=chosen)
            if len(chosen) > 1:
                params["loss_weights"] = [rng.choice([0.1, 0.5, 1.0]) for _ in chosen]
            if {"exo_pair", "robust"} & set(chosen) or rng.random() < 0.2:
                params["label_smoothing"] = rng.choice([0.05, 0.2])
            if rng.random() < 0.2:
                params["ld_alpha"] = rng.choice([0.0, 0.3, 1.0])
            if rng.random() < 0.2:
                params["use_weighting"] = True
            if rng.random() < 0.3 and not {"nca_pair", "bco_pair", "sppo_hard", "aot", "aot_unpaired", "apo_zero", "apo_down"} & set(chosen):
                params["f_divergence_type"] = rng.choice(["forward_kl", "js_divergence", "alpha_divergence"])
            if rng.random() < 0.2:
                params["precompute_ref_log_probs"] = True
            if rng.random() < 0.3:
                params["truncation_mode"] = "keep_end"
        elif method == "orpo":
            params["max_length"] = 512  # a completion that is cut away is NaN there
            params["beta"] = rng.choice([0.1, 0.4])
        elif method == "cpo":
            params["max_length"] = 512
            params.update(beta=rng.choice([0.1, 1.0]), loss_type=rng.choice(["sigmoid", "hinge", "ipo", "simpo"]), cpo_alpha=rng.choice([0.0, 0.5, 1.0]))
            if params["loss_type"] in ("sigmoid", "simpo") and rng.random() < 0.4:
                params["label_smoothing"] = 0.1
        elif rng.random() < 0.4:
            params["center_rewards_coefficient"] = 0.01
    if rng.random() < 0.4:
        params.update(lora(rng))
    case = dict(method=method, model=name, dataset=name, params=params, trl=trl)
    count = rng.randint(11, 20)
    if method in ("orpo", "cpo"):
        # Where an epoch ends with a smaller batch, those trainers leave rows out of their metrics.
        count -= count % params["per_device_train_batch_size"]
    if method in ("reward", "kto"):
        params["max_length"] = 256  # both leave out what is longer, which may be all
    write(f"{DATA}/{name}.jsonl", rows(rng, kind, chat, count))
    if "eval_strategy" in params:
        write(f"{DATA}/{name}_eval.jsonl", rows(rng, kind, chat, rng.randint(3, 7)))
        case["eval_dataset"] = f"{name}_eval"
    reward_head = dict(kind=LlamaForSequenceClassification, num_labels=1, tie_word_embeddings=False) if method == "reward" and not params.get("use_peft") else {}
    make_model(rng, name, **reward_head)
    return case


if __name__ == "__main__":
    for folder in (MODELS, DATA, TRACES):
        os.makedirs(folder, exist_ok=True)
    done = []
    for i in range(arguments.count):
        rng = random.Random(f"{arguments.seed}-{i}")
        method = arguments.method or list(MAKERS)[i % len(MAKERS)]
        name = f"{method}_{arguments.seed}_{i}"
        try:
            case = make_case(rng, method, name)
            record(name, case, MAKERS[method].make_trainer)
            done.append(name)
        except Exception as error:  # what TRL refuses is no case
            print(f"NOT RECORDED {name}: {''.join(traceback.format_exception_only(error)).strip()[:300]}", file=sys.stderr)
    json.dump({"cases": done}, open(f"{TRACES}/provenance.json", "w"))
