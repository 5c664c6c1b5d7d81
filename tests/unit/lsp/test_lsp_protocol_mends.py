"""The faults of plain pygls 2.1.1 that would hurt a user, each shown on pygls and mended here."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import os
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from protocol_session import (
    Session,
    changed,
    command,
    framed,
    mended_only,
    notification,
    opened,
    plain_fails,
    request,
)
from pygls.lsp.server import LanguageServer

from glm_lsp.errors import TextChanged
from glm_lsp.lsp.protocol import GlmServer
from glm_lsp.lsp.transport import serve_pipes

URI = "file:///a.py"


class Endless:
    """A handler that runs until it is cancelled."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.cancelled = False

    async def __call__(self) -> None:
        self.started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise


async def running(session: Session, id: int) -> Endless:
    """A command that is being served under `id`."""
    endless = Endless()

    async def handler(argument: Any) -> None:
        await endless()

    session.command("test.endless", handler)
    await session.initialize()
    session.feed(command(id, "test.endless", {}))
    async with asyncio.timeout(10):
        await endless.started.wait()
    return endless


@plain_fails
async def test_a_text_that_is_none_is_not_the_text_none(session: Session) -> None:
    await session.initialize()
    session.feed(
        notification(
            "textDocument/didOpen", {"textDocument": {"uri": URI, "languageId": "python", "version": 1, "text": None}}
        )
    )
    await session.settle()
    assert "None" not in (text_of(session) or "")


@plain_fails
async def test_a_version_that_is_no_number_is_not_taken_for_one(session: Session) -> None:
    await session.initialize()
    session.feed(opened(URI, "a\n"), changed(URI, True, (0, 0, 0, 1, "b")))
    await session.settle()
    assert text_of(session) != "b\n"


def text_of(session: Session) -> str | None:
    """The text as the server has it; None if it has none."""
    try:
        return session.text(URI)
    except OSError:
        return None


@plain_fails
async def test_cancelling_a_command_stops_its_work(session: Session) -> None:
    endless = await running(session, 1)
    session.feed(notification("$/cancelRequest", {"id": 1}))
    assert (await session.answer(1))["error"]["code"] == -32800
    await session.settle()
    assert endless.cancelled


@plain_fails
async def test_nothing_is_remembered_of_a_keystroke(session: Session) -> None:
    await session.initialize()
    session.feed(opened(URI, "text\n"))
    await session.settle()

    def futures() -> int:
        gc.collect()
        return sum(isinstance(found, (Future, asyncio.Future)) for found in gc.get_objects())

    before = futures()
    session.feed(*(changed(URI, version, (0, 0, 0, 1, "x")) for version in range(2, 102)))
    await session.settle()
    assert futures() - before < 10


@plain_fails
async def test_a_late_answer_is_not_shown_to_the_user_as_an_error(session: Session) -> None:
    await session.initialize()
    params = types.ShowMessageRequestParams(types.MessageType.Info, "Apply?", [types.MessageActionItem("Apply")])
    asking = asyncio.ensure_future(session.ask(types.WINDOW_SHOW_MESSAGE_REQUEST, params))
    asked = await session.wire.first(lambda message: message.get("method") == types.WINDOW_SHOW_MESSAGE_REQUEST)
    asking.cancel()
    await asyncio.wait({asking})
    session.feed({"jsonrpc": "2.0", "id": asked["id"], "result": {"title": "Apply"}})
    await session.settle()
    assert [message["method"] for message in session.unasked() if message["method"] != "$/cancelRequest"] == []


@plain_fails
async def test_the_editor_can_shut_down_while_work_is_running(session: Session) -> None:
    endless = await running(session, 1)
    session.feed(request(2, "shutdown"))
    answer = await session.answer(2)
    assert answer.get("error") is None
    assert endless.cancelled


@plain_fails
async def test_an_internal_error_shows_neither_code_nor_a_traceback(session: Session) -> None:
    def handler(params: Any) -> None:
        raise ValueError("sk-secret")

    session.feature("test/fail", handler)
    await session.initialize()
    session.feed(request(1, "test/fail"))
    error = (await session.answer(1))["error"]
    assert error["code"] == -32603
    assert "data" not in error
    assert "sk-secret" not in error["message"]


