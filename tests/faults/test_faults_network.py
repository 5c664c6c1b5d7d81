"""Faults 37 to 44: the way to the server. Each ends in a sentence that says where to look."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from conversation import KEY, Conversation, question
from fault_server import Connection, FaultServer, delta, good, head, streaming

from glm_lsp.errors import BadAnswer, BadSettings, BrokenStream, NoConnection, TimedOut
from glm_lsp.model.endpoint import Endpoint, Key, Timeouts
from glm_lsp.model.http import refuse_link_local
from glm_lsp.model.transport import TransportError

CERTIFICATES = Path(__file__).parents[1] / "data/tls"
HASTY = Timeouts(connect=0.05)
"""The connect timeout is the system's own, so these tests do wait, for a twentieth of a second."""


@asynccontextmanager
async def tls_server(certificate: str, **options: Any) -> AsyncIterator[FaultServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / certificate)
    for name, value in options.items():
        setattr(context, name, value)
    server = FaultServer()
    await server.start(context)
    try:
        yield server
    finally:
        await server.stop()


async def reset(connection: Connection) -> None:
    connection.reset()


async def fin(connection: Connection) -> None:
    connection.close()


def then_reset(data: bytes) -> Any:
    async def handle(connection: Connection) -> None:
        await connection.send(data)
        connection.reset()

    return handle


@pytest.mark.parametrize("breaks", [reset, fin, then_reset(b"HTTP/1.1 200 O"), then_reset(streaming(ended=False))])
async def test_fault_37_a_connection_lost_before_the_reply_is_tried_again(user: Conversation, breaks: Any) -> None:
    heard = await user.ask(breaks, good())
    assert heard.reply == "fine"
    assert [attempt.outcome for attempt in heard.attempts] == ["BrokenStream", "ok"]
    heard = await user.ask(breaks, breaks, breaks)
    assert type(heard.error) is BrokenStream
    assert len(heard.attempts) == 3


@pytest.mark.parametrize("tail", [b"", b"data: {half"])
@pytest.mark.parametrize("clean", [True, False])
async def test_fault_37_a_connection_lost_inside_the_reply_is_not_tried_again(
    user: Conversation, tail: bytes, clean: bool
) -> None:
    async def breaks(connection: Connection) -> None:
        await connection.send(streaming(delta("half"), tail, ended=False))
        await server_sent(connection)
        if clean:
            connection.close()
        else:
            connection.reset()

    heard = await user.ask(breaks)
    assert type(heard.error) is BrokenStream
    assert len(heard.attempts) == 1


