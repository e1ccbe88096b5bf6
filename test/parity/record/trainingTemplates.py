"""Records what TRL's training templates make of conversations: the chat templates that it knows, their text and the assistant's spans
when it marks them for assistant_only_loss. Replayed by test/parity/trainingTemplates.test.ts.

Run:  python test/parity/record/trainingTemplates.py        (in a venv with requirements.txt; CPU)
It writes test/parity/trainingTemplates.json. The templates are those of the models, as TRL lists them to recognise them.
"""

import json
import re
import warnings
from pathlib import Path

import transformers
import trl
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from transformers.utils.chat_template_utils import render_jinja_template
from trl import chat_template_utils

OUT = Path(__file__).resolve().parents[1] / "trainingTemplates.json"
SOURCE = Path(chat_template_utils.__file__).parent / "chat_templates"

# All that TRL repairs, but for three whose turns are lists of text and picture parts.
FAMILIES = [
    "cohere", "cohere2", "deepseek_r1_distill", "deepseekv3", "diffusion_gemma", "gemma", "gemma3", "glm4moe", "gptoss", "lfm2", "lfm2_v2",
    "llama3", "muse_glimmer", "nemotron_3_nano", "nemotron_3_super", "nemotron_3_ultra", "nemotron_3_5_lightning", "phi3", "phi3_5", "qwen2_5",
    "qwen2_5_vl", "qwen3", "qwen3_instruct_2507", "qwen3_vl", "qwen3_5_nothink", "qwen3_5_think", "qwen3_6", "qwen3_8",
]
# Templates that TRL knows and does not repair: a person has to mark them.
UNKNOWN = ["llama3_1", "gemma4"]


def user(text):
    return {"role": "user", "content": text}


def assistant(text, **more):
    return {"role": "assistant", "content": text, **more}


def call(name, **arguments):
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


def tool(text):
    return {"role": "tool", "name": "weather", "content": text}


SYSTEM = {"role": "system", "content": "Be brief."}
TOOLS = [{"type": "function", "function": {"name": "weather", "description": "Weather of a city", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]

# name: messages, then tools, arguments of the template, whether an answer is to be begun
CONVERSATIONS = {
    "two turns": dict(messages=[user("Hi"), assistant(" Hello! ")]),
    "four turns": dict(messages=[SYSTEM, user("Hi 🎉"), assistant("Hello!"), user("And now?"), assistant("Línea\nthe river.")]),
    "ends with the user": dict(messages=[user("Hi"), assistant("Hello!"), user("And now?")], begin=True),
    "thinking inside": dict(messages=[user("2 + 2?"), assistant("<think>\ntwo and two\n</think>\n\n4"), user("3 + 3?"), assistant("<think>six</think>6")]),
    "thinking beside": dict(messages=[user("2 + 2?"), assistant("4", reasoning_content="two and two"), user("3 + 3?"), assistant("6", reasoning_content="\nsix ")]),
    "thinking off": dict(messages=[user("Hi"), assistant("Hello!")], kwargs={"enable_thinking": False, "preserve_thinking": False}),
    "empty answer": dict(messages=[user("Hi"), assistant("")]),
    "a tool": dict(messages=[SYSTEM, user("Weather in Oslo?"), {"role": "assistant", "tool_calls": [call("weather", city="Oslo", days=2)]}, tool("4"), assistant("4 degrees."), user("Thanks")], tools=TOOLS),
    "two calls": dict(messages=[user("Oslo and Rome?"), assistant("I look.", tool_calls=[call("weather", city="Oslo"), call("weather", city="Rome")]), tool("4"), tool("19"), assistant("4 and 19.")], tools=TOOLS),
    "arguments as text": dict(messages=[user("Oslo?"), assistant("", tool_calls=[{"type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}]), tool("4"), assistant("4.")]),
    "two systems": dict(messages=[SYSTEM, user("Hi"), assistant("Hello!"), {"role": "system", "content": "Be kind."}, user("Hi"), assistant("Ok.")]),
    "begins with the assistant": dict(messages=[assistant("Hello!"), user("Hi"), assistant("Ok.")]),
}
SPECIAL = {"bos_token": "<s>", "eos_token": "</s>"}


def tokenizer_with(template):
    """The checks of TRL's that come before it replaces a template ask for a tokenizer, whichever."""
    made = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}, merges=[]))
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=made, chat_template=template, **SPECIAL)


def render(template, messages, tools=None, kwargs=None, begin=False):
    try:
        texts, spans = render_jinja_template([messages], tools=tools, chat_template=template, add_generation_prompt=begin, return_assistant_tokens_mask=True, **SPECIAL, **(kwargs or {}))
    except Exception as error:  # noqa: BLE001 - which conversations a template refuses is part of the record
        return {"error": f"{type(error).__name__}: {error}"[:120]}
    return {"text": re.sub(r"\d{4}-\d\d-\d\d", "0000-00-00", texts[0]), "spans": [list(span) for span in spans[0] if span]}


def main():
    warnings.simplefilter("ignore")
    families = []
    for family in FAMILIES:
        template = (SOURCE / f"{family}.jinja").read_text(encoding="utf-8")
        training = chat_template_utils.get_training_chat_template(tokenizer_with(template))
        families.append({"family": family, "template": template, "cases": {name: render(training, **conversation) for name, conversation in CONVERSATIONS.items()}})
    unknown = []
    for family in UNKNOWN:
        template = (SOURCE / f"{family}.jinja").read_text(encoding="utf-8")
        try:
            chat_template_utils.get_training_chat_template(tokenizer_with(template))
        except ValueError:
            unknown.append({"family": family, "template": template})
    head = {"versions": {"trl": trl.__version__, "transformers": transformers.__version__}, "special": SPECIAL, "conversations": CONVERSATIONS, "unknown": unknown}
    lines = ",\n".join(json.dumps(family, ensure_ascii=False) for family in families)
    OUT.write_text(f'{json.dumps(head, ensure_ascii=False)[:-1]},\n"families":[\n{lines}\n]}}\n', encoding="utf-8")
    refused = {f["family"]: [n for n, c in f["cases"].items() if "error" in c] for f in families}
    print(len(families), "families;", {k: v for k, v in refused.items() if v}, [u["family"] for u in unknown])


if __name__ == "__main__":
    main()
