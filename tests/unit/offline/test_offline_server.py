"""The stand-in as a server, spoken to over real sockets: what a client of the real API may rely on."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from glm_lsp.errors import BadInput, Failed
from glm_lsp.offline import http as wire
from glm_lsp.offline import server
from glm_lsp.offline.api import MODEL, encode

MESSAGES = [{"role": "user", "content": "hello"}]
CHAT = {"model": MODEL, "messages": MESSAGES}


@pytest.fixture
async def stand_in() -> AsyncIterator[server.Server]:
    running = await server.start(pace=0)
    yield running
    await running.close()


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        """The data of each server-sent event, `[DONE]` left out; it must be there, last."""
        blocks = self.body.decode().split("\n\n")
        assert blocks[-2:] == ["data: [DONE]", ""]
        assert all(block.startswith("data: ") and "\n" not in block for block in blocks[:-1])
        return [json.loads(block.removeprefix("data: ")) for block in blocks[:-2]]


async def ask(
    running: server.Server, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """One request with the standard library's client, in a thread: nothing here knows how the server is made."""

    def run() -> Answer:
        address = urlsplit(running.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
        try:
            data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
            connection.request(method, address.path + path, data, dict(headers or {}))
            return Answer(connection.getresponse())
        finally:
            connection.close()

    return await asyncio.to_thread(run)


async def chat(running: server.Server, **fields: Any) -> Answer:
    return await ask(running, "POST", "/chat/completions", {**CHAT, **fields})


async def test_a_whole_answer(stand_in: server.Server) -> None:
    found = (await chat(stand_in)).json
    assert found["object"] == "chat.completion"
    assert found["model"] == MODEL
    choice = found["choices"][0]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["role"] == "assistant"
    assert "offline stand-in" in choice["message"]["content"]
    usage = found["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["prompt_tokens"] > 0


async def test_a_streamed_answer_is_the_whole_answer_in_pieces(stand_in: server.Server) -> None:
    answer = await chat(stand_in, stream=True)
    whole = (await chat(stand_in)).json
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["transfer-encoding"] == "chunked"
    events = answer.events
    text = [event["choices"][0]["delta"].get("content", "") for event in events]
    assert "".join(text) == whole["choices"][0]["message"]["content"]
    assert len(text) > 5
    assert [event["choices"][0]["finish_reason"] for event in events] == [None] * (len(events) - 1) + ["stop"]
    assert len({(event["id"], event["created"], event["model"], event["object"]) for event in events}) == 1
    assert not any("usage" in event for event in events)


async def test_usage_comes_last_and_only_if_asked_for(stand_in: server.Server) -> None:
    events = (await chat(stand_in, stream=True, stream_options={"include_usage": True})).events
    whole = (await chat(stand_in)).json
    assert events[-1]["choices"] == []
    assert events[-1]["usage"] == whole["usage"]


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_that_is_too_long_says_so(stand_in: server.Server, stream: bool) -> None:
    """A cut answer that claims to be finished could be written into a file."""
    answer = await chat(stand_in, max_tokens=2, stream=stream, stream_options={"include_usage": True})
    if stream:
        *deltas, last, usage = answer.events
        assert len(deltas) == 2
        assert last["choices"][0]["finish_reason"] == "length"
        assert usage["usage"]["completion_tokens"] == 2
    else:
        assert answer.json["choices"][0]["finish_reason"] == "length"
        assert answer.json["choices"][0]["message"]["content"] == "offline stand-in"
        assert answer.json["usage"]["completion_tokens"] == 2


async def test_an_answer_that_just_fits_is_whole(stand_in: server.Server) -> None:
    needed = (await chat(stand_in)).json["usage"]["completion_tokens"]
    assert (await chat(stand_in, max_tokens=needed)).json["choices"][0]["finish_reason"] == "stop"


async def test_models(stand_in: server.Server) -> None:
    found = (await ask(stand_in, "GET", "/models?developer_name=x")).json
    assert found["object"] == "list"
    assert [model["id"] for model in found["data"]] == [MODEL]
    one = (await ask(stand_in, "GET", f"/models/{MODEL}")).json
    assert one == found["data"][0]
    assert one["object"] == "model"
    assert one["endpoint"] == "/chat/completions"
    assert one["pricing"] == {"method": "token", "input_cost_per_token": 0.0, "output_cost_per_token": 0.0}
    assert "offline stand-in" in one["description"].lower()


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"{", "The request body is not JSON."),
        (b"[" * 100_000, "The request body is not JSON."),
        (b"\xff", "The request body is not JSON."),
        ([], "The request body must be a JSON object."),
        ({"messages": MESSAGES}, "You must specify a model to call"),
        ({"model": MODEL}, "Messages array cannot be empty"),
        ({"model": MODEL, "messages": []}, "Messages array cannot be empty"),
        ({**CHAT, "messages": [{"content": "x"}]}, "Each message must be an object with a role"),
        ({**CHAT, "messages": [{"role": "developer", "content": "x"}]}, "Each message must be an object with a role"),
        ({**CHAT, "messages": [{"role": "user", "content": 1}]}, "A message's content must be a string or a list"),
        ({**CHAT, "max_tokens": 0}, "max_tokens must be a positive integer"),
        ({**CHAT, "max_tokens": True}, "max_tokens must be a positive integer"),
        ({**CHAT, "stream": "yes"}, "stream must be true or false"),
        ({**CHAT, "stream_options": 1}, "stream_options must be an object"),
    ],
)
async def test_a_wrong_request_is_refused_in_the_real_shape(stand_in: server.Server, body: Any, title: str) -> None:
    answer = await ask(stand_in, "POST", "/chat/completions", body)
    assert answer.status == 400
    assert answer.json["error"]["type"] == answer.json["status_message"] == "invalid_params"
    assert answer.json["status"] == "error"
    assert answer.json["error"]["title"].startswith(title)


