"""Records how TRL packs rows: which land together, in which order, cut where, and the positions that its collator gives them. Replayed by
test/parity/packing.test.ts.

Run:  python test/parity/record/packing.py        (in a venv with requirements.txt; CPU)
It writes test/parity/packing.json.
"""

import json
import random
from itertools import groupby
from pathlib import Path

import datasets
import trl
from datasets import Dataset
from trl import pack_dataset
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

OUT = Path(__file__).resolve().parents[1] / "packing.json"


def lengths(count, seed):
    """Many of the same length, some longer than a packed row; more than TRL packs at once."""
    rng = random.Random(seed)
    return [rng.choice([1, 7, 7, 16, 31, 64, 65, 200, rng.randint(1, 90)]) for _ in range(count)]


def packed(rows, seq_length, strategy):
    """Each packed row as [row, how many of its tokens] in order; a token is the number of its row."""
    dataset = Dataset.from_dict({"input_ids": [[i] * length for i, length in enumerate(rows)]})
    result = pack_dataset(dataset, seq_length, strategy)
    return [[[row, len(list(same))] for row, same in groupby(ids)] for ids in result["input_ids"]], result


def main():
    datasets.disable_progress_bars()
    rows = lengths(1300, 5)
    cases = []
    for strategy in ("bfd", "bfd_split"):
        for seq_length in (64, 100):
            cases.append({"strategy": strategy, "length": seq_length, "rows": packed(rows, seq_length, strategy)[0]})
    _, result = packed(rows[:40], 64, "bfd_split")
    collate = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)
    positions = [collate([{"input_ids": row["input_ids"], "seq_lengths": row["seq_lengths"]}])["position_ids"][0].tolist() for row in result]
    OUT.write_text(json.dumps({"versions": {"trl": trl.__version__, "datasets": datasets.__version__}, "lengths": rows, "cases": cases, "positions": {"first": 40, "length": 64, "rows": positions}}, separators=(",", ":")) + "\n", encoding="utf-8")
    print({f"{case['strategy']} {case['length']}": len(case["rows"]) for case in cases})


if __name__ == "__main__":
    main()
