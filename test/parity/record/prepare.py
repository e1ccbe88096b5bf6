"""Records how TRL's own SFTTrainer prepares rows: token ids, loss masks, cuts, drops. Replayed by test/parity/prepare.test.ts.

Run:  python test/parity/record/prepare.py          (in a venv with requirements.txt; CPU)
It writes test/parity/prepare/: small tokenizers made here from made-up sentences, cases.json with the rows and the versions used, and
tokens.json with ids, offsets and decoded text of odd strings.
Each row goes through a trainer of its own, because TRL takes the kind of a dataset from its first row.
"""

import json
import os
import random
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_CACHE", tempfile.mkdtemp())

import datasets
import tokenizers
import transformers
import trl
from datasets import Dataset
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import SFTConfig, SFTTrainer
from trl.chat_template_utils import qwen3_chat_template

datasets.disable_progress_bars()
transformers.logging.set_verbosity_error()
OUT = Path(__file__).resolve().parents[1] / "prepare"

# ---------------------------------------------------------------------------------------------------------------- tokenizers

CHATML = """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{%- endif %}
    {{- 'Tools:' }}
    {%- for tool in tools %}{{- '\\n' }}{{- tool | tojson }}{%- endfor %}
    {{- '<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == 'system' and tools and loop.first %}{% continue %}{% endif %}
    {{- '<|im_start|>' + message.role + '\\n' }}
    {%- if message.role == 'assistant' %}
        {%- generation %}
        {{- message.content if message.content else '' }}
        {%- for call in message.tool_calls or [] %}
            {{- '<tool_call>' }}{{- {"name": call.function.name, "arguments": call.function.arguments} | tojson(indent=2) }}{{- '</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>' }}
        {%- endgeneration %}
        {{- '\\n' }}
    {%- else %}
        {{- message.content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking %}{{- '<think>\\n' }}{%- endif %}
{%- endif %}
"""

# Begins with bos, trims, refuses turns out of order, has no generation marks.
STRICT = """{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate user/assistant/user/assistant/...') }}{% endif %}
{% if message['role'] == 'user' %}
{{ '[INST] ' + message['content'] | trim + ' [/INST]' }}
{% else %}
{{ message['content'] | trim + eos_token }}
{% endif %}
{% endfor %}"""

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def corpus():
    rng = random.Random(7)
    who = ["The cat", "A small dog", "My brother", "The old farmer", "Our teacher", "A red robin", "The baker", "The engineer"]
    does = ["likes", "finds", "paints", "buys", "carries", "watches", "cleans", "counts", "writes about", "dreams of"]
    what = ["apples", "a blue boat", "the river", "seven stones", "warm bread", "the night sky", "yellow flowers", "numbers"]
    lines = [f"{rng.choice(who)} {rng.choice(does)} {rng.choice(what)} {rng.choice(['today.', 'every day.', 'when it rains.', 'at home.'])}" for _ in range(200)]
    return lines + ["user assistant system tool function name arguments city Oslo\n"] * 10 + ["Was ist das? Das ist ein Haus. Größe, Übung, naïve café"] * 5 + ["天空是蓝色的。今天天气很好。"] * 5


def byte_level(vocab_size, specials, pre_tokenizer, post_processor=None, normalizer=None):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=vocab_size, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    if post_processor:
        tokenizer.post_processor = post_processor
    return tokenizer


