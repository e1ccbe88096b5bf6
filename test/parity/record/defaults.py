"""Records the default of every key of TRL's SFT settings. Compared with ours by test/parity/defaults.test.ts.

Run:  python test/parity/record/defaults.py        (in a venv with requirements.txt; CPU)
It writes test/parity/defaults.json.
"""

import dataclasses
import json
from pathlib import Path

import transformers
import trl
from trl import ModelConfig, SFTConfig

OUT = Path(__file__).resolve().parents[1] / "defaults.json"


def plain(value):
    if value is dataclasses.MISSING or value is None:
        return None
    return value if isinstance(value, (bool, int, float, str)) else getattr(value, "value", str(value))


defaults = {field.name: plain(field.default) for config in (ModelConfig, SFTConfig) for field in dataclasses.fields(config)}
content = {"versions": {"trl": trl.__version__, "transformers": transformers.__version__}, "defaults": defaults}
OUT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
