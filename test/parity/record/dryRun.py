"""Records what TRL's own trainers do to each row of small files: keep, cut, drop, split, or stop. Replayed by test/parity/dryRun.test.ts.

Run:  python test/parity/record/dryRun.py [METHOD…]     (after prepare.py, whose tokenizers it takes; CPU)
Without methods it records all; with some, the others stay as they were recorded.
It writes test/parity/prepare/dryRun.json. A file is read as `trl` reads it, by `load_dataset("json")`. Where TRL stops, the row is found
at which it begins to (the shortest beginning of the file that stops), noted with the error, taken out, and the rest tried again.
"""

import json
import os
import sys
import tempfile

# The order of a set of keys decides what TRL looks at in a row of several kinds.
if os.environ.get("PYTHONHASHSEED") != "0":
    os.execve(sys.executable, [sys.executable, "-B", *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
os.environ.update(HF_HUB_OFFLINE="1", TRL_EXPERIMENTAL_SILENCE="1", TOKENIZERS_PARALLELISM="false", HF_DATASETS_CACHE=tempfile.mkdtemp())

from pathlib import Path

import datasets
import transformers
import trl
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification
from trl import SFTConfig, SFTTrainer

from prepare import CALL, OUT, TOOL, assistant, system, user
from preparePairs import FIXED, SMALL, TRAINERS, collated, sides

datasets.disable_progress_bars()
datasets.disable_caching()
transformers.logging.set_verbosity_error()
TOKENIZERS = {name: OUT / name for name in ("chatml", "strict", "plain")} | {"tiny-base": Path(__file__).resolve().parents[3] / "media" / "models" / "tiny-base"}
TRAINERS = {**TRAINERS, "sft": (SFTConfig, SFTTrainer)}

# ---------------------------------------------------------------------------------------------------------------------- files

LONG = "a long prompt that fills the whole row with words about the river and the night sky and seven stones and warm bread at home"


def hi(answer="Hello!", **more):
    return {"messages": [user("Hi"), assistant(answer)], **more}


def ask(prompt, completion, **more):
    return {"prompt": prompt, "completion": completion, **more}


def turns(prompt, completion, **more):
    return {"prompt": [user(prompt)], "completion": [assistant(completion)], **more}


def pair(prompt, chosen, rejected, **more):
    return {"prompt": prompt, "chosen": chosen, "rejected": rejected, **more}


def chat_pair(prompt, chosen, rejected, **more):
    return {"prompt": [user(prompt)], "chosen": [assistant(chosen)], "rejected": [assistant(rejected)], **more}


def implied(prompt, chosen, rejected):
    return {"chosen": [user(prompt), assistant(chosen)], "rejected": [user(prompt), assistant(rejected)]}


PLAIN_PAIRS = [
    pair("The capital of Norway is", " Oslo.", " Bergen."),
    pair(LONG, " short", " shorter"),
    pair("short", " a long answer that goes on about the river and the night sky and seven stones", " no"),
    pair("The riv", "er and the sky.", "al dog."),
    pair("ends with a space ", "Oslo.", "Bergen."),
    pair("Who are you?", "", " I am Bob."),
    pair("Who are you?", " I am Bob.", " I am Bob."),
    pair("ends itself", " yes<|im_end|>", " no"),
]
CHAT_PAIRS = [
    chat_pair("Hi", "Hello!", "Go away."),
    chat_pair(LONG, "short", "shorter"),
    chat_pair("Hi", "a long answer that goes on about the river and the night sky and seven stones", "no"),
    {**chat_pair("Hi", "Hello!", "No."), "prompt": [assistant("I begin")]},
    {**chat_pair("Hi", "Hello!", "No."), "prompt": [user("Hi"), system("Be kind.")]},
    chat_pair("  spaces  ", "  around  ", "none"),
    chat_pair("Hi", "", "No."),
]
IMPLIED_TEXT = [
    {"chosen": "Q: who? I am Bob", "rejected": "Q: who? I am Alice"},
    {"chosen": "same text", "rejected": "same text"},
    {"chosen": "I am", "rejected": "I am Bob."},
    {"chosen": "", "rejected": "I am Bob."},
    {"chosen": "Yes, apples.", "rejected": "No, the river."},
    {"chosen": LONG + " yes", "rejected": LONG + " no"},
]
IMPLIED_CHAT = [
    implied("Hi", "Hello!", "Go away."),
    implied("Hi", "Hello!", "Hello!"),
    {"chosen": [user("Hi"), assistant("Hello!")], "rejected": [user("Ho"), assistant("Hello!")]},
    {"chosen": [user("Hi"), assistant("Hello!"), user("So?"), assistant("Well.")], "rejected": [user("Hi"), assistant("No.")]},
    implied(LONG, "yes", "no"),
]


def marked(rows):
    for i, row in enumerate(rows):
        yield {**{key: row[key] for key in ("prompt",)}, "completion": row["chosen"], "label": i % 2 == 0}


def cases():
    """(name, method, tokenizer, settings, rows)"""
    texts = [{"text": "The cat likes apples."}, {"text": ""}, {"text": LONG}, {"text": "already ended<|im_end|>"}, {"text": "typed <|im_end|> and </s> here"}, {"text": "e\u0301 and \u2126"}, {"text": "天空是蓝色的。🎉"}]
    chats = [hi(), {"messages": [system("Be brief."), user(LONG), assistant("Yes.")]}, hi(""), {"messages": [user("no answer yet")]}, {"messages": [assistant("first"), user("second")]}, {"messages": [user("  spaces  "), assistant("  around  ")]}, {"messages": [system("two"), system("systems"), user("Hi"), assistant("ok\n")]}]
    asked = [ask("The capital of Norway is", " Oslo."), ask("ends with a space ", "Oslo."), ask("", "only an answer"), ask("without an answer", ""), ask(LONG, " short"), ask("short", " " + LONG), ask("ends itself", " yes<|im_end|>")]
    asked_turns = [turns("Hi", "Hello!"), turns(LONG, "short"), turns("short", LONG), turns("Hi", ""), {**turns("Hi", "x"), "prompt": [user("Hi"), assistant("so far")]}, turns("  spaces  ", "  around  "), {"prompt": [user("Hi")], "completion": [assistant("Yes."), user("More"), assistant("No.")]}]
    short = {"max_length": 14}
    for tokenizer in ("chatml", "strict", "tiny-base"):
        for settings in ({}, short, {**short, "truncation_mode": "keep_end"}):
            yield "text", "sft", tokenizer, settings, texts
            yield "prompt and completion", "sft", tokenizer, settings, asked
            yield "conversations", "sft", tokenizer, settings, chats
            yield "prompt and completion in turns", "sft", tokenizer, settings, asked_turns
        yield "prompt and completion, all of it learnt", "sft", tokenizer, {"completion_only_loss": False, **short}, asked
        for method in ("dpo", "kto", "orpo", "cpo", "reward"):
            for settings in ({}, short) if tokenizer == "chatml" else ({},) if tokenizer == "strict" else (short,):
                yield "pairs", method, tokenizer, settings, PLAIN_PAIRS
                yield "pairs in turns", method, tokenizer, settings, CHAT_PAIRS
                yield "pairs, prompt implied", method, tokenizer, settings, IMPLIED_TEXT
                yield "pairs in turns, prompt implied", method, tokenizer, settings, IMPLIED_CHAT
        yield "pairs", "dpo", tokenizer, {**short, "truncation_mode": "keep_end"}, PLAIN_PAIRS
        for settings in ({}, short):
            yield "marked answers", "kto", tokenizer, settings, list(marked(PLAIN_PAIRS))
            yield "marked answers in turns", "kto", tokenizer, settings, list(marked(CHAT_PAIRS))
    for tokenizer in ("chatml", "tiny-base"):
        for settings in ({"assistant_only_loss": True}, {"assistant_only_loss": True, **short}):
            yield "conversations", "sft", tokenizer, settings, chats
            yield "prompt and completion in turns", "sft", tokenizer, settings, asked_turns
    yield "text, no end token in the tokenizer's own file", "sft", "plain", {}, texts

    # The first row decides for the others.
    one = "chatml"
    yield "a conversation, then text", "sft", one, {}, [hi(), {"text": "plain"}, {"text": "ended<|im_end|>"}, hi("Bye.")]
    yield "text, then a conversation", "sft", one, {}, [{"text": "plain"}, hi(), {"text": "more"}]
    yield "turns, then plain completions", "sft", one, {}, [turns("Hi", "Hello!"), ask("2+2=", " four"), ask("2+2=", "4"), ask("ends itself", " yes<|im_end|>"), turns("Hi", "Bye.")]
    yield "plain completions, then turns", "sft", one, {}, [ask("2+2=", "4"), turns("Hi", "Hello!"), ask("3+3=", "6")]
    yield "a conversation, then prompt and completion", "sft", one, {}, [hi(), turns("Hi", "Hello!"), hi("Bye.")]
    yield "prompt and completion, then a conversation", "sft", one, {}, [turns("Hi", "Hello!"), hi(), turns("Hi", "Bye.")]
    yield "prompt and text", "sft", one, {}, [ask("a", " b", text="not this"), ask("c", " d", text="nor this")]
    yield "kwargs in some rows", "sft", one, {}, [hi(), hi("Hm.", chat_template_kwargs={"enable_thinking": True}), hi("Bye.")]
    yield "kwargs not in all rows", "sft", one, {}, [hi(chat_template_kwargs={"enable_thinking": True}), hi("Bye."), hi("Bye.", chat_template_kwargs={"enable_thinking": False})]
    yield "kwargs that differ", "sft", one, {}, [hi(chat_template_kwargs={"enable_thinking": True}), hi("Bye.", chat_template_kwargs={"custom": "x"})]
    yield "tools in some rows", "sft", one, {}, [hi(), {"messages": [user("Weather?"), {"role": "assistant", "content": None, "tool_calls": [CALL]}, {"role": "tool", "name": "weather", "content": "4"}, assistant("4.")], "tools": [TOOL]}, hi("Bye.", tools=json.dumps([TOOL]))]
    yield "a column of pictures", "sft", one, {}, [hi(), hi("Bye.", images=[])]
    yield "other columns", "sft", one, {}, [hi(source="a"), hi("Bye.", source=3, more=[1])]
    for method in ("dpo", "kto", "orpo", "cpo", "reward"):
        yield "turns, then plain pairs", method, one, {}, [CHAT_PAIRS[0], PLAIN_PAIRS[0], PLAIN_PAIRS[7], chat_pair("Hi", "Bye.", "No.")]
        yield "plain pairs, then turns", method, one, {}, [PLAIN_PAIRS[0], CHAT_PAIRS[0], PLAIN_PAIRS[7]]
        yield "prompts, then an implied one", method, one, {}, [PLAIN_PAIRS[0], IMPLIED_TEXT[0], PLAIN_PAIRS[7]]
        yield "an implied prompt, then others", method, one, {}, [IMPLIED_TEXT[0], PLAIN_PAIRS[0], IMPLIED_TEXT[0]]
        yield "prompts in turns, then an implied one", method, one, {}, [CHAT_PAIRS[0], IMPLIED_CHAT[0], chat_pair("Hi", "Bye.", "No.")]
        yield "an implied prompt in turns, then others", method, one, {}, [IMPLIED_CHAT[0], CHAT_PAIRS[0], IMPLIED_CHAT[3]]
        yield "kwargs in some pairs", method, one, {}, [CHAT_PAIRS[0], chat_pair("Hi", "Bye.", "No.", chat_template_kwargs={"enable_thinking": True})]
        yield "pairs with a column of pictures", method, one, {}, [CHAT_PAIRS[0], chat_pair("Hi", "Bye.", "No.", images=[])]
    yield "turns, then plain marked answers", "kto", one, {}, [turns("Hi", "Hello!", label=True), ask("a", " b", label=False)]
    yield "plain marked answers, then turns", "kto", one, {}, [ask("a", " b", label=False), turns("Hi", "Hello!", label=True)]

    # Rows of which nothing can be made here.
    yield "broken text", "sft", one, {}, [{"text": "fine"}, {"text": None}, {"txt": "misspelt"}, {"text": 5}, {"text": "fine too"}]
    yield "a broken line", "sft", one, {}, [{"text": "fine"}, '{"text": "cut', {"text": "fine too"}]
    yield "broken conversations", "sft", one, {}, [hi(), {"messages": []}, {"messages": None}, hi(None), {"messages": [{"role": "user"}]}, {"messages": [{"content": "Hi"}]}, {"messages": "Hi"}, hi("Bye.")]
    yield "broken completions", "sft", one, {}, [ask("a", " b"), {"prompt": "a"}, {"completion": "b"}, ask("a", None), ask("a", "c")]
    for method in ("dpo", "orpo", "reward"):
        yield "broken pairs", method, one, {}, [PLAIN_PAIRS[0], {"prompt": "a", "chosen": "b"}, pair("a", "b", None), pair("a", "b", 5), PLAIN_PAIRS[7]]
        yield "pairs whose prompt is text and whose answers are turns", method, one, {}, [CHAT_PAIRS[0], {**implied("Hi", "Hello!", "No."), "prompt": "Hi"}]
    yield "broken marks", "kto", one, {}, [ask("a", " b", label=True), ask("a", " c", label="no"), ask("a", " c"), ask("a", " d", label=False)]

    # Formats of others.
    yield "ShareGPT", "sft", one, {}, [{"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello!"}]}, {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Bye."}]}]
    yield "ShareGPT, a template that knows its roles", "sft", "strict", {}, [{"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello!"}]}]
    yield "Alpaca", "sft", one, {}, [{"instruction": "Say hi.", "input": "", "output": "Hi."}]
    yield "OpenAI chat", "sft", one, {}, [hi(parallel_tool_calls=False), hi("Bye.", parallel_tool_calls=False)]
    yield "OpenAI preference", "dpo", one, {}, [{"input": {"messages": [user("Hi")]}, "preferred_output": [assistant("Hello!")], "non_preferred_output": [assistant("No.")]}]
    yield "LLaMA-Factory ranking", "dpo", one, {}, [{"conversations": [{"from": "human", "value": "Hi"}], "chosen": {"from": "gpt", "value": "Hello!"}, "rejected": {"from": "gpt", "value": "No."}}]
    yield "NeMo RL", "dpo", one, {}, [{"context": [user("Hi")], "completions": [{"rank": 0, "completion": [assistant("Hello!")]}, {"rank": 1, "completion": [assistant("No.")]}]}]


