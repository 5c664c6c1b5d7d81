"""Faults that need the whole server: cancelling at each phase, an editor that goes away, many questions at once, and a
key that must be in nothing we write. Numbers in the names are those of the table of faults."""

from __future__ import annotations

import asyncio
import base64
import copy
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from conversation import shapes_of
from fault_server import DONE, Connection, FaultServer, Planned, completion, delta, event, head, reply, streaming
from scripted_editor import CLIENTS, Editor, Start, merge
from scripted_model import Ask, ScriptedModel
from test_e2e_actions import AFTER, BEFORE, JOBS, LINE, REPLY
from wire import SECONDS, connected

KEY = "canary/Pq+41=Zk~8vXw0Rt-do-not-leak"


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    server = FaultServer()
    await server.start()
    yield server
    await server.stop()


def at(server: FaultServer) -> dict[str, str]:
    return {"GLM_LSP_BASE_URL": f"http://127.0.0.1:{server.port}/api/ai"}


async def soon(event: asyncio.Event) -> None:
    async with asyncio.timeout(SECONDS):
        await event.wait()


async def cancelled(editor: Editor, job: str, uri: str) -> None:
    """The job is cancelled, silently, and has changed nothing."""
    await editor.command("glm.cancel", {"job": job})
    assert (await editor.ended(job))["state"] == "cancelled"
    assert editor.told() == []
    assert not editor.wire.received("workspace/applyEdit")
    assert editor.texts[uri] == BEFORE


async def works(editor: Editor, answer: Callable[[], Awaitable[None]]) -> None:
    """The next question is answered as if nothing had been."""
    uri = editor.open("next.py", BEFORE)
    job = await editor.run("refactor", uri, LINE)
    await answer()
    assert (await editor.ended(job))["state"] == "delivered"
    assert editor.texts[uri] == AFTER


async def test_45_cancel_while_queued(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        for number in range(4):
            await editor.run("explain", editor.open(f"{number}.py", BEFORE), LINE)
        asks = [await asyncio.to_thread(model.next_ask) for _ in range(4)]
        uri = editor.open("queued.py", BEFORE)
        job = await editor.run("refactor", uri, LINE)
        await cancelled(editor, job, uri)
        for ask in asks:
            ask.answer("It picks.")

        async def answer() -> None:
            ask = await asyncio.to_thread(model.next_ask)
            assert "begin file queued.py" not in ask.prompt, "a cancelled question is never sent"
            ask.answer(REPLY)

        await works(editor, answer)


async def test_45_cancel_during_the_tls_handshake(start: Start) -> None:
    """The server hears the client's hello and says nothing."""
    greeted, left = asyncio.Event(), asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(5)  # The head of the record the hello stands in.
        greeted.set()
        while await reader.read(4096):
            pass
        left.set()
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        async with start(environ={"GLM_LSP_BASE_URL": f"https://127.0.0.1:{port}/api/ai"}) as editor:
            uri = editor.open("a.py", BEFORE)
            job = await editor.run("refactor", uri, LINE)
            await soon(greeted)
            await cancelled(editor, job, uri)
            async with asyncio.timeout(2):
                await left.wait()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/ev",
        head(200, {"Content-Type": "text/event-stream"}),
        streaming(delta("````python\ndef pick("), ended=False),
    ],
    ids=["before the headers", "in the headers", "before the first byte", "mid-stream"],
)
async def test_45_cancel_while_the_server_is_silent(start: Start, server: FaultServer, sent: bytes) -> None:
    server.plan.append(server.then_silent(sent))
    async with start(environ=at(server)) as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("refactor", uri, LINE)
        await soon(server.reached)
        await cancelled(editor, job, uri)
        await soon(server.left)

        async def answer() -> None:
            pass

        server.plan.append(streaming(delta(REPLY), delta(finish="stop"), DONE))
        await works(editor, answer)


async def test_45_cancel_between_two_attempts(start: Start, server: FaultServer) -> None:
    """The user need not sit out a countdown he has given up on."""
    server.plan.append(reply(429, {"error": {"message": "slow"}}, {"Retry-After": "40"}))
    async with start(environ=at(server)) as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("refactor", uri, LINE)
        await editor.wire.expect("$/progress", lambda params: "trying again in" in params["value"].get("message", ""))
        await cancelled(editor, job, uri)
        assert len(server.heads) == 1


