"""Faults that a review has found, each as what a user would have met."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from scripted_editor import Editor, Start, span
from scripted_model import ScriptedModel
from test_e2e_actions import BEFORE, JOBS, LINE, REPLY
from test_e2e_index import builder, until
from wire import ErrorAnswer

from glm_lsp.lsp.jobs import TERMINAL

TEXT = "def other(b):\n    x = 1\n    y = 2\n    z = 3\n    return b\n"
CHANGED = TEXT.replace("x = 1", "x = 11").replace("z = 3", "z = 33")
PREVIEW = {"edit": {"delivery": "preview"}}


async def offered(editor: Editor, model: ScriptedModel) -> tuple[str, str]:
    """Two hunks on offer: URI, job."""
    uri = editor.open("a.py", TEXT)
    job = await editor.run("refactor", uri, 0)
    (await asyncio.to_thread(model.next_ask)).answer(f"````python\n{CHANGED}````")
    view = await editor.wire.expect("glm/job", lambda one: one["state"] == "offered")
    assert [hunk["id"] for hunk in view["hunks"]] == [1, 2]
    return uri, job


def held(editor: Editor) -> asyncio.Event:
    """The editor answers edits only once the event is set."""
    go_on = asyncio.Event()

    async def apply(params: Any) -> Any:
        await go_on.wait()
        return editor.texts.apply(params)

    editor.wire.answer("workspace/applyEdit", apply)
    return go_on


async def last(editor: Editor, job: str) -> dict[str, Any]:
    """The job once nothing of it is at work any more."""

    async def at_rest() -> bool:
        return not (await editor.command("glm.status", {}))["running"]

    await until(at_rest)
    (view,) = await editor.command("glm.jobs", {"job": job})
    return dict(view)


async def test_a_cancel_stops_the_hunks_that_were_picked_after_the_one_on_its_way(
    start: Start, model: ScriptedModel
) -> None:
    async with start("nvim", JOBS, options=PREVIEW) as editor:
        uri, job = await offered(editor, model)
        go_on = held(editor)
        await editor.command("glm.accept", {"job": job, "hunk": 1})
        await editor.wire.expect("workspace/applyEdit")
        await editor.command("glm.accept", {"job": job, "hunk": 2})
        await editor.command("glm.cancel", {"job": job})
        go_on.set()
        view = await last(editor, job)
        assert editor.texts[uri] == TEXT.replace("x = 1", "x = 11")
        assert (view["state"], [hunk["id"] for hunk in view["hunks"]]) == ("offered", [2])
        await editor.command("glm.accept", {"job": job})
        assert (await last(editor, job))["state"] == "delivered"
        assert editor.texts[uri] == CHANGED


@pytest.mark.parametrize("hunk", [None, 2])
async def test_what_is_rejected_while_another_hunk_is_written_stays_rejected(
    start: Start, model: ScriptedModel, hunk: int | None
) -> None:
    async with start("nvim", JOBS, options=PREVIEW) as editor:
        uri, job = await offered(editor, model)
        go_on = held(editor)
        await editor.command("glm.accept", {"job": job, "hunk": 1})
        await editor.wire.expect("workspace/applyEdit")
        await editor.command("glm.reject", {"job": job, "hunk": hunk})
        go_on.set()
        assert (await last(editor, job))["state"] == "delivered"
        assert editor.texts[uri] == TEXT.replace("x = 1", "x = 11")
        with pytest.raises(ErrorAnswer, match="Nothing of this job"):
            await editor.command("glm.accept", {"job": job, "hunk": 2})


async def test_refining_the_answer_of_another_model_asks_that_model_and_says_nothing_of_it(
    start: Start, model: ScriptedModel
) -> None:
    async with start("nvim", JOBS) as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("refactor", uri, LINE, compare=[{"model": "one"}, {"model": "two"}])
        for _ in range(2):
            ask = await asyncio.to_thread(model.next_ask)
            ask.model = ask.body["model"]
            ask.answer(REPLY if ask.model == "two" else "CANNOT: no")
        await editor.wire.expect("glm/job", lambda one: one["state"] == "offered")
        await editor.command("glm.accept", {"job": job, "candidate": "2"})
        assert (await last(editor, job))["state"] == "delivered"
        refined = (await editor.command("glm.refine", {"job": job, "instruction": "go on"}))["job"]
        ask = await asyncio.to_thread(model.next_ask)
        assert ask.body["model"] == "two"
        ask.model = "two"
        ask.answer("CANNOT: enough")
        assert (await last(editor, refined))["state"] == "refused"
        assert not [line for line in editor.told() if "answers as the model" in line]


async def test_rules_that_are_trusted_no_longer_do_not_go_out_with_a_refinement(
    start: Start, model: ScriptedModel
) -> None:
    async with start("nvim", JOBS) as editor:
        (editor.folder / ".glm").mkdir()
        rules = editor.folder / ".glm" / "rules.md"
        rules.write_text("Write it in verse.\n")
        await editor.command("glm.trust", {"folder": editor.folder.as_uri(), "trust": True})
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("explain", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        assert "verse" in ask.prompt
        ask.answer("It picks.")
        assert (await last(editor, job))["state"] == "delivered"

        async def refined() -> str:
            await editor.command("glm.refine", {"job": job, "instruction": "shorter"})
            ask = await asyncio.to_thread(model.next_ask)
            ask.answer("It picks.")
            return ask.prompt

        assert "verse" in await refined()
        await editor.command("glm.trust", {"folder": editor.folder.as_uri(), "trust": False})
        assert "verse" not in await refined()
        rules.write_text("Write it in prose.\n")
        await editor.command("glm.trust", {"folder": editor.folder.as_uri(), "trust": True})
        assert "in prose" in await refined()


async def test_the_key_is_not_handed_to_the_process_that_builds_the_index(start: Start) -> None:
    """Whoever may look at a process's surroundings would read it there, and nothing there has use for it."""
    environ = {"OXEN_API_KEY": "canary-1", "GLM_LSP_API_KEY": "canary-2"}
    async with start("nvim", environ=environ) as editor:
        editor.open("a.py", BEFORE)
        surroundings = Path(f"/proc/{await builder(editor)}/environ").read_bytes()
        assert b"PATH=" in surroundings
        assert b"canary" not in surroundings


