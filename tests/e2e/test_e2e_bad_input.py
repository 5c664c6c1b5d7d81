"""Bad input: a clear error each, and the server lives on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from scripted_editor import Editor, Start, span
from scripted_model import ScriptedModel
from test_e2e_actions import AFTER, BEFORE, LINE, REPLY
from wire import ErrorAnswer

HERE = span(LINE)


async def still_works(editor: Editor, model: ScriptedModel) -> None:
    uri = editor.open("works.py", BEFORE)
    job = await editor.pick("GLM: Refactor", uri, LINE)
    (await asyncio.to_thread(model.next_ask)).answer(REPLY)
    assert (await editor.ended(job))["state"] == "delivered"
    assert editor.texts[uri] == AFTER


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ({"action": "nonsense"}, "There is no action “nonsense”"),
        ({"action": 3}, "`action` must be a string"),
        ({"uri": None}, "`uri` must be a string"),
        ({"uri": "file:///nowhere/b.py"}, "is not open"),
        ({"range": None}, "`range` does not have the protocol's form"),
        ({"range": {"start": 1}}, "`range` does not have the protocol's form"),
        ({"range": [1, 2]}, "`range` does not have the protocol's form"),
        ({"range": span(99)}, "Line 100 is past the end"),
        ({"range": {"start": {"line": 0, "character": -1}, "end": {"line": 0, "character": 0}}}, "protocol's form"),
        ({"range": {"start": {"line": "0", "character": 0}, "end": {"line": 1, "character": 0}}}, "protocol's form"),
        ({"range": {"start": {"line": 0.5, "character": 0}, "end": {"line": 1, "character": 0}}}, "protocol's form"),
        ({"range": {"start": {"line": 0, "character": True}, "end": {"line": 1, "character": 0}}}, "protocol's form"),
        ({"version": "7"}, "`version` must be a whole number"),
        ({"version": 99}, "text changed since"),
        ({"version": -5}, "text changed since"),
        ({"instruction": ["x"]}, "`instruction` must be a string"),
        ({"diagnostics": [{"message": 1}]}, "`diagnostics` does not have the protocol's form"),
        ({"action": "edit"}, "needs an instruction"),
    ],
)
async def test_wrong_arguments_of_glm_run(start: Start, argument: dict[str, Any], says: str) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        with pytest.raises(ErrorAnswer) as raised:
            await editor.command("glm.run", {"action": "refactor", "uri": uri, "range": HERE, **argument})
        assert says in str(raised.value)
        assert raised.value.code in (-32602, -32801)
        assert await editor.command("glm.jobs", {}) == [], "no job is made"


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("glm.nonsense", []),
        ("glm.run", []),
        ("glm.run", [1]),
        ("glm.run", [{}, {}]),
        ("glm.cancel", [{"job": "77"}]),
        ("glm.cancel", [{"job": 7}]),
        ("glm.undo", [{}]),
        ("glm.jobs", [{"job": "77"}]),
    ],
)
async def test_wrong_commands(start: Start, command: str, arguments: list[Any]) -> None:
    async with start() as editor:
        with pytest.raises(ErrorAnswer) as raised:
            await editor.command(command, *arguments)
        assert raised.value.code == -32602


async def test_a_long_session_of_bad_input_leaves_a_working_server(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        for method, params in [
            ("textDocument/codeAction", {"textDocument": {"uri": uri}}),
            ("textDocument/nonsense", {}),
            ("workspace/executeCommand", None),
            ("textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": 10**9, "character": 5}}),
            ("workspace/textDocumentContent", {"uri": "glm:/nowhere.md"}),
        ]:
            with suppress(ErrorAnswer):
                await editor.wire.request(method, params)
        assert await editor.actions("file:///nowhere.py", 3) == []
        assert await editor.actions(uri, 10**6) != []
        await still_works(editor, model)


async def test_an_untitled_document_works_like_any_other(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = "untitled:Untitled-1"
        editor.texts.open(uri, BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == AFTER


async def test_an_untitled_document_that_is_not_open_is_a_sentence(start: Start) -> None:
    async with start() as editor:
        with pytest.raises(ErrorAnswer, match="untitled:Untitled-1 is not open"):
            await editor.run("refactor", "untitled:Untitled-1", 0)


async def test_a_file_of_30_megabytes_is_refused_with_its_size(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("big.py", "x = 'some text to fill the file'\n" * 1_000_000)
        with pytest.raises(ErrorAnswer, match="million characters"):
            await editor.run("refactor", uri, 3)
        await still_works(editor, model)


async def test_a_binary_file_is_refused(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.bin", "\x7fELF\0\0\0", language="")
        with pytest.raises(ErrorAnswer, match="binary"):
            await editor.run("explain", uri, 0)
        await still_works(editor, model)


async def test_an_ignored_file_stays_here(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open(".env", "TOKEN=abc\n", language="dotenv")
        job = await editor.run("explain", uri, 0)
        assert (await editor.ended(job))["state"] == "refused"
        assert ".env" in editor.told()[0]
        assert not model.was_asked()


async def test_no_key_is_the_sentence_that_says_how_to_set_one(start: Start) -> None:
    async with start(environ={"GLM_LSP_BASE_URL": "", "OXEN_API_KEY": ""}) as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        assert (await editor.ended(job))["state"] == "failed"
        (told,) = editor.told()
        assert "OXEN_API_KEY" in told
        assert "offline:" in told


async def test_a_server_that_is_not_there_is_a_sentence(start: Start) -> None:
    environ = {"GLM_LSP_BASE_URL": "http://127.0.0.1:9/api", "GLM_LSP_ENDPOINT__TIMEOUTS__TOTAL": "2"}
    async with start(environ=environ) as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        assert (await editor.ended(job))["state"] == "failed"
        (told,) = editor.told()
        assert "127.0.0.1:9" in told
