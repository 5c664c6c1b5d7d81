"""Open documents: versions, and ranges carried through what the user typed meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.errors import NotOpen, TextChanged
from glm_lsp.text.lines import Point, Range, clamp
from glm_lsp.workspace.documents import LOG_LENGTH, Document, Documents

PIECES = st.sampled_from(["a", "bc", "\n", "\r\n", "\r", "\f", "𝒳"])
TEXTS = st.lists(PIECES, max_size=10).map("".join)
POINTS = st.builds(Point, st.integers(0, 8), st.integers(0, 6))
RANGES = st.tuples(POINTS, POINTS).map(lambda points: Range(min(points), max(points)))


def opened(text: str, version: int = 1) -> Document:
    return Documents().open("file:///a", "python", version, text)


def within(document: Document, span: Range) -> Range:
    """`span` made to exist in `document`."""
    return Range(clamp(document.lines, span.start), clamp(document.lines, span.end))


def offsets(document: Document, span: Range) -> tuple[int, int]:
    starts = document.text.starts
    return starts[span.start.line] + span.start.column, starts[span.end.line] + span.end.column


@settings(max_examples=examples(250), deadline=None)
@given(text=TEXTS, span=RANGES, changes=st.lists(st.tuples(RANGES, TEXTS), max_size=4))
@example("a\rb\nc", Range(Point(1, 0), Point(1, 1)), [(Range(Point(1, 0), Point(1, 0)), "\n")])
@example("a\rb\nc\n", Range(Point(2, 0), Point(2, 1)), [(Range(Point(1, 0), Point(1, 1)), "")])
@example("a\r\nb\nc", Range(Point(2, 0), Point(2, 1)), [(Range(Point(0, 0), Point(1, 0)), "\r")])
@example("a\r", Range(Point(0, 0), Point(0, 1)), [(Range(Point(1, 0), Point(1, 0)), "\n")])
def test_a_carried_range_holds_the_text_it_held(text: str, span: Range, changes: list[tuple[Range, str]]) -> None:
    """A menu item chosen after typing would otherwise work on, and replace, the wrong lines."""
    document = opened(text)
    span = within(document, span)
    held = document.text.slice(span)
    start, end = offsets(document, span)
    for version, (where, new) in enumerate(changes, 2):
        where = within(document, where)
        changed_start, changed_end = offsets(document, where)
        document.change(version, where, new)
        # Where the span stands now, if the change is strictly on one side of it.
        if changed_end < start:
            shift = len(new) - (changed_end - changed_start)
            start, end = start + shift, end + shift
        elif changed_start <= end:
            shift = len(new) - (changed_end - changed_start)
            start, end = (start + shift, end + shift) if changed_end <= start else (start, end)
    try:
        carried = document.carry(span, 1)
    except TextChanged:
        return
    assert document.text.slice(carried) == held
    assert offsets(document, carried) in {(start, end)}


@settings(max_examples=examples(100), deadline=None)
@given(
    before=st.lists(st.sampled_from(["a\n", "bc\r\n", "d\n"]), min_size=1, max_size=3),
    after=st.lists(st.sampled_from(["a\n", "bc\r\n", "d\n"]), max_size=3),
    new=st.lists(st.sampled_from(["x\n", "yy\r\n", "\n"]), max_size=3),
    above=st.booleans(),
)
def test_lines_typed_elsewhere_do_not_stop_the_user(
    before: list[str], after: list[str], new: list[str], above: bool
) -> None:
    document = opened("".join([*before, "held\n", *after]))
    span = Range(Point(len(before), 0), Point(len(before) + 1, 0))
    line = 0 if above else len(before) + 1
    document.change(2, Range(Point(line, 0), Point(line, 0)), "".join(new))
    shift = len(new) if above else 0
    assert document.carry(span, 1) == Range(Point(len(before) + shift, 0), Point(len(before) + shift + 1, 0))


@pytest.mark.parametrize(
    ("where", "new"),
    [
        (Range(Point(1, 2), Point(1, 2)), "x"),
        (Range(Point(1, 0), Point(1, 0)), "x"),
        (Range(Point(0, 3), Point(1, 0)), ""),
        (Range(Point(0, 0), Point(3, 0)), "one\ntwo\nthree\n"),
        (None, "one\ntwo\nthree\n"),
    ],
    ids=["inside", "against the start", "joined to the line above", "replaced by the same", "whole text"],
)
def test_a_touched_range_is_not_carried(where: Range | None, new: str) -> None:
    document = opened("one\ntwo\nthree\n")
    document.change(2, where, new)
    with pytest.raises(TextChanged):
        document.carry(Range(Point(1, 0), Point(2, 0)), 1)


@pytest.mark.parametrize("version", [-1, 0, 4, 99])
def test_a_version_that_never_was_is_refused(version: int) -> None:
    document = opened("one\n", version=1)
    document.change(3, None, "two\n")
    with pytest.raises(TextChanged):
        document.carry(Range(Point(0, 0), Point(0, 0)), version)


def test_version_0_is_a_version() -> None:
    document = opened("one\ntwo\n", version=0)
    document.change(1, Range(Point(0, 0), Point(0, 0)), "zero\n")
    assert document.carry(Range(Point(1, 0), Point(1, 3)), 0) == Range(Point(2, 0), Point(2, 3))


def test_the_last_256_changes_are_remembered_and_no_more() -> None:
    document = opened("one\ntwo\n", version=0)
    span = Range(Point(1, 0), Point(1, 3))
    for version in range(1, LOG_LENGTH + 1):
        document.change(version, Range(Point(0, 0), Point(0, 0)), "x")
    assert document.carry(span, 0) == span
    document.change(LOG_LENGTH + 1, Range(Point(0, 0), Point(0, 0)), "x")
    assert document.carry(span, 1) == span
    with pytest.raises(TextChanged):
        document.carry(span, 0)


def test_several_changes_of_one_notification_count_as_one_version() -> None:
    """Half of a notification is no text the user ever saw."""
    document = opened("one\ntwo\n", version=1)
    for _ in range(LOG_LENGTH):
        document.change(2, Range(Point(0, 0), Point(0, 0)), "x")
    document.change(3, Range(Point(0, 0), Point(0, 0)), "x")
    with pytest.raises(TextChanged):
        document.carry(Range(Point(1, 0), Point(1, 3)), 1)


def test_a_frozen_document_stays_as_it_was() -> None:
    document = opened("one\n")
    frozen = document.frozen()
    document.change(2, None, "two\n")
    assert (frozen.text.string, frozen.version, frozen.changes) == ("one\n", 1, ())
    assert document.frozen().text.string == "two\n"


def test_reopening_starts_anew() -> None:
    documents = Documents()
    documents.open("file:///a", "python", 1, "old").change(2, None, "older")
    document = documents.open("file:///a", "python", 1, "new")
    assert documents.get("file:///a") is document
    assert document.frozen().changes == ()


def test_a_document_that_is_not_open_is_named() -> None:
    documents = Documents()
    documents.open("file:///a", "python", 1, "")
    documents.close("file:///a")
    documents.close("file:///a")
    assert documents.find("file:///a") is None
    with pytest.raises(NotOpen, match="file:///a is not open"):
        documents.get("file:///a")


@pytest.mark.parametrize("uri", ["untitled:Untitled-1", "vscode-notebook-cell:/a.ipynb#W0", "file:///a%20b", "odd"])
def test_any_uri_is_a_key(uri: Any) -> None:
    documents = Documents()
    documents.open(uri, "python", 1, "text")
    assert documents.get(uri).text.string == "text"


def test_a_text_that_comes_whole_keeps_the_lines_that_stay() -> None:
    """Versions of a large text share them: twenty jobs hold twenty versions, and each is compared with the next."""
    document = Documents().open("file:///a", "text", 1, "first line\nsecond\nthird line\n")
    before = document.lines[:]
    document.change(2, None, "first line\n2\n2b\nthird line\n")
    assert document.lines == ["first line\n", "2\n", "2b\n", "third line\n", ""]
    assert document.lines[0] is before[0]
    assert document.lines[3] is before[2]
    document.change(3, None, "third line\n")
    assert document.lines == ["third line\n", ""]
    document.change(4, None, "third line\nthird line\n")
    assert document.lines == ["third line\n", "third line\n", ""]
