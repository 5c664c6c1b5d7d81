"""What a person is shown of a request: complete, in his editor's own columns."""

from __future__ import annotations

from glm_lsp.context.receipt import LeftOut, Part
from glm_lsp.context.shown import OWN_WORDS, shown
from glm_lsp.settings import Settings
from glm_lsp.text.lines import Point, Range, Text
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.snapshot import Snapshot

URI = "file:///w/a.py"
SNAPSHOT = Snapshot({URI: OpenDocument(URI, "python", 1, Text.of("a\n𝒳b\nc"))}, (), Settings())


def test_every_part_is_there_with_its_place_in_the_editors_columns() -> None:
    parts = (
        Part(0, "", "", None, "words "),
        Part(1, "the region", URI, Range(Point(1, 0), Point(1, 1)), "𝒳"),
        Part(1, "another file", "file:///w/b.py", Range(Point(7, 0), Point(9, 0)), "x"),
    )
    seen = shown(parts, (LeftOut("a thing", URI, "It is too large."),), SNAPSHOT, "utf-16")
    start, end = {"line": 1, "character": 0}, {"line": 1, "character": 2}
    assert seen["parts"] == [
        {"title": OWN_WORDS, "tokens": 1, "text": "words "},
        {"title": "the region", "uri": URI, "range": {"start": start, "end": end}, "tokens": 3, "text": "𝒳"},
        {
            "title": "another file",
            "uri": "file:///w/b.py",
            "range": {"start": {"line": 7, "character": 0}, "end": {"line": 9, "character": 0}},
            "tokens": 1,
            "text": "x",
        },
    ]
    assert seen["leftOut"] == [{"title": "a thing", "why": "It is too large."}]


def test_a_part_up_to_the_end_of_the_text_ends_where_the_text_does() -> None:
    part = Part(0, "all", URI, Range(Point(0, 0), Point(3, 0)), "…")
    (seen,) = shown((part,), (), SNAPSHOT, "utf-16")["parts"]
    assert seen["range"]["end"] == {"line": 2, "character": 1}


def test_a_place_is_not_shown_where_its_columns_are_not_known() -> None:
    part = Part(0, "a line of another file", "file:///w/b.py", Range(Point(7, 2), Point(7, 5)), "x")
    (seen,) = shown((part,), (), SNAPSHOT, "utf-16")["parts"]
    assert "range" not in seen
