"""HTTP/1.1 as far as one small server needs it (RFC 9112): requests read from a stream, answers written to one.

Bodies come with `Content-Length` or chunked. A request that cannot be read raises `Unreadable`; after it nothing
more of the connection can be trusted, so it is answered and closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

MAX_LINE = 16 * 1024
"""Bytes in the request line or in one header line."""
MAX_HEADERS = 100
MAX_BODY = 8 * 1024 * 1024
"""Bytes in a body: several times the longest prompt the model's window holds."""


class Unreadable(Exception):
    """The bytes are not a request this server takes. `status` is the answer's, `str()` says why."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """`target` is as sent; `headers` have lower-case names, repeated ones joined by `, `. `version` is `HTTP/1.0` or
    `HTTP/1.1`."""

    method: str
    target: str
    version: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def keep_alive(self) -> bool:
        """Whether the client wants another answer on this connection."""
        options = _options(self.headers.get("connection", ""))
        return "close" not in options if self.version == "HTTP/1.1" else "keep-alive" in options


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    """The next request, or None when the client has closed the connection between two.

    `writer` is for `100 Continue` alone, which a client that sent `Expect` waits for before it sends its body. Raises
    `Unreadable`, or `asyncio.IncompleteReadError` when the client goes away in the middle.
    """
    line = await _line(reader)
    while line == "":  # RFC 9112 §2.2: empty lines before a request line are passed over
        line = await _line(reader)
    if line is None:
        return None
    words = line.split(" ")
    if len(words) != 3 or not all(words):
        raise Unreadable(HTTPStatus.BAD_REQUEST, "The request line is not `METHOD target HTTP/1.1`.")
    method, target, version = words
    if version not in ("HTTP/1.0", "HTTP/1.1"):
        raise Unreadable(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
    headers = await _headers(reader)
    if version == "HTTP/1.1" and "host" not in headers:
        raise Unreadable(HTTPStatus.BAD_REQUEST, "The Host header is missing.")
    expect = headers.get("expect", "").lower()
    if expect not in ("", "100-continue"):
        raise Unreadable(HTTPStatus.EXPECTATION_FAILED, "Only `Expect: 100-continue` is understood.")
    length = _length(headers)
    if expect and length != 0:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
    body = await _chunked(reader) if length is None else await reader.readexactly(length)
    return Request(method, target, version, headers, body)


def head(status: HTTPStatus, headers: Mapping[str, str]) -> bytes:
    """The status line and headers of an answer, up to its body."""
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body; `data` must not be empty, for an empty chunk is the last."""
    return b"%x\r\n%b\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"


async def _line(reader: asyncio.StreamReader) -> str | None:
    """The next line without its ending; None at the end of the stream. The stream's own limit is `MAX_LINE`."""
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        if end.partial:
            raise
        return None
    except asyncio.LimitOverrunError as error:
        raise Unreadable(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "A header line is too long.") from error
    return line.rstrip(b"\r\n").decode("latin-1")


async def _following(reader: asyncio.StreamReader) -> str:
    """The next line of a request that has begun."""
    line = await _line(reader)
    if line is None:
        raise asyncio.IncompleteReadError(b"", None)
    return line


async def _headers(reader: asyncio.StreamReader) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(MAX_HEADERS):
        line = await _following(reader)
        if not line:
            return headers
        name, colon, value = line.partition(":")
        # White space before the colon, or a folded line, is how two readers come to see two different requests.
        if not colon or not name or name != name.strip():
            raise Unreadable(HTTPStatus.BAD_REQUEST, "A header line is not `Name: value`.")
        name, value = name.lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    raise Unreadable(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "There are too many headers.")


def _length(headers: Mapping[str, str]) -> int | None:
    """The body's length in bytes; None if it is chunked."""
    encoding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if encoding is not None:
        if length is not None:
            raise Unreadable(HTTPStatus.BAD_REQUEST, "Content-Length and Transfer-Encoding exclude each other.")
        if encoding.lower() != "chunked":
            raise Unreadable(HTTPStatus.NOT_IMPLEMENTED, "The only transfer encoding understood is `chunked`.")
        return None
    if length is None:
        return 0
    if not (length.isascii() and length.isdigit()):
        raise Unreadable(HTTPStatus.BAD_REQUEST, "Content-Length is not a number.")
    if len(length) > 12 or int(length) > MAX_BODY:
        raise Unreadable(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {MAX_BODY} bytes.")
    return int(length)


async def _chunked(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while True:
        size = (await _following(reader)).partition(";")[0].strip()
        if not 0 < len(size) <= 8 or not all(digit in "0123456789abcdefABCDEF" for digit in size):
            raise Unreadable(HTTPStatus.BAD_REQUEST, "A chunk's size is not a hexadecimal number.")
        length = int(size, 16)
        if len(body) + length > MAX_BODY:
            raise Unreadable(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {MAX_BODY} bytes.")
        if length == 0:
            await _headers(reader)  # trailers, which say nothing to us
            return bytes(body)
        body += await reader.readexactly(length)
        if await _following(reader) != "":
            raise Unreadable(HTTPStatus.BAD_REQUEST, "A chunk is longer than its size.")


def _options(value: str) -> set[str]:
    return {option.strip().lower() for option in value.split(",")}
