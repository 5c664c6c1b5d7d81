"""Columns mean the same place to the editor and to the server, in whatever unit they count."""

from __future__ import annotations

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
