"""Records the default of every key of TRL's settings. Compared with ours by test/parity/defaults.test.ts.

Run:  python test/parity/record/defaults.py        (in a venv with requirements.txt; CPU)
It writes test/parity/defaults.json: all keys of SFT, and for the other trainers where theirs are others.
"""

import dataclasses
import json
from pathlib import Path

import transformers
import trl
from trl import DPOConfig, KTOConfig, ModelConfig, RewardConfig, SFTConfig
from trl.experimental.cpo import CPOConfig
from trl.experimental.orpo import ORPOConfig

TRAINERS = {"dpo": DPOConfig, "orpo": ORPOConfig, "cpo": CPOConfig, "reward": RewardConfig, "kto": KTOConfig}
OUT = Path(__file__).resolve().parents[1] / "defaults.json"


def plain(value):
    if value is dataclasses.MISSING or value is None:
        return None
    return value if isinstance(value, (bool, int, float, str, list)) else getattr(value, "value", str(value))


def defaults_of(*configs):
    return {field.name: plain(field.default if field.default_factory is dataclasses.MISSING else field.default_factory()) for config in configs for field in dataclasses.fields(config)}


defaults = defaults_of(ModelConfig, SFTConfig)
others = {}
for method, config in TRAINERS.items():
    own = defaults_of(ModelConfig, config)
    others[method] = {"keys": {name: value for name, value in own.items() if name not in defaults or defaults[name] != value}, "without": [name for name in defaults if name not in own]}
content = {"versions": {"trl": trl.__version__, "transformers": transformers.__version__}, "defaults": defaults, "others": others}
OUT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