async def test_content_may_come_in_parts_or_be_null(stand_in: server.Server) -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image_url"}]
    answer = await chat(stand_in, messages=[{"role": "user", "content": parts}, {"role": "assistant", "content": None}])
    assert answer.status == 200


async def test_another_model_is_not_found(stand_in: server.Server) -> None:
    expected = {"error": {"message": "Model not found: gpt-4o"}}
    for answer in (await chat(stand_in, model="gpt-4o"), await ask(stand_in, "GET", "/models/gpt-4o")):
        assert answer.status == 404
        assert answer.json == expected


async def test_wrong_addresses_and_methods(stand_in: server.Server) -> None:
    missing = await ask(stand_in, "POST", "/completions", CHAT)
    assert missing.status == 404
    assert missing.json["error"]["type"] == "resource_not_found"
    for method, path, allowed in (("GET", "/chat/completions", "POST"), ("DELETE", "/models", "GET")):
        answer = await ask(stand_in, method, path)
        assert answer.status == 405
        assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("authorization", ["Bearer", "Bearer ", "Basic eDp5", "some-key"])
async def test_a_key_that_is_none_is_rejected(stand_in: server.Server, authorization: str) -> None:
    answer = await ask(stand_in, "POST", "/chat/completions", CHAT, {"Authorization": authorization})
    assert answer.status == 401
    assert answer.json["error"]["type"] == "unauthenticated"


async def test_no_key_and_any_key_will_do(stand_in: server.Server) -> None:
    assert (await chat(stand_in)).status == 200
    assert (await ask(stand_in, "GET", "/models", headers={"Authorization": "Bearer any"})).status == 200


async def test_a_body_that_is_too_large_gets_an_answer_and_not_a_reset(stand_in: server.Server) -> None:
    answer = await ask(stand_in, "POST", "/chat/completions", b" " * (wire.MAX_BODY + 1))
    assert answer.status == 413
    assert answer.headers["connection"] == "close"


async def test_text_beyond_ascii_arrives_whole(stand_in: server.Server) -> None:
    region = "<<<GLM_REGION_START_ab12>>>\ndef f(größe):\n    return '😀'\n<<<GLM_REGION_END_ab12>>>\nExplain."
    answer = await chat(stand_in, messages=[{"role": "user", "content": region}], stream=True)
    text = "".join(event["choices"][0]["delta"].get("content", "") for event in answer.events)
    assert "`f(größe)`" in text
    assert "`'😀'`" in text


def test_half_a_surrogate_pair_does_not_end_the_connection() -> None:
    """JSON can carry one and UTF-8 cannot; the user would see a broken stream."""
    assert json.loads(encode({"content": "ö\ud83d"})) == {"content": "ö\ud83d"}


