"""What would be sent, for a person to look through: part by part, with its size and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from glm_lsp.context.receipt import LeftOut, Part
from glm_lsp.context.tokens import estimate
from glm_lsp.text.encoding import Encoding, unit_of
from glm_lsp.text.lines import Point, Text
from glm_lsp.workspace.snapshot import Snapshot

OWN_WORDS = "words of glm-lsp's own"
"""The title of a part that has none: the marks around the user's text."""


def shown(parts: Iterable[Part], left_out: Iterable[LeftOut], snapshot: Snapshot, encoding: Encoding) -> dict[str, Any]:
    """`{parts: [{title, uri?, range?, tokens, text}], leftOut: [{title, why}]}`, as `glm.context` answers.

    The texts of all parts, joined by nothing, are those of the messages, one after the other.
    """
    return {
        "parts": [_part(part, snapshot, encoding) for part in parts],
        "leftOut": [{"title": one.title, "why": one.why} for one in left_out],
    }


def _part(part: Part, snapshot: Snapshot, encoding: Encoding) -> dict[str, Any]:
    seen: dict[str, Any] = {"title": part.title or OWN_WORDS}
    if part.uri:
        seen["uri"] = part.uri
    document = snapshot.documents.get(part.uri)
    text = document.text if document is not None else None
    # What is shown of a file is whole lines, and where those begin is the same in every unit.
    if part.range is not None and (text is not None or part.range.start.column == part.range.end.column == 0):
        seen["range"] = {name: _position(point, text, encoding) for name, point in zip(_ENDS, part.range, strict=True)}
    return {**seen, "tokens": estimate(part.text), "text": part.text}


_ENDS = ("start", "end")


def _position(point: Point, text: Text | None, encoding: Encoding) -> dict[str, int]:
    if text is None:
        return {"line": point.line, "character": point.column}
    point = min(point, text.end)
    return {"line": point.line, "character": unit_of(text.lines[point.line], point.column, encoding)}
