"""What else a user asks of us in Neovim, with and without the plugin: suggestions, something different, several
answers, a look before an edit is made, a project's own actions."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from editing import Editing
from scripted_model import ScriptedModel
from sources import EXPECTED, FIRST, REPLY, SOURCE, TOTAL

BODY = SOURCE[SOURCE.index("    result = 0") : SOURCE.index("\n\n\ndef last")]
SUGGESTED = [
    {"title": "Use sum", "why": "It is built in.", "quote": BODY, "instruction": "Replace the loop by sum."},
    {"title": "Name it", "why": "Too short.", "quote": "    return result", "instruction": "Find a better name."},
]
EXPLAINED = EXPECTED.replace("prices):\n", "prices):\n    # All of them.\n")
REFINED = REPLY.replace("prices):\n", "prices):\n    # All of them.\n")
LINES = SOURCE.splitlines()


def test_a_suggestion_is_picked_applied_and_undone(editing: Editing, model: ScriptedModel) -> None:
    """Without this the user is told what could be better, and has to do it by hand."""
    buffer = editing.open("prices.py", SOURCE.encode())
    if editing.plugin:
        editing.nvim.lua("record.pick(...)", "Use sum: It is built in.")
        editing.nvim.press(f"{TOTAL}G:Glm suggest<CR>")
    else:
        editing.pick("GLM: Suggest refactorings", TOTAL)
    model.next_ask().answer(json.dumps({"suggestions": SUGGESTED}))
    editing.nvim.wait("end")
    above = [] if editing.plugin else ["# above"]
    if not editing.plugin:
        assert [one["title"] for one in editing.job()["result"]] == ["Use sum", "Name it"]
        assert editing.messages() == ["GLM: 2 suggestions are in the code actions of this place."]
        editing.nvim.press("ggO# above<Esc>")
        editing.pick("GLM: Use sum", TOTAL + 1)
    ask = model.next_ask()
    assert "Replace the loop by sum." in ask.prompt
    ask.answer("```python\n    return sum(prices)\n```\n")
    assert editing.ended()["state"] == "delivered"
    assert editing.lines(buffer) == [*above, *EXPECTED.splitlines()]
    editing.nvim.press("u")
    assert editing.lines(buffer) == [*above, *LINES]
    assert editing.messages() == []


def refactored(editing: Editing, model: ScriptedModel) -> int:
    """A delivered refactoring. The buffer."""
    buffer = editing.open("prices.py", SOURCE.encode())
    editing.pick("GLM: Refactor", TOTAL)
    model.next_ask().answer(REPLY)
    assert editing.ended()["state"] == "delivered"
    assert editing.lines(buffer) == EXPECTED.splitlines()
    return buffer


def test_an_answer_is_refined_though_the_user_has_typed_since(editing: Editing, model: ScriptedModel) -> None:
    """Without this a second thought costs the user a new question, or the line they have just written."""
    buffer = refactored(editing, model)
    editing.nvim.press(f"{FIRST}GO# mine<Esc>")
    editing.ask("refine say what it adds", "glm.refine", {"instruction": "say what it adds"})
    ask = model.next_ask()
    assert [message["role"] for message in ask.body["messages"]] == ["system", "user", "assistant", "user"]
    assert "say what it adds" in ask.prompt
    ask.answer(REFINED)
    assert editing.ended()["state"] == "delivered"
    assert editing.lines(buffer) == ["# mine", *EXPLAINED.splitlines()]
    editing.nvim.press("u")
    assert editing.lines(buffer) == ["# mine", *EXPECTED.splitlines()]
    editing.nvim.press("uu")
    assert editing.lines(buffer) == LINES
    assert editing.messages() == []


def test_a_retry_takes_its_own_edit_back_first(editing: Editing, model: ScriptedModel) -> None:
    """Without this the second answer is made on top of the first, and one undo is not enough."""
    buffer = refactored(editing, model)
    editing.ask("retry", "glm.retry", {})
    ask = model.next_ask()
    assert editing.lines(buffer) == LINES
    ask.answer(REFINED)
    assert editing.ended()["state"] == "delivered"
    assert editing.lines(buffer) == EXPLAINED.splitlines()
    editing.nvim.press("u")
    assert editing.lines(buffer) == LINES
    assert editing.messages() == []


def test_answers_are_compared_and_the_chosen_one_is_written(editing: Editing, model: ScriptedModel) -> None:
    """Without this the user pays for three answers and gets one they did not choose."""
    buffer = editing.open("prices.py", SOURCE.encode())
    place = {"line": TOTAL - 1, "character": 0}
    argument = {
        "action": "refactor",
        "uri": (editing.folder / "prices.py").as_uri(),
        "range": {"start": place, "end": place},
        "compare": [{"temperature": 0.2}, {"temperature": 0.9}, {"thinking": True}],
    }
    editing.nvim.press(f"{TOTAL}G")
    if editing.plugin:
        editing.nvim.lua("record.pick(...)", "temperature 0.9 (15 tokens)")
    editing.ask("compare refactor", "glm.run", argument)
    for ask in [model.next_ask() for _ in range(3)]:
        warm = ask.body["temperature"] == 0.9
        ask.answer(REFINED if warm else REPLY.replace("sum(", "fsum("))
    assert editing.offered()["state"] == "offered"
    menu = editing.nvim.wait("menu") if editing.plugin else None
    assert editing.changes(buffer) == []
    if menu:
        assert menu["titles"] == ["temperature 0.2 = thinking (30 tokens)", "temperature 0.9 (15 tokens)"]
        editing.nvim.press(":Glm! accept<CR>")
        assert editing.messages() == []
    else:
        assert "Answers to choose from" in editing.messages()[0]
        editing.nvim.call("nvim_set_current_win", editing.nvim.call("nvim_call_function", "bufwinid", [buffer]))
        editing.pick("GLM: Accept candidate 2 (temperature 0.9)", TOTAL + 1)
    editing.delivered()
    assert editing.lines(buffer) == EXPLAINED.splitlines()
    editing.nvim.press("u")
    assert editing.lines(buffer) == LINES


@pytest.fixture
def looking_first(editing: Editing) -> Iterator[Editing]:
    """With `edit.delivery = "preview"`."""
    editing.open("other.py", b"x = 1\n")
    editing.configure({"edit": {"delivery": "preview"}})
    yield editing
    editing.configure({})


def drawn(editing: Editing, namespace: str) -> list[str]:
    return list(
        editing.nvim.lua(
            """
            local namespace, lines = vim.api.nvim_get_namespaces()[...], {}
            for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })) do
              for _, line in ipairs(mark[4].virt_lines or {}) do table.insert(lines, line[1][1]) end
            end
            return lines
            """,
            namespace,
        )
    )


def test_an_edit_is_looked_at_before_it_is_made(looking_first: Editing, model: ScriptedModel) -> None:
    """Without this who wants to see an edit first sees it when it is too late, or waits without a sign."""
    editing = looking_first
    buffer = editing.open("prices.py", SOURCE.encode())
    editing.pick("GLM: Refactor", TOTAL)
    ask = model.next_ask()
    beginning = REPLY[: REPLY.index("prices)\n```")]
    ask.say(beginning)
    if editing.plugin:
        while "def total(prices):" not in drawn(editing, "glm.stream"):
            editing.nvim.wait("job", state="streaming")
    ask.answer(REPLY.removeprefix(beginning))
    assert editing.offered()["delivery"] == "preview"
    assert editing.changes(buffer) == []
    if editing.plugin:
        assert drawn(editing, "glm.stream") == []
        assert drawn(editing, "glm.preview") == ["    return sum(prices)"]
        editing.nvim.press(":Glm! accept<CR>")
    else:
        assert "A change is offered." in editing.messages()[0]
        editing.nvim.call("nvim_set_current_win", editing.nvim.call("nvim_call_function", "bufwinid", [buffer]))
        editing.pick("GLM: Accept all", TOTAL + 1)
    editing.delivered()
    assert editing.lines(buffer) == EXPECTED.splitlines()
    assert not editing.plugin or drawn(editing, "glm.preview") == []
    editing.nvim.press("u")
    assert editing.lines(buffer) == LINES


AUDIT = "---\ntitle: Audit\nmode: explain\nscope: function\n---\nAudit this like {0}.\n"


@pytest.fixture
def prompts(editing: Editing) -> Iterator[Path]:
    """The project's own action `audit`, which nobody has trusted."""
    folder = editing.folder / ".glm/actions"
    folder.mkdir(parents=True)
    yield folder / "audit.md"
    shutil.rmtree(folder.parent)


