"""The one module that knows httpx. It is imported, and the TLS context built, at the first request and off the loop."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from glm_lsp.model.endpoint import Endpoint
from glm_lsp.model.transport import HttpRequest, TransportError

if TYPE_CHECKING:
    import httpx

_UNREACHED = frozenset({"name", "refused", "route", "connect timeout"})
"""With a proxy, these are about the way to the proxy."""
_DRAIN_SECONDS = 0.5
_DRAIN_BYTES = 65_536


class HttpTransport:
    """One pool of connections for each way out (proxy, CA file, TLS or not), which is one for nearly everybody.

    The pools are used without `httpx.AsyncClient`: it would keep cookies, and read where a redirect leads.
    """

    def __init__(self) -> None:
        self._pools: dict[tuple[str, str, bool], httpx.AsyncHTTPTransport] = {}
        self._opening = asyncio.Lock()
        self._draining: set[asyncio.Task[None]] = set()

    async def send(self, request: HttpRequest, endpoint: Endpoint) -> _Response:
        pool = await self._pool(endpoint)
        import httpx

        making: list[Any] = []

        async def trace(event: str, info: Mapping[str, Any]) -> None:
            await refuse_link_local(event, info)
            if event == "connection.connect_tcp.complete":
                making.append(info["return_value"])

        outgoing = httpx.Request(
            request.method,
            request.url,
            headers=dict(request.headers),
            content=request.content or None,
            extensions={
                # The other limits are those of the caller, who alone knows what was received.
                "timeout": httpx.Timeout(None, connect=endpoint.timeouts.connect).as_dict(),
                "trace": trace,
            },
        )
        try:
            response = await pool.handle_async_request(outgoing)
        except asyncio.CancelledError:
            # httpcore leaves the socket of a cancelled TLS handshake open.
            for stream in making:
                await stream.aclose()
            raise
        except (httpx.HTTPError, OSError) as error:
            trouble = _trouble(error)
            if (proxy := _proxy(endpoint)) and trouble.trouble in _UNREACHED:
                raise TransportError("proxy", f"{urlsplit(proxy).hostname} cannot be reached") from None
            raise trouble from None
        return _Response(response, self._draining)

    async def aclose(self) -> None:
        tasks = list(self._draining)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        pools = list(self._pools.values())
        self._pools.clear()
        for pool in pools:
            await pool.aclose()

    async def _pool(self, endpoint: Endpoint) -> httpx.AsyncHTTPTransport:
        async with self._opening:
            if not self._pools:
                await asyncio.to_thread(_import)
            way = (_proxy(endpoint), endpoint.ca_file, endpoint.origin.startswith("https:"))
            if way not in self._pools:
                self._pools[way] = await asyncio.to_thread(_open_pool, *way)
        return self._pools[way]


class _Response:
    def __init__(self, response: httpx.Response, draining: set[asyncio.Task[None]]) -> None:
        self._response = response
        # Not `aiter_raw`: it gives a body out once, and what `body` leaves must still be drained.
        self._pieces = aiter(cast("AsyncIterable[bytes]", response.stream))
        self._ended = False
        self._draining = draining

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    async def body(self) -> AsyncIterator[bytes]:
        import httpx

        try:
            async for piece in self._pieces:
                yield piece
            await self.aclose()
        except (httpx.HTTPError, OSError) as error:
            raise _trouble(error) from None

    async def aclose(self) -> None:
        self._ended = True
        await self._response.aclose()

    def release(self) -> None:
        # A connection can be used again only when its answer was read to the end; the last bytes are mostly here.
        if self._ended:
            return
        task = asyncio.get_running_loop().create_task(self._drain())
        self._draining.add(task)
        task.add_done_callback(self._draining.discard)

    async def _drain(self) -> None:
        import httpx

        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                read = 0
                async for piece in self._pieces:
                    read += len(piece)
                    if read > _DRAIN_BYTES:
                        break
        except (httpx.HTTPError, OSError, TimeoutError):
            pass
        finally:
            await self._response.aclose()


def _import() -> None:
    """Load what the first request needs, some 100 ms of work, so that a thread can do it."""
    import urllib.request  # noqa: F401

    import httpx  # noqa: F401


def _proxy(endpoint: Endpoint) -> str:
    """The proxy to go through: the setting, else the environment's (HTTPS_PROXY, ALL_PROXY, NO_PROXY); for loopback,
    none.

    http, the only scheme in which a proxy could read a request, is loopback's alone, so no proxy ever sees the key.
    """
    if endpoint.is_loopback:
        return ""
    if endpoint.proxy:
        return endpoint.proxy
    import urllib.request

    proxies = urllib.request.getproxies()
    proxy = proxies.get("https") or proxies.get("all") or ""
    if not proxy or urllib.request.proxy_bypass(endpoint.host):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _open_pool(proxy: str, ca_file: str, tls: bool) -> httpx.AsyncHTTPTransport:
    import httpx

    # httpcore writes the headers of answers into its debug log, and a server may send our key back in one.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Reading the certificates takes tens of milliseconds, which http on loopback need not wait for.
    context = _tls_context(ca_file) if tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return httpx.AsyncHTTPTransport(
            verify=context,
            proxy=proxy or None,
            limits=httpx.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=60.0),
            trust_env=False,
        )
    except ImportError:
        raise TransportError("proxy", "SOCKS proxies need the package `socksio`") from None
    except (ValueError, httpx.InvalidURL):
        raise TransportError("proxy", "its address cannot be used") from None


def _tls_context(ca_file: str) -> ssl.SSLContext:
    """The system's certificates, or `ca_file`; certifi's where the system keeps none."""
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError):
        raise TransportError("ca file") from None
    paths = ssl.get_default_verify_paths()
    if not (ca_file or paths.cafile or paths.capath):
        import certifi

        context.load_verify_locations(cafile=certifi.where())
    return context


async def refuse_link_local(event: str, info: Mapping[str, Any]) -> None:
    """A name that leads to a link-local address leads to a cloud machine's metadata service, not to a model."""
    if event != "connection.connect_tcp.complete":
        return
    stream = info["return_value"]
    address = stream.get_extra_info("server_addr")
    if address and ipaddress.ip_address(str(address[0]).partition("%")[0]).is_link_local:
        await stream.aclose()
        raise TransportError("route", "its name leads to a link-local address")


def _trouble(error: Exception) -> TransportError:
    """What went wrong, from httpx's exception and the system's below it."""
    import httpx

    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        reason = next(cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)).verify_message
        return TransportError("tls", reason)
    if isinstance(error, httpx.TimeoutException):
        return TransportError("connect timeout")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return TransportError("tls")
    if isinstance(error, httpx.ProxyError):
        return TransportError("proxy", str(error))
    if isinstance(error, httpx.ConnectError | OSError):
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            return TransportError("name")
        if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
            return TransportError("refused")
        if any(isinstance(cause, ConnectionResetError) for cause in causes):
            return TransportError("lost")
        return TransportError("route")
    if isinstance(error, httpx.RemoteProtocolError):
        lost = "disconnected" in str(error) or "peer closed" in str(error)
        return TransportError("lost" if lost else "framing")
    return TransportError("lost")


def _causes(error: BaseException) -> list[BaseException]:
    """`error` and all that led to it, also the several failures of a connection tried at several addresses."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop()
        if cause is None or cause in found:
            continue
        found.append(cause)
        waiting += [cause.__cause__, cause.__context__]
        if isinstance(cause, BaseExceptionGroup):
            waiting += cause.exceptions
    return found
