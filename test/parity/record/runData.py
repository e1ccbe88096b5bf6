"""The rows of the parity suite, made from templates and a seed."""

import json
import random

SUBJECTS = ["The cat", "A small dog", "My brother", "The old farmer", "Our teacher", "A red robin", "The baker", "A quiet child", "The engineer", "Anna"]
VERBS = ["likes", "finds", "paints", "buys", "carries", "watches", "cleans", "counts", "writes about", "dreams of"]
OBJECTS = ["apples", "a blue boat", "the river", "seven stones", "warm bread", "the night sky", "a wooden chair", "yellow flowers", "long letters", "simple numbers"]
ENDS = ["in the morning.", "every day.", "when it rains.", "near the house.", "with great care.", "before dinner.", "at the market.", "and smiles.", "because it is fun.", "after school."]


def sentences(count, seed):
    rng = random.Random(seed)
    return [" ".join(rng.choice(part) for part in (SUBJECTS, VERBS, OBJECTS, ENDS)) for _ in range(count)]


def pairs(count, seed):
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        s, v, o, e = (rng.choice(part) for part in (SUBJECTS, VERBS, OBJECTS, ENDS))
        rows.append(rng.choice([(f"Who {v} {o}?", f"{s}."), (f"What does {s.lower()} do?", f"It {v} {o} {e}"), (f"Finish: {s} {v}", f"{o} {e}")]))
    return rows


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


def write(path, rows):
    with open(path, "w") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def make(out):
    write(f"{out}/chat.jsonl", [{"prompt": [user(q)], "completion": [assistant(a)]} for q, a in pairs(13, 2)])
    write(f"{out}/chat_eval.jsonl", [{"prompt": [user(q)], "completion": [assistant(a)]} for q, a in pairs(5, 3)])
    # Plain rows; some are longer than max_length, one loses its whole answer by that.
    plain = [{"prompt": q, "completion": " " + a} for q, a in pairs(14, 4)]
    plain[3] = {"prompt": " ".join(sentences(6, 5)), "completion": " Yes."}
    plain[7] = {"prompt": "Tell me a story.", "completion": " " + " ".join(sentences(6, 6))}
    write(f"{out}/plain.jsonl", plain)
    turns = []
    two = pairs(24, 7)
    for (q1, a1), (q2, a2) in zip(two[::2], two[1::2]):
        turns.append({"messages": [{"role": "system", "content": "You are kind."}, user(q1), assistant(a1), user(q2), assistant(a2)]})
    write(f"{out}/turns.jsonl", turns)
    write(f"{out}/text.jsonl", [{"text": " ".join(sentences(1 + i % 4, 100 + i))} for i in range(60)])
    # Pairs: a right answer and one to another question; turns, plain text, and pairs whose prompt is only implied.
    def triples(count, seed):
        questions, others = pairs(count, seed), pairs(count, seed + 1)
        return [(q, a, b) for (q, a), (_, b) in zip(questions, others)]

    turns_pair = lambda q, a, b: {"prompt": [user(q)], "chosen": [assistant(a)], "rejected": [assistant(b)]}
    write(f"{out}/pairs.jsonl", [turns_pair(*t) for t in triples(13, 20)])
    write(f"{out}/pairs_eval.jsonl", [turns_pair(*t) for t in triples(5, 22)])
    plain_pairs = [{"prompt": q, "chosen": " " + a, "rejected": " " + b} for q, a, b in triples(14, 24)]
    # Longer than max_length on one side, on both, and in the prompt alone.
    plain_pairs[3]["chosen"] = " " + " ".join(sentences(6, 26))
    plain_pairs[6].update(chosen=" " + " ".join(sentences(5, 27)), rejected=" " + " ".join(sentences(6, 28)))
    plain_pairs[9]["prompt"] = " ".join(sentences(8, 29))
    write(f"{out}/pairs_plain.jsonl", plain_pairs)
    write(f"{out}/pairs_implied.jsonl", [{"chosen": [user(q), assistant(a)], "rejected": [user(q), assistant(b)]} for q, a, b in triples(12, 30)])
    # Plain pairs whose prompts all leave room: a space before the answer, an answer that ends itself, answers to be cut.
    text_pairs = [{"prompt": q + (" " if i % 4 == 1 else ""), "chosen": ("" if i % 4 == 1 else " ") + a, "rejected": ("" if i % 4 == 1 else " ") + b} for i, (q, a, b) in enumerate(triples(14, 32))]
    text_pairs[2]["chosen"] += "<|im_end|>"
    text_pairs[5]["rejected"] = " " + " ".join(sentences(6, 34))
    text_pairs[8].update(chosen=" " + " ".join(sentences(5, 35)), rejected=" " + " ".join(sentences(6, 36)))
    write(f"{out}/pairs_text.jsonl", text_pairs)
    # For reward models: how much better the chosen one is, and sides that are too long.
    margin_pairs = [{"prompt": q, "chosen": " " + a, "rejected": " " + b, "margin": round(0.1 * (i % 5), 1)} for i, (q, a, b) in enumerate(triples(14, 37))]
    margin_pairs[4]["rejected"] = " " + " ".join(sentences(6, 39))
    margin_pairs[7]["chosen"] += "<|im_end|>"
    write(f"{out}/pairs_margin.jsonl", margin_pairs)
    # Answers that are good or bad; some batches of three have only one kind.
    marks = [True, False, True, True, True, True, False, False, False, True, False, False, True, True]
    write(f"{out}/unpaired.jsonl", [{"prompt": [user(q)], "completion": [assistant(a)], "label": mark} for (q, a), mark in zip(pairs(14, 40), marks)])
    write(f"{out}/unpaired_eval.jsonl", [{"prompt": [user(q)], "completion": [assistant(a)], "label": mark} for (q, a), mark in zip(pairs(5, 41), marks)])
    # Long answers behind prompts of several lengths, and a prompt that leaves no room.
    marked = [{"prompt": q, "completion": " " + a, "label": mark} for (q, a), mark in zip(pairs(13, 42), marks)]
    marked[1].update(prompt=" ".join(sentences(2, 43)), completion=" " + " ".join(sentences(5, 44)))
    marked[4]["completion"] = " " + " ".join(sentences(6, 45))
    marked[6]["prompt"] = " ".join(sentences(8, 46))
    marked[8].update(prompt=" ".join(sentences(1, 47)), completion=" " + " ".join(sentences(4, 48)))
    write(f"{out}/unpaired_plain.jsonl", marked)
