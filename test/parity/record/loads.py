"""Loads folders that Posttrain wrote with transformers and PEFT and records that they answer as they should, under the hash of every file.

Run:  python test/parity/record/loads.py FOLDERS        (FOLDERS is written by test/parity/writtenFolders.ts)
It writes test/parity/traces/loads.json, which test/parity/loads.test.ts compares with what Posttrain writes now.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")

import peft
import torch
import transformers
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from recorder import plain_name

torch.set_num_threads(2)
FOLDERS = Path(sys.argv[1]).resolve()
PARITY = Path(__file__).resolve().parents[1]
TEXT = "The baker counts seven stones."


def logits(model, tok):
    with torch.no_grad():
        return model(torch.tensor([tok(TEXT, add_special_tokens=False)["input_ids"]])).logits


def hashes(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


result = {"transformers": transformers.__version__, "peft": peft.__version__, "folders": {}}

# The whole model has the weights of the committed one, so it must answer exactly like it.
whole, tok = AutoModelForCausalLM.from_pretrained(FOLDERS / "whole", dtype=torch.float32), AutoTokenizer.from_pretrained(FOLDERS / "whole")
base = AutoModelForCausalLM.from_pretrained(PARITY / "models" / "tied", dtype=torch.float32)
assert torch.equal(logits(whole, tok), logits(base, AutoTokenizer.from_pretrained(PARITY / "models" / "tied")))
rendered = tok.apply_chat_template([{"role": "user", "content": "Hi"}], tokenize=False, add_generation_prompt=True)
assert rendered == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", rendered
result["folders"]["whole"] = {"files": hashes(FOLDERS / "whole"), "logits_equal_base": True}

# An adapter holds the final weights of a recorded run: PEFT must put every tensor where the run had it. Merged by Posttrain it must be what
# PEFT's own merge is.
for name, run, model in (("adapter", "sft_chat_lora_rows", "tied"), ("dora", "sft_plain_dora_modules", "untied"), ("reward", "reward_lora", "tied")):
    # A reward model is a classifier with one label. Nothing but the folder says so when the merged one is loaded.
    kind, labels = (AutoModelForSequenceClassification, {"num_labels": 1}) if name == "reward" else (AutoModelForCausalLM, {})
    trained = load_file(PARITY / "traces" / run / "weights_final.safetensors")
    base = kind.from_pretrained(PARITY / "models" / model, dtype=torch.float32, **labels)
    tok = AutoTokenizer.from_pretrained(FOLDERS / name)
    before = logits(base, tok)
    adapted = PeftModel.from_pretrained(base, FOLDERS / name)
    loaded = {plain_name(key): weight for key, weight in adapted.named_parameters()}
    for key, weight in trained.items():
        assert torch.equal(loaded[key], weight), key
    applied = logits(adapted, tok)
    change = (applied - before).abs().max().item()
    assert change > 0.02, change
    result["folders"][name] = {"files": hashes(FOLDERS / name), "tensors_equal_run": len(trained), "largest_change_of_a_logit": change}
    merged = kind.from_pretrained(FOLDERS / f"{name}-merged", dtype=torch.float32)
    difference = (logits(merged, tok) - applied).abs().max().item()
    assert difference < 2e-5, difference
    theirs = adapted.merge_and_unload().state_dict()
    weights = max((merged.state_dict()[key] - weight).abs().max().item() for key, weight in theirs.items())
    assert weights < 1e-6, weights
    result["folders"][f"{name}-merged"] = {"files": hashes(FOLDERS / f"{name}-merged"), "largest_difference_of_a_logit": difference, "largest_difference_of_a_weight_from_pefts_merge": weights}

json.dump(result, open(PARITY / "traces" / "loads.json", "w"), indent=1)
print("transformers and PEFT read all folders.")
