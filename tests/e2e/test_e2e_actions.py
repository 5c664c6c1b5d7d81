"""The main job, as a user does it: pick an action from the menu, and get the edit, the explanation, or a clear no."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from scripted_editor import CLIENTS, Editor, Start, span
from scripted_model import ScriptedModel
from wire import ErrorAnswer

BEFORE = """\
import os


def pick(a):
    if a:
        return 1
    else:
        return 2


def other():
    pass
"""
AFTER = BEFORE.replace("    else:\n        return 2\n", "    return 2\n")
REPLY = "Flattened.\n\n````python\ndef pick(a):\n    if a:\n        return 1\n    return 2\n````\n"
LINE = 4
NO_PROGRESS = {"window": {"workDoneProgress": False}}
JOBS: dict[str, Any] = {"experimental": {"glm": {"jobs": True}}}
APPLY: dict[str, Any] = {"experimental": {"glm": {"jobs": True, "apply": True}}}


async def test_refactor(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        assert "def other" in ask.prompt
        assert ask.body["model"] == "zai-org-glm-5-1"
        assert ask.body["stream"] is True
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == AFTER
        assert editor.told() == []
        (edit,) = editor.wire.received("workspace/applyEdit")
        assert edit["params"]["label"] == "GLM: Refactor"
        (change,) = edit["params"]["edit"]["documentChanges"]
        assert all(one["range"]["start"]["line"] >= LINE for one in change["edits"]), "unchanged lines are left alone"


@pytest.mark.parametrize("client", CLIENTS)
async def test_every_captured_client_is_served_by_what_it_declares(
    start: Start, model: ScriptedModel, client: str
) -> None:
    """Menu, explanation and edit with each real editor's own capabilities; the conformance check reads all of it."""
    async with start(client) as editor:
        editor.wire.answer("window/showDocument", lambda params: {"success": True})
        editor.wire.answer("workspace/configuration", lambda params: [None])
        uri = editor.open("a.py", BEFORE)
        progress = CLIENTS[client]["capabilities"].get("window", {}).get("workDoneProgress", False)
        explaining = await editor.pick("GLM: Explain", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        ask.answer("It picks a number.")
        await over(editor, explaining, progress=progress)
        refactoring = await editor.pick("GLM: Refactor", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        ask.answer(REPLY)
        view = await over(editor, refactoring, progress=progress)
        if client == "vim-ale":
            # It declares that it takes no edits: the change is kept for the user to apply.
            assert view["state"] == "refused"
            path = Path(view["message"]["next"].split(" ")[-1].rstrip("."))
            assert "-    else:\n" in path.read_text()
            assert editor.texts[uri] == BEFORE
        else:
            if client == "emacs-eglot":
                # It tells of what is typed half a second late, but always before a command.
                assert view["state"] == "offered", view
                assert editor.texts[uri] == BEFORE
                [item] = [one for one in await editor.actions(uri, LINE) if one["title"] == "GLM: Accept all"]
                await editor.command(item["command"]["command"], *item["command"]["arguments"])
                view = await over(editor, refactoring, progress=False)
            assert view["state"] == "delivered", view
            assert editor.texts[uri] == AFTER


async def over(editor: Editor, job: str, *, progress: bool) -> dict[str, Any]:
    """The job once it has ended; a client without progress can only ask."""
    if progress:
        return await editor.ended(job)
    while True:
        (view,) = await editor.command("glm.jobs", {"job": job})
        if view["state"] in ("delivered", "refused", "failed", "cancelled"):
            return dict(view)


async def test_an_instruction_in_a_comment_is_carried_out_and_gone(start: Start, model: ScriptedModel) -> None:
    text = BEFORE.replace("def pick", "# glm: return words instead\ndef pick")
    async with start() as editor:
        uri = editor.open("a.py", text)
        job = await editor.pick("GLM: return words instead", uri, LINE + 1)
        ask = await asyncio.to_thread(model.next_ask)
        assert "glm:" not in ask.prompt
        assert "return words instead" in ask.prompt
        ask.answer('````python\ndef pick(a):\n    return "one" if a else "two"\n````\n')
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == (
            'import os\n\n\ndef pick(a):\n    return "one" if a else "two"\n\n\ndef other():\n    pass\n'
        )


async def test_a_refused_instruction_leaves_its_comment(start: Start, model: ScriptedModel) -> None:
    text = BEFORE.replace("def pick", "# glm: make it faster than light\ndef pick")
    async with start() as editor:
        uri = editor.open("a.py", text)
        job = await editor.pick("GLM: make it faster than light", uri, LINE + 1)
        (await asyncio.to_thread(model.next_ask)).answer("CANNOT: nothing is faster than light\n")
        assert (await editor.ended(job))["state"] == "refused"
        assert editor.texts[uri] == text
        (told,) = editor.told()
        assert "nothing is faster than light" in told


async def test_an_instruction_given_with_the_command(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("edit", uri, LINE, instruction="flatten it")
        ask = await asyncio.to_thread(model.next_ask)
        assert "flatten it" in ask.prompt
        ask.answer(REPLY)
        assert (await editor.ended(job))["title"] == "GLM: flatten it"
        assert editor.texts[uri] == AFTER


async def test_a_selection_is_widened_to_whole_lines_and_nothing_else_changes(
    start: Start, model: ScriptedModel
) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        argument = {"action": "edit", "uri": uri, "instruction": "say three", "range": span(7, 8)}
        job = (await editor.command("glm.run", argument))["job"]
        (await asyncio.to_thread(model.next_ask)).answer("````\n        return 3\n````")
        await editor.ended(job)
        assert editor.texts[uri] == BEFORE.replace("return 2", "return 3")


async def test_crlf_emoji_and_form_feed_survive(start: Start, model: ScriptedModel) -> None:
    """The user's file, unsaved, with an emoji in line 3 and CRLF."""
    text = "x = 1\r\n\f\r\ns = '👩‍👩‍👧 𝒳'\r\n" + BEFORE.replace("\n", "\r\n")
    after = "x = 1\r\n\f\r\ns = '👩‍👩‍👧 𝒳'\r\n" + AFTER.replace("\n", "\r\n")
    async with start() as editor:
        uri = editor.open("a.py", text)
        job = await editor.pick("GLM: Refactor", uri, LINE + 3)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == after


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param("I am sorry, but this looks fine to me.", id="prose"),
        pytest.param("````python\ndef pick(a):\n    # ... rest unchanged ...\n````", id="elision"),
        pytest.param("````python\ndef pick(a:\n    return\n````", id="broken syntax"),
    ],
)
async def test_a_reply_that_is_not_certainly_an_edit_is_asked_for_once_more_and_then_refused(
    start: Start, model: ScriptedModel, reply: str
) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(reply)
        again = await asyncio.to_thread(model.next_ask)
        assert [message["role"] for message in again.body["messages"]] == ["system", "user", "assistant", "user"]
        again.answer(reply)
        view = await editor.ended(job)
        assert view["state"] == "refused"
        assert editor.texts[uri] == BEFORE
        (told,) = editor.told()
        kept = Path(told.split("The reply is kept in ")[1].rstrip("."))
        assert kept.read_text() == reply
        assert kept.is_relative_to(editor.state)


async def test_a_repaired_reply_is_applied(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer("Certainly! I would flatten it.")
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == AFTER


async def test_a_reply_cut_by_its_length_is_never_an_edit(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        ask.say(REPLY)
        ask.finish("length")
        assert (await editor.ended(job))["state"] == "refused"
        assert editor.texts[uri] == BEFORE
        assert "cut off" in editor.told()[0]


async def test_an_explanation_cut_by_its_length_is_shown_and_marked(start: Start, model: ScriptedModel) -> None:
    async with start("nvim") as editor:
        editor.wire.answer("window/showDocument", lambda params: {"success": True})
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Explain", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        ask.say("It picks")
        ask.finish("length")
        assert (await editor.ended(job))["state"] == "delivered"
        (shown,) = editor.wire.received("window/showDocument")
        text = Path(unquote(urlsplit(shown["params"]["uri"]).path)).read_text()
        assert text.startswith("# Explain\n\nIt picks\n\n*The reply was longer than allowed")


async def test_the_same_text_again_changes_nothing_and_says_so(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        same = BEFORE.split("\n\n\n")[1]
        (await asyncio.to_thread(model.next_ask)).answer(f"````python\n{same}\n````")
        view = await editor.ended(job)
        assert (view["state"], view["message"]["text"]) == ("delivered", "Nothing to change.")
        assert not editor.wire.received("workspace/applyEdit")


async def test_undo_takes_the_edit_back(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        await editor.ended(job)
        editor.texts.change(uri, "# mine\n" + editor.texts[uri])
        undo = (await editor.command("glm.undo", {}))["job"]
        assert (await editor.ended(undo))["state"] == "delivered"
        assert editor.texts[uri] == "# mine\n" + BEFORE
        with pytest.raises(ErrorAnswer, match="no GLM edit to undo"):
            await editor.command("glm.undo", {})


async def test_undo_of_text_changed_since_is_refused(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        await editor.ended(job)
        changed = editor.texts[uri].replace("    return 2", "    return 22")
        editor.texts.change(uri, changed)
        undo = (await editor.command("glm.undo", {"job": job}))["job"]
        assert (await editor.ended(undo))["state"] == "refused"
        assert editor.texts[uri] == changed


async def test_explain_in_a_virtual_document_that_grows(start: Start, model: ScriptedModel) -> None:
    async with start("vscode") as editor:
        editor.wire.answer("window/showDocument", lambda params: {"success": True})
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Explain", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        shown = await editor.wire.expect("window/showDocument")
        assert shown["takeFocus"] is False
        ask.say("It picks ")
        await editor.wire.expect("workspace/textDocumentContent/refresh", after=1)
        content = await editor.wire.request("workspace/textDocumentContent", {"uri": shown["uri"]})
        assert content["text"] == "# Explain\n\nIt picks "
        ask.answer("a number.")
        assert (await editor.ended(job))["state"] == "delivered"
        content = await editor.wire.request("workspace/textDocumentContent", {"uri": shown["uri"]})
        assert content["text"] == "# Explain\n\nIt picks a number.\n"
        assert editor.texts[uri] == BEFORE


async def test_explain_in_a_file_where_there_are_no_virtual_documents(start: Start, model: ScriptedModel) -> None:
    async with start("nvim") as editor:
        editor.wire.answer("window/showDocument", lambda params: {"success": True})
        uri = editor.open("a.py", BEFORE, version=0)
        job = await editor.pick("GLM: Explain", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer("It picks a number.")
        await editor.ended(job)
        (shown,) = editor.wire.received("window/showDocument")
        path = Path(unquote(urlsplit(shown["params"]["uri"]).path))
        assert path.read_text() == "# Explain\n\nIt picks a number.\n"
        assert path.stat().st_mode & 0o777 == 0o600


async def test_explain_without_any_way_to_show_it_tells_the_path(start: Start, model: ScriptedModel) -> None:
    async with start("vim-ale") as editor:
        uri = editor.open("a.py", BEFORE)
        await editor.pick("GLM: Explain", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer("It picks a number.")
        told = await editor.wire.expect("window/showMessage", lambda params: "explanation is in" in params["message"])
        assert "It picks" in Path(told["message"].split(" in ")[1]).read_text()


async def test_explain_as_a_comment(start: Start, model: ScriptedModel) -> None:
    async with start(options={"explain": {"delivery": "comment"}}) as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Explain", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer("It picks a number.")
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == BEFORE.replace("def pick", "# It picks a number.\ndef pick")


async def test_the_last_explanation_is_hovered_while_its_text_is_unchanged(start: Start, model: ScriptedModel) -> None:
    async with start("nvim") as editor:
        uri = editor.open("a.py", BEFORE, version=0)
        job = await editor.pick("GLM: Explain", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer("\n".join(f"Line {number}." for number in range(40)))
        await editor.ended(job)

        async def hover(line: int) -> Any:
            position = {"line": line, "character": 0}
            return await editor.wire.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": position})

        assert await hover(LINE) is None
        found = (await hover(3))["contents"]["value"]
        assert found.startswith("Line 0.")
        assert found.count("\n") + 1 <= 12
        editor.texts.change(uri, "# above\n" + BEFORE)
        assert (await hover(4))["contents"]["value"] == found
        editor.wire.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        assert editor.open("a.py", "# two\n# lines\n" + BEFORE, version=0) == uri
        assert (await hover(5))["contents"]["value"] == found
        editor.texts.change(uri, BEFORE + BEFORE)
        assert await hover(3) is None, "it stands twice now, and which was meant is not known"
        editor.texts.change(uri, BEFORE.replace("return 2", "return 3"))
        assert await hover(3) is None


async def test_a_newer_edit_of_the_same_place_supersedes_the_older(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        first = await editor.pick("GLM: Refactor", uri, LINE)
        old = await asyncio.to_thread(model.next_ask)
        second = await editor.run("edit", uri, LINE, instruction="flatten")
        assert (await editor.ended(first))["state"] == "cancelled"
        assert await asyncio.to_thread(old.abandoned.wait, 20)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        assert (await editor.ended(second))["state"] == "delivered"
        assert editor.told() == []


@pytest.mark.parametrize("way", ["progress", "command", "all", "close", "shutdown"])
async def test_cancel_cancels(start: Start, model: ScriptedModel, way: str) -> None:
    """However the user stops it, the request to the model ends, nothing is applied, and nothing is said."""
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        ask.say("````python\ndef pick(a):\n")
        match way:
            case "progress":
                await editor.wire.expect("$/progress")
                editor.wire.notify("window/workDoneProgress/cancel", {"token": f"glm-job-{job}"})
            case "command":
                await editor.command("glm.cancel", {"job": job})
            case "all":
                await editor.command("glm.cancel", {})
            case "close":
                editor.texts.close(uri)
            case _:
                await editor.wire.leave()
        assert await asyncio.to_thread(ask.abandoned.wait, 20)
        if way != "shutdown":
            assert (await editor.ended(job))["state"] == "cancelled"
        assert not editor.wire.received("workspace/applyEdit")
        assert editor.told() == []


async def test_closing_and_reopening_a_document_does_not_cancel(start: Start, model: ScriptedModel) -> None:
    """Editors do so when they reload a file from disk."""
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        editor.texts.close(uri)
        editor.texts.open(uri, BEFORE, version=7)
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == AFTER


async def test_our_own_clients_get_every_state_once_and_the_text_as_it_streams(
    start: Start, model: ScriptedModel
) -> None:
    async with start("vscode", JOBS) as editor:
        uri = editor.open("a.py", BEFORE)
        await editor.pick("GLM: Refactor", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        ask.answer(REPLY)
        last = await editor.wire.expect("glm/job", lambda params: params["state"] == "delivered")
        views = [message["params"] for message in editor.wire.received("glm/job")]
        states = list(dict.fromkeys(view["state"] for view in views))
        assert states == ["queued", "gathering", "waiting", "streaming", "checking", "delivering", "delivered"]
        assert [view["seq"] for view in views] == list(range(1, len(views) + 1))
        streamed = "".join(view.get("text", {}).get("append", "") for view in views)
        assert streamed == "def pick(a):\n    if a:\n        return 1\n    return 2\n"
        assert last["tokens"] > 0
        assert not editor.wire.received("$/progress")


async def test_our_own_clients_apply_by_themselves(start: Start, model: ScriptedModel) -> None:
    async with start("nvim", APPLY) as editor:
        uri = editor.open("a.py", BEFORE.replace("\n", "\r\n"), version=0)
        asked: list[Any] = []

        def apply(params: Any) -> dict[str, Any]:
            asked.append(params)
            editor.texts.change(uri, AFTER.replace("\n", "\r\n"))
            return {"applied": True}

        editor.wire.answer("glm/apply", apply)
        await editor.pick("GLM: Refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        await editor.wire.expect("glm/job", lambda params: params["state"] == "delivered")
        ((file,),) = ([asked[0]["files"]],)
        assert file[0]["version"] == 0
        assert "\r" not in "".join(edit["oldText"] + edit["newText"] for edit in file[0]["edits"])


@pytest.mark.parametrize(
    ("choices", "state"), [(["Apply"], "delivered"), (["Discard"], "cancelled"), ([None], "cancelled")]
)
async def test_confirm_asks_and_silence_is_a_no(
    start: Start, model: ScriptedModel, choices: list[str | None], state: str
) -> None:
    async with start(options={"edit": {"delivery": "confirm"}}) as editor:
        answers = iter(choices)

        def choose(params: Any) -> dict[str, str] | None:
            choice = next(answers)
            return {"title": choice} if choice else None

        editor.wire.answer("window/showMessageRequest", choose)
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        assert (await editor.ended(job))["state"] == state
        assert editor.texts[uri] == (AFTER if state == "delivered" else BEFORE)


async def test_confirm_can_show_the_diff_first(start: Start, model: ScriptedModel) -> None:
    async with start(options={"edit": {"delivery": "confirm"}}) as editor:
        answers = iter(["Show diff", "Apply"])
        editor.wire.answer("window/showMessageRequest", lambda params: {"title": next(answers)})
        editor.wire.answer("window/showDocument", lambda params: {"success": True})
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        questions = [asked["params"]["message"] for asked in editor.wire.received("window/showMessageRequest")]
        assert questions == ["GLM: Refactor: change a.py?"] * 2
        (shown,) = editor.wire.received("window/showDocument")
        diff = Path(unquote(urlsplit(shown["params"]["uri"]).path)).read_text()
        assert "--- a/a.py\n+++ b/a.py\n" in diff


async def test_a_project_cannot_redirect_the_key(start: Start, model: ScriptedModel) -> None:
    """What comes over LSP may come from a hostile repository: it is ignored, with one message that says so."""
    hostile = {"endpoint": {"baseUrl": "http://127.0.0.1:1/", "apiKeyEnv": "HOME"}, "privacy": {"redact": False}}
    async with start(options=hostile) as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        (told,) = editor.told()
        for key in ("endpoint.base_url", "endpoint.api_key_env", "privacy.redact"):
            assert key in told


async def test_without_progress_one_message_after_a_while(start: Start, model: ScriptedModel) -> None:
    async with start("vscode", NO_PROGRESS) as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.pick("GLM: Refactor", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        told = await editor.wire.expect("window/showMessage")
        assert told["message"] == "GLM: Refactor is at work. The command glm.cancel stops it."
        ask.answer(REPLY)
        assert (await over(editor, job, progress=False))["state"] == "delivered"
        assert len(editor.told()) == 1
        assert not editor.wire.received("window/workDoneProgress/create")
