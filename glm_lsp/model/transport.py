"""The seam below the client: one request in, one answer out. `http.py` fills it with httpx, tests with a script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from glm_lsp.model.endpoint import Endpoint

Trouble = Literal["name", "refused", "route", "connect timeout", "tls", "proxy", "ca file", "lost", "framing"]
"""What kept an answer from coming or from ending: the host's name, a refused or impossible connection, no connection in
time, TLS, the proxy, our CA file, a connection lost, broken HTTP."""


class TransportError(Exception):
    """No answer, or only part of one. `detail` is for a person and holds no secret."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(trouble)
        self.trouble: Trouble = trouble
        self.detail = detail


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """`headers` holds the key, so it is not shown."""

    method: Literal["GET", "POST"]
    url: str
    headers: Mapping[str, str]
    content: bytes = b""

    def __repr__(self) -> str:
        return f"HttpRequest({self.method} {self.url}, {len(self.content)} bytes)"


class HttpResponse(Protocol):
    """Names in `headers` are in lower case. A body is read once."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def body(self) -> AsyncIterator[bytes]:
        """The body's pieces, as they come, not decompressed. Errors: TransportError."""

    async def aclose(self) -> None:
        """Close the connection at once, whatever is still to come."""

    def release(self) -> None:
        """Everything needed was read: the connection may be kept for the next request."""


class Transport(Protocol):
    async def send(self, request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
        """Send `request`; return as soon as the answer's headers are there. Redirects are answers like any other.
        Errors: TransportError."""

    async def aclose(self) -> None:
        """Close all connections."""
