"""Going on from an answer, and asking again: in the same conversation, on the text there is now, and never on top of
what the user has typed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from scripted_editor import Editor, Start, span
from scripted_model import Ask, ScriptedModel
from test_e2e_actions import AFTER, BEFORE, JOBS, LINE, REPLY
from wire import ErrorAnswer

NAMED = "````python\ndef pick(a):\n    if a:\n        return ONE\n    return 2\n````"
REFINED = AFTER.replace("return 1", "return ONE")


async def refactored(editor: Editor, model: ScriptedModel, text: str = BEFORE, line: int = LINE) -> tuple[str, str]:
    """A delivered refactoring: URI, job."""
    uri = editor.open("a.py", text)
    job = await editor.pick("GLM: Refactor", uri, line)
    (await asyncio.to_thread(model.next_ask)).answer(REPLY)
    assert (await editor.ended(job))["state"] == "delivered"
    return uri, job


async def refining(editor: Editor, model: ScriptedModel, words: str = "name the one", **argument: Any) -> Any:
    """A refinement whose answer the test holds back: job, ask."""
    job = (await editor.command("glm.refine", {"instruction": words, **argument}))["job"]
    return job, await asyncio.to_thread(model.next_ask)


def last(ask: Ask) -> str:
    """What the user says last."""
    return str(ask.body["messages"][-1]["content"])


def roles(ask: Ask) -> list[str]:
    return [message["role"] for message in ask.body["messages"]]


async def test_an_edit_is_refined_in_the_same_conversation_on_the_text_it_became(
    start: Start, model: ScriptedModel
) -> None:
    async with start() as editor:
        uri, job = await refactored(editor, model)
        job, ask = await refining(editor, model, job=job)
        messages = ask.body["messages"]
        assert roles(ask) == ["system", "user", "assistant", "user"]
        assert "    else:" in messages[1]["content"], "what was asked first is still there"
        assert messages[2]["content"] == REPLY
        assert "    else:" not in last(ask)
        assert "<<<GLM_REGION_START" in last(ask)
        assert "def pick" in last(ask)
        assert "def other" not in last(ask)
        assert "name the one" in last(ask)
        ask.answer(NAMED)
        view = await editor.ended(job)
        assert (view["state"], view["title"], view["action"]) == ("delivered", "GLM: name the one", "refactor")
        assert editor.texts[uri] == REFINED

        job, ask = await refining(editor, model, "and the two", job=job)
        assert roles(ask) == ["system", "user", "assistant", "user", "assistant", "user"]
        assert "return ONE" in last(ask)
        ask.answer(NAMED.replace("2", "TWO"))
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == REFINED.replace("return 2", "return TWO")


@pytest.mark.parametrize("telling", ["place", "whole text"])
async def test_what_the_user_typed_since_is_what_is_refined(start: Start, model: ScriptedModel, telling: str) -> None:
    """Above the region, inside it and below it; with astral characters and CRLF; told in either way editors have."""
    text = "s = '👩‍👩‍👧 𝒳'\r\n" + BEFORE.replace("\n", "\r\n")
    async with start() as editor:
        uri, _ = await refactored(editor, model, text, LINE + 1)
        if telling == "place":
            editor.type(uri, span(0), "# 𝒳 mine\r\n")
            editor.type(
                uri, {"start": {"line": 6, "character": 10}, "end": {"line": 6, "character": 10}}, "  # 𝒳 typed"
            )
            editor.type(uri, span(10), "# below\r\n")
        else:
            now = "# 𝒳 mine\r\n" + editor.texts[uri] + "# below\r\n"
            editor.texts.change(uri, now)
        before = editor.texts[uri]
        job, ask = await refining(editor, model)
        assert ("# 𝒳 typed" in last(ask)) is (telling == "place")
        assert "mine" not in last(ask)
        assert "below" not in last(ask)
        head, _, region = before.partition("def pick")
        region, _, tail = region.partition("\r\n\r\n")
        ask.answer(f"````python\ndef pick{region.replace('return 1', 'return ONE')}\n````")
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == f"{head}def pick{region.replace('return 1', 'return ONE')}\r\n\r\n{tail}"


async def test_what_is_typed_while_a_refinement_is_asked_wins(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri, _ = await refactored(editor, model)
        job, ask = await refining(editor, model)
        editor.type(uri, {"start": {"line": 5, "character": 15}, "end": {"line": 5, "character": 16}}, "mine")
        typed = editor.texts[uri]
        ask.answer(NAMED)
        view = await editor.ended(job)
        assert (view["state"], view["message"]["reason"]) == ("refused", "text-changed")
        assert editor.texts[uri] == typed


async def test_a_text_that_is_gone_is_not_guessed_at(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri, job = await refactored(editor, model)
        editor.texts.change(uri, "something = else_entirely\n")
        for command in ("glm.refine", "glm.retry"):
            if command == "glm.refine":
                with pytest.raises(ErrorAnswer, match="gone, or can no longer be told"):
                    await editor.command(command, {"job": job, "instruction": "go on"})
            else:
                again = (await editor.command(command, {"job": job}))["job"]
                assert (await editor.ended(again))["state"] == "refused"
        assert not model.was_asked()
        assert editor.texts[uri] == "something = else_entirely\n"


async def test_an_offered_edit_is_withdrawn_and_refined(start: Start, model: ScriptedModel) -> None:
    async with start("nvim", JOBS, options={"edit": {"delivery": "preview"}}) as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        await editor.wire.expect("glm/job", lambda one: one["job"] == job and one["state"] == "offered")
        again, ask = await refining(editor, model, job=job)
        await editor.wire.expect("glm/job", lambda one: one["job"] == job and one["state"] == "cancelled")
        assert "    else:" in last(ask), "nothing was written"
        ask.answer(NAMED)
        view = await editor.wire.expect("glm/job", lambda one: one["job"] == again and one["state"] == "offered")
        assert "return ONE" in "".join(hunk["newText"] for hunk in view["hunks"])
        assert editor.texts[uri] == BEFORE


async def test_an_explanation_and_a_no_can_be_gone_on_from(start: Start, model: ScriptedModel) -> None:
    async with start("nvim", JOBS) as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("explain", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer("It picks a number.")
        await over(editor, job)
        job, ask = await refining(editor, model, "why two?")
        assert roles(ask) == ["system", "user", "assistant", "user"]
        assert ask.body["messages"][2]["content"] == "It picks a number."
        ask.answer("Because.")
        view = await over(editor, job)
        assert (view["state"], view["mode"]) == ("delivered", "explain")

        job = await editor.run("refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer("CANNOT: it is already clear\n")
        view = await over(editor, job)
        assert (view["state"], view["message"]["reason"]) == ("refused", "cannot")
        job, ask = await refining(editor, model, "flatten it all the same")
        assert "CANNOT: it is already clear" in ask.body["messages"][2]["content"]
        ask.answer(REPLY)
        assert (await over(editor, job))["state"] == "delivered"
        assert editor.texts[uri] == AFTER


async def over(editor: Editor, job: str) -> dict[str, Any]:
    ends = ("delivered", "refused", "failed", "cancelled")
    return dict(await editor.wire.expect("glm/job", lambda one: one["job"] == job and one["state"] in ends))


async def test_an_edit_in_blocks_is_refined_in_blocks(start: Start, model: ScriptedModel) -> None:
    """The model sees the whole file as it reads now, since its blocks are found in that."""

    def blocks(old: str, new: str) -> str:
        return f"a.py\n````python\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n````\n"

    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        found = [{"range": span(0, 1), "message": "`os` is never used"}]
        job = await editor.run("fix-file", uri, LINE, diagnostics=found)
        (await asyncio.to_thread(model.next_ask)).answer(blocks("import os", "import sys"))
        assert (await editor.ended(job))["state"] == "delivered"
        job, ask = await refining(editor, model, "without any import")
        assert "import sys" in last(ask)
        assert "def other" in last(ask)
        assert "blocks" in last(ask)
        ask.answer(blocks("import sys\n\n\ndef pick(a):", "def pick(a):"))
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == BEFORE.removeprefix("import os\n\n\n")


async def test_secrets_stay_tokens_through_all_turns(start: Start, model: ScriptedModel) -> None:
    """In the first question, in the model's reply, in the text as it reads now, and in the user's own words."""
    secret = "Ew8Rh2qLx0Vn7Zb3"
    text = f'def log_in():\n    password = "{secret}"\n    return password\n'
    async with start() as editor:
        uri = editor.open("a.py", text)
        job = await editor.run("refactor", uri, 0)
        ask = await asyncio.to_thread(model.next_ask)
        (token,) = {word.strip('"') for word in ask.prompt.split() if word.startswith('"GLM_SECRET')}
        ask.answer(f'````python\ndef log_in():\n    return "{token}"\n````')
        await editor.ended(job)
        assert secret in editor.texts[uri]
        job, ask = await refining(editor, model, f"call it key, not {secret}")
        assert secret not in ask.content.decode()
        assert last(ask).count(token) == 2
        ask.answer(f'````python\ndef log_in():\n    key = "{token}"\n    return key\n````')
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == f'def log_in():\n    key = "{secret}"\n    return key\n'


async def test_the_oldest_turns_go_when_the_window_is_full_and_it_is_said(start: Start, model: ScriptedModel) -> None:
    async with start(options={"context": {"windowTokens": 14_000}}) as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("explain", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(" ".join(f"Case {n} is {n * n}." for n in range(1_500)))
        await editor.ended(job)
        job, ask = await refining(editor, model, "shorter, please", job=job)
        assert roles(ask) == ["system", "user"]
        assert "def pick" in last(ask)
        assert editor.told()[-1] == (
            "GLM: The conversation no longer fits the model's window: its beginning was left out."
        )
        ask.answer("It picks a number.")
        assert (await editor.ended(job))["state"] == "delivered"


async def test_retry_takes_its_edit_back_and_asks_the_same_again_a_step_warmer(
    start: Start, model: ScriptedModel
) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("refactor", uri, LINE)
        first = await asyncio.to_thread(model.next_ask)
        first.answer(REPLY)
        await editor.ended(job)
        editor.type(uri, span(0), "# mine 𝒳\n")
        job = (await editor.command("glm.retry", {"job": job}))["job"]
        ask = await asyncio.to_thread(model.next_ask)
        assert editor.texts[uri] == "# mine 𝒳\n" + BEFORE, "taken back before it is asked"
        assert (first.body["temperature"], ask.body["temperature"]) == (0.2, 0.5)
        assert ask.body["messages"][1]["content"] == first.body["messages"][1]["content"].replace(
            "import os", "# mine 𝒳\nimport os"
        )
        ask.answer(NAMED)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == "# mine 𝒳\n" + REFINED


async def test_retry_asks_nothing_when_its_edit_was_typed_into(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri, job = await refactored(editor, model)
        editor.type(uri, {"start": {"line": 6, "character": 11}, "end": {"line": 6, "character": 12}}, "3")
        typed = editor.texts[uri]
        again = (await editor.command("glm.retry", {"job": job}))["job"]
        view = await editor.ended(again)
        assert (view["state"], view["message"]["reason"]) == ("refused", "text-changed")
        assert editor.texts[uri] == typed
        assert not model.was_asked()
        undone = (await editor.command("glm.undo", {"job": job}))["job"]
        assert (await editor.ended(undone))["state"] == "refused", "it can still be tried to be undone"


async def test_what_failed_is_asked_again_where_it_is_now(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("refactor", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        ask.say(REPLY)
        ask.finish("length")
        assert (await editor.ended(job))["message"]["reason"] == "cut-reply"
        editor.type(uri, span(0), "# mine\n")
        job = (await editor.command("glm.retry", {}))["job"]
        ask = await asyncio.to_thread(model.next_ask)
        region = last(ask).partition("<<<GLM_REGION_START")[2].partition("<<<GLM_REGION_END")[0]
        assert "def pick" in region
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == "# mine\n" + AFTER


async def test_what_cannot_be_gone_on_from_is_said(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        assert {"refactor", "explain", "suggest", "edit"} <= set((await editor.command("glm.status", {}))["actions"])
        with pytest.raises(ErrorAnswer, match="Run an action first"):
            await editor.command("glm.retry", {})
        uri, job = await refactored(editor, model)
        with pytest.raises(ErrorAnswer, match="needs an instruction"):
            await editor.command("glm.refine", {"job": job, "instruction": " "})
        undone = (await editor.command("glm.undo", {"job": job}))["job"]
        await editor.ended(undone)
        for command in ("glm.refine", "glm.retry"):
            with pytest.raises(ErrorAnswer, match="asked nothing"):
                await editor.command(command, {"job": undone, "instruction": "x"})
        running = await editor.run("refactor", uri, LINE)
        await asyncio.to_thread(model.next_ask)
        for command in ("glm.refine", "glm.retry"):
            with pytest.raises(ErrorAnswer, match="still at work"):
                await editor.command(command, {"job": running, "instruction": "x"})
        await editor.command("glm.cancel", {})
        await editor.ended(running)
        with pytest.raises(ErrorAnswer, match="no answer"):
            await editor.command("glm.refine", {"job": running, "instruction": "x"})


async def test_the_conversation_of_an_undone_edit_goes_on(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri, job = await refactored(editor, model)
        undone = (await editor.command("glm.undo", {"job": job}))["job"]
        await editor.ended(undone)
        job, ask = await refining(editor, model)
        assert "    else:" in last(ask)
        ask.answer(NAMED)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == REFINED


async def test_a_cancelled_answer_is_in_the_usage_log(start: Start, model: ScriptedModel) -> None:
    """The provider charges for what it has said."""
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("explain", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        ask.say("It picks a number, and then it goes on to say more.")
        while not (await editor.command("glm.jobs", {"job": job}))[0]["tokens"]:
            pass
        await editor.command("glm.cancel", {"job": job})
        assert (await editor.ended(job))["state"] == "cancelled"
        assert await asyncio.to_thread(ask.abandoned.wait, 5)
        (total,) = await editor.command("glm.usage", {})
        assert total["failed"] == 1
        assert total["prompt"] > 100
        assert total["completion"] > 5


async def test_a_question_that_is_open_when_its_job_is_cancelled_is_withdrawn(
    start: Start, model: ScriptedModel
) -> None:
    async with start(options={"edit": {"delivery": "confirm"}}) as editor:
        asked = asyncio.Event()

        async def think(params: Any) -> None:
            asked.set()
            await asyncio.Event().wait()

        editor.wire.answer("window/showMessageRequest", think)
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        await asked.wait()
        await editor.command("glm.cancel", {"job": job})
        assert (await editor.ended(job))["state"] == "cancelled"
        (question,) = editor.wire.received("window/showMessageRequest")
        await editor.wire.expect("$/cancelRequest", lambda params: params["id"] == question["id"])
        assert editor.texts[uri] == BEFORE