async def test_45_cancel_between_result_and_edit(start: Start, model: ScriptedModel) -> None:
    """The cancel crosses the edit on its way. Either it came in time, or the truth is told: never an edit after it."""
    async with start("vscode", JOBS) as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        await editor.wire.expect("glm/job", lambda params: params["state"] == "checking")
        await editor.command("glm.cancel", {"job": job})
        edits = len(editor.wire.received("workspace/applyEdit"))
        last = await editor.wire.expect("glm/job", lambda params: params["state"] in ("cancelled", "delivered"))
        assert len(editor.wire.received("workspace/applyEdit")) == edits, "no edit is sent after a cancel"
        assert editor.texts[uri] == (AFTER if last["state"] == "delivered" else BEFORE)
        assert editor.told() == []


@pytest.mark.parametrize("applies", [True, False])
async def test_45_cancel_while_the_editor_has_the_edit(start: Start, model: ScriptedModel, applies: bool) -> None:
    """What the editor has cannot be called back, so what became of it is reported, whatever it was."""
    has_it, let_go = asyncio.Event(), asyncio.Event()

    async with start() as editor:

        async def apply(params: Any) -> Any:
            has_it.set()
            await let_go.wait()
            return editor.texts.apply(params) if applies else {"applied": False, "failureReason": "the user said no"}

        editor.wire.answer("workspace/applyEdit", apply)
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        await soon(has_it)
        await editor.command("glm.cancel", {"job": job})
        let_go.set()
        view = await editor.ended(job)
        assert editor.texts[uri] == (AFTER if applies else BEFORE)
        assert view["state"] == ("delivered" if applies else "refused")
        assert len(editor.wire.received("workspace/applyEdit")) == 1


async def test_45_cancel_during_confirm(start: Start, model: ScriptedModel) -> None:
    """A yes that comes after the cancel is a yes to nothing."""
    asked, let_go = asyncio.Event(), asyncio.Event()

    async def choose(params: Any) -> Any:
        asked.set()
        await let_go.wait()
        return {"title": "Apply"}

    async with start(options={"edit": {"delivery": "confirm"}}) as editor:
        editor.wire.answer("window/showMessageRequest", choose)
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        await soon(asked)
        await cancelled(editor, job, uri)
        let_go.set()
        assert await editor.command("glm.jobs", {"job": job})
        assert not editor.wire.received("workspace/applyEdit")


def parent_of(pid: int) -> int | None:
    """None if there is no such process, or only its exit code is left of it."""
    try:
        state, parent, *_ = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else int(parent)


def family(pid: int) -> set[int]:
    """`pid`, the processes it has started, and those they have."""
    pids = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
    parents = {one: parent_of(one) for one in pids}
    found: set[int] = set()
    more = {pid}
    while more:
        found |= more
        more = {child for child, parent in parents.items() if parent in found} - found
    return found


@pytest.mark.parametrize(
    "way",
    [
        "stdin closes",
        "shutdown and exit",
        "exit alone",
    ],
)
async def test_46_the_process_goes_with_the_editor(start: Start, model: ScriptedModel, way: str) -> None:
    """Mid-stream, with four questions under way: nothing is left running, and no request stays open."""
    async with start() as editor:
        for number in range(5):
            await editor.run("refactor", editor.open(f"{number}.py", BEFORE), LINE)
        asks = [await asyncio.to_thread(model.next_ask) for _ in range(4)]
        for ask in asks:
            ask.say("````python\ndef pick(a):\n")
        process = editor.wire.process
        alive = family(process.pid)
        assert process.stdin is not None
        match way:
            case "stdin closes":
                process.stdin.close()
            case "exit alone":
                editor.wire.notify("exit")
            case _:
                await editor.wire.request("shutdown")
                editor.wire.notify("exit")
        code = await editor.wire.ended()
        assert code == (0 if way == "shutdown and exit" else 1)
        for ask in asks:
            assert await asyncio.to_thread(ask.abandoned.wait, SECONDS)
        assert not [pid for pid in alive if parent_of(pid) is not None]
        assert not editor.wire.received("workspace/applyEdit")