# ------------------------------------------------------------------------------------------------------------------ recording

NUMBER = "row_number"


def read(rows, folder):
    """As `trl` reads a file; each row has its number with it."""
    path = f"{folder}/rows.jsonl"
    with open(path, "w", encoding="utf-8") as file:
        for number, row in rows:
            file.write((row if isinstance(row, str) else json.dumps({**row, NUMBER: number}, ensure_ascii=False)) + "\n")
    return datasets.load_dataset("json", data_files=path, split="train", cache_dir=f"{folder}/cache")


def sequences(method, trainer, prepared, max_length):
    if method == "sft":
        return [(prepared["input_ids"], [int(label != -100) for label in prepared["labels"]])]
    if method == "dpo":
        return collated(trainer, prepared)
    if method == "reward":
        return [(ids, []) for ids, _ in sides(method, prepared)]
    return [(ids, learnt) for ids, learnt, *_ in sides(method, prepared, max_length)]


def watched(module, seen):
    """Has the trainer's module tell which end of each prompt is not in the sequence: [prompt, how much of it is]."""
    original = module.common_prefix_length

    def watch(ids, other_ids):
        seen.append((ids, original(ids, other_ids)))
        return seen[-1][1]

    module.common_prefix_length = watch
    return original


def lost_ends(method, rows, seen, tokenizer):
    """{number of the row: the end of its prompt that is left out}. DPO looks at both answers and takes the shorter prompt."""
    calls = [(seen[i][0], min(seen[i][1], seen[i + 1][1])) for i in range(0, len(seen), 2)] if method == "dpo" else seen
    ends = {}
    for i, (ids, length) in enumerate(calls):
        if length < len(ids):
            # KTO goes through the good answers, then through the bad ones.
            ends.setdefault(rows[i % len(rows)][0], []).append(tokenizer.decode(ids[length:]))
    return ends