async def test_offers_that_nobody_decides_about_do_not_fill_the_memory(start: Start, model: ScriptedModel) -> None:
    """Each holds the text of its file, twice; the oldest make way for more, and are told so."""
    functions = [f"def f{number}():\n    return {number}\n\n\n" for number in range(21)]
    async with start("nvim", JOBS, options=PREVIEW) as editor:
        uri = editor.open("a.py", "".join(functions))
        for number in range(21):
            job = await editor.run("refactor", uri, 4 * number)
            reply = f"````python\ndef f{number}():\n    return {number} + 0\n````"
            (await asyncio.to_thread(model.next_ask)).answer(reply)
            assert (await last(editor, job))["state"] == "offered"
        states = [view["state"] for view in await editor.command("glm.jobs", {})]
        assert states == ["offered"] * 20 + ["cancelled"]


async def test_a_place_past_the_end_is_refused_whatever_its_version(start: Start) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        editor.type(uri, span(0), "# new\n")
        with pytest.raises(ErrorAnswer, match="Line 501 is past the end of the text"):
            await editor.command("glm.run", {"action": "refactor", "uri": uri, "range": span(498), "version": 1})


async def test_twenty_jobs_are_kept(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        for _ in range(22):
            job = await editor.run("explain", uri, LINE)
            (await asyncio.to_thread(model.next_ask)).answer("It is so.")
            await editor.ended(job)
        assert [one["job"] for one in await editor.command("glm.jobs", {})] == [str(id) for id in range(22, 2, -1)]


@pytest.mark.parametrize("capabilities", [{}, JOBS])
async def test_nothing_is_told_more_than_ten_times_a_second(
    start: Start, model: ScriptedModel, capabilities: dict[str, Any]
) -> None:
    async with start("vscode", capabilities) as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("explain", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        began = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() - began < 1:
            ask.say("word ")
            await asyncio.sleep(0.01)
        ask.finish()
        assert (await last(editor, job))["state"] == "delivered"
        seconds = asyncio.get_running_loop().time() - began
        reports = [one["params"]["value"] for one in editor.wire.received("$/progress")]
        texts = [one["params"] for one in editor.wire.received("glm/job") if "text" in one["params"]]
        told = sum(one["kind"] == "report" for one in reports) + len(texts)
        assert 4 <= told <= 10 * seconds


async def test_a_root_counts_where_the_list_of_folders_is_empty(start: Start) -> None:
    async with start("helix") as editor:
        (editor.folder / "rules.py").write_text("def rule():\n    return 1\n")
        uri = editor.open("a.py", "from rules import rule\n\n\ndef a():\n    return rule()\n")
        argument = {"action": "refactor", "uri": uri, "range": span(3), "also": [{"uri": f"{uri[:-4]}rules.py"}]}
        seen = await editor.command("glm.context", argument)
        assert "rules.py" in str([part["title"] for part in seen["parts"]])
        assert str(editor.folder) not in str([part["text"] for part in seen["parts"]]), "paths are those below the root"


async def test_what_needs_a_yes_that_cannot_be_asked_for_is_refused_with_a_sentence(
    start: Start, model: ScriptedModel
) -> None:
    async with start("vscode", {"window": None}, options={"edit": {"delivery": "confirm"}}) as editor:
        uri = editor.open("a.py", BEFORE)
        await editor.run("refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        said = await editor.wire.expect("window/showMessage")
        assert "waits for a yes, and this editor cannot ask for it. It is kept in" in said["message"]
        assert editor.texts[uri] == BEFORE


async def test_settings_that_are_taken_away_count_no_longer(start: Start) -> None:
    async with start("vscode") as editor:
        kept: list[Any] = [None]
        editor.wire.answer("workspace/configuration", lambda params: list(kept))
        for section, model in ({"endpoint": {"model": "another"}}, "another"), (None, "zai-org-glm-5-1"):
            kept[0] = section
            editor.wire.notify("workspace/didChangeConfiguration", {"settings": None})

            async def said(model: str = model) -> bool:
                return bool((await editor.command("glm.status", {}))["model"] == model)

            await until(said)


async def test_an_action_of_the_user_s_runs_right_after_the_start(
    start: Start, model: ScriptedModel, tmp_path: Path
) -> None:
    mine = tmp_path / ".glm" / "actions"
    mine.mkdir(parents=True)
    (mine / "audit.md").write_text("---\nmode: explain\n---\nLook for faults.\n")
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("audit", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer("There are none.")
        assert (await editor.ended(job))["state"] == "delivered"
        with pytest.raises(ErrorAnswer, match="There is no action"):
            await editor.run("audits", uri, LINE)


async def test_nothing_is_sent_while_the_address_is_wrong_and_it_goes_on_once_that_is_mended(
    start: Start, model: ScriptedModel, tmp_path: Path
) -> None:
    """Lost otherwise: code that was meant for a server of one's own, at the default address."""
    config = tmp_path / "config.toml"
    config.write_text("[endpoint]\nbase_url = 'http://models.intranet/v1'\n[edit]\ndelivery = 'apply'\n")
    async with start("vscode", environ={"GLM_LSP_CONFIG": str(config), "GLM_LSP_BASE_URL": ""}) as editor:
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("refactor", uri, LINE)
        assert (await editor.ended(job))["state"] == "failed"
        (message,) = [text for text in editor.told() if "Nothing is sent" in text]
        assert "endpoint.base_url" in message
        config.write_text(f"[endpoint]\nbase_url = '{model.url}'\n")
        job = await editor.run("refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] != BEFORE


async def test_what_cannot_be_kept_is_shown_all_the_same(start: Start, model: ScriptedModel) -> None:
    """The disk is full: an explanation that is on the screen has not failed, and a refusal says what it would say."""
    async with start("vscode", JOBS) as editor:
        editor.state.mkdir(mode=0o700, exist_ok=True)
        for name in ("explanations", "replies"):
            (editor.state / name).write_text("")  # no folder can be made here
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("explain", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer("It picks.")
        view = await editor.wire.expect("glm/job", lambda one: one["job"] == job and one["state"] in TERMINAL)
        assert view["state"] == "delivered"
        job = await editor.run("refactor", uri, LINE)
        for _ in range(2):
            (await asyncio.to_thread(model.next_ask)).answer("I like this code.")
        view = await editor.wire.expect("glm/job", lambda one: one["job"] == job and one["state"] in TERMINAL)
        assert view["state"] == "refused"
        assert str(editor.state) not in f"{view['message']}"
