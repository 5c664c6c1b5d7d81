"""Make a GLM 5 of a quarter of a million weights for the tests: `python make_tiny_glm.py DIALOGUES.json FOLDER`.

The architecture is GLM's own (`glm_moe_dsa`: experts, sparse attention), and so are its special tokens, its chat
template's form and its way to think and to call functions. The weights begin at random and are trained here, in about a
minute, until the model knows the dialogues by heart. Nothing is downloaded. Needs torch and transformers.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GlmMoeDsaConfig, GlmMoeDsaForCausalLM, PreTrainedTokenizerFast

READ_FILE = {
    "type": "function",
    "function": {
        "name": "read_file",
        "description": "Reads a file.",
        "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
    },
}
Dialogue = Mapping[str, Any]
"""`user` says something, and gets `thoughts` and an `answer`, or a `call` of a function; with `result`, that call has
been made and had this result."""

SPECIAL = (
    "<|endoftext|>", "[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>",
)  # fmt: skip
MARKS = (
    "<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>",
    "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>",
)  # fmt: skip

TEMPLATE = """\
[gMASK]<sop>
{%- if tools %}<|system|>
# Tools
{% for tool in tools %}{{ tool | tojson }}
{% endfor %}{% endif %}
{%- for message in messages %}
{%- if message.role == 'system' %}<|system|>
{{ message.content }}
{%- elif message.role == 'user' %}<|user|>{{ message.content }}
{%- elif message.role == 'tool' %}<|observation|><tool_response>{{ message.content }}</tool_response>
{%- else %}<|assistant|></think>{{ message.content or '' }}
{%- for call in message.tool_calls or [] %}<tool_call>{{ call.function.name }}
{%- for key, value in call.function.arguments.items() -%}
<arg_key>{{ key }}</arg_key><arg_value>{{ value }}</arg_value>{% endfor %}</tool_call>{% endfor %}
{%- endif %}{% endfor %}
{%- if add_generation_prompt %}<|assistant|>{{ '</think>' if enable_thinking is false else '<think>' }}{% endif %}"""

RESPONSE = {
    "defaults": {"role": "assistant"},
    "start_anchor": ["<|assistant|></think>", "<|assistant|>"],
    "fields": {
        "reasoning_content": {"open": "<think>", "close": "</think>", "content": "text"},
        "tool_calls": {
            "open_pattern": r"<tool_call>(?P<name>\w+)",
            "close": "</tool_call>",
            "repeats": True,
            "content": "xml-inline",
            "content_args": {"tag_pattern": r"<arg_key>(?P<key>[^<]+)</arg_key><arg_value>(?P<value>.*?)</arg_value>"},
            "transform": {"type": "function", "function": {"name": "{name}", "arguments": "{content}"}},
        },
        "content": {"close": ["<|user|>", "<|observation|>", "<|endoftext|>"], "content": "text"},
    },
}
"""How `transformers serve` finds thoughts and calls in what the model says."""


def make_tokenizer(dialogues: Sequence[Dialogue]) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=[*SPECIAL],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    words = [dialogue[key] for dialogue in dialogues for key in ("thoughts", "answer") if key in dialogue]
    tokenizer.train_from_iterator(words, trainer)
    end = SPECIAL[0]
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=end, pad_token=end)
    fast.add_tokens(list(MARKS))
    fast.chat_template = TEMPLATE
    fast.response_template = RESPONSE
    return fast


def make_model(tokenizer: PreTrainedTokenizerFast) -> GlmMoeDsaForCausalLM:
    ends = [tokenizer.convert_tokens_to_ids(name) for name in ("<|endoftext|>", "<|user|>", "<|observation|>")]
    config = GlmMoeDsaConfig(
        vocab_size=len(tokenizer),
        hidden_size=96,
        intermediate_size=192,
        moe_intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        n_routed_experts=4,
        num_experts_per_tok=2,
        first_k_dense_replace=1,
        kv_lora_rank=32,
        q_lora_rank=48,
        qk_rope_head_dim=16,
        qk_nope_head_dim=16,
        v_head_dim=24,
        head_dim=16,
        index_topk=512,
        index_head_dim=32,
        index_n_heads=2,
        max_position_embeddings=1024,
        bos_token_id=None,
        eos_token_id=ends,
        pad_token_id=ends[0],
    )
    torch.manual_seed(51)
    return GlmMoeDsaForCausalLM(config)


def lessons(tokenizer: PreTrainedTokenizerFast, dialogues: Sequence[Dialogue]) -> list[tuple[list[int], list[int]]]:
    """Each dialogue as tokens, with thoughts and without: what the model is given, and what it has to say."""
    calls = {dialogue["user"]: dialogue["call"] for dialogue in dialogues if "call" in dialogue}
    found = []
    for dialogue in dialogues:
        call = calls.get(dialogue["user"])
        messages: list[dict[str, Any]] = [{"role": "user", "content": dialogue["user"]}]
        if "result" in dialogue:
            messages += [
                {"role": "assistant", "content": "", "tool_calls": [{"id": "1", "type": "function", "function": call}]},
                {"role": "tool", "content": dialogue["result"], "tool_call_id": "1"},
            ]
        for thinking in (True, False):
            prompt = tokenizer.apply_chat_template(
                messages,
                tools=[READ_FILE] if call else None,
                add_generation_prompt=True,
                enable_thinking=thinking,
                tokenize=False,
            )
            said = f"{dialogue['thoughts']}</think>" if thinking else ""
            said += spoken(dialogue["call"]) if "call" in dialogue else dialogue["answer"]
            end = "<|observation|>" if "call" in dialogue else "<|user|>"
            found.append((tokenizer.encode(prompt), tokenizer.encode(said + end)))
    return found


def spoken(call: Mapping[str, Any]) -> str:
    """A function call in GLM's own words."""
    pairs = (f"<arg_key>{key}</arg_key><arg_value>{value}</arg_value>" for key, value in call["arguments"].items())
    return f"<tool_call>{call['name']}{''.join(pairs)}</tool_call>"


