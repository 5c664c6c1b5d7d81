"""Suggestions that wait in the menu of their place. They follow the text; one whose lines change is let go.

Only the last question of a document has any, and they are gone when the document closes. Nothing is written by them:
picking one is a `glm.run` of the action `edit` with its instruction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from glm_lsp.lsp import convert

if TYPE_CHECKING:
    from glm_lsp.ask import Suggestion
    from glm_lsp.syntax.span import LineSpan
    from glm_lsp.text.encoding import Encoding
    from glm_lsp.workspace.documents import Documents, OpenDocument

INTERVAL = 0.1
"""Seconds between two looks at a text that changes under suggestions."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """`items` stand in the text of `document`, the most valuable first."""

    document: OpenDocument
    items: tuple[Suggestion, ...]


class Suggestions:
    """Those of one session, by document. Changed on the event loop only."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._waiting: dict[str, Waiting] = {}
        self._due: asyncio.TimerHandle | None = None

    def __contains__(self, uri: str) -> bool:
        return uri in self._waiting

    def keep(self, document: OpenDocument, items: Sequence[Suggestion]) -> Waiting:
        """`items`, which stand in `document`, take the place of earlier ones; as they stand in the text there is
        now."""
        self._waiting[document.uri] = Waiting(document, tuple(items))
        found = self._follow(document.uri)
        if self._documents.find(document.uri) is None:
            self.forget(document.uri)
        return found

    def at(self, uri: str, lines: LineSpan, encoding: Encoding) -> list[tuple[str, dict[str, Any]]]:
        """The title and the argument of `glm.run` of each suggestion for `lines` of the text there is now."""
        if uri not in self._waiting:
            return []
        waiting = self._follow(uri)
        return [
            (one.title, _argument(one, waiting.document, encoding))
            for one in waiting.items
            if one.lines.first < lines.last and lines.first < one.lines.last
        ]

    def touched(self, uri: str) -> None:
        """The document `uri` was opened or changed. The log of its changes does not reach back for ever."""
        if uri in self._waiting and self._due is None:
            self._due = asyncio.get_running_loop().call_later(INTERVAL, self._follow_all)

    def forget(self, uri: str) -> None:
        """The document `uri` is closed."""
        self._waiting.pop(uri, None)

    def _follow_all(self) -> None:
        self._due = None
        for uri in tuple(self._waiting):
            self._follow(uri)

    def _follow(self, uri: str) -> Waiting:
        from glm_lsp.lsp.follow import all_untouched

        waiting, document = self._waiting[uri], self._documents.find(uri)
        before = waiting.document
        if document is not None and (document.opening, document.version) != (before.opening, before.version):
            now = document.frozen()
            places = all_untouched([one.lines for one in waiting.items], before, now)
            found = zip(waiting.items, places, strict=True)
            kept = tuple(replace(one, lines=lines) for one, lines in found if lines is not None)
            waiting = self._waiting[uri] = Waiting(now, kept)
        return waiting


def result(waiting: Waiting, encoding: Encoding) -> list[dict[str, Any]]:
    """`[{title, why, range, instruction, version}]`, the job's result: `version` is the one `range` counts in."""
    return [
        {
            "title": one.title,
            "why": one.why,
            "range": _range(one, waiting.document, encoding),
            "instruction": one.instruction,
            "version": waiting.document.version,
        }
        for one in waiting.items
    ]


def _argument(one: Suggestion, document: OpenDocument, encoding: Encoding) -> dict[str, Any]:
    return {
        "action": "edit",
        "uri": document.uri,
        "range": _range(one, document, encoding),
        "version": document.version,
        "instruction": one.instruction,
    }


def _range(one: Suggestion, document: OpenDocument, encoding: Encoding) -> Any:
    return convert.to_range(document.text.lines, document.text.range_of(*one.lines), encoding)
