"""Server-sent events. If these fail, replies lose words, or one server's line endings break all of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.errors import BadAnswer
from glm_lsp.model.sse import MAX_EVENT, EventDecoder, ServerEvent


def decoded(*pieces: bytes) -> list[ServerEvent]:
    decoder = EventDecoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return events + decoder.end()


@pytest.mark.parametrize(
    ("stream", "data"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"data:a\n\n", ["a"]),
        (b"data:  a \n\n", [" a "]),
        (b"data: a\ndata: b\n\n", ["a\nb"]),
        (b"data: a\ndata\ndata:\n\n", ["a\n\n"]),
        (b"data: a\r\rdata: b\r\n\r\n", ["a", "b"]),
        (b"\n\n\ndata: a\n\n\n\n", ["a"]),
        (b": comment\nid: 1\nretry: 5\ndata: a\n\n", ["a"]),
        (b"Data: no\ndatax: no\n data: no\n\n", []),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        (b"data: a\xef\xbb\xbf\n\n", ["a\ufeff"]),
        (b"data: a", ["a"]),
        (b"data: a\n", ["a"]),
        (b"", []),
        ("data: a\u2028b\x0cc\x85\n\n".encode(), ["a\u2028b\x0cc\x85"]),
    ],
)
def test_a_stream_is_cut_into_events(stream: bytes, data: list[str]) -> None:
    assert [event.data for event in decoded(stream)] == data


def test_an_event_has_the_name_it_was_given_and_only_that_one() -> None:
    assert decoded(b"event: error\ndata: a\n\ndata: b\n\n") == [ServerEvent("error", "a"), ServerEvent("", "b")]


def test_bytes_that_are_not_utf_8_are_an_error_not_a_replacement_character() -> None:
    for stream in (b"data: \xff\n\n", b"data: \xe2\x82"):
        with pytest.raises(BadAnswer):
            decoded(stream)


def test_a_line_that_never_ends_is_given_up() -> None:
    decoder = EventDecoder()
    block = b"x" * 65_536
    for _ in range(MAX_EVENT // len(block)):
        assert decoder.feed(block) == []
    with pytest.raises(BadAnswer):
        decoder.feed(block)


LINES = st.sampled_from(
    [b"data: a", b"data:\xe2\x82\xac\xf0\x9f\x98\x80", b": ping", b"event: e", b"data", b"", b"", b"x"]
)


@settings(max_examples=examples(150), deadline=None)
@given(
    lines=st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r", b"\r\n"])), max_size=12),
    cuts=st.sets(st.integers(0, 150), max_size=20),
)
def test_any_chunking_gives_the_same_events(lines: list[tuple[bytes, bytes]], cuts: set[int]) -> None:
    stream = b"".join(line + end for line, end in lines)
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(places)]
    assert decoded(*pieces) == decoded(stream)
