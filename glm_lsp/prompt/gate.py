"""The one way out. Nothing reaches the model that did not pass here, and this is the only maker of a `ClearedRequest`.

    clear(draft, rules, redactor, redact=True) -> (ClearedRequest, Receipt)      raises Withheld

It blocks (rules may ask git): callers on the event loop use a thread. Repairs and refinements pass it again.
Source: users-and-security D8–D13.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from glm_lsp.context.receipt import LeftOut, Part, Receipt
from glm_lsp.errors import Withheld
from glm_lsp.model.messages import ClearedRequest, Message, Tool, ToolCall
from glm_lsp.prompt.draft import Draft, Piece, Purpose, Turn
from glm_lsp.prompt.redactor import Bounds, Redactor, joined
from glm_lsp.workspace.ignore import Reason, Rules, skip
from glm_lsp.workspace.paths import place_of

_MAY_HOLD_TOKENS: frozenset[Purpose] = frozenset({"prompt", "instruction", "reply"})


def clear(draft: Draft, rules: Rules, redactor: Redactor, redact: bool = True) -> tuple[ClearedRequest, Receipt]:
    """The draft as it may be sent, and what to judge the reply by.

    An optional piece whose file must stay here is left out and listed in the receipt; any other such piece refuses the
    request. With `redact`, every text in it, wherever it comes from, has its secrets replaced by tokens.

    Errors: Withheld, naming the rule, its file and the setting that lifts it, if one does. Rules that cannot be read
    withhold what they might have covered.
    """
    turns, left_out = _permitted(draft.turns, rules)
    sent = [piece for turn in turns for piece in turn.pieces]
    redacted = 0
    if redact:
        turns, redacted = _redacted(turns, redactor)
    clean = _Clean(redactor, redact)
    messages = tuple(
        Message(
            role=turn.role,
            content="".join(piece.text for piece in turn.pieces),
            tool_calls=tuple(replace(call, arguments=clean.text(call.arguments)) for call in turn.tool_calls),
            tool_call_id=turn.tool_call_id,
            reasoning=clean.text(turn.reasoning),
        )
        for turn in turns
    )
    request = ClearedRequest(
        model=draft.model,
        messages=messages,
        max_tokens=draft.max_tokens,
        stream=draft.stream,
        thinking=draft.thinking,
        temperature=draft.temperature,
        top_p=draft.top_p,
        frequency_penalty=draft.frequency_penalty,
        presence_penalty=draft.presence_penalty,
        tools=tuple(clean.tool(tool) for tool in draft.tools),
        tool_choice=draft.tool_choice,
        parallel_tool_calls=draft.parallel_tool_calls,
        response_format=draft.response_format,
    )
    everything = "\0".join((*(message.content + "\0" + message.reasoning for message in messages), *clean.texts))
    receipt = Receipt(
        tokens=redactor.tokens(everything) if redact else {},
        files=frozenset(piece.uri for piece in sent if piece.uri and piece.text),
        redacted=redacted + clean.redacted,
        left_out=left_out,
        parts=tuple(Part(index, piece.title, piece.uri, piece.range, piece.text) for index, turn in enumerate(turns) for piece in turn.pieces),
        redacting=redact,
    )
    return request, receipt