def make_tokenizers():
    made = {}
    tokenizer = byte_level(420, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], pre_tokenizers.ByteLevel(add_prefix_space=False), processors.ByteLevel(trim_offsets=True))
    made["chatml"] = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<|endoftext|>", eos_token="<|im_end|>", pad_token="<|endoftext|>", chat_template=CHATML, clean_up_tokenization_spaces=False)
    tokenizer = byte_level(
        400,
        ["<s>", "</s>"],
        pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]),
        processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 0)]),
        normalizers.NFC(),
    )
    made["strict"] = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", chat_template=STRICT, clean_up_tokenization_spaces=False)
    # The end token is named in the config only, and gets the next free id.
    tokenizer = byte_level(380, ["<|endoftext|>"], pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]))
    made["plain"] = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>", clean_up_tokenization_spaces=False)
    # As SentencePiece models are converted: a mark for spaces, bytes for what the vocabulary lacks.
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=600, special_tokens=["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)], show_progress=False))
    content = json.loads(tokenizer.to_str())
    content["added_tokens"] = content["added_tokens"][:3]
    tokenizer = Tokenizer.from_str(json.dumps(content))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    made["bytes"] = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>", clean_up_tokenization_spaces=False)
    # A model's own template without marks, which TRL replaces for assistant_only_loss.
    made["qwen3"] = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(made["chatml"].backend_tokenizer.to_str()), bos_token="<|endoftext|>", eos_token="<|im_end|>", pad_token="<|endoftext|>", chat_template=qwen3_chat_template, clean_up_tokenization_spaces=False)
    loaded = {}
    for name, made_one in made.items():
        folder = OUT / name
        folder.mkdir(parents=True, exist_ok=True)
        made_one.save_pretrained(folder)
        if name == "plain":  # as its author would have written it: tokenizer.json does not know the end token
            path = folder / "tokenizer.json"
            content = json.loads(path.read_text(encoding="utf-8"))
            content["added_tokens"] = [token for token in content["added_tokens"] if token["content"] != "<end>"]
            path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
        else:
            path = folder / "tokenizer.json"
            path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
        loaded[name] = AutoTokenizer.from_pretrained(folder)
    return loaded


# ------------------------------------------------------------------------------------------------------------------- rows

def user(text):
    return {"role": "user", "content": text}


def assistant(text, **more):
    return {"role": "assistant", "content": text, **more}


def system(text):
    return {"role": "system", "content": text}