def saved(editing: Editing, path: Path, text: str) -> None:
    """The user writes the file in the editor, and goes back."""
    path.write_text(text)
    for command in (f"edit! {path}", "write", "edit prices.py"):
        editing.nvim.call("nvim_command", f"silent {command}")


def titles(editing: Editing) -> list[str]:
    editing.nvim.press(f"{TOTAL}Ggra")
    return list(editing.nvim.wait("menu")["titles"])


def audit(editing: Editing) -> None:
    """Asks for the action by its name."""
    place = {"line": TOTAL - 1, "character": 0}
    argument: dict[str, Any] = {"action": "audit", "uri": (editing.folder / "prices.py").as_uri()}
    editing.nvim.press(f"{TOTAL}G")
    editing.ask("audit", "glm.run", argument | {"range": {"start": place, "end": place}})


def has(editing: Editing, title: str, *, wanted: bool) -> None:
    """Waits until the menu has it, or no longer: files are read beside it."""
    while any(one.startswith(title) for one in titles(editing)) is not wanted:
        pass


def test_a_project_s_own_action_is_there_once_it_is_trusted(
    editing: Editing, model: ScriptedModel, prompts: Path
) -> None:
    """Without this a repository that was only cloned speaks to the model in the user's name, or never can."""
    editing.open("prices.py", SOURCE.encode())
    editing.nvim.call("nvim_command", f"cd {editing.folder}")
    editing.open(".glm/actions/audit.md", b"")
    saved(editing, prompts, AUDIT.format("a bank"))
    assert "GLM: Audit" not in titles(editing)
    editing.nvim.lua("record.pick(...)", "Not now")
    audit(editing)
    job = editing.ended()
    assert (job["state"], job["message"]["text"].split(",")[0]) == ("refused", "“Audit” comes from the project")
    assert "brings its own prompts for GLM: 1 action (“Audit”). Use them?" in editing.nvim.wait("menu")["prompt"]
    assert "have not trusted" in editing.messages()[0]
    assert not model.was_asked()

    saved(editing, prompts, AUDIT.format("a court"))
    editing.nvim.lua("record.pick(...)", "Trust")
    audit(editing)
    ask = model.next_ask()
    assert "Audit this like a court." in ask.prompt
    ask.answer("Fine.")
    assert editing.ended()["state"] == "delivered"
    editing.nvim.events.clear()
    has(editing, "GLM: Audit", wanted=True)
    if editing.plugin:
        for command, words, there in (("Glm! trust", "not used any more", False), ("Glm trust", "as they are", True)):
            editing.nvim.press(f":{command}<CR>")
            assert words in editing.nvim.wait("notify")["text"]
            has(editing, "GLM: Audit", wanted=there)