async def server_sent(connection: Connection) -> None:
    """Let the other side read what was sent: a reset throws away what is still under way."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_fault_37_a_pooled_connection_closed_by_the_server_does_no_harm(
    user: Conversation, server: FaultServer
) -> None:
    async def once(connection: Connection) -> None:
        await connection.send(good("first"))
        connection.close()

    assert (await user.ask(once)).reply == "first"
    await server.closed.wait()
    heard = await user.ask(good("second"))
    assert heard.reply == "second"
    assert server.connections == 2


async def test_connections_are_used_again(user: Conversation, server: FaultServer) -> None:
    """A new TLS connection for each question would cost the user a quarter of a second."""
    for _ in range(3):
        await user.ask(good())
        for _ in range(20):
            await asyncio.sleep(0)
    assert server.connections == 1


@pytest.mark.parametrize("host", ["nothing.invalid", "glm.invalid"])
async def test_fault_38_a_name_that_does_not_exist(user: Conversation, host: str) -> None:
    heard = await user.ask(endpoint=user.endpoint(url=f"https://{host}/v1"))
    assert type(heard.error) is NoConnection
    assert f"{host} was not found: there is no network, or no such name." in heard.message
    assert heard.waits == []


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "fe80::1%eth0"])
async def test_fault_38_a_name_that_leads_to_the_metadata_service_is_left_before_a_byte_is_sent(address: str) -> None:
    class Stream:
        closed = False

        def get_extra_info(self, name: str) -> object:
            return (address, 80) if name == "server_addr" else None

        async def aclose(self) -> None:
            self.closed = True

    stream = Stream()
    with pytest.raises(TransportError, match="route"):
        await refuse_link_local("connection.connect_tcp.complete", {"return_value": stream})
    assert stream.closed


def test_fault_38_a_link_local_address_is_refused_at_load() -> None:
    with pytest.raises(BadSettings):
        Endpoint("https://169.254.169.254/v1", "m")


def unused_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


async def test_fault_39_a_server_that_does_not_run_and_then_does(user: Conversation) -> None:
    endpoint = user.endpoint(url=f"http://127.0.0.1:{unused_port()}/v1")
    heard = await user.ask(endpoint=endpoint)
    assert type(heard.error) is NoConnection
    assert "refused the connection" in heard.message
    assert (await user.ask(good())).reply == "fine", "online again, without a restart"


@contextmanager
def full_backlog() -> Iterator[int]:
    """A port whose queue of connections is full: the next one gets no answer."""
    listener = socket.socket()
    waiting = []
    try:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
            waiting.append(sock)
        yield listener.getsockname()[1]
    finally:
        for sock in [listener, *waiting]:
            sock.close()


async def test_fault_39_a_connection_that_is_never_taken(user: Conversation) -> None:
    with full_backlog() as port:
        heard = await user.ask(endpoint=user.endpoint(url=f"http://127.0.0.1:{port}/v1", timeouts=HASTY))
    assert type(heard.error) is TimedOut
    assert "did not take the connection within 0.05 seconds" in heard.message


@pytest.mark.parametrize(
    ("certificate", "ca_file", "word"),
    [
        ("expired.pem", "authority.pem", "expired"),
        ("wrong-host.pem", "authority.pem", "match"),
        ("self-signed.pem", "authority.pem", "self-signed"),
        ("good.pem", "", "unable to get local issuer"),
    ],
)
async def test_fault_40_a_certificate_that_proves_nothing(
    user: Conversation, certificate: str, ca_file: str, word: str
) -> None:
    async with tls_server(certificate) as server:
        endpoint = user.endpoint(
            url=f"https://127.0.0.1:{server.port}/v1", ca_file=str(CERTIFICATES / ca_file) if ca_file else ""
        )
        heard = await user.ask(endpoint=endpoint)
        assert server.heads == []
    assert type(heard.error) is NoConnection
    assert "is not trustworthy" in heard.message
    assert word in heard.message
    assert "endpoint.ca_file" in heard.message
    assert heard.waits == []


async def test_fault_40_a_certificate_of_the_company_s_own_authority(user: Conversation) -> None:
    async with tls_server("good.pem") as server:
        endpoint = user.endpoint(url=f"https://localhost:{server.port}/v1", ca_file=str(CERTIFICATES / "authority.pem"))
        assert (await user.ask(endpoint=endpoint)).reply == "fine"
        assert KEY.encode() in server.heads[0]


async def test_fault_40_an_authority_that_cannot_be_read(user: Conversation) -> None:
    endpoint = user.endpoint(url="https://127.0.0.1:9/v1", ca_file=str(CERTIFICATES / "missing.pem"))
    heard = await user.ask(endpoint=endpoint)
    assert type(heard.error) is NoConnection
    assert "missing.pem cannot be read" in heard.message


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
async def test_fault_40_a_protocol_of_yesterday(user: Conversation) -> None:
    async with tls_server("good.pem", maximum_version=ssl.TLSVersion.TLSv1_1) as server:
        endpoint = user.endpoint(url=f"https://127.0.0.1:{server.port}/v1", ca_file=str(CERTIFICATES / "authority.pem"))
        heard = await user.ask(endpoint=endpoint)
    assert type(heard.error) is NoConnection
    assert "is not trustworthy" in heard.message


async def test_fault_40_a_handshake_that_stalls(user: Conversation, server: FaultServer) -> None:
    heard = await user.ask(endpoint=user.endpoint(url=f"https://127.0.0.1:{server.port}/v1", timeouts=HASTY))
    assert type(heard.error) is TimedOut


REMOTE = "https://elsewhere.example/v1"


@pytest.mark.parametrize(("status", "word"), [(407, "407"), (502, "502")])
async def test_fault_41_a_proxy_that_refuses(user: Conversation, server: FaultServer, status: int, word: str) -> None:
    endpoint = user.endpoint(url=REMOTE, proxy=f"http://127.0.0.1:{server.port}")
    heard = await user.ask(head(status, {"Content-Length": "0"}), endpoint=endpoint)
    assert type(heard.error) is NoConnection
    assert "The proxy does not work" in heard.message
    assert word in heard.message
    assert "HTTPS_PROXY" in heard.message
    assert server.heads[0].startswith(b"CONNECT elsewhere.example:443 ")
    assert KEY.encode() not in server.heads[0]


async def test_fault_41_a_proxy_that_does_not_run(user: Conversation) -> None:
    heard = await user.ask(endpoint=user.endpoint(url=REMOTE, proxy=f"http://127.0.0.1:{unused_port()}"))
    assert type(heard.error) is NoConnection


@pytest.mark.parametrize("proxy", ["ftp://proxy", "proxy", "http://", "http://a:99999", "http://a b"])
def test_fault_41_a_proxy_that_is_no_address_is_refused_at_load(proxy: str) -> None:
    with pytest.raises(BadSettings, match="not a proxy address"):
        Endpoint(REMOTE, "m", proxy=proxy)


async def test_fault_41_a_proxy_of_the_environment_that_is_no_address(
    user: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks9://nowhere")
    heard = await user.ask(endpoint=user.endpoint(url=REMOTE))
    assert type(heard.error) is NoConnection
    assert "The proxy does not work" in heard.message


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
async def test_fault_41_a_proxy_passes_on_what_it_cannot_read(
    user: Conversation, server: FaultServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The proxy of the environment is used, and sees the name of the server and nothing else."""
    async with tls_server("wrong-host.pem") as remote:
        seen = bytearray()

        async def tunnel(connection: Connection) -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", remote.port)
            back = asyncio.create_task(_pump(reader, connection.writer))
            try:
                await connection.send(b"HTTP/1.1 200 Connected\r\n\r\n")
                while data := await connection.reader.read(65_536):
                    seen.extend(data)
                    writer.write(data)
            finally:
                back.cancel()
                writer.close()

        monkeypatch.setenv(name, f"http://127.0.0.1:{server.port}")
        endpoint = user.endpoint(url=REMOTE, ca_file=str(CERTIFICATES / "authority.pem"))
        heard = await user.ask(tunnel, endpoint=endpoint)
        assert heard.reply == "fine"
        assert KEY.encode() in remote.heads[0]
        assert seen
        assert KEY.encode() not in bytes(seen) + server.heads[0]


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)