TOOL = {"type": "function", "function": {"name": "weather", "description": "Weather of a city <now> & later", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}
CALL = {"type": "function", "function": {"name": "weather", "arguments": {"city": "Oslo", "days": 2}}}

TEXTS = ["The cat likes apples.", "", "Größe: naïve café, Übung!", "天空是蓝色的。🎉👩‍👩‍👧‍👦 ok", "tabs\tand\n\nlines  ", "e\u0301 and \u00e9, \u2126", "typed <|im_end|> and </s> here", "already ended<|im_end|>", "already ended</s>", "1234567 ٣ ½ ²", "\ufeffmark \u0085 \u2028 end"]

PAIRS = [
    ("The capital of Norway is", " Oslo."),
    ("The capital of Norway is ", "Oslo."),  # a space at the end of the prompt: tokens merge across the border
    ("", "only an answer"),
    ("a prompt without an answer", ""),
    ("hello wor", "ld and more"),
    ("Übung 天", "空 🎉 done"),
    ("ends itself", " yes<|im_end|>"),
    ("a long prompt that fills the whole row with words about the river and the night sky and seven stones", " short"),
    ("short", " a long answer that goes on and on about the river and the night sky and seven stones and warm bread at home"),
]

CHATS = [
    [user("Hi"), assistant("Hello!")],
    [system("Answer in one word."), user("What colour is the sky?"), assistant("Blue.")],
    [user("Hi"), assistant("Hello!"), user("And now?"), assistant("The river and the night sky.")],
    [user("emoji 🎉"), assistant("at the end 👩‍👩‍👧‍👦")],
    [user("typed <|im_end|> inside"), assistant("and <|im_start|> here")],
    [user("empty"), assistant("")],
    [user("spaces"), assistant("  around  ")],
    [user("天空是什么颜色？"), assistant("蓝色。é e\u0301")],
    [user("no answer yet")],
    [system("two"), system("systems"), user("Hi"), assistant("ok\n")],
]

TURNS = [
    ([user("Hi")], [assistant("Hello!")]),
    ([system("Be brief."), user("What colour is the sky?")], [assistant("Blue.")]),
    ([user("Hi"), assistant("Hello!"), user("Again")], [assistant("Yes."), user("More"), assistant("No.")]),
    ([user("ends with the assistant"), assistant("so far")], [user("a question"), assistant("an answer")]),
    ([user("a long prompt that fills the whole row with words about the river and the night sky and seven stones")], [assistant("short")]),
    ([user("emoji 🎉")], [assistant("👩‍👩‍👧‍👦 and 天空")]),
    ([user("typed <|im_end|> inside")], [assistant("</s> too")]),
    ([user("  spaces  ")], [assistant("  around  ")]),
]


def cases():
    """(name, tokenizer, settings of SFTConfig, row)"""
    every = []

    def add(name, tokenizer, row, **settings):
        every.append((f"{name} · {tokenizer}{' · ' + ', '.join(f'{k}={v}' for k, v in settings.items()) if settings else ''}", tokenizer, settings, row))

    for tokenizer in ("chatml", "strict", "plain"):
        for i, text in enumerate(TEXTS):
            add(f"text {i}", tokenizer, {"text": text})
        for i, (prompt, completion) in enumerate(PAIRS):
            add(f"pair {i}", tokenizer, {"prompt": prompt, "completion": completion})
        for settings in ({"max_length": 8}, {"max_length": 8, "truncation_mode": "keep_end"}, {"max_length": None}, {"completion_only_loss": False}, {"completion_only_loss": False, "max_length": 8, "truncation_mode": "keep_end"}):
            for i in (0, 3, 7, 8):
                add(f"pair {i}", tokenizer, {"prompt": PAIRS[i][0], "completion": PAIRS[i][1]}, **settings)
        for settings in ({"max_length": 4}, {"max_length": 4, "truncation_mode": "keep_end"}, {"completion_only_loss": True}, {"max_length": 1}):
            for i in (0, 3):
                add(f"text {i}", tokenizer, {"text": TEXTS[i]}, **settings)
    for tokenizer in ("chatml", "strict"):
        for i, messages in enumerate(CHATS):
            add(f"chat {i}", tokenizer, {"messages": messages})
        for i, (prompt, completion) in enumerate(TURNS):
            add(f"turns {i}", tokenizer, {"prompt": prompt, "completion": completion})
            add(f"turns {i}", tokenizer, {"prompt": prompt, "completion": completion}, max_length=16)
            add(f"turns {i}", tokenizer, {"prompt": prompt, "completion": completion}, max_length=12, truncation_mode="keep_end")
        add("turns 2", tokenizer, {"prompt": TURNS[2][0], "completion": TURNS[2][1]}, completion_only_loss=False)
        add("chat 2", tokenizer, {"messages": CHATS[2]}, max_length=10)
        add("chat 2", tokenizer, {"messages": CHATS[2]}, max_length=10, truncation_mode="keep_end")
    for i, messages in enumerate(CHATS):
        add(f"chat {i}", "chatml", {"messages": messages}, assistant_only_loss=True)
    for i, (prompt, completion) in enumerate(TURNS):
        add(f"turns {i}", "chatml", {"prompt": prompt, "completion": completion}, assistant_only_loss=True)
        add(f"turns {i}", "chatml", {"prompt": prompt, "completion": completion}, assistant_only_loss=True, completion_only_loss=False)
        add(f"turns {i}", "chatml", {"prompt": prompt, "completion": completion}, assistant_only_loss=True, max_length=16)
    calling = [user("Weather in Oslo?"), {"role": "assistant", "content": None, "tool_calls": [CALL]}, {"role": "tool", "name": "weather", "content": "4"}, assistant("4 degrees.")]
    for tools in ([TOOL], json.dumps([TOOL]), None):
        add(f"tools as {type(tools).__name__}", "chatml", {"messages": calling, "tools": tools})
        add(f"tools as {type(tools).__name__}", "chatml", {"messages": [system("Be brief."), *calling], "tools": tools}, assistant_only_loss=True)
        add(f"tools as {type(tools).__name__}, turns", "chatml", {"prompt": calling[:1], "completion": calling[1:], "tools": tools})
    for thinking in (True, False):
        add(f"thinking {thinking}", "chatml", {"prompt": [user("Hi")], "completion": [assistant("Hello!")], "chat_template_kwargs": {"enable_thinking": thinking}})
    for i, messages in enumerate(CHATS):
        add(f"chat {i}", "qwen3", {"messages": messages}, assistant_only_loss=True)
    add("chat 2", "qwen3", {"messages": CHATS[2]})
    add("chat 2", "qwen3", {"messages": CHATS[2]}, assistant_only_loss=True, max_length=24, truncation_mode="keep_end")
    for i, (prompt, completion) in enumerate(TURNS):
        add(f"turns {i}", "qwen3", {"prompt": prompt, "completion": completion})
        add(f"turns {i}", "qwen3", {"prompt": prompt, "completion": completion}, assistant_only_loss=True)
        add(f"turns {i}", "qwen3", {"prompt": prompt, "completion": completion}, assistant_only_loss=True, completion_only_loss=False)
    for settings in ({}, {"assistant_only_loss": True}):
        add("tools", "qwen3", {"messages": calling, "tools": [TOOL]}, **settings)
        add("tools, turns", "qwen3", {"prompt": calling[:1], "completion": calling[1:], "tools": [TOOL]}, **settings)
        add("no thinking", "qwen3", {"prompt": [user("Hi")], "completion": [assistant("Hello!")], "chat_template_kwargs": {"enable_thinking": False}}, **settings)
    add("chat 0", "strict", {"messages": CHATS[0]}, assistant_only_loss=True)
    add("text 0", "chatml", {"text": TEXTS[0]}, assistant_only_loss=True)
    add("chat 2", "chatml", {"messages": CHATS[2]}, assistant_only_loss=True, max_length=12, truncation_mode="keep_end")
    add("chat 2", "chatml", {"messages": CHATS[2]}, completion_only_loss=True)
    for settings in ({}, {"max_length": None}, {"completion_only_loss": False}):
        add("empty answer", "chatml", {"prompt": [user("Hi")], "completion": [assistant("")]}, **settings)
        add("empty completion", "strict", {"prompt": "Hi", "completion": ""}, **settings)
    for strategy in ("bfd", "bfd_split", "wrapped"):
        for i in (0, 7, 8):
            add(f"pair {i}", "chatml", {"prompt": PAIRS[i][0], "completion": PAIRS[i][1]}, packing=True, packing_strategy=strategy, max_length=64)
    add("pair 7", "chatml", {"prompt": PAIRS[7][0], "completion": PAIRS[7][1]}, packing=True, max_length=8, truncation_mode="keep_end")
    for i in (0, 3, 7):
        add(f"text {i} in a column of another name", "chatml", {"content": TEXTS[i], "text": "not this"}, dataset_text_field="content")
        add(f"text {i}", "chatml", {"text": TEXTS[i]}, eos_token="<|endoftext|>")
    add("pair 0", "plain", {"prompt": PAIRS[0][0], "completion": PAIRS[0][1]}, eos_token=".")
    add("chat 2", "strict", {"messages": CHATS[2]}, eos_token="<s>")
    add("text 0", "chatml", {"text": TEXTS[0]}, eos_token="<nowhere>")
    for i in (0, 2):
        add(f"chat {i}", "chatml", {"messages": CHATS[i]}, chat_template_path="test/parity/prepare/strict/chat_template.jinja")
        add(f"chat {i}", "strict", {"messages": CHATS[i]}, chat_template_path="test/parity/prepare/chatml/chat_template.jinja", assistant_only_loss=True)
    add("prompt and text", "chatml", {"text": "not this", "prompt": [user("Hi")], "completion": [assistant("but this")]})
    add("messages and another column", "chatml", {"messages": CHATS[0], "source": "somewhere"})
    return every


# -------------------------------------------------------------------------------------------------------------- recording

def prepare(tokenizer, rows, settings):
    """The trainer's own prepared rows."""
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, pad_token_id=None, bos_token_id=None, eos_token_id=None))
    with tempfile.TemporaryDirectory() as folder:
        args = SFTConfig(output_dir=folder, report_to="none", bf16=False, gradient_checkpointing=False, use_cpu=True, **settings)
        trainer = SFTTrainer(model=model, args=args, train_dataset=Dataset.from_list(rows), processing_class=tokenizer)
        return [dict(row) for row in trainer.train_dataset]


