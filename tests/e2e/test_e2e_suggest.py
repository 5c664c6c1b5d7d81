"""Suggestions: asked for once, checked against the text, waiting in the menu of their place, and never an edit."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from fault_server import FaultServer, good, reply
from scripted_editor import Editor, Start, span
from scripted_model import ScriptedModel
from test_e2e_actions import AFTER, BEFORE, JOBS, LINE, over
from wire import ErrorAnswer

FLATTEN = {
    "title": "Drop the `else` after `return`",
    "why": "One level less to read.",
    "quote": "    if a:\n        return 1\n    else:\n        return 2",
    "instruction": "Remove the else branch and return 2 at the end.",
}
NAME = {
    "title": "Name the results",
    "why": "1 and 2 say nothing.",
    "quote": "return 2",
    "instruction": "Introduce named constants for the results.",
}


def said(*suggestions: dict[str, Any]) -> str:
    return json.dumps({"suggestions": suggestions})


async def suggested(editor: Editor, model: ScriptedModel, text: str, line: int, *found: dict[str, Any]) -> str:
    """Suggestions for the function at `line` of a new document; its URI."""
    uri = editor.open("a.py", text)
    job = (await editor.command("glm.suggest", {"uri": uri, "range": span(line)}))["job"]
    (await asyncio.to_thread(model.next_ask)).answer(said(*found))
    assert (await editor.ended(job))["state"] == "delivered"
    return uri


def titles(items: list[dict[str, Any]]) -> list[str]:
    return [item["title"] for item in items]


async def test_each_suggestion_is_a_code_action_of_its_place_that_asks_for_the_edit(
    start: Start, model: ScriptedModel
) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = (await editor.command("glm.suggest", {"uri": uri, "range": span(LINE)}))["job"]
        ask = await asyncio.to_thread(model.next_ask)
        assert ask.body["tools"][0]["function"]["name"] == "suggest"
        ask.answer(said(FLATTEN, NAME))
        view = await editor.ended(job)
        assert view["mode"] == "suggest"
        assert view["result"] == [
            {**_without_quote(FLATTEN), "range": span(4, 8), "version": 1},
            {**_without_quote(NAME), "range": span(7, 8), "version": 1},
        ]
        assert editor.told() == ["GLM: 2 suggestions are in the code actions of this place."]
        assert not editor.wire.received("window/showDocument")
        assert editor.texts[uri] == BEFORE
        items = await editor.actions(uri, 3)
        assert titles(items)[:2] == ["GLM: Drop the `else` after `return`", "GLM: Name the results"]
        assert items[0]["kind"] == "refactor.rewrite.glm.suggestion"
        assert titles(await editor.actions(uri, 7))[0] == "GLM: Drop the `else` after `return`", "the menu's own order"
        assert not any("else" in title for title in titles(await editor.actions(uri, LINE, None, triggerKind=2)))
        assert not any("else" in title for title in titles(await editor.actions(uri, 10))), "another function"

        job = (await editor.command("glm.run", *items[0]["command"]["arguments"]))["job"]
        ask = await asyncio.to_thread(model.next_ask)
        assert FLATTEN["instruction"] in ask.prompt
        ask.answer("````python\n    if a:\n        return 1\n    return 2\n````")
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == AFTER
        assert not any("else" in title for title in titles(await editor.actions(uri, LINE))), "it is done"


def _without_quote(one: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key != "quote"}


async def test_the_action_does_the_same_and_a_function_call_is_understood(model: ScriptedModel, start: Start) -> None:
    async with start("nvim", JOBS) as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Suggest refactorings", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        function = {"name": "suggest", "arguments": said(NAME)}
        call = {"index": 0, "id": "1", "type": "function", "function": function}
        ask.chunks.put({"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": None}]})
        ask.finish("tool_calls")
        view = await editor.wire.expect("glm/job", lambda one: one["job"] == job and one["state"] == "delivered")
        assert [one["title"] for one in view["result"]] == ["Name the results"]
        assert "message" not in view
        assert editor.told() == [], "a client of ours shows the result itself"


async def test_suggestions_follow_the_text_and_go_when_it_changes(start: Start, model: ScriptedModel) -> None:
    text = "s = '👩‍👩‍👧 𝒳'\r\n" + BEFORE.replace("\n", "\r\n")
    async with start() as editor:
        uri = await suggested(editor, model, text, LINE + 1, FLATTEN, NAME)
        editor.type(uri, span(0), "# 𝒳𝒳\r\n")
        (first, second, *_) = await editor.actions(uri, LINE + 2)
        assert first["command"]["arguments"][0]["range"] == span(6, 10)
        assert second["command"]["arguments"][0]["range"] == span(9, 10)
        assert first["command"]["arguments"][0]["version"] == editor.texts.version(uri)
        place = {"start": {"line": 7, "character": 15}, "end": {"line": 7, "character": 16}}
        editor.type(uri, place, "3")
        assert titles(await editor.actions(uri, 9))[0] == "GLM: Name the results"
        assert "GLM: Drop the `else` after `return`" not in titles(await editor.actions(uri, 9))


async def test_a_text_that_changes_meanwhile_is_looked_at_again(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Suggest refactorings", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        editor.type(uri, span(0), "# first\n")
        editor.type(uri, {"start": {"line": 6, "character": 15}, "end": {"line": 6, "character": 16}}, "3")
        ask.answer(said(FLATTEN, NAME))
        view = await editor.ended(job)
        assert [one["title"] for one in view["result"]] == ["Name the results"]
        assert view["result"][0]["range"] == span(8, 9)
        assert view["result"][0]["version"] == 3


async def test_the_next_question_takes_the_place_of_earlier_suggestions(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = await suggested(editor, model, BEFORE, LINE, FLATTEN)
        job = (await editor.command("glm.suggest", {"uri": uri, "range": span(LINE)}))["job"]
        (await asyncio.to_thread(model.next_ask)).answer(said(NAME))
        await editor.ended(job)
        found = titles(await editor.actions(uri, LINE))
        assert "GLM: Name the results" in found
        assert "GLM: Drop the `else` after `return`" not in found


async def test_at_most_six_and_none_twice_or_out_of_place(start: Start, model: ScriptedModel) -> None:
    many = [{**NAME, "title": f"Do {number}", "instruction": f"Do {number}."} for number in range(9)]
    wrong = [
        {**NAME, "title": "Elsewhere", "instruction": "x", "quote": "def other():"},
        {**NAME, "title": "Do 0", "instruction": "y"},
        {**NAME, "title": "", "instruction": "z"},
        {**NAME, "title": "No instruction", "instruction": " "},
        {**NAME, "title": "L" * 200, "instruction": "long"},
    ]
    async with start() as editor:
        uri = await suggested(editor, model, BEFORE, LINE, *many[:1], *wrong, *many)
        items = titles(await editor.actions(uri, LINE))
        assert len(items) == 8
        found = [title.removeprefix("GLM: ") for title in items[:6]]
        assert found == ["Do 0", "L" * 79 + "…", "Do 1", "Do 2", "Do 3", "Do 4"]


UNUSABLE = [
    ("I like this code.", "refused", "The suggestions could not be read. Try again. The reply is kept in"),
    (said({**NAME, "quote": "no such line"}), "refused", "do not fit the text"),
    ("CANNOT: it is generated\n", "refused", "it is generated"),
    (said(), "delivered", "There is nothing to suggest here."),
]


async def test_what_cannot_be_used_is_one_sentence(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        for answer, state, says in UNUSABLE:
            before = len(editor.told())
            job = await editor.pick("GLM: Suggest refactorings", uri, LINE)
            (await asyncio.to_thread(model.next_ask)).answer(answer)
            assert (await editor.ended(job))["state"] == state
            (told,) = editor.told()[before:]
            assert says in told
            assert not model.was_asked(), "it is asked once"
        assert editor.texts[uri] == BEFORE


async def test_a_secret_in_the_quotation_is_a_token_and_finds_its_place(start: Start, model: ScriptedModel) -> None:
    text = 'def log_in():\n    password = "Ew8Rh2qLx0Vn7Zb3"\n    return password\n'
    async with start() as editor:
        uri = editor.open("a.py", text)
        job = await editor.pick("GLM: Suggest refactorings", uri, 0)
        ask = await asyncio.to_thread(model.next_ask)
        assert "Ew8Rh2qLx0Vn7Zb3" not in ask.content.decode()
        (line,) = [line for line in ask.prompt.splitlines() if "password = " in line]
        quote = {**NAME, "quote": line, "instruction": f"Read {line.split()[-1]} from the environment."}
        ask.answer(said(quote))
        view = await editor.ended(job)
        assert view["result"][0]["range"] == span(1, 2)
        assert "Ew8Rh2qLx0Vn7Zb3" not in json.dumps(view)
        (item, *_) = await editor.actions(uri, 1)
        job = (await editor.command("glm.run", *item["command"]["arguments"]))["job"]
        ask = await asyncio.to_thread(model.next_ask)
        assert "Ew8Rh2qLx0Vn7Zb3" not in ask.content.decode()
        ask.answer("CANNOT: no")
        await editor.ended(job)


async def test_a_server_without_functions_is_asked_without_them_once_and_for_all(start: Start) -> None:
    refusal = {"error": {"message": '"auto" tool choice requires --enable-auto-tool-choice', "code": 400}}
    server = FaultServer()
    server.plan += [reply(400, refusal), good(said(NAME)), good(said(FLATTEN))]
    await server.start()
    async with start(environ={"GLM_LSP_BASE_URL": f"http://127.0.0.1:{server.port}/api/ai"}) as editor:
        uri = editor.open("a.py", BEFORE)
        for title in ("Name the results", "Drop the `else` after `return`"):
            job = await editor.pick("GLM: Suggest refactorings", uri, LINE)
            assert [one["title"] for one in (await editor.ended(job))["result"]] == [title]
    await server.stop()
    assert ["tools" in asked for asked in server.asked] == [True, False, False]


@pytest.mark.parametrize("client", ["helix", "vim-ale"])
async def test_editors_that_can_do_less_get_the_items_too(start: Start, model: ScriptedModel, client: str) -> None:
    async with start(client) as editor:
        uri = editor.open("a.py", BEFORE)
        job = (await editor.command("glm.suggest", {"uri": uri, "range": span(LINE)}))["job"]
        (await asyncio.to_thread(model.next_ask)).answer(said(NAME))
        assert (await over(editor, job, progress=client == "helix"))["state"] == "delivered"
        assert titles(await editor.actions(uri, LINE))[0] == "GLM: Name the results"


async def test_the_suggestions_are_asked_again(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = await suggested(editor, model, BEFORE, LINE, FLATTEN)
        with pytest.raises(ErrorAnswer, match="past the end"):
            await editor.command("glm.suggest", {"uri": uri, "range": span(99)})
        job = (await editor.command("glm.retry", {}))["job"]
        ask = await asyncio.to_thread(model.next_ask)
        assert ask.body["temperature"] == 1.0
        ask.answer(said(NAME))
        assert (await editor.ended(job))["state"] == "delivered"
        assert "GLM: Name the results" in titles(await editor.actions(uri, LINE))
        assert editor.texts[uri] == BEFORE
