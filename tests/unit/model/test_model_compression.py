"""Compressed bodies. If these fail, a few kilobytes from a server fill the memory of the editor's machine."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.errors import BadAnswer
from glm_lsp.model.compression import decoding

SQUEEZERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "": bytes,
}


@settings(max_examples=examples(60), deadline=None)
@given(
    content=st.binary(max_size=300),
    times=st.sampled_from([1, 1_000]),
    coding=st.sampled_from(sorted(SQUEEZERS)),
    size=st.integers(1, 200),
)
def test_what_was_compressed_comes_out_whole(content: bytes, times: int, coding: str, size: int) -> None:
    squeezed = SQUEEZERS[coding](content * times)
    undo = decoding(coding)
    pieces = [squeezed[at : at + size] for at in range(0, len(squeezed), size)]
    assert b"".join(out for piece in pieces for out in undo.feed(piece)) == content * times


def test_a_bomb_comes_out_in_small_pieces() -> None:
    """So that whoever counts can stop in time."""
    bomb = gzip.compress(bytes(1 << 24))
    assert len(bomb) < 1 << 15
    pieces = decoding("gzip").feed(bomb)
    assert [len(next(pieces)) for _ in range(20)] == [65_536] * 20


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "compress", "x"])
def test_a_coding_we_did_not_ask_for_is_an_error(coding: str) -> None:
    with pytest.raises(BadAnswer):
        decoding(coding)