@mended_only
async def test_an_error_of_ours_reaches_the_user_as_its_sentence(session: Session) -> None:
    async def handler(params: Any) -> None:
        raise TextChanged("The text changed since the menu opened.", "Open the menu again.")

    session.feature("test/fail", handler)
    await session.initialize()
    session.feed(request(1, "test/fail"))
    assert (await session.answer(1))["error"] == {
        "code": -32801,
        "message": "The text changed since the menu opened. Open the menu again.",
    }


@plain_fails
async def test_wrong_parameters_are_answered(session: Session) -> None:
    """Without an answer the editor waits for ever."""
    session.feature(types.TEXT_DOCUMENT_CODE_ACTION, lambda params: [])
    await session.initialize()
    session.feed(request(1, types.TEXT_DOCUMENT_CODE_ACTION, {"textDocument": 5}))
    await session.settle()
    assert [answer["error"]["code"] for answer in session.answers(1)] == [-32602]


@plain_fails
@pytest.mark.parametrize("argument", [{"jsonrpc": "2.0"}, {"nested": [{"jsonrpc": "2.0", "id": 1, "method": "exit"}]}])
async def test_no_key_inside_an_argument_has_a_meaning(session: Session, argument: Any) -> None:
    def handler(argument: Any) -> Any:
        return argument

    session.command("test.echo", handler)
    await session.initialize()
    session.feed(command(1, "test.echo", argument))
    await session.settle()
    assert [answer.get("result") for answer in session.answers(1)] == [argument]


@plain_fails
@pytest.mark.parametrize("break_", ["\f", "\v", "\x1c", "\x85", "\u2028", "\u2029"])
async def test_only_the_protocols_line_ends_end_a_line(session: Session, break_: str) -> None:
    """One form feed would shift every later edit of the file by a line."""
    await session.initialize()
    session.feed(opened(URI, f"one{break_}\ntwo\n"), changed(URI, 2, (1, 0, 1, 3, "TWO")))
    await session.settle()
    assert session.text(URI) == f"one{break_}\nTWO\n"


@plain_fails
async def test_a_position_past_the_end_is_the_end(session: Session) -> None:
    await session.initialize()
    session.feed(opened(URI, "abc"), changed(URI, 2, (0, 0, 0, 99, "X")))
    await session.settle()
    assert session.text(URI) == "X"


@plain_fails
async def test_a_file_that_is_not_open_is_not_read(session: Session, tmp_path: Path) -> None:
    """The server waits on no disk while it answers, and takes no text for open that is not."""
    (tmp_path / "a.py").write_text("secret")
    await session.initialize()
    assert session.text((tmp_path / "a.py").as_uri()) is None


@plain_fails
async def test_a_change_after_closing_raises_no_popup(session: Session) -> None:
    """VS Code sends `didClose` before the last `didChange` of a file edited in the background."""
    await session.initialize()
    session.feed(
        opened(URI, "abc"),
        notification("textDocument/didClose", {"textDocument": {"uri": URI}}),
        changed(URI, 2, (0, 0, 0, 1, "x")),
        opened(URI, "new", version=5),
    )
    await session.settle()
    assert [message["method"] for message in session.unasked() if message["method"] != "$/cancelRequest"] == []
    assert session.text(URI) == "new"


@plain_fails
async def test_requests_before_initialize_are_refused(session: Session) -> None:
    session.feed(request(1, "test/ping"))
    answer = await session.answer(1)
    assert answer.get("error", {}).get("code") == -32002


@plain_fails
async def test_requests_after_shutdown_are_refused(session: Session) -> None:
    await session.initialize()
    session.feed(request(1, "shutdown"))
    await session.answer(1)
    session.feed(request(2, "test/ping"))
    await session.end()
    assert [answer["error"]["code"] for answer in session.answers(2)] == [-32600]