@pytest.mark.parametrize("session", ["plugin"], indirect=True)
def test_what_would_be_sent_and_what_was_can_be_read(editing: Editing, model: ScriptedModel) -> None:
    """Without this the user has to believe us."""
    refactored(editing, model)
    for verb, words in (
        ("context", "return sum(prices)"),
        ("request", "curl"),
        ("request python", "import"),
        ("usage", "refactor"),
    ):
        before = len(editing.nvim.call("nvim_list_wins"))
        editing.nvim.press(f":Glm {verb}<CR>")
        while len(editing.nvim.call("nvim_list_wins")) == before:
            pass
        assert words in "\n".join(editing.nvim.call("nvim_buf_get_lines", 0, 0, -1, True)), verb
        editing.nvim.press("q")
        assert len(editing.nvim.call("nvim_list_wins")) == before
    assert editing.messages() == []


def test_a_question_waits_for_a_user_who_types(editing: Editing, model: ScriptedModel) -> None:
    """Without this a prompt takes the keys of somebody who types, and their next Return answers it."""
    buffer = editing.open("prices.py", SOURCE.encode())
    editing.configure({"edit": {"delivery": "confirm"}})
    editing.pick("GLM: Refactor", TOTAL)
    ask = model.next_ask()
    editing.nvim.press("Go# one")
    ask.answer(REPLY)
    editing.nvim.wait("notify", text="GLM: a question waits until you are back in normal mode.")
    editing.nvim.lua("record.pick(...)", "Apply")
    editing.nvim.press(" two")
    assert [menu for menu in editing.nvim.taken("menu") if "Apply" in menu["titles"]] == []
    editing.nvim.press("<Esc>")
    assert editing.ended()["state"] == "delivered"
    assert editing.lines(buffer) == [*EXPECTED.splitlines(), "# one two"]
    assert editing.messages() == []
    editing.configure({"edit": {"delivery": "apply"}})
