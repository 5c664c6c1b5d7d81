"""Bodies that come compressed although `identity` was asked for: undone in small steps, so that a few bytes cannot
become a few gigabytes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

from glm_lsp.errors import BadAnswer

_STEP = 65_536
_CODINGS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


class Decoding(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]:
        """What `data` stands for, in pieces of at most 64 KB. Errors: BadAnswer."""


class Identity:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data


class Inflate:
    def __init__(self, window: int) -> None:
        self._inflater = zlib.decompressobj(window)
        self._raw_allowed = window == zlib.MAX_WBITS

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            try:
                piece = self._inflater.decompress(data, _STEP)
            except zlib.error:
                if not self._raw_allowed:
                    raise BadAnswer("The server's answer is compressed wrongly.", "Try again.") from None
                # RFC 9110 §8.4.1.2: `deflate` means zlib, but servers also send it without the wrapper.
                self._raw_allowed = False
                self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
                continue
            self._raw_allowed = False
            if piece:
                yield piece
            data = self._inflater.unconsumed_tail
            if not data and len(piece) < _STEP:
                return


def decoding(content_encoding: str) -> Decoding:
    """How to undo `Content-Encoding`. Errors: BadAnswer for one we did not ask for and do not know."""
    coding = content_encoding.strip().lower()
    if coding in ("", "identity"):
        return Identity()
    if coding in _CODINGS:
        return Inflate(_CODINGS[coding])
    raise BadAnswer("The server's answer is compressed in a way we did not ask for.", "Check endpoint.base_url.")
