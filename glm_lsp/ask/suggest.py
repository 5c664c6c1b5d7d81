"""Suggestions: which of those that were made fit the text.

A place is believed by its quotation only. Line numbers are never asked for: GLM's are unreliable (oh-my-pi#2241).
"""

from __future__ import annotations

from collections.abc import Sequence

from glm_lsp.ask.events import Suggestion, Suggestions
from glm_lsp.ask.outcome import region_of
from glm_lsp.context.gather import Context
from glm_lsp.context.receipt import Receipt, restored
from glm_lsp.errors import CannotDo, ReplyUnusable
from glm_lsp.plain import harmless, plain
from glm_lsp.prompt.functions import MOST_SUGGESTIONS
from glm_lsp.reply.parse import parse
from glm_lsp.reply.suggestions import Suggested, suggested
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import is_blank, split

TITLE, WHY, INSTRUCTION = 80, 300, 2_000
"""Characters."""
SHORTEST_PART = 6
"""Characters of a quotation that may be a part of its one line."""


def read(text: str, calls: Sequence[str], context: Context, receipt: Receipt) -> Suggestions:
    """The suggestions of a reply that fit the region, in the model's order, none twice. Empty if it has none to make.

    Errors: CannotDo if the model said no; ReplyUnusable if none can be read, or none fits the text.
    """
    said = suggested(text, calls)
    if said is None:
        if (reason := parse(text).cannot) is not None:
            raise CannotDo(f"The model says it cannot do this: {reason or 'it gave no reason.'}")
        raise ReplyUnusable("The suggestions could not be read.", "Try again.")
    found: dict[str, Suggestion] = {}
    for one in said:
        lines = _place(one, context, receipt)
        title = plain(one.title.rstrip("."), TITLE)
        instruction = harmless(one.instruction)[:INSTRUCTION].strip()
        known = title.casefold() in found or any(instruction == other.instruction for other in found.values())
        if lines is not None and title and instruction and not known:
            found[title.casefold()] = Suggestion(title, plain(one.why, WHY), instruction, lines)
    if said and not found:
        raise ReplyUnusable("The suggestions do not fit the text they are about.", "Try again.")
    return Suggestions(tuple(found.values())[:MOST_SUGGESTIONS], region_of(context))


def _place(one: Suggested, context: Context, receipt: Receipt) -> LineSpan | None:
    """The lines `one` is about; the whole region if it does not say, or could mean several; None if there are none such
    in it."""
    target = context.target
    try:
        quoted = restored(one.quote, receipt)
    except ReplyUnusable:
        return None
    wanted = [line for line in map(_spaced, split(quoted)) if line and not line.startswith("```")]
    if not wanted:
        return target.lines
    lines = target.document.text.lines
    numbers = [number for number in range(*target.lines) if not is_blank(lines[number])]
    places = _found(wanted, [_spaced(lines[number]) for number in numbers])
    if len(places) > 1:
        return target.lines
    return next((LineSpan(numbers[first], numbers[last] + 1) for first, last in places), None)


def _found(wanted: Sequence[str], have: Sequence[str]) -> list[tuple[int, int]]:
    """Where `wanted` stands among `have`, each time its first and last line; lines left out in its middle are
    tolerated, and so is a part of a single line."""
    places = [(at, at + len(wanted) - 1) for at in _all(wanted, have)]
    if not places and len(wanted) == 1 and len(wanted[0]) >= SHORTEST_PART:
        places = [(at, at) for at, line in enumerate(have) if wanted[0] in line]
    cut = next((at for at, line in enumerate(wanted) if _elision(line)), 0)
    if not places and 0 < cut < len(wanted) - 1:
        head, tail = wanted[:cut], wanted[cut + 1 :]
        places = [
            (first, last + len(tail) - 1)
            for first in _all(head, have)
            for last in _all(tail, have)
            if last >= first + len(head)
        ]
    return places


def _all(wanted: Sequence[str], have: Sequence[str]) -> list[int]:
    size = len(wanted)
    return [at for at in range(len(have) - size + 1) if list(have[at : at + size]) == list(wanted)]


def _spaced(line: str) -> str:
    """The line with its words one space apart: models do not copy spaces well."""
    return " ".join(line.split())


def _elision(line: str) -> bool:
    return line.strip("#/*-<!> ") in ("...", "…")