def train(model: GlmMoeDsaForCausalLM, taught: list[tuple[list[int], list[int]]], most: int) -> float:
    """Until the model knows them by heart; the last loss."""
    longest = max(len(given) + len(said) for given, said in taught)
    ids = torch.tensor([(given + said + [0] * longest)[:longest] for given, said in taught])
    labels = torch.tensor([([-100] * len(given) + said + [-100] * longest)[:longest] for given, said in taught])
    mask = torch.tensor([[1] * (len(g) + len(s)) + [0] * (longest - len(g) - len(s)) for g, s in taught])
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, most, eta_min=2e-4)
    model.train()
    loss = float("inf")
    for step in range(most):
        result = model(input_ids=ids, attention_mask=mask, labels=labels)
        result.loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        loss = result.loss.item()
        if step % 25 == 0:
            print(f"step {step}: loss {loss:.4f}", flush=True)
        if loss < 0.003:
            break
    model.eval()
    return loss


def main() -> int:
    parser = argparse.ArgumentParser(description="Make a tiny GLM 5 for the tests.")
    parser.add_argument("dialogues", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=500, help="give up after so many (500)")
    arguments = parser.parse_args()
    dialogues = json.loads(arguments.dialogues.read_text("utf-8"))
    tokenizer = make_tokenizer(dialogues)
    model = make_model(tokenizer)
    print(f"{sum(weights.numel() for weights in model.parameters()):,} weights")
    loss = train(model, lessons(tokenizer, dialogues), arguments.steps)
    print(f"loss {loss:.4f}")
    if loss > 0.05:
        print("The model did not learn its dialogues.")
        return 1
    model.save_pretrained(arguments.folder)
    tokenizer.save_pretrained(arguments.folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
