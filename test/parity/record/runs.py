"""Records what TRL computes: runs of every method (runs_*.py), and logits. Replayed by test/parity/trl.test.ts.

Run:  python test/parity/record/runs.py [CASE ...]      (needs requirements.txt beside it; CPU, fp32, two threads)
Without names it makes test/parity/models (random weights, a tokenizer), data and all traces anew; with names those traces.
"""

import json
import os
import shutil
import sys

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TOKENIZERS_PARALLELISM="false", HF_HUB_DISABLE_TELEMETRY="1", TRL_EXPERIMENTAL_SILENCE="1")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import datasets
import peft
import torch
import transformers
import trl
from transformers import AutoModelForCausalLM, AutoTokenizer

import runData
import runModels
import runs_dpo
import runs_kto
import runs_pairs
import runs_reward
import runs_sft
from recorder import DATA, MODELS, OUT, TRACES, record, samples

torch.set_num_threads(2)
datasets.disable_progress_bars()

METHODS = [runs_sft, runs_dpo, runs_pairs, runs_reward, runs_kto]


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
    cases = {name: (case, module.make_trainer) for module in METHODS for name, case in module.CASES.items()}
    wanted = sys.argv[1:]
    unknown = [name for name in wanted if name not in cases]
    if unknown:
        sys.exit(f"No case {', '.join(unknown)}. The cases: {', '.join(cases)}.")
    if not wanted:
        for folder in (TRACES, MODELS, DATA):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
        runModels.make(MODELS)
    runData.make(DATA)
    for name in wanted or cases:
        record(name, *cases[name])
    if not wanted:
        logits()
    versions = {m.__name__: m.__version__ for m in (torch, transformers, trl, peft, datasets)}
    json.dump({"python": sys.version.split()[0], **versions, "cases": list(cases)}, open(f"{TRACES}/provenance.json", "w"), indent=1)
