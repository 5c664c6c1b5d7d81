"""The one way out. Nothing reaches the model that did not pass here, and this is the only maker of a `ClearedRequest`.

    clear(draft, rules, redactor, redact=True) -> (ClearedRequest, Receipt)      raises Withheld

It blocks (rules may ask git): callers on the event loop use a thread. Repairs and refinements pass it again.
Source: users-and-security D8–D13.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import accumulate
from typing import Any

from glm_lsp.context.receipt import LeftOut, Part, Receipt
from glm_lsp.errors import Withheld
from glm_lsp.model.messages import ClearedRequest, Message, Tool
from glm_lsp.prompt.draft import Draft, Piece, Purpose, Turn
from glm_lsp.prompt.redactor import HALF_A_CHARACTER, Bounds, Redactor, standing_alone
from glm_lsp.workspace.ignore import Rules
from glm_lsp.workspace.noise import skip
from glm_lsp.workspace.paths import place_of

_MAY_HOLD_TOKENS: frozenset[Purpose] = frozenset({"prompt", "instruction", "reply"})


def clear(draft: Draft, rules: Rules, redactor: Redactor, redact: bool = True) -> tuple[ClearedRequest, Receipt]:
    """The draft as it may be sent, and what to judge the reply by.

    An optional piece whose file must stay here is left out and listed in the receipt; any other such piece refuses the
    request. With `redact`, every text in it, wherever it comes from, has its secrets replaced by tokens.

    Errors: Withheld, naming the rule, its file and the setting that lifts it, if one does. Rules that cannot be read
    withhold whatever they might have covered. Also without `redact`, for a text with half of a surrogate pair.
    """
    turns, left_out = _permitted(draft.turns, rules)
    redacted = 0
    if redact:
        turns, redacted = _redacted(turns, redactor)
    elif HALF_A_CHARACTER.search("".join(_content(turn) for turn in turns)):
        raise Withheld(
            "The text holds half of a character, which the model could not give back.",
            "Take it out, or turn privacy.redact on.",
        )
    request = ClearedRequest(
        model=draft.model,
        messages=tuple(_message(turn) for turn in turns),
        max_tokens=draft.max_tokens,
        stream=draft.stream,
        thinking=draft.thinking,
        temperature=draft.temperature,
        top_p=draft.top_p,
        frequency_penalty=draft.frequency_penalty,
        presence_penalty=draft.presence_penalty,
        tools=tuple(_tool(tool, redactor) for tool in draft.tools) if redact else draft.tools,
        tool_choice=draft.tool_choice,
        parallel_tool_calls=draft.parallel_tool_calls,
        response_format=draft.response_format,
    )
    parts = tuple(
        Part(message, piece.title, piece.uri, piece.range, piece.text)
        for message, turn in enumerate(turns)
        for piece in turn.pieces
    )
    receipt = Receipt(
        tokens=redactor.tokens("\n".join(_texts(request))) if redact else {},
        files=frozenset(part.uri for part in parts if part.uri and part.text),
        redacted=redacted,
        left_out=left_out,
        parts=parts,
        redacting=redact,
    )
    return request, receipt


def _permitted(turns: tuple[Turn, ...], rules: Rules) -> tuple[tuple[Turn, ...], tuple[LeftOut, ...]]:
    """The turns without the pieces that must stay here, and those pieces."""
    places = {uri: place_of(uri) for turn in turns for uri in (piece.uri for piece in turn.pieces) if uri}
    reasons = rules.judge(place for place in places.values() if place is not None)
    left_out: list[LeftOut] = []

    def stays(piece: Piece) -> bool:
        place = places.get(piece.uri)
        if place is None:
            return False
        if reason := reasons.get(place):
            if not piece.optional:
                raise Withheld(reason.sentence, reason.remedy)
            left_out.append(LeftOut(piece.title, piece.uri, reason.sentence))
            return True
        if piece.optional and (why := skip(place, piece.text)):
            left_out.append(LeftOut(piece.title, piece.uri, why))
            return True
        return False

    kept = (replace(turn, pieces=tuple(piece for piece in turn.pieces if not stays(piece))) for turn in turns)
    return tuple(turn for turn in kept if turn.pieces or turn.tool_calls), tuple(left_out)


def _redacted(turns: tuple[Turn, ...], redactor: Redactor) -> tuple[tuple[Turn, ...], int]:
    """The turns with tokens for secrets, and how many places that were.

    Twice over: first every secret that can be recognised anywhere gets its token, then each text is searched for all of
    them, so that one recognised by its name in one place does not leave by another where it has none.
    """
    found = [_bounds(turn.pieces, redactor.suspects) for turn in turns]
    for turn, bounds in zip(turns, found, strict=True):
        redactor.replaced(_content(turn), standing_alone(_content(turn), bounds))
    count = 0
    result: list[Turn] = []
    for turn, bounds in zip(turns, found, strict=True):
        bounds = standing_alone(_content(turn), (*bounds, *_bounds(turn.pieces, redactor.echoes)))
        count += len(bounds)
        calls = tuple(replace(call, arguments=_clean(call.arguments, redactor)) for call in turn.tool_calls)
        reasoning = _clean(turn.reasoning, redactor)
        pieces = _with_tokens(turn, bounds, redactor)
        result.append(replace(turn, pieces=pieces, tool_calls=calls, reasoning=reasoning))
    return tuple(result), count


def _bounds(pieces: tuple[Piece, ...], search: Callable[..., list[Bounds]]) -> list[Bounds]:
    """What `search` finds in the pieces, as bounds of the message's whole content, where tokens have to stand alone.

    Pieces of one file are read as one text, for a sentinel may part what belongs together: the lines of a private key.
    What it parts leaves the line ends beside it alone, so that it stays on a line of its own.
    """
    starts = [0, *accumulate(len(piece.text) for piece in pieces)]
    together: dict[object, list[int]] = {}
    for index, piece in enumerate(pieces):
        together.setdefault((piece.uri, piece.purpose) if piece.uri else index, []).append(index)
    result: list[Bounds] = []
    for indexes in together.values():
        read = "".join(pieces[index].text for index in indexes)
        found = search(read, ours=pieces[indexes[0]].purpose in _MAY_HOLD_TOKENS)
        offset = 0
        for index in indexes:
            end = offset + len(pieces[index].text)
            for start, stop in found:
                if start >= end or stop <= offset:
                    continue
                if start < offset:
                    start = end - len(read[offset:end].lstrip())
                if stop > end:
                    stop = offset + len(read[offset:end].rstrip())
                if start < stop:
                    result.append((starts[index] + start - offset, starts[index] + stop - offset))
            offset = end
    return result


def _with_tokens(turn: Turn, bounds: list[Bounds], redactor: Redactor) -> tuple[Piece, ...]:
    """The pieces with a token for each of `bounds`, in the piece in which it begins."""
    content, ahead = _content(turn), deque(bounds)
    pieces: list[Piece] = []
    at = end = 0
    for piece in turn.pieces:
        end += len(piece.text)
        parts: list[str] = []
        while at < end:
            start, stop = ahead.popleft() if ahead and ahead[0][0] < end else (end, end)
            parts += [content[at:start], redactor.token(content[start:stop]) if start < stop else ""]
            at = stop
        pieces.append(replace(piece, text="".join(parts)))
    return tuple(pieces)


def _content(turn: Turn) -> str:
    return "".join(piece.text for piece in turn.pieces)


def _clean(text: str, redactor: Redactor) -> str:
    """A text of the model's own, or ours, with tokens for secrets."""
    bounds = (*redactor.suspects(text, ours=True), *redactor.echoes(text, ours=True))
    return redactor.replaced(text, standing_alone(text, bounds))


def _tool(tool: Tool, redactor: Redactor) -> Tool:
    return replace(
        tool, description=_clean(tool.description, redactor), parameters=_clean_json(tool.parameters, redactor)
    )


def _clean_json(value: Any, redactor: Redactor) -> Any:
    if isinstance(value, str):
        return _clean(value, redactor)
    if isinstance(value, Mapping):
        return {name: _clean_json(part, redactor) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean_json(part, redactor) for part in value]
    return value


def _message(turn: Turn) -> Message:
    return Message(turn.role, _content(turn), turn.tool_calls, turn.tool_call_id, turn.reasoning)


def _texts(request: ClearedRequest) -> Iterable[str]:
    for message in request.messages:
        yield message.content
        yield message.reasoning
        yield from (call.arguments for call in message.tool_calls)