def exit_code_of_plain_pygls(frames: bytes) -> int:
    server = LanguageServer("plain", "0")
    try:
        server.start_io(io.BytesIO(frames), io.BytesIO())
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


def exit_code_of_ours(frames: bytes) -> int:
    stdin, fed = os.pipe()
    null = os.open(os.devnull, os.O_WRONLY)
    os.write(fed, frames)
    try:
        return asyncio.run(serve_pipes(GlmServer(), stdin, null, force=False))
    finally:
        os.close(fed)


@pytest.mark.parametrize(
    "exit_code_of",
    [
        exit_code_of_ours,
        pytest.param(exit_code_of_plain_pygls, marks=pytest.mark.xfail(raises=AssertionError, strict=True)),
    ],
)
def test_exit_without_shutdown_is_told_by_the_exit_code(exit_code_of: Any) -> None:
    initialize = framed(request(1, "initialize", {"processId": None, "rootUri": None, "capabilities": {}}))
    leave = framed(notification("exit"))
    assert exit_code_of(initialize + framed(request(2, "shutdown")) + leave) == 0
    assert exit_code_of(initialize + leave) == 1


@plain_fails
async def test_after_exit_nothing_is_written(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """pygls fills the user's log with thousands of lines here."""
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)
    endless = Endless()

    async def handler(params: Any) -> None:
        await endless()

    session.feature("test/endless", handler)
    await session.initialize()
    session.feed(request(1, "test/endless"), notification("exit"))
    async with asyncio.timeout(10):
        await session.wire.closed.wait()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await asyncio.sleep(0)  # The callbacks of the cancelled tasks.
    assert endless.cancelled
    assert session.wire.writes_after_close == 0


@plain_fails
async def test_the_users_code_is_not_logged(session: Session, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    def handler(params: Any) -> str:
        return "code of the user"

    session.feature("test/code", handler)
    await session.initialize()
    session.feed(opened(URI, "code of the user"), request(1, "test/code", {"code": "code of the user"}))
    await session.answer(1)
    assert "code of the user" not in caplog.text


@mended_only
async def test_an_error_is_logged_by_its_class_and_place_alone(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    def handler(params: Any) -> None:
        raise ValueError("code of the user")

    session.feature("test/fail", handler)
    await session.initialize()
    session.feed(request(1, "test/fail"), notification("test/fail"))
    await session.settle()
    assert "test/fail: ValueError at " in caplog.text
    assert "test_lsp_protocol_mends.py" in caplog.text
    assert "code of the user" not in caplog.text


@plain_fails
async def test_a_handler_gets_its_parameters_whatever_they_are_called(session: Session) -> None:
    def handler(ls: Any) -> Any:
        return ls

    session.feature("test/echo", handler)
    await session.initialize()
    session.feed(request(1, "test/echo", "params"))
    assert (await session.answer(1)).get("result") == "params"


@plain_fails
async def test_a_command_without_arguments_gets_an_empty_object(session: Session) -> None:
    def handler(argument: Any) -> Any:
        return argument

    session.command("test.echo", handler)
    await session.initialize()
    session.feed(request(1, "workspace/executeCommand", {"command": "test.echo"}))
    assert (await session.answer(1)).get("result", "none") == {}


@mended_only
async def test_capabilities_pygls_does_not_know_can_be_advertised(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def capabilities(result: types.InitializeResult) -> None:
        assert result.capabilities.workspace is not None
        result.capabilities.workspace.text_document_content = types.TextDocumentContentOptions(schemes=["glm"])

    monkeypatch.setattr(session.server, "capabilities", capabilities)
    answer = await session.initialize()
    assert answer["result"]["capabilities"]["workspace"]["textDocumentContent"] == {"schemes": ["glm"]}


@mended_only
async def test_cancelling_a_progress_reaches_the_server(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled: list[int | str] = []
    monkeypatch.setattr(session.server, "on_progress_cancel", cancelled.append)
    await session.initialize()
    session.feed(notification("window/workDoneProgress/cancel", {"token": "glm-job-1"}))
    await session.settle()
    assert cancelled == ["glm-job-1"]
