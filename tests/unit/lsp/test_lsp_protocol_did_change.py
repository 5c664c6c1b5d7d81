"""The text the server works on is, after any edits, the text in the editor. If it were not, edits would destroy it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from property import examples
from protocol_session import Message, changed, opened, request

from glm_lsp.lsp.protocol import GlmServer
from glm_lsp.text.encoding import ENCODINGS, Encoding

URI = "file:///a.py"

PIECES = [
    *("a", "bc", "    ", "\t", "word word"),
    *("\n", "\r\n", "\r", "\n\r", "\r\r\n", "\n\n"),
    *("\f", "\v", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\0"),
    *("é", "e\u0301", "漢", "𝒳", "👩‍👩‍👧", "\ufeff", "\U0010ffff", "\ud800", "\udfff"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
COLUMNS = st.integers(0, 12) | st.sampled_from([99, 2**31 - 1])
CHANGES = st.lists(
    st.lists(TEXTS | st.tuples(COLUMNS, COLUMNS, COLUMNS, COLUMNS, TEXTS), min_size=1, max_size=3), max_size=6
)


def offset(text: str, line: int, units: int, encoding: Encoding) -> int:
    """Where a position is in `text`: slow, and straight from the specification."""
    ends = [(found.start(), found.end()) for found in re.finditer("\r\n|\r|\n", text)]
    if line > len(ends):
        return len(text)
    at = ends[line - 1][1] if line else 0
    stop = ends[line][0] if line < len(ends) else len(text)
    width = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding]
    while at < stop:
        units -= len(text[at].encode(width[0], "surrogatepass")) // width[1]
        if units < 0:
            break
        at += 1
    return at


def edited(text: str, change: Any, encoding: Encoding) -> str:
    """`text` after one content change."""
    if isinstance(change, str):
        return sent(change)
    line, column, last, end, new = change
    start, stop = sorted((offset(text, line, column, encoding), offset(text, last, end, encoding)))
    return text[:start] + sent(new) + text[stop:]


def sent(text: str) -> str:
    """`text` as it arrives: JSON joins the halves of a surrogate pair."""
    received: str = json.loads(json.dumps(text))
    return received


def receive(server: GlmServer, message: Message) -> None:
    server.protocol.receive(json.dumps(message).encode())


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_text_is_always_the_editors(encoding: Encoding) -> None:
    server = GlmServer()
    server.protocol.connect(lambda data: None)
    receive(server, request(1, "initialize", {"capabilities": {"general": {"positionEncodings": [encoding]}}}))
    assert server.client.encoding == encoding

    @settings(max_examples=examples(100), deadline=None)
    @given(text=TEXTS, notifications=CHANGES)
    @example(text="a\rb", notifications=[[(1, 0, 1, 0, "\n")]])
    @example(text="a\r\nb", notifications=[[(0, 1, 0, 2, "x")], [(0, 9, 1, 0, "")]])
    @example(text="", notifications=[[(0, 0, 0, 0, "𝒳")], [(0, 1, 0, 1, "x")]])
    @example(text="\f\u2028\n𝒳e\u0301", notifications=[[(1, 2, 1, 3, "x"), (1, 0, 0, 1, "y")]])
    def check(text: str, notifications: list[list[Any]]) -> None:
        receive(server, opened(URI, text))
        expected = sent(text)
        for version, changes in enumerate(notifications, 2):
            for change in changes:
                expected = edited(expected, change, encoding)
            receive(server, changed(URI, version, *changes))
            document = server.documents.get(URI)
            assert document.text.string == expected
            assert document.version == version
            assert document.lines == re.findall("[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]*$", expected)[: len(document.lines)]

    check()
