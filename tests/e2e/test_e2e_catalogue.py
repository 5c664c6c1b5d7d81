"""Every action of the catalogue, as an editor runs it: its prompt to the letter, and what comes of a reply and of a no.

One server works through all of them, as in a day's work; the cases are in `tests/data/actions` (`action_cases`).
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from action_cases import CASES, Case, shown
from scripted_editor import Editor, Start, span
from scripted_model import ScriptedModel
from test_e2e_files import Disk, path_of
from wire import ErrorAnswer

from glm_lsp.actions.catalogue import built_in

NO_PAGES: dict[str, Any] = {"workspace": {"textDocumentContent": None}}
REASON = "the code cannot be had without its database"


def opened(editor: Editor, case: Case) -> str:
    path = editor.folder / case.file
    path.write_text(case.before)
    editor.texts.open(path.as_uri(), case.before, case.language)
    return path.as_uri()


async def begun(editor: Editor, case: Case, uri: str) -> str:
    """Runs the action; the job's id."""
    argument: dict[str, Any] = {"action": case.id, "uri": uri, "range": case.range, "version": 1}
    if case.diagnostics:
        argument["diagnostics"] = case.diagnostics
    if words := case.ask.get("instruction"):
        argument["instruction"] = words
    return str((await editor.command("glm.run", argument))["job"])


async def answered(case: Case, editor: Editor, model: ScriptedModel) -> None:
    uri = opened(editor, case)
    job = await begun(editor, case, uri)
    ask = await asyncio.to_thread(model.next_ask)
    if case.id != "tests":  # whose question says more: where the project's tests stand
        case.check_prompt(shown(ask.body["messages"], ask.body))
    ask.answer(case.reply)
    view = await editor.ended(job)
    assert (view["state"], view.get("message")) == ("delivered", None), case.name
    if case.after is None:
        page = editor.wire.received("window/showDocument")[-1]["params"]["uri"]
        assert Path(unquote(urlsplit(page).path)).read_text().endswith(case.reply), case.name
    assert editor.texts[uri] == (case.before if case.after is None else case.after), case.name
    if case.new is not None:
        made = editor.folder / case.ask["path"]
        assert made.read_text() == case.new, case.name
        made.unlink()
    editor.texts.close(uri)
    path_of(uri).unlink()


async def declined(case: Case, editor: Editor, model: ScriptedModel) -> None:
    told = len(editor.told())
    uri = opened(editor, case)
    job = await begun(editor, case, uri)
    (await asyncio.to_thread(model.next_ask)).answer(f"CANNOT: {REASON}")
    view = await editor.ended(job)
    assert view["state"] == "refused", case.name
    assert not model.was_asked(), "a no is not asked about again"
    (message,) = editor.told()[told:]
    assert REASON in message
    assert editor.texts[uri] == case.before, case.name
    editor.texts.close(uri)


async def test_every_action_does_what_it_is_for(start: Start, model: ScriptedModel) -> None:
    async with start(capabilities=NO_PAGES) as editor:
        editor.texts = Disk(editor.wire)
        editor.wire.answer("window/showDocument", lambda params: {"success": True})
        editor.wire.answer("window/showMessageRequest", lambda params: {"title": "Apply"})
        for case in CASES:
            await answered(case, editor, model)


async def test_every_edit_can_be_declined_by_the_model(start: Start, model: ScriptedModel) -> None:
    """The reason is the user's; nothing is changed, and nothing more is paid for."""
    catalogue = built_in()
    async with start() as editor:
        for case in CASES:
            if catalogue[case.id].mode == "edit":
                await declined(case, editor, model)


MISSING = {
    "edit": "needs an instruction",
    "ask": "needs an instruction",
    "extract": "needs a selection",
    "fix": "needs a diagnostic",
    "explain-diagnostic": "needs a diagnostic",
    "fix-file": "needs a diagnostic",
}


async def test_what_an_action_needs_is_missed_before_anything_is_asked(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", "def f():\n    pass\n")
        for id, says in MISSING.items():
            with pytest.raises(ErrorAnswer, match=says):
                await editor.run(id, uri, 0)
        table = editor.open("a.json", "{}\n", "json")
        with pytest.raises(ErrorAnswer, match="no comments"):
            await editor.run("explain-comment", table, 0)
        assert not model.was_asked()


async def test_findings_of_an_older_menu_are_looked_for_where_their_lines_are_now(
    start: Start, model: ScriptedModel
) -> None:
    """Else the function below the one that is meant would be written anew."""
    (case,) = [case for case in CASES if case.name == "python/fix"]
    async with start() as editor:
        uri = opened(editor, case)
        above = "# one\n# two\n# three\n"
        editor.texts._open[uri] = 2, above + case.before
        inserted = {"range": span(0), "text": above}
        document = {"uri": uri, "version": 2}
        editor.wire.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [inserted]})
        argument = {"action": "fix", "uri": uri, "range": case.range, "version": 1, "diagnostics": case.diagnostics}
        job = (await editor.command("glm.run", argument))["job"]
        ask = await asyncio.to_thread(model.next_ask)
        assert "GLM_REGION_START" in ask.prompt.partition("def load")[0].splitlines()[-1]
        assert "at: return [Line(**row) for row in json.loads(text)]" in ask.prompt
        ask.answer(case.reply)
        await editor.ended(job)
        assert case.after is not None
        assert editor.texts[uri].endswith(case.after[case.after.index("import json") :])


async def test_a_job_on_the_file_makes_way_for_a_later_one_on_a_part_of_it(start: Start, model: ScriptedModel) -> None:
    """Two edits of the same lines: the later one is what is wanted."""
    (case,) = [case for case in CASES if case.name == "python/fix-file"]
    async with start() as editor:
        uri = opened(editor, case)
        first = await begun(editor, case, uri)
        ask = await asyncio.to_thread(model.next_ask)
        await editor.run("refactor", uri, case.before.count("\n") - 1)
        assert (await editor.ended(first))["state"] == "cancelled"
        assert await asyncio.to_thread(ask.abandoned.wait, 20)
        (await asyncio.to_thread(model.next_ask)).answer(f"CANNOT: {REASON}")
