"""Reading requests: what a client may send, and what is turned away before anything is done with it."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.offline import http

HEAD = b"POST /api/ai/models HTTP/1.1\r\nHost: x\r\n"


class Recorder:
    """The two methods of a StreamWriter that reading may use."""

    def __init__(self) -> None:
        self.sent = b""

    def write(self, data: bytes) -> None:
        self.sent += data

    async def drain(self) -> None:
        await asyncio.sleep(0)


async def read(data: bytes, writer: Recorder | None = None) -> http.Request | None:
    reader = asyncio.StreamReader(limit=http.MAX_LINE)
    reader.feed_data(data)
    reader.feed_eof()
    return await http.read_request(reader, cast(asyncio.StreamWriter, writer or Recorder()))


async def test_a_body_with_a_length() -> None:
    request = await read(HEAD + b"Content-Length: 3\r\nX-A: 1\r\nx-a: 2\r\n\r\nabcdef")
    assert request is not None
    assert (request.method, request.target, request.body) == ("POST", "/api/ai/models", b"abc")
    assert request.headers["x-a"] == "1, 2"


async def test_a_chunked_body_with_extensions_and_trailers() -> None:
    request = await read(
        HEAD + b"Transfer-Encoding: Chunked\r\n\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n"
    )
    assert request is not None
    assert request.body == b"abc0123456789"


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6))
@settings(max_examples=examples(30), deadline=None)
def test_what_is_sent_in_chunks_is_what_is_read(chunks: list[bytes]) -> None:
    """`chunk` writes what `read_request` reads."""
    body = b"".join(map(http.chunk, chunks)) + http.LAST_CHUNK
    request = asyncio.run(read(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body))
    assert request is not None
    assert request.body == b"".join(chunks)


async def test_a_closed_connection_is_no_request() -> None:
    assert await read(b"") is None
    assert await read(b"\r\n") is None


async def test_a_client_that_expects_100_gets_it_before_its_body_is_read() -> None:
    writer = Recorder()
    assert await read(HEAD + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx", writer) is not None
    assert writer.sent == b"HTTP/1.1 100 Continue\r\n\r\n"


async def test_a_client_that_expects_100_and_sends_too_much_is_told_before_it_sends() -> None:
    writer = Recorder()
    with pytest.raises(http.Unreadable):
        await read(HEAD + b"Expect: 100-continue\r\nContent-Length: 999999999\r\n\r\n", writer)
    assert writer.sent == b""


@pytest.mark.parametrize(
    ("line", "keep_alive"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: TE, Close\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
    ],
)
async def test_who_wants_another_answer(line: bytes, keep_alive: bool) -> None:
    request = await read(line)
    assert request is not None
    assert request.keep_alive is keep_alive


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET  / HTTP/1.1\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/2\r\n\r\n", HTTPStatus.HTTP_VERSION_NOT_SUPPORTED),
        (b"GET / HTTP/1.1\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (HEAD + b"Name : x\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (HEAD + b" folded\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (HEAD + b"no colon\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (HEAD + b"Content-Length: -1\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", HTTPStatus.BAD_REQUEST),
        (HEAD + b"Content-Length: \xb2\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (HEAD + b"Content-Length: 99999999\r\n\r\n", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (HEAD + b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n", HTTPStatus.NOT_IMPLEMENTED),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n", HTTPStatus.BAD_REQUEST),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n", HTTPStatus.BAD_REQUEST),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (HEAD + b"Expect: miracles\r\n\r\n", HTTPStatus.EXPECTATION_FAILED),
        (HEAD + b"X: " + b"y" * 20_000 + b"\r\n\r\n", HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
        (HEAD + b"X: y\r\n" * 101 + b"\r\n", HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
    ],
)
async def test_what_cannot_be_trusted_is_turned_away(data: bytes, status: HTTPStatus) -> None:
    with pytest.raises(http.Unreadable) as caught:
        await read(data)
    assert caught.value.status == status


@pytest.mark.parametrize(
    "data",
    [b"GET / HT", HEAD, HEAD + b"Content-Length: 5\r\n\r\nab", HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"],
)
async def test_a_request_that_breaks_off_is_never_taken_for_a_whole_one(data: bytes) -> None:
    with pytest.raises(asyncio.IncompleteReadError):
        await read(data)