async def connect(running: server.Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    address = urlsplit(running.url)
    return await asyncio.open_connection(address.hostname, address.port)


def request(body: Any, *headers: str, version: str = "HTTP/1.1") -> bytes:
    data = json.dumps(body).encode()
    lines = [f"POST /api/ai/chat/completions {version}", "Host: x", f"Content-Length: {len(data)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


async def test_one_connection_serves_one_request_after_another(stand_in: server.Server) -> None:
    reader, writer = await connect(stand_in)
    writer.write(request({**CHAT, "stream": True}) + request(CHAT))
    writer.write(request({}) + request(CHAT, "Connection: close"))
    answers = await reader.read()
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 3
    assert answers.count(b"HTTP/1.1 400 Bad Request\r\n") == 1
    writer.close()
    await writer.wait_closed()


async def test_an_old_client_gets_a_stream_without_chunks(stand_in: server.Server) -> None:
    reader, writer = await connect(stand_in)
    writer.write(request({**CHAT, "stream": True}, "Connection: keep-alive", version="HTTP/1.0"))
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    assert b"Connection: close" in head
    assert b"Transfer-Encoding" not in head
    assert body.startswith(b"data: {")
    assert body.endswith(b"\n\ndata: [DONE]\n\n")
    writer.close()
    await writer.wait_closed()


async def test_garbage_is_answered_and_the_connection_closed(stand_in: server.Server) -> None:
    reader, writer = await connect(stand_in)
    writer.write(b"\x16\x03\x01 hello\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    writer.close()
    await writer.wait_closed()
    assert (await chat(stand_in)).status == 200


async def test_a_client_that_disconnects_stops_the_work() -> None:
    """A cancelled question must not go on costing."""
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"data: x\n\n"

    ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.set_result(await server.send_events(endless(), reader, writer, pace=0, chunked=True))
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
    await reader.readexactly(10)
    writer.close()
    async with asyncio.timeout(10):
        assert await ended is False
    assert taken > 0
    listener.close()
    await listener.wait_closed()


async def test_a_client_that_has_hung_up_gets_not_one_event_more(stand_in: server.Server) -> None:
    """Its end of the connection is enough of a sign: the first write after it would still go through."""
    _, writer = await connect(stand_in)
    hung_up = asyncio.StreamReader()
    hung_up.feed_eof()
    events = iter([b"data: 1\n\n", b"data: 2\n\n"])
    assert not await server.send_events(events, hung_up, writer, pace=0, chunked=True)
    assert list(events) == [b"data: 2\n\n"]
    writer.close()
    await writer.wait_closed()


async def test_closing_lets_an_answer_finish_and_ends_idle_connections() -> None:
    running = await server.start(pace=0.001)
    idle_reader, idle = await connect(running)
    reader, writer = await connect(running)
    writer.write(request({**CHAT, "stream": True}))
    await reader.readuntil(b"data: ")
    await running.close(grace=10)
    assert (await reader.read()).endswith(http_end())
    assert await idle_reader.read() == b""
    for one in (idle, writer):
        one.close()
        await one.wait_closed()
    await running.close()


async def test_closing_does_not_wait_longer_than_it_is_told() -> None:
    running = await server.start(pace=3600)
    reader, writer = await connect(running)
    writer.write(request({**CHAT, "stream": True}))
    await reader.readuntil(b"data: ")
    await running.close(grace=0)
    assert not (await reader.read()).endswith(http_end())
    writer.close()
    await writer.wait_closed()


def http_end() -> bytes:
    return wire.chunk(b"data: [DONE]\n\n") + wire.LAST_CHUNK


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "example.org", "::", ""])  # noqa: S104 - that is the point
async def test_other_machines_cannot_reach_it(host: str) -> None:
    with pytest.raises(BadInput, match="this machine only"):
        await server.start(host)


async def test_a_port_that_is_taken_is_a_sentence(stand_in: server.Server) -> None:
    port = urlsplit(stand_in.url).port
    assert port is not None
    with pytest.raises(Failed, match="Choose another port"):
        await server.start(port=port)
    with pytest.raises(Failed, match="Choose another port"):
        await server.start(port=70_000)


async def test_it_runs_alone_until_it_is_cancelled() -> None:
    started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(server.serve_forever(0, started=started.set_result))
    url = await started
    assert url.startswith("http://127.0.0.1:")
    assert url.endswith("/api/ai")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    address = urlsplit(url)
    with pytest.raises(ConnectionError):
        await asyncio.open_connection(address.hostname, address.port)
