"""The tiny random models of the parity suite: written once, committed, read by TRL and by Posttrain."""

import json

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification, PreTrainedTokenizerFast

from runData import sentences

CHATML = (
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message['role'] + '\n' }}"
    "{%- if message['role'] == 'assistant' %}"
    "{%- generation %}{{- message['content'] + '<|im_end|>' }}{%- endgeneration %}{{- '\n' }}"
    "{%- else %}{{- message['content'] + '<|im_end|>\n' }}{%- endif %}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def tokenizer(vocab_size):
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tok.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False, min_frequency=1)
    tok.train_from_iterator(sentences(400, seed=1) + ["system\nuser\nassistant\n"] * 5, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tok, bos_token=SPECIAL[0], eos_token=SPECIAL[2], pad_token=SPECIAL[0], unk_token=SPECIAL[0],
        additional_special_tokens=SPECIAL[1:], model_max_length=512, clean_up_tokenization_spaces=False,
    )
    fast.chat_template = CHATML
    return fast


def save(out, tok, seed, kind=LlamaForCausalLM, **config):
    torch.manual_seed(seed)
    full = dict(
        vocab_size=len(tok), max_position_embeddings=512, rms_norm_eps=1e-5, attention_dropout=0.0, initializer_range=0.05,
        bos_token_id=tok.bos_token_id, eos_token_id=tok.eos_token_id, pad_token_id=tok.pad_token_id,
    )
    model = kind(LlamaConfig(**{**full, **config})).float()
    # Norms that are not one, so that their gradients and their place in the graph are seen.
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "norm" in name:
                weight.copy_(1 + 0.1 * torch.randn_like(weight))
    model.save_pretrained(out)
    tok.save_pretrained(out)
    return model


def make(out):
    # The usual small llama: tied head, two heads a key-value head.
    save(f"{out}/tied", tokenizer(512), 0, hidden_size=64, intermediate_size=172, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True, rope_theta=10000.0)
    # Everything the other way: untied head, a head size that is not hidden / heads, Llama 3.1's rotary scaling.
    save(
        f"{out}/untied", tokenizer(384), 1, hidden_size=48, intermediate_size=96, num_hidden_layers=3, num_attention_heads=6, num_key_value_heads=2, head_dim=12, tie_word_embeddings=False,
        rope_parameters={"rope_type": "llama3", "rope_theta": 50000.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64},
    )
    # Older releases wrote these keys; both spellings have to be read.
    path = f"{out}/untied/config.json"
    config = json.load(open(path))
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = rope
    config["torch_dtype"] = config.pop("dtype")
    json.dump(config, open(path, "w"), indent=2)
    make_reward(out)


def make_reward(out):
    """A reward model as transformers saves it. Its tokenizer pads with the token that ends a text, as many do."""
    tok = tokenizer(320)
    tok.pad_token = tok.eos_token
    save(f"{out}/reward", tok, 2, kind=LlamaForSequenceClassification, num_labels=1, hidden_size=32, intermediate_size=80, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=False, rope_theta=10000.0)