def prepare(method, folder, rows, settings):
    """{number of the row: [[ids, learnt], …]} of the rows that are left, and the ends of prompts that are left out."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    config, trainer = TRAINERS[method]
    kind = LlamaForSequenceClassification if method == "reward" else LlamaForCausalLM
    make = lambda: kind(LlamaConfig(vocab_size=len(tokenizer), **SMALL, num_labels=1, pad_token_id=None, bos_token_id=None, eos_token_id=None))
    with tempfile.TemporaryDirectory() as out:
        model = make()
        if method == "dpo":  # its reference is read from a folder
            model.save_pretrained(f"{out}/model")
            model = kind.from_pretrained(f"{out}/model")
        more = {"ref_model": make()} if method == "kto" else {}
        module, seen = sys.modules[trainer.__module__], []
        original = watched(module, seen) if hasattr(module, "common_prefix_length") else None
        try:
            made = trainer(model=model, **more, args=config(output_dir=out, **FIXED, **settings), train_dataset=read(rows, out), processing_class=tokenizer)
        finally:
            if original:
                module.common_prefix_length = original
        left = {}
        for prepared in made.train_dataset:
            left.setdefault(prepared[NUMBER], []).extend(sequences(method, made, prepared, made.args.max_length))
        return left, lost_ends(method, rows, seen, tokenizer)


def stops(method, folder, rows, settings):
    try:
        prepare(method, folder, rows, settings)
    except Exception as error:  # noqa: BLE001 - which rows TRL refuses is part of the record
        return f"{type(error).__name__}: {error}".split("\n")[0][:160]
    return None


def whole(method):
    """Settings with which nothing is cut. ORPO and CPO take null for 512."""
    return {"max_length": 4096 if method in ("orpo", "cpo") else None}


def record(method, folder, rows, settings):
    numbered = list(enumerate(rows))
    outcomes = [None] * len(rows)
    while numbered and stops(method, folder, numbered, settings):
        fine, failing = 0, len(numbered)
        while failing - fine > 1:
            middle = (fine + failing) // 2
            if stops(method, folder, numbered[:middle], settings):
                failing = middle
            else:
                fine = middle
        error = stops(method, folder, numbered[:failing], settings)
        number, _ = numbered.pop(failing - 1)
        outcomes[number] = {"stops": error}
    kept, lost = prepare(method, folder, numbered, settings) if numbered else ({}, {})
    uncut, _ = prepare(method, folder, numbered, {**settings, **whole(method)}) if numbered else ({}, {})
    for number, _ in numbered:
        if number not in kept:
            outcomes[number] = {"dropped": True}
            continue
        lengths = [len(ids) for ids, _ in uncut[number]]
        outcomes[number] = {"sequences": [{"ids": ids, "trained": learnt} for ids, learnt in kept[number]], "uncut": lengths, **({"lost": lost[number]} if number in lost else {})}
    return outcomes


def main():
    path = OUT / "dryRun.json"
    wanted = sys.argv[1:]
    before = {file["name"]: file for file in json.loads(path.read_text(encoding="utf-8"))["files"]} if wanted and path.exists() else {}
    recorded = []
    for name, method, tokenizer, settings, rows in cases():
        full = f"{method} · {name} · {tokenizer}{' · ' + json.dumps(settings) if settings else ''}"
        if wanted and method not in wanted:
            recorded += [before[full]] if full in before else []
            continue
        recorded.append({"name": full, "method": method, "tokenizer": tokenizer, "settings": settings, "rows": [{"row": row, **outcome} for row, outcome in zip(rows, record(method, TOKENIZERS[tokenizer], rows, settings))]})
        print(full, ["stops" if "stops" in row else "dropped" if "dropped" in row else "cut" if [len(one["ids"]) for one in row["sequences"]] != row["uncut"] else "kept" for row in recorded[-1]["rows"]], flush=True)
    versions = {module.__name__: module.__version__ for module in (trl, transformers, datasets)}
    files = ",\n".join(json.dumps({key: file[key] for key in file if key != "rows"}, ensure_ascii=False)[:-1] + ', "rows": [\n' + ",\n".join("  " + json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in file["rows"]) + "]}" for file in recorded)
    path.write_text(f'{{"versions": {json.dumps(versions)},\n"files": [\n{files}\n]}}\n', encoding="utf-8")
    print(f"{len(recorded)} files, {sum(len(file['rows']) for file in recorded)} rows")


if __name__ == "__main__":
    main()