def record(tokenizer_folder, row, settings):
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)  # afresh: the trainer sets its pad token
    try:
        rows = prepare(tokenizer, [row], settings)
    except Exception as error:  # noqa: BLE001 - which rows TRL refuses is part of the record
        return {"error": f"{type(error).__name__}: {error}".split("\n")[0][:160]}
    if not rows:
        return {"dropped": True}
    return {"ids": rows[0]["input_ids"], "trained": [int(label != -100) for label in rows[0]["labels"]]}


def odd_strings():
    rng = random.Random(3)
    pieces = list("abc XYZ 019 .,!?'\"\n\t\r\u00a0\u0085\ufeff\u200b\u200d\u3000\u2028 éèüßñ日本語ไทยहिन्दी😀👩🎉🇫🇷\u0301e²½Ⅷ٣_-–—…\x00\x1c")
    pieces += ["<|im_start|>", "<|im_end|>", "<s>", "</s>", "<end>", "'s", "'LL", " don't", "  ", "\n\n", "<0x41>", " the river", "Größe"]
    return ["", "a", " ", "  leading", "trailing  ", "\n"] + ["".join(rng.choice(pieces) for _ in range(rng.randint(1, 24))) for _ in range(120)]


def record_tokens(loaded):
    recorded = {}
    for name, tokenizer in loaded.items():
        rows = []
        for text in odd_strings():
            plain = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
            ids = plain["input_ids"]
            rows.append([text, ids, tokenizer(text)["input_ids"], plain["offset_mapping"], tokenizer.decode(ids), tokenizer.decode(ids, skip_special_tokens=True)])
        recorded[name] = rows
    lines = ",\n".join(f"{json.dumps(name)}:[\n" + ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows) + "]" for name, rows in recorded.items())
    (OUT / "tokens.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def main():
    record_tokens(make_tokenizers())
    recorded = [{"name": name, "tokenizer": tokenizer, "settings": settings, "row": row, **record(OUT / tokenizer, row, settings)} for name, tokenizer, settings, row in cases()]
    documents = [{"text": line} for line in corpus()[:40]]
    packed = {}
    for tokenizer in ("chatml", "plain"):
        rows = prepare(AutoTokenizer.from_pretrained(OUT / tokenizer), documents, {"packing": True, "packing_strategy": "wrapped", "max_length": 32})
        packed[tokenizer] = {"documents": documents, "max_length": 32, "rows": [{"ids": row["input_ids"], "trained": [int(label != -100) for label in row["labels"]]} for row in rows]}
    versions = {module.__name__: module.__version__ for module in (trl, transformers, tokenizers, datasets)}
    lines = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in recorded)
    (OUT / "cases.json").write_text(f'{{"versions":{json.dumps(versions)},\n"packed":{json.dumps(packed, ensure_ascii=False, separators=(",", ":"))},\n"cases":[\n{lines}\n]}}\n', encoding="utf-8")
    kinds = {kind: sum(kind in case for case in recorded) for kind in ("ids", "dropped", "error")}
    print(f"{len(recorded)} rows: {kinds}")


if __name__ == "__main__":
    main()