async def test_fault_41_no_proxy_is_respected(
    user: Conversation, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.port}")
    monkeypatch.setenv("NO_PROXY", "nothing.invalid")
    heard = await user.ask(endpoint=user.endpoint(url="https://nothing.invalid/v1"))
    assert "was not found" in heard.message
    assert server.connections == 0


async def test_fault_41_this_machine_is_never_asked_through_a_proxy(
    user: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain http goes to loopback only; through a proxy it could be read."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await user.ask(good())).reply == "fine"


async def test_fault_42_http_1_0_is_understood(user: Conversation) -> None:
    async def old(connection: Connection) -> None:
        await connection.send(b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        await connection.send(delta("old") + delta(finish="stop"))
        connection.close()

    assert (await user.ask(old)).reply == "old"


async def test_fault_42_http_2_is_not_offered(user: Conversation) -> None:
    """Nothing of GOAWAY, RST_STREAM and SETTINGS floods can happen to us."""
    chosen: list[str | None] = []

    async def note(connection: Connection) -> None:
        chosen.append(connection.writer.get_extra_info("ssl_object").selected_alpn_protocol())
        await connection.send(good())

    async with tls_server("good.pem") as server:
        endpoint = user.endpoint(url=f"https://localhost:{server.port}/v1", ca_file=str(CERTIFICATES / "authority.pem"))
        server.plan.append(note)
        heard = await user.ask(endpoint=endpoint)
    assert heard.reply == "fine"
    assert chosen[0] in (None, "http/1.1")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "a\r\nX-B: b"},
        {"X-A\r\nX-B": "b"},
        {"X A": "b"},
        {"X-A": "ä"},
        {"": "b"},
        {"Authorization": "x"},
        {"Host": "evil"},
        {"X-A": "x" * 65_536},
    ],
)
def test_fault_43_headers_that_would_carry_more_are_refused_at_load(headers: dict[str, str]) -> None:
    with pytest.raises(BadSettings):
        Endpoint("https://hub.oxen.ai/api/ai", "m", headers=headers)


@pytest.mark.parametrize("key", ["a\r\nX: b", "schlüssel", "a b", "a\x00b", "k" * 65_536, "key\n"])
def test_fault_43_a_key_that_is_none_is_refused_at_load_and_not_shown(key: str) -> None:
    with pytest.raises(BadSettings) as caught:
        Endpoint("https://hub.oxen.ai/api/ai", "m", Key(key))
    assert key not in str(caught.value)


async def test_fault_43_headers_of_64_kb_from_the_server(user: Conversation) -> None:
    heard = await user.ask(head(200, {"X": "x" * 131_072}) + b"{}")
    assert isinstance(heard.error, BadAnswer | BrokenStream)


async def test_fault_44_a_machine_that_slept_for_an_hour(user: Conversation, server: FaultServer) -> None:
    heard = await user.ask_and_wait(3_600, server.then_silent(streaming(delta("a"), ended=False)), after_text=True)
    assert type(heard.error) is TimedOut


async def test_fault_44_the_time_of_day_may_jump(user: Conversation, server: FaultServer) -> None:
    def jump(event: object) -> None:
        user.clock.wall = lambda: 0.0  # type: ignore[method-assign]  # the jump

    heard = await user.ask(streaming(delta("a"), delta("b"), delta(finish="stop")), seen=jump, request=question())
    assert heard.reply == "ab"