async def test_47_twenty_actions_at_once(start: Start, model: ScriptedModel) -> None:
    """All are served, at most four at a time."""
    async with start() as editor:
        uris = [editor.open(f"{number}.py", BEFORE) for number in range(20)]
        jobs = [await editor.run("refactor", uri, LINE) for uri in uris]
        asks: list[Ask] = [await asyncio.to_thread(model.next_ask) for _ in range(4)]
        for _ in range(16):
            assert model.waiting == 0, "a fifth request is open"
            asks.pop(0).answer(REPLY)
            asks.append(await asyncio.to_thread(model.next_ask))
        for ask in asks:
            ask.answer(REPLY)
        for job, uri in zip(jobs, uris, strict=True):
            assert (await editor.ended(job))["state"] == "delivered"
            assert editor.texts[uri] == AFTER
        assert editor.told() == []


async def test_47_the_same_action_twice_edits_once(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        first, second = [await editor.run("refactor", uri, LINE) for _ in range(2)]
        assert (await editor.ended(first))["state"] == "cancelled"
        while True:
            ask = await asyncio.to_thread(model.next_ask)
            ask.answer(REPLY)
            if not ask.abandoned.is_set():
                break
        assert (await editor.ended(second))["state"] == "delivered"
        assert editor.texts[uri] == AFTER
        assert len(editor.wire.received("workspace/applyEdit")) == 1
        assert editor.told() == []


async def test_47_a_document_renamed_meanwhile_is_not_written_under_either_name(
    start: Start, model: ScriptedModel
) -> None:
    """Editors tell of a rename as a close and an open."""
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        (editor.folder / "a.py").write_text(BEFORE)
        job = await editor.run("refactor", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        editor.texts.close(uri)
        (editor.folder / "a.py").rename(editor.folder / "b.py")
        renamed = editor.open("b.py", BEFORE)
        assert await asyncio.to_thread(ask.abandoned.wait, SECONDS)
        assert (await editor.ended(job))["state"] == "cancelled"
        assert editor.texts[renamed] == BEFORE
        assert not (editor.folder / "a.py").exists()
        assert (editor.folder / "b.py").read_text() == BEFORE
        assert not editor.wire.received("workspace/applyEdit")


async def test_47_a_document_closed_before_its_edit_arrives_is_not_written(start: Start, model: ScriptedModel) -> None:
    """The user closes the file within the second in which it may only be reloading, and the answer comes just then."""
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        (editor.folder / "a.py").write_text(BEFORE)
        job = await editor.run("refactor", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        editor.texts.close(uri)
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] in ("refused", "cancelled")
        assert (editor.folder / "a.py").read_text() == BEFORE


async def test_47_an_explanation_survives_the_close(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        editor.wire.answer("window/showDocument", lambda params: {"success": True})
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("explain", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        editor.texts.close(uri)
        ask.answer("It picks.")
        assert (await editor.ended(job))["state"] == "delivered"


# The key.

ENCODED = base64.b64encode(KEY.encode()).decode()
SHOUTED = f"{KEY} {ENCODED} canary%2FPq%2B41%3DZk~8vXw0Rt-do-not-leak"


async def resetting(connection: Connection) -> None:
    connection.reset()


FAULTS: dict[str, list[Planned]] = {
    "401": [reply(401, {"error": {"message": f"wrong key {SHOUTED}"}})],
    "401 with the headers back": [reply(401, {"error": {"authorization": f"Bearer {KEY}"}}, {"X-Key": KEY})],
    "400 that names no parameter": [reply(400, {"error": {"message": f"bad {SHOUTED}"}})],
    "422 that names a parameter": [reply(422, {"detail": f"temperature {KEY}"}), reply(422, {"detail": SHOUTED})],
    "402": [reply(402, {"error": {"title": "no credit", "detail": SHOUTED}})],
    "403": [reply(403, SHOUTED.encode())],
    "404 of the model": [reply(404, {"error": {"code": "1211", "message": f"model {SHOUTED}"}})],
    "redirect": [reply(302, b"", {"Location": f"https://evil.example/?{KEY}"})],
    "502 thrice": [reply(502, SHOUTED.encode())] * 3,
    "a web page": [reply(200, f"<html>{SHOUTED}</html>".encode(), {"Content-Type": "text/html"})],
    "an error within a 200": [reply(200, {"error": {"message": SHOUTED}})],
    "an error within a stream": [streaming(delta("It "), event({"error": {"message": SHOUTED}}), DONE)],
    "broken JSON": [streaming(b"data: {" + SHOUTED.encode() + b"\n\n", DONE)] * 2,
    "a cut stream": [streaming(delta(SHOUTED), ended=False)],
    "reset": [resetting] * 3,
    "the key as the model's name": [streaming(event({**completion(), "model": KEY, "choices": [
        {"index": 0, "delta": {"content": "It picks."}, "finish_reason": "stop"}]}), DONE)],
    "the key as the answer": [streaming(delta(f"Here: {KEY} "), delta(ENCODED), delta(finish="stop"), DONE)],
    "the key in pieces": [streaming(*(delta(character) for character in f"{KEY} "), delta(finish="stop"), DONE)],
    "too long": [streaming(delta(f"{SHOUTED}"), delta(finish="length"), DONE)],
}  # fmt: skip


@asynccontextmanager
async def leaky(folder: Path, server: FaultServer, errors: Path, capabilities: dict[str, Any]) -> AsyncIterator[Editor]:
    """The server with a key, its stderr in the file `errors`."""
    project, state = folder / "project", folder / "state"
    project.mkdir()
    (project / ".git").mkdir()
    (folder / "config.toml").touch()
    introduction = copy.deepcopy(CLIENTS["vscode"])
    introduction.update(rootUri=project.as_uri(), rootPath=str(project), processId=os.getpid())
    introduction["workspaceFolders"] = [{"uri": project.as_uri(), "name": "project"}]
    introduction["initializationOptions"] = None
    merge(introduction["capabilities"], capabilities)
    environ = {
        **at(server),
        "GLM_LSP_API_KEY": KEY,
        "GLM_LSP_STATE": str(state),
        "GLM_LSP_CONFIG": str(folder / "config.toml"),
        "PYTHONASYNCIODEBUG": "1",
    }
    command = ["sh", "-c", 'exec "$0" -m glm_lsp serve 2>"$1"', sys.executable, str(errors)]
    async with connected(command, introduction, environ=environ, folders=[project, state]) as wire:
        yield Editor(wire, project, state)


@pytest.mark.parametrize("capabilities", [{}, JOBS], ids=["any editor", "our own"])
async def test_the_key_is_in_nothing_we_write(
    tmp_path: Path, server: FaultServer, capabilities: dict[str, Any]
) -> None:
    """D6: whatever the server says about it, plain, URL-encoded or in base64."""
    errors = tmp_path / "stderr"
    async with leaky(tmp_path, server, errors, capabilities) as editor:
        editor.wire.answer("window/showDocument", lambda params: {"success": True})
        for name, planned in FAULTS.items():
            for action in ("explain", "refactor"):
                server.plan.clear()
                server.plan.extend(planned)
                uri = editor.open(f"{name} {action}.py".replace(" ", "-"), BEFORE)
                job = await editor.run(action, uri, LINE)
                await over(editor, job)
                assert editor.texts[uri] == BEFORE, name
        server.plan.clear()
        server.plan.append(reply(200, {"data": [{"id": "glm", "description": SHOUTED}]}))
        assert await editor.command("glm.models", {})
        uri = editor.open("last.py", BEFORE)
        for command in ("glm.context", "glm.request"):
            await editor.command(command, {"action": "explain", "uri": uri, "range": span_of(LINE)})
        assert await editor.command("glm.usage", {})
        await editor.command("glm.status", {})
        said = [json.dumps(record["message"]) for record in editor.wire.records if record["from"] == "server"]
    assert b"authorization: bearer " + KEY.lower().encode() in server.heads[0].lower(), "it was there to leak"
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert any("usage" in path.name for path in written)
    for shape in shapes_of(KEY):
        assert not [text[:300] for text in said if shape in text], shape
        assert not [path for path, content in written.items() if shape.encode() in content], shape


async def over(editor: Editor, job: str) -> None:
    if editor.wire.records[0]["message"]["params"]["capabilities"].get("experimental", {}).get("glm"):
        ends = ("delivered", "refused", "failed", "cancelled")
        await editor.wire.expect("glm/job", lambda params: params["job"] == job and params["state"] in ends)
    else:
        await editor.ended(job)


def span_of(line: int) -> dict[str, Any]:
    return {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 0}}


# What the person reads.


async def sentence(editor: Editor) -> str:
    """What is said when a question fails."""
    uri = editor.open("a.py", BEFORE)
    job = await editor.run("refactor", uri, LINE)
    assert (await editor.ended(job))["state"] == "failed"
    assert editor.texts[uri] == BEFORE
    (told,) = editor.told()
    return told


async def test_without_a_network(start: Start) -> None:
    """No name is found: a name of the reserved domain `invalid` never is (RFC 6761)."""
    environ = {"GLM_LSP_BASE_URL": "https://hub.invalid/api/ai", "GLM_LSP_API_KEY": KEY}
    async with start(environ=environ | proxies()) as editor:
        told = await sentence(editor)
        assert told.startswith("GLM: hub.invalid was not found: there is no network, or no such name.")
        assert "Check the network connection" in told


async def test_with_nobody_listening(start: Start, server: FaultServer) -> None:
    environ = at(server)
    await server.stop()
    async with start(environ=environ) as editor:
        told = await sentence(editor)
        assert f"127.0.0.1:{server.port} refused the connection. Check that the server runs" in told


async def test_the_network_comes_back_and_no_restart_is_needed(start: Start, server: FaultServer) -> None:
    environ = at(server)
    server.plan.extend([resetting] * 3)
    async with start(environ=environ) as editor:
        await sentence(editor)

        async def answer() -> None:
            pass

        server.plan.append(streaming(delta(REPLY), delta(finish="stop"), DONE))
        await works(editor, answer)


async def test_with_a_wrong_key(start: Start, server: FaultServer) -> None:
    server.plan.append(reply(401, {"error": {"message": "invalid api key"}}))
    async with start(environ={**at(server), "GLM_LSP_API_KEY": KEY}) as editor:
        told = await sentence(editor)
        assert "key" in told
        assert "glm-lsp login" in told
        assert KEY not in told
        assert len(server.heads) == 1, "a refused key is not tried again"


async def test_without_a_key(start: Start) -> None:
    environ = {"GLM_LSP_BASE_URL": "https://hub.oxen.ai/api/ai", "GLM_LSP_API_KEY": "", "OXEN_API_KEY": ""}
    async with start(environ=environ) as editor:
        told = await sentence(editor)
        assert "There is no API key for https://hub.oxen.ai." in told
        assert "OXEN_API_KEY" in told


PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def proxies(**addresses: str) -> dict[str, str]:
    """The variables as `addresses` say, and the others as if they were not set."""
    values = {name: addresses.get(name, "") for name in PROXIES}
    return values | {name.upper(): value for name, value in values.items()}


async def test_behind_a_proxy_that_refuses(start: Start, server: FaultServer) -> None:
    """It is named as the culprit, and sees neither key nor code: only where we want to go."""
    server.plan.append(reply(407, b"log in first"))
    environ = {
        **proxies(https_proxy=f"http://127.0.0.1:{server.port}"),
        "GLM_LSP_BASE_URL": "https://hub.oxen.ai/api/ai",
        "OXEN_API_KEY": KEY,
    }
    async with start(environ=environ) as editor:
        told = await sentence(editor)
        assert "The proxy does not work" in told
        assert "HTTPS_PROXY" in told
    (seen,) = server.heads
    assert seen.startswith(b"CONNECT hub.oxen.ai:443 ")
    assert not any(shape.encode() in seen for shape in shapes_of(KEY))
    assert server.bodies == [b""]


async def test_behind_a_proxy_that_is_not_there(start: Start, server: FaultServer) -> None:
    environ = {
        **proxies(all_proxy=f"127.0.0.1:{server.port}"),
        "GLM_LSP_BASE_URL": "https://hub.oxen.ai/api/ai",
        "OXEN_API_KEY": KEY,
    }
    await server.stop()
    async with start(environ=environ) as editor:
        told = await sentence(editor)
        assert "proxy" in told.lower()


async def test_a_proxy_is_not_used_on_this_machine(start: Start, model: ScriptedModel) -> None:
    nowhere = "http://127.0.0.1:9"
    async with start(environ=proxies(http_proxy=nowhere, https_proxy=nowhere, all_proxy=nowhere)) as editor:

        async def answer() -> None:
            (await asyncio.to_thread(model.next_ask)).answer(REPLY)

        await works(editor, answer)
