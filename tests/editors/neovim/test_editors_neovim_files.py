"""Changes of three files in a real Neovim: each file one undo, and all of it or nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conformance import violations
from editing import REPOSITORY, TAP, Editing
from scripted_model import Ask, ScriptedModel

SERVER = REPOSITORY / "tests/e2e/files_server.py"
NAMES = ("a.py", "b.py", "c.py")
BEFORE = "import os\n\n\ndef {0}(x):\n    return x + 1\n\n\ndef other_{0}():\n    pass\n"
AFTER = BEFORE.replace("x + 1", "x + 2")
REPLY = "".join(
    f"{name}\n````python\n<<<<<<< SEARCH\ndef {name[0]}(x):\n    return x + 1\n=======\ndef {name[0]}(x):\n"
    "    return x + 2\n>>>>>>> REPLACE\n````\n\n"
    for name in NAMES
)
LINE = 4


class FilesEditing(Editing):
    """With the action `files`, whose edits may reach all over the workspace."""

    def _enable(self) -> str:
        program = [sys.executable, str(TAP), str(self._traffic), sys.executable, str(SERVER)]
        command = ", ".join(f"'{word}'" for word in program)
        return f"lua vim.lsp.config('glm', {{ cmd = {{ {command} }} }}) vim.lsp.enable('glm')"


@pytest.fixture(scope="module", params=["plain", "plugin"])
def session(
    request: pytest.FixtureRequest, nvim_program: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Editing, ScriptedModel]]:
    folder = tmp_path_factory.mktemp(request.param)
    model = ScriptedModel()
    with (folder / "nvim-stderr").open("wb") as stderr:
        editing = FilesEditing(nvim_program, folder, model.url, stderr, plugin=request.param == "plugin")
        yield editing, model
        traffic = editing.close()
    model.close()
    assert violations(traffic, folders=[editing.folder, editing.state], cut=True) == []


def text_of(name: str, form: str = BEFORE) -> list[str]:
    return form.format(name[0]).splitlines()


def texts(editing: Editing, buffers: list[int]) -> list[list[str]]:
    return [editing.lines(buffer) for buffer in buffers]


def opened(editing: Editing) -> list[int]:
    """The three files, each just changed by the user, so that all of them are sent; the first is shown."""
    buffers = []
    for name in NAMES:
        buffer = editing.open(name, (BEFORE.format(name[0]) + "#\n").encode())
        editing.nvim.press("Gdd")
        buffers.append(buffer)
    editing.nvim.call("nvim_set_current_buf", buffers[0])
    assert texts(editing, buffers) == [text_of(name) for name in NAMES]
    return buffers


def asked(editing: Editing, model: ScriptedModel, buffer: int) -> Ask:
    place = {"line": LINE, "character": 0}
    uri = editing.nvim.lua("return vim.uri_from_bufnr(...)", buffer)
    argument: dict[str, Any] = {"action": "files", "uri": uri, "range": {"start": place, "end": place}}
    editing.command("glm.run", argument)
    ask = model.next_ask()
    assert "def other_c()" in ask.prompt
    return ask


def replace_line(buffer: int) -> str:
    """What the user's hands do to the line that the edit changes in `buffer`."""
    return f"call nvim_buf_set_lines({buffer}, {LINE}, {LINE + 1}, v:true, ['    return x + 7'])"


TYPED = BEFORE.replace("x + 1", "x + 7")


def test_three_files_change_and_each_is_one_undo(editing: Editing, model: ScriptedModel) -> None:
    buffers = opened(editing)
    asked(editing, model, buffers[0]).answer(REPLY)
    assert editing.ended()["state"] == "delivered"
    assert texts(editing, buffers) == [text_of(name, AFTER) for name in NAMES]
    for buffer, name in zip(buffers, NAMES, strict=True):
        editing.nvim.call("nvim_set_current_buf", buffer)
        editing.nvim.press("u")
        assert editing.lines(buffer) == text_of(name)
    assert editing.messages() == []


def test_one_command_undoes_all_three(editing: Editing, model: ScriptedModel) -> None:
    buffers = opened(editing)
    asked(editing, model, buffers[0]).answer(REPLY)
    assert editing.ended()["state"] == "delivered"
    editing.command("glm.undo", {})
    assert editing.ended()["state"] == "delivered"
    assert texts(editing, buffers) == [text_of(name) for name in NAMES]
    assert editing.messages() == []


def test_nothing_is_written_if_the_second_file_changed_before_the_first_write(
    editing: Editing, model: ScriptedModel
) -> None:
    buffers = opened(editing)
    ask = asked(editing, model, buffers[0])
    editing.nvim.call("nvim_command", replace_line(buffers[1]))
    editing.command("glm.status", {})  # Sent after the change, so once it is answered the server knows of it.
    for buffer in buffers:
        editing.nvim.lua("record.changes[...] = {}", buffer)
    ask.answer(REPLY)
    assert editing.ended()["state"] == "refused"
    assert texts(editing, buffers) == [text_of("a.py"), text_of("b.py", TYPED), text_of("c.py")]
    assert [editing.changes(buffer) for buffer in buffers] == [[], [], []]
    (told,) = editing.messages()
    assert "changed meanwhile" in told


def test_what_is_written_is_taken_back_if_the_second_file_changes_between_the_writes(
    editing: Editing, model: ScriptedModel
) -> None:
    buffers = opened(editing)
    ask = asked(editing, model, buffers[0])
    editing.nvim.lua("record.typing = { after = ... }", f":{replace_line(buffers[1])}<CR>")
    ask.answer(REPLY)
    assert editing.ended()["state"] == "refused"
    assert texts(editing, buffers) == [text_of("a.py"), text_of("b.py", TYPED), text_of("c.py")]
    assert len(editing.changes(buffers[0])) == 3, "the user's own, ours, and ours taken back"
    (told,) = editing.messages()
    assert "b.py could not be changed" in told


@pytest.mark.parametrize("session", ["plain"], indirect=True)
def test_a_new_file_is_made_and_undone(editing: Editing, model: ScriptedModel) -> None:
    buffers = opened(editing)
    ask = asked(editing, model, buffers[0])
    editing.nvim.lua("record.pick(...)", "Apply")
    new = editing.folder / "new.py"
    ask.answer(REPLY + "new.py\n````python\n<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE\n````\n")
    assert editing.ended()["state"] == "delivered"
    assert texts(editing, buffers) == [text_of(name, AFTER) for name in NAMES]
    assert editing.lines(editing.nvim.call("nvim_call_function", "bufnr", [str(new)])) == ["x = 1"]
    editing.command("glm.undo", {})
    assert editing.ended()["state"] == "delivered"
    assert texts(editing, buffers) == [text_of(name) for name in NAMES]
    assert not new.exists()
    assert editing.nvim.call("nvim_call_function", "bufloaded", [str(new)]) == 0
    assert editing.messages() == []
