"""Editors that lie, refuse, or are slow; users who type meanwhile: nothing is lost, and what is reported is true."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from scripted_editor import Editor, Start
from scripted_model import Ask, ScriptedModel
from test_e2e_actions import AFTER, BEFORE, LINE, REPLY
from wire import ErrorAnswer


async def asked(editor: Editor, model: ScriptedModel) -> tuple[str, str, Ask]:
    """A refactoring whose reply the test holds back: URI, job, ask."""
    uri = editor.open("a.py", BEFORE)
    job = await editor.pick("GLM: Refactor", uri, LINE)
    return uri, job, await asyncio.to_thread(model.next_ask)


async def test_what_the_user_types_elsewhere_meanwhile_is_kept(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri, job, ask = await asked(editor, model)
        editor.texts.change(uri, "# mine 𝒳\n" + BEFORE + "# and mine\n")
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == "# mine 𝒳\n" + AFTER + "# and mine\n"


async def test_what_the_user_types_in_the_region_wins(start: Start, model: ScriptedModel) -> None:
    typed = BEFORE.replace("    else:\n", "    else:  # mine\n")
    async with start() as editor:
        uri, job, ask = await asked(editor, model)
        editor.texts.change(uri, typed)
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "refused"
        assert editor.texts[uri] == typed
        (told,) = editor.told()
        assert "changed meanwhile" in told


async def test_the_same_change_by_the_user_is_no_conflict(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri, job, ask = await asked(editor, model)
        editor.texts.change(uri, AFTER)
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == AFTER
        assert not editor.wire.received("workspace/applyEdit")


async def test_typing_between_the_edit_and_its_application_is_waited_for(start: Start, model: ScriptedModel) -> None:
    """The user types a line above while the edit is on its way: the editor refuses it, and it comes again, moved."""
    async with start() as editor:
        uri, job, ask = await asked(editor, model)
        times = 0

        def apply(params: Any) -> dict[str, Any]:
            nonlocal times
            times += 1
            if times == 1:
                editor.texts.change(uri, "# typed\n" + BEFORE)
            return editor.texts.apply(params)

        editor.wire.answer("workspace/applyEdit", apply)
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == "# typed\n" + AFTER
        assert times == 2
        assert editor.told() == []


async def test_a_false_yes_while_the_user_types_is_seen_through(start: Start, model: ScriptedModel) -> None:
    """Neovim refuses a stale edit and answers `applied: true`."""
    async with start() as editor:
        uri, job, ask = await asked(editor, model)
        times = 0

        def apply(params: Any) -> dict[str, Any]:
            nonlocal times
            times += 1
            if times == 1:
                asyncio.get_running_loop().call_soon(editor.texts.change, uri, "# typed\n" + BEFORE)
                return {"applied": True}
            return editor.texts.apply(params)

        editor.wire.answer("workspace/applyEdit", apply)
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == "# typed\n" + AFTER


async def test_a_false_yes_is_reported_as_not_applied(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri, job, ask = await asked(editor, model)
        editor.wire.answer("workspace/applyEdit", lambda params: {"applied": True})
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "refused"
        assert editor.told() == [
            "GLM: The editor said it applied the edit, but a.py did not change. Run the action again."
        ]
        assert editor.texts[uri] == BEFORE


async def test_a_no_is_reported_with_its_reason(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        _, job, ask = await asked(editor, model)
        answer = {"applied": False, "failureReason": "the buffer is read-only"}
        editor.wire.answer("workspace/applyEdit", lambda params: answer)
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "refused"
        (told,) = editor.told()
        assert told == "GLM: The editor did not apply the edit to a.py: the buffer is read-only. Run the action again."


async def test_an_editor_that_applies_and_never_answers_is_believed_by_its_text(
    start: Start, model: ScriptedModel
) -> None:
    async with start() as editor:
        uri, job, ask = await asked(editor, model)

        async def apply(params: Any) -> None:
            editor.texts.apply(params)
            await asyncio.Event().wait()

        editor.wire.answer("workspace/applyEdit", apply)
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == AFTER


async def test_typing_into_the_new_text_at_once_does_not_make_the_report_wrong(
    start: Start, model: ScriptedModel
) -> None:
    """The editor tells of the edit and of the key typed right after it in one change."""
    async with start() as editor:
        uri, job, ask = await asked(editor, model)

        editor.apply_then_type(uri, lambda text: text.replace("    return 2", "    return 2x"))
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == AFTER.replace("return 2", "return 2x")
        assert editor.told() == []


async def test_a_cancel_while_the_edit_is_on_its_way_is_reported_truthfully(start: Start, model: ScriptedModel) -> None:
    """What the editor has can not be called back: the job goes on to find out what became of it."""
    async with start() as editor:
        uri, job, ask = await asked(editor, model)

        async def apply(params: Any) -> dict[str, Any]:
            await editor.command("glm.cancel", {"job": job})
            return editor.texts.apply(params)

        editor.wire.answer("workspace/applyEdit", apply)
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == AFTER


async def test_a_cancel_before_the_editor_takes_the_edit_stops_the_next_try(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri, job, ask = await asked(editor, model)

        async def apply(params: Any) -> dict[str, Any]:
            await editor.command("glm.cancel", {"job": job})
            editor.texts.change(uri, "# typed\n" + BEFORE)
            return {"applied": False}

        editor.wire.answer("workspace/applyEdit", apply)
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "cancelled"
        assert editor.texts[uri] == "# typed\n" + BEFORE


@pytest.mark.parametrize("edits", ["before", "in", "after"])
async def test_a_menu_opened_before_a_change_is_carried_or_refused(
    start: Start, model: ScriptedModel, edits: str
) -> None:
    """The user opens the menu, another plugin changes the text, the user picks."""
    texts = {"before": "# new\n" + BEFORE, "in": BEFORE.replace("if a", "if b"), "after": BEFORE + "# new\n"}
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        (item, *_) = await editor.actions(uri, LINE)
        change_incrementally(editor, uri, texts[edits], edits)
        if edits == "in":
            with pytest.raises(ErrorAnswer, match="The text changed since the menu opened"):
                await editor.command(item["command"]["command"], *item["command"]["arguments"])
            return
        job = (await editor.command(item["command"]["command"], *item["command"]["arguments"]))["job"]
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == texts[edits].replace(BEFORE, AFTER)


def change_incrementally(editor: Editor, uri: str, text: str, where: str) -> None:
    """Tells the change as editors do, by its place; a whole new text would touch everything."""
    line = {"before": 0, "in": LINE, "after": BEFORE.count("\n")}[where]
    start = {"line": line, "character": 7 if where == "in" else 0}
    end = {"line": line, "character": 8 if where == "in" else 0}
    new = {"before": "# new\n", "in": "b", "after": "# new\n"}[where]
    version = editor.texts.version(uri) + 1
    editor.texts._open[uri] = version, text
    editor.wire.notify(
        "textDocument/didChange",
        {
            "textDocument": {"uri": uri, "version": version},
            "contentChanges": [{"range": {"start": start, "end": end}, "text": new}],
        },
    )
