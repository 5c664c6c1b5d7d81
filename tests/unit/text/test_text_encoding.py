"""Columns mean the same place to the editor and to the server, in whatever unit they count."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glm_lsp.text.encoding import ENCODINGS, Encoding, column_of, unit_of, units

BODIES = st.lists(
    st.sampled_from(["a", "\t", "é", "e\u0301", "漢", "𝒳", "👩‍👩‍👧", "\f", "\u2028", "\x85", "\ud800", "\udfff", "\0"]),
    max_size=8,
).map("".join)
LINES = st.tuples(BODIES, st.sampled_from(["", "\n", "\r\n", "\r"])).map("".join)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(line=LINES)
def test_every_column_goes_to_the_client_and_back(encoding: Encoding, line: str) -> None:
    end = len(line.rstrip("\r\n"))
    for column in range(end + 1):
        assert column_of(line, unit_of(line, column, encoding), encoding) == column
    assert column_of(line, 2**31 - 1, encoding) == end
    assert column_of(line, -1, encoding) == 0


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(body=BODIES)
def test_a_column_inside_a_character_is_its_start(encoding: Encoding, body: str) -> None:
    at = 0
    for column, character in enumerate(body):
        width = units(character, encoding)
        assert [column_of(body, at + inside, encoding) for inside in range(width)] == [column] * width
        at += width
    assert units(body, encoding) == at


@pytest.mark.parametrize(
    ("encoding", "width"),
    [("utf-8", {"a": 1, "é": 2, "漢": 3, "𝒳": 4, "\ud800": 3}), ("utf-16", {"a": 1, "é": 1, "𝒳": 2, "\ud800": 1})],
)
def test_widths(encoding: Encoding, width: dict[str, int]) -> None:
    assert {character: units(character, encoding) for character in width} == width


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_column_far_out_in_a_line_is_found_without_a_walk_along_it(encoding: Encoding) -> None:
    """In a line of a million characters the server would stand still for a second at each key typed."""
    width = units("é", encoding)
    whole = "é" * 400_000

    def place(column: int) -> int:
        return column_of(whole[: 2 * column], column * width, encoding)

    assert place(1_000) == 1_000
    assert calls(lambda: place(200_000)) < 2 * calls(lambda: place(1_000))


def calls(work: Callable[[], object]) -> int:
    """How many functions `work` calls."""
    count = 0

    def counted(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count
