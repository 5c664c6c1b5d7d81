"""A proposal on offer: hunks accepted or rejected one by one while the user types."""

from __future__ import annotations

from growth import ratio

from glm_lsp.edits.hunks import diff
from glm_lsp.edits.pending import accepted, follow, rejected
from glm_lsp.edits.proposal import FileEdit
from glm_lsp.text.lines import Point, Range, Text
from glm_lsp.workspace.documents import Document

BASE = "a\nb\nc\nd\ne\nf\ng\n"
WANTED = "A\nb\nc\nD\ne\nf\nG\n"


def offer() -> FileEdit:
    base, intended = Text.of(BASE), Text.of(WANTED)
    return FileEdit("file:///a", 1, base, intended, diff(base, intended))


def test_an_accepted_hunk_is_written_alone() -> None:
    assert accepted(offer(), {2}).intended.string == "a\nb\nc\nD\ne\nf\ng\n"


def test_what_is_left_follows_the_accepted_hunk() -> None:
    """After one hunk is written the others must still be offered, at their new places and under their ids."""
    file = offer()
    document = Document("file:///a", "text", 1, list(file.base.lines), reach=1)
    document.change(2, Range(Point(3, 0), Point(3, 1)), "D")
    left = follow(file, document.text, 2, list(document.log))
    assert [hunk.id for hunk in left.hunks] == [1, 3]
    assert left.intended.string == WANTED


def test_a_rejected_hunk_is_gone() -> None:
    left = rejected(offer(), {1, 3})
    assert [hunk.id for hunk in left.hunks] == [2]
    assert rejected(left, {2}).hunks == ()


def test_a_hunk_the_user_types_into_is_let_go_and_the_others_stay() -> None:
    file = offer()
    document = Document("file:///a", "text", 1, list(file.base.lines), reach=1)
    document.change(2, Range(Point(0, 1), Point(0, 1)), "lpha")
    document.change(3, Range(Point(1, 0), Point(1, 0)), "new\n")
    left = follow(file, document.text, 3, list(document.log))
    assert [(hunk.id, hunk.first) for hunk in left.hunks] == [(2, 4), (3, 7)]
    assert left.intended.string == "alpha\nnew\nb\nc\nD\ne\nf\nG\n"


def test_following_a_large_text_costs_little_more_than_taking_it_in() -> None:
    """A change a tenth of a second is what somebody types, and everything else waits for both."""
    lines = [f"line {number}\n" if number % 4 else "\n" for number in range(40_000)]
    document = Document("file:///a", "text", 1, [*lines, ""], reach=1)
    intended = Text.of("".join([*lines[:20_000], "new\n", *lines[20_000:]]))
    file = FileEdit("file:///a", 1, document.text, intended, diff(document.text, intended))

    def typed() -> None:
        lines[10] = f"{document.version}\n"
        document.change(document.version + 1, None, "".join(lines))
        assert document.text

    def followed() -> None:
        nonlocal file
        typed()
        file = follow(file, document.text, document.version, None)
        assert [hunk.first for hunk in file.hunks] == [20_000]

    assert ratio(followed, typed) < 4
