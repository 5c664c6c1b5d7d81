"""Whatever a client sends: one answer to each request, and the server lives on."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types
from property import examples
from protocol_session import (
    Message,
    Session,
    changed,
    command,
    framed,
    notification,
    opened,
    plain_fails,
    request,
)

from glm_lsp.lsp.protocol import EditorError, GlmServer
from glm_lsp.lsp.transport import bodies, serve_pipes
from glm_lsp.workspace.documents import Document

URI = "file:///a.py"


@plain_fails
@pytest.mark.parametrize(
    "body",
    [b"{", b"", b"null x", b"\xff\xfe\xfd", b'{"a": "\xff"}', b"[" * 100_000, b'{"id": ' + b"9" * 5000 + b"}"],
    ids=["cut", "empty", "trailing", "not-utf", "not-utf-8", "deep", "huge-number"],
)
async def test_what_is_not_json_is_answered_and_survived(session: Session, body: bytes) -> None:
    await session.initialize()
    session.feed(body or b" ")
    await session.settle()
    assert [answer["error"]["code"] for answer in session.answers(None)] == [-32700]


@plain_fails
@pytest.mark.parametrize("message", [[], 7, "text", {}, {"jsonrpc": "2.0", "id": 1}, {"jsonrpc": "2.0", "method": 5}])
async def test_json_that_is_no_message_is_answered_and_survived(session: Session, message: Any) -> None:
    await session.initialize()
    session.feed(json.dumps(message).encode())
    await session.settle()
    assert [answer["error"]["code"] for answer in session.answers(None)] == [-32600]


async def test_after_a_message_too_long_to_take_in_no_text_is_trusted(session: Session) -> None:
    """It may have been a change. An edit made for a text we only believe in could destroy the real one."""
    closed: list[str] = []
    session.server.on_close = closed.append
    await session.initialize()
    session.feed(opened(URI, "abc"))
    await session.settle()
    session.server.protocol.too_long("A message was too long.")
    assert session.text(URI) is None
    assert closed == [URI]


async def test_rubbish_on_the_wire_costs_no_open_document(session: Session) -> None:
    await session.initialize()
    session.feed(opened(URI, "abc"), b"{", b"[]")
    await session.settle()
    assert session.text(URI) == "abc"


@pytest.mark.parametrize(
    ("lost", "kept"),
    [
        ({"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"range": "?", "text": ""}]}, "file:///b.py"),
        ({"textDocument": {"uri": URI, "version": "two"}, "contentChanges": [{"text": "x"}]}, "file:///b.py"),
        ({"textDocument": URI}, None),
    ],
)
async def test_a_change_that_cannot_be_read_makes_its_document_unknown(
    session: Session, lost: Message, kept: str | None
) -> None:
    await session.initialize()
    session.feed(opened(URI, "abc"), opened("file:///b.py", "b"), notification("textDocument/didChange", lost))
    await session.settle()
    assert [document.uri for document in session.server.documents] == ([kept] if kept else [])


@pytest.mark.parametrize(
    "header",
    [
        b"content-length: %d\r\n\r\n",
        b"Content-Length:%d\r\n\r\n",
        b"Content-Length: %d\n\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nCONTENT-LENGTH: %d \r\n\r\n",
        b"Warning: a wrapper script said something\r\n\r\nContent-Length: %d\r\n\r\n",
        b"X: " + b"x" * 200_000 + b"\r\nContent-Length: %d\r\n\r\n",
    ],
    ids=["lower-case", "no-space", "bare-newlines", "order-and-case", "noise", "long-line"],
)
async def test_a_header_may_be_odd(session: Session, header: bytes) -> None:
    await session.initialize()
    body = json.dumps(request(1, "test/ping")).encode()
    session.stream.feed_data(header.replace(b"%d", b"%d" % len(body)) + body)
    assert (await session.answer(1))["result"] == "pong"


async def test_a_message_that_is_too_long_is_skipped() -> None:
    stream = asyncio.StreamReader()
    stream.feed_data(b"Content-Length: 100\r\n\r\n" + b"x" * 100 + framed(b"{}"))
    stream.feed_eof()
    assert [body async for body in bodies(stream, largest=99)] == [None, b"{}"]


async def test_a_message_cut_by_the_end_is_dropped() -> None:
    stream = asyncio.StreamReader()
    stream.feed_data(b"Content-Length: 100\r\n\r\n{")
    stream.feed_eof()
    assert [body async for body in bodies(stream)] == []


async def test_frames_count_bytes_and_lone_surrogates_pass(session: Session) -> None:
    def handler(params: Any) -> Any:
        return params

    session.feature("test/echo", handler)
    await session.initialize()
    text = "é 𝒳 \ud800 \udfff end"
    session.feed(request(1, "test/echo", text), opened(URI, text))
    assert (await session.answer(1))["result"] == text
    await session.settle()
    assert session.text(URI) == text


async def test_raw_surrogates_in_the_bytes_are_survived(session: Session) -> None:
    await session.initialize()
    session.feed(json.dumps(request(1, "test/ping", "\ud800"), ensure_ascii=False).encode("utf-8", "surrogatepass"))
    assert (await session.answer(1))["result"] == "pong"


@pytest.mark.parametrize(
    ("asked", "code", "sentence"),
    [
        (request(1, "textDocument/definition", {}), -32601, "'textDocument/definition'"),
        (request(1, "$/optional"), -32601, "'$/optional'"),
        (request(1, "initialize", {"capabilities": {}}), -32600, "already"),
        (command(1, "glm.unknown", {}), -32602, "'glm.unknown'"),
        (command(1, "test.echo", 5), -32602, "test.echo takes one object"),
        (command(1, "test.echo", {}, {}), -32602, "test.echo takes one object"),
        (command(1, "test.echo", [{}]), -32602, "test.echo takes one object"),
        (command(1, "x" * 10_000, {}), -32602, "…"),
        (request(1, "workspace/executeCommand"), -32602, "not valid"),
        (request(1, "textDocument/hover", {"textDocument": {"uri": URI}, "position": {"line": -1}}), -32602, "hover"),
    ],
)
async def test_a_request_that_cannot_be_served_gets_a_sentence(
    session: Session, asked: Message, code: int, sentence: str
) -> None:
    def echo(argument: Any) -> Any:
        return argument

    session.command("test.echo", echo)
    session.feature(types.TEXT_DOCUMENT_HOVER, echo)
    await session.initialize()
    session.feed(asked)
    error = (await session.answer(1))["error"]
    assert error["code"] == code
    assert sentence in error["message"]
    await session.settle()
    assert session.unasked() == []


async def test_the_id_of_a_request_must_be_usable(session: Session) -> None:
    await session.initialize()
    session.feed(request(None, "test/ping"), request([1], "test/ping"))  # type: ignore[arg-type]  # the fault tried
    await session.settle()
    assert [answer["error"]["code"] for answer in session.answers(None)] == [-32600, -32600]


async def test_a_command_may_answer_later_and_others_go_before_it(session: Session) -> None:
    go = asyncio.Event()

    async def slow(argument: Any) -> Any:
        await go.wait()
        return argument

    session.command("test.slow", slow)
    await session.initialize()
    session.feed(command(1, "test.slow", {"a": 1}))
    await session.settle()
    assert session.answers(1) == []
    go.set()
    assert (await session.answer(1))["result"] == {"a": 1}


async def test_a_handler_sees_the_text_as_it_was_when_the_client_asked(session: Session) -> None:
    session.feature("test/text", lambda params: session.text(URI))
    await session.initialize()
    session.feed(opened(URI, "old"), request(1, "test/text"), changed(URI, 2, "new"), request(2, "test/text"))
    assert (await session.answer(2))["result"] == "new"
    assert (await session.answer(1))["result"] == "old"


async def test_hooks_tell_of_documents_once_they_are_current(session: Session) -> None:
    told: list[Any] = []

    def on_change(document: Document) -> None:
        told.append((document.version, document.text.string))

    session.server.on_open = on_change
    session.server.on_change = on_change
    session.server.on_close = told.append
    await session.initialize()
    session.feed(
        opened(URI, "abc", version=0),
        changed(URI, 3, (0, 0, 0, 1, "x"), (0, 1, 0, 2, "y")),
        notification("textDocument/didClose", {"textDocument": {"uri": URI}}),
        notification("textDocument/didClose", {"textDocument": {"uri": URI}}),
    )
    await session.settle()
    assert told == [(0, "abc"), (3, "xyc"), URI]


@pytest.mark.parametrize(
    ("offered", "chosen", "column"),
    [
        (["utf-8", "utf-16"], "utf-8", 5),
        (None, "utf-16", 3),
        (["utf-7", "utf-32"], "utf-32", 2),
        (["utf-7"], "utf-16", 3),
    ],
)
async def test_columns_are_counted_in_the_unit_agreed(
    session: Session, offered: list[str] | None, chosen: str, column: int
) -> None:
    answer = await session.initialize({"general": {"positionEncodings": offered}} if offered else {})
    assert answer["result"]["capabilities"]["positionEncoding"] == chosen
    session.feed(opened(URI, "a𝒳b"), changed(URI, 2, (0, column, 0, column + 1, "B")))
    await session.settle()
    assert session.text(URI) == "a𝒳B"


async def test_asking_the_client_gives_its_answer_in_the_protocols_shape(session: Session) -> None:
    await session.initialize()
    params = types.ApplyWorkspaceEditParams(types.WorkspaceEdit(document_changes=[]))
    asking = asyncio.ensure_future(session.ask(types.WORKSPACE_APPLY_EDIT, params))
    asked = await session.wire.first(lambda message: message.get("method") == types.WORKSPACE_APPLY_EDIT)
    session.feed({"jsonrpc": "2.0", "id": asked["id"], "result": {"applied": False, "failureReason": "stale"}})
    assert await asking == types.ApplyWorkspaceEditResult(applied=False, failure_reason="stale")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"error": {"code": -32603, "message": "boom\n at line 5"}}, "boom at line 5"),
        ({"error": "odd"}, "no reason"),
        ({"result": 5}, "form"),
        ({"result": None}, "form"),
    ],
)
async def test_a_client_that_answers_with_an_error_is_quoted_in_one_line(
    session: Session, answer: Message, sentence: str
) -> None:
    await session.initialize()
    params = types.ApplyWorkspaceEditParams(types.WorkspaceEdit(document_changes=[]))
    asking = asyncio.ensure_future(session.ask(types.WORKSPACE_APPLY_EDIT, params))
    asked = await session.wire.first(lambda message: message.get("method") == types.WORKSPACE_APPLY_EDIT)
    session.feed({"jsonrpc": "2.0", "id": asked["id"], **answer})
    with pytest.raises(EditorError, match=sentence):
        await asking


async def test_a_client_that_never_answers_is_not_waited_for(session: Session) -> None:
    await session.initialize()
    with pytest.raises(TimeoutError):
        await session.server.request("test/ask", None, timeout=0)
    await session.settle()
    assert session.server.protocol._asked == {}


async def test_when_the_client_goes_away_all_work_ends(session: Session) -> None:
    """A request to the model would go on being paid for."""
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("kept task")

    async def stop() -> None:
        ended.append("hook")

    session.server.on_stop = stop
    await session.initialize()
    session.server.keep(asyncio.ensure_future(work()))
    waiting = asyncio.ensure_future(session.ask(types.WINDOW_SHOW_MESSAGE_REQUEST, None))
    await asyncio.sleep(0)
    assert await session.end() == 1
    assert ended == ["hook", "kept task"]
    await asyncio.wait({waiting})
    assert waiting.cancelled()
    with pytest.raises(EditorError):
        await session.ask(types.WINDOW_SHOW_MESSAGE_REQUEST, None)


async def test_a_kept_task_that_fails_is_logged_and_forgotten(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> None:
        raise ValueError("code of the user")

    await session.initialize()
    task = asyncio.ensure_future(fail())
    session.server.keep(task)
    await asyncio.wait({task})
    await asyncio.sleep(0)
    assert "ValueError at test_lsp_protocol.py" in caplog.text
    assert "code of the user" not in caplog.text


async def test_a_stuck_hook_does_not_keep_the_editor_from_leaving(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glm_lsp.lsp.protocol.STOP_SECONDS", 0)
    session.server.on_stop = asyncio.Event().wait
    await session.initialize()
    session.feed(request(1, "shutdown"), notification("exit"))
    assert (await session.answer(1))["result"] is None
    assert await session.end() == 0


async def test_pipes_end_with_the_clients_end_of_them() -> None:
    stdin, fed = os.pipe()
    read, stdout = os.pipe()
    serving = asyncio.ensure_future(serve_pipes(GlmServer(), stdin, stdout, force=False))
    os.write(fed, framed(request(1, "initialize", {"processId": None, "rootUri": None, "capabilities": {}})))
    os.close(fed)
    assert await serving == 1
    assert b'"positionEncoding":"utf-16"' in os.read(read, 65536)


async def test_a_client_that_does_not_read_any_more_ends_the_session() -> None:
    stdin, fed = os.pipe()
    read, stdout = os.pipe()
    os.close(read)
    serving = asyncio.ensure_future(serve_pipes(GlmServer(), stdin, stdout, force=False))
    os.write(fed, framed(request(1, "initialize", {"processId": None, "rootUri": None, "capabilities": {}})))
    assert await serving == 1
    os.close(fed)


async def test_a_client_that_reads_late_does_not_block_the_server() -> None:
    """Some clients write a long message before they read what we have to say: both would wait for ever."""
    stdin, fed = os.pipe()
    read, stdout = os.pipe()
    server = GlmServer()
    seen = asyncio.Event()
    server.add_feature("test/long", lambda params: "x" * 1_000_000)
    server.add_feature("test/after", lambda params: seen.set())
    serving = asyncio.ensure_future(serve_pipes(server, stdin, stdout, force=False))
    os.write(fed, framed(request(1, "initialize", {"processId": None, "rootUri": None, "capabilities": {}})))
    os.write(fed, framed(request(2, "test/long")) + framed(notification("test/after")))
    async with asyncio.timeout(10):
        await seen.wait()
    os.close(read)
    os.close(fed)
    assert await serving == 1


METHODS = st.sampled_from(
    [
        *("initialize", "initialized", "shutdown", "test/ping", "test/fail", "test/slow", "nonsense", "$/nonsense"),
        *("workspace/executeCommand", "textDocument/hover", "textDocument/didOpen", "textDocument/didChange"),
        *("textDocument/didClose", "$/cancelRequest", "window/workDoneProgress/cancel", "$/setTrace"),
    ]
)
FIELDS = [
    *("textDocument", "uri", "version", "text", "contentChanges", "range", "start", "end", "line", "character"),
    *("position", "command", "arguments", "id", "token", "jsonrpc", "capabilities", "languageId", "method"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**33) | st.sampled_from(["", URI, "glm.run", "\ud800", "jsonrpc"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"jsonrpc": st.just("2.0")},
        optional={
            "id": st.integers(0, 5) | JSON,
            "method": METHODS | JSON,
            "params": JSON,
            "result": JSON,
            "error": JSON,
        },
    )
    | JSON,
    max_size=12,
)


@settings(max_examples=examples(40), deadline=None)
@given(messages=MESSAGES)
def test_every_request_is_answered_exactly_once_whatever_comes(messages: list[Any]) -> None:
    async def run() -> None:
        async def slow(params: Any) -> None:
            await asyncio.sleep(0)

        def fail(params: Any) -> None:
            raise KeyError(params)

        session = Session("mended")
        session.feature("test/slow", slow)
        session.feature("test/fail", fail)
        session.feature("textDocument/hover", lambda params: None)
        await session.initialize()
        session.feed(*(json.dumps(message).encode() for message in messages))
        await session.end()
        asked = [
            message["id"]
            for message in messages
            if isinstance(message, dict)
            and isinstance(message.get("method"), str)
            and isinstance(message.get("id"), (int, str))
        ]
        answered = [
            message["id"]
            for message in session.wire.messages
            if "method" not in message
            and message["id"] is not None
            and not str(message["id"]).startswith(("ping", "init"))
        ]
        assert sorted(map(repr, answered)) == sorted(map(repr, asked))

    asyncio.run(run())
