"""What does not come from the index: files the user attached, places a diagnostic speaks of, recent edits elsewhere.

All of it is of the workspace: a project can make a diagnostic name any file of the user's, and what is open beside it
may be private.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from glm_lsp.context.project import language_of, read
from glm_lsp.context.receipt import LeftOut
from glm_lsp.context.snippet import Kind, Snippet, excerpt
from glm_lsp.errors import BadInput
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.change import moved
from glm_lsp.text.lines import Point, Range, Text
from glm_lsp.workspace import paths
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.snapshot import Diagnostic, Snapshot

EDITS = 6
"""How many of a document's last changes are recent."""
EDITED = 4
"""Documents whose recent edits are shown."""
AROUND = 3
"""Lines shown before and after a place."""
LONGEST = 40
"""Lines of one edit that are shown: of more, as when a whole file was replaced, the first."""


@dataclass(frozen=True, slots=True)
class Also:
    """A file the user wants to go along, or the lines that `range` (code points) touches."""

    uri: str
    range: Range | None = None


def attached(also: Iterable[Also], own: str, snapshot: Snapshot) -> tuple[list[Snippet], list[LeftOut]]:
    """What the user asked to go along with the document `own`, and what of it cannot."""
    found, left_out = [], []
    for one in also:
        if one.uri == own:
            continue
        try:
            text = _text(one.uri, snapshot)
        except BadInput as error:
            left_out.append(LeftOut(f"attached: {paths.name_of(one.uri, snapshot.folders)}", one.uri, error.message))
            continue
        whole = LineSpan(0, len(text.lines) - (not text.lines[-1]))
        lines = _touched(one.range, text) if one.range else whole
        found.append(_snippet("attached", "attached", one.uri, text, [lines], snapshot))
    return found, left_out


def related(diagnostics: Iterable[Diagnostic], own: str, snapshot: Snapshot) -> list[Snippet]:
    """The places in other files than `own` that the diagnostics speak of."""
    places: dict[str, list[Range]] = {}
    for diagnostic in diagnostics:
        for one in diagnostic.related:
            if one.uri != own:
                places.setdefault(one.uri, []).append(one.range)
    found = []
    for uri, ranges in places.items():
        try:
            text = _text(uri, snapshot)
        except BadInput:
            continue
        lines = [_around(_touched(span, text), text) for span in ranges]
        found.append(_snippet("related", "what a finding refers to", uri, text, lines, snapshot))
    return found


def edited(own: str, snapshot: Snapshot) -> list[Snippet]:
    """The lines last changed in other documents: what the user is about to do here often goes on from there."""
    documents = [
        document
        for uri, document in snapshot.documents.items()
        if uri != own and document.changes and _is_inside(uri, snapshot)
    ]
    found = []
    for document in documents[-EDITED:]:
        text = document.text
        spans = [_touched(span, text) for span in _changed(document)]
        lines = [_around(LineSpan(first, min(last, first + LONGEST)), text) for first, last in spans]
        found.append(_snippet("edits", "recently edited", document.uri, text, lines, snapshot))
    return found


def _changed(document: OpenDocument) -> list[Range]:
    """Where the last changes stand in the text now."""
    recent = document.changes[-EDITS:]
    found = []
    for at, change in enumerate(recent):
        start, end = change.old.start, change.new_end
        for later in recent[at + 1 :]:
            start, end = (moved(point, later) if point >= later.old.end else point for point in (start, end))
        found.append(Range(start, max(start, end)))
    return found


def _touched(span: Range, text: Text) -> LineSpan:
    first = max(0, min(span.start.line, len(text.lines) - 1))
    last = span.end.line + (span.end.column > 0 or span.end.line == span.start.line)
    return LineSpan(first, max(first + 1, min(last, len(text.lines))))


def _around(lines: LineSpan, text: Text) -> LineSpan:
    return LineSpan(max(0, lines.first - AROUND), min(len(text.lines), lines.last + AROUND))


def _text(uri: str, snapshot: Snapshot) -> Text:
    """The document's text, else that of the file on disk.

    Errors: BadInput if it is none of the workspace, or cannot be read.
    """
    path = paths.path_of(uri)
    if path is not None and not _is_inside(uri, snapshot):
        raise BadInput("It lies outside the workspace folders.")
    if uri in snapshot.documents:
        return snapshot.documents[uri].text
    if path is None:
        raise BadInput("It is not a file, and not open in the editor.")
    return read(path)


def _is_inside(uri: str, snapshot: Snapshot) -> bool:
    """Whether it, or the notebook it is a cell of, really lies in a workspace folder, links followed."""
    place = paths.place_of(uri)
    return isinstance(place, Path) and paths.inside(place, snapshot.folders) is not None


def _snippet(kind: Kind, title: str, uri: str, text: Text, spans: Iterable[LineSpan], snapshot: Snapshot) -> Snippet:
    """The lines of `spans`, each once, with a mark where some between are left out."""
    numbers = sorted({number for span in spans for number in range(*span)})
    path, name = paths.path_of(uri), paths.name_of(uri, snapshot.folders)
    language = snapshot.documents[uri].language if uri in snapshot.documents else language_of(path) if path else ""
    span = Range(Point(numbers[0], 0), Point(numbers[-1] + 1, 0)) if numbers else None
    return Snippet(kind, f"{title}: {name}", uri, name, language, excerpt(text.lines, numbers), span)
