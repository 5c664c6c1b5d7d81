"""What a user of Neovim gets from our items in the code action menu, with and without the plugin."""

from __future__ import annotations

import pytest
from editing import Editing
from scripted_model import Ask, ScriptedModel
from sources import EXPECTED, REPLY, SOURCE
from sources import TOTAL as LINE

FILES = {
    "plain": (SOURCE, EXPECTED),
    "crlf": (SOURCE.replace("\n", "\r\n"), EXPECTED.replace("\n", "\r\n")),
    "astral": tuple(text.replace("prices", "𝒳👩‍👩‍👧") for text in (SOURCE, EXPECTED)),
    "form feed": tuple(text.replace("\n\n\ndef total", "\n\x0c\n\ndef total") for text in (SOURCE, EXPECTED)),
    "line separators": tuple(text.replace("items[0]", "'\u2028\x85é'") for text in (SOURCE, EXPECTED)),
    "no final newline": (SOURCE.removesuffix("\n"), EXPECTED.removesuffix("\n")),
    "region ends the file": tuple(text[: text.index("\n\n\ndef last")] for text in (SOURCE, EXPECTED)),
}


@pytest.mark.parametrize(("before", "after"), FILES.values(), ids=FILES.keys())
def test_refactor_changes_the_function_and_one_undo_takes_it_back(
    editing: Editing, model: ScriptedModel, before: str, after: str
) -> None:
    """Without this a file with unusual characters or line ends is damaged, or undo does not give it back."""
    editing.nvim.call("nvim_command", "set nofixeol")
    buffer = editing.open("prices.py", before.encode())
    editing.pick("GLM: Refactor", LINE)
    model.next_ask().answer(REPLY.replace("prices", "𝒳👩‍👩‍👧") if "𝒳" in before else REPLY)

    job = editing.ended()
    assert (job["state"], editing.messages()) == ("delivered", [])
    assert editing.saved() == after.encode()
    assert {change.by for change in editing.changes(buffer)} == {"glm"}

    editing.nvim.press("u")
    assert editing.saved() == before.encode()


def test_explain_opens_markdown_beside_what_the_user_types(editing: Editing, model: ScriptedModel) -> None:
    """Without this an explanation swallows the keys of a user who went on typing."""
    buffer = editing.open("prices.py", SOURCE.encode())
    window = editing.nvim.call("nvim_get_current_win")
    editing.pick("GLM: Explain", LINE)
    ask = model.next_ask()
    editing.nvim.press("Go# ty")
    ask.say("It adds up *all* prices.\n\n")
    editing.nvim.press("pi")
    ask.answer("- `prices`: numbers\n")
    job = editing.ended()
    editing.nvim.press("ng<Esc>")

    assert (job["state"], editing.messages()) == ("delivered", [])
    assert editing.nvim.call("nvim_get_current_win") == window
    assert editing.lines(buffer) == [*SOURCE.splitlines(), "# typing"]
    shown = editing.nvim.lua("""
      local shown = {}
      for _, window in ipairs(vim.api.nvim_list_wins()) do
        local buffer = vim.api.nvim_win_get_buf(window)
        if vim.bo[buffer].filetype == 'markdown' then
          table.insert(shown, table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, true), '\\n'))
        end
      end
      return shown
    """)
    assert len(shown) == 1
    assert "It adds up *all* prices.\n\n- `prices`: numbers" in shown[0]


@pytest.mark.parametrize("said", ["", REPLY[:30]], ids=["waiting", "streaming"])
@pytest.mark.parametrize("session", ["plain"], indirect=True)
def test_cancel_by_progress_leaves_the_buffer_alone(editing: Editing, model: ScriptedModel, said: str) -> None:
    """Without this a user who changes their mind gets the edit all the same, or pays for it."""
    buffer = editing.open("prices.py", SOURCE.encode())
    editing.pick("GLM: Refactor", LINE)
    ask = model.next_ask()
    ask.say(said)
    token = editing.nvim.wait("progress", state="begin")["token"]
    editing.nvim.lua(
        """
        local client = vim.lsp.get_clients({ name = 'glm' })[1]
        client:notify('window/workDoneProgress/cancel', { token = ... })
        """,
        token,
    )
    _is_cancelled(editing, ask, buffer)


@pytest.mark.parametrize("said", ["", REPLY[:30]], ids=["waiting", "streaming"])
def test_cancel_by_command_leaves_the_buffer_alone(editing: Editing, model: ScriptedModel, said: str) -> None:
    """Without this a user who changes their mind gets the edit all the same, or pays for it."""
    buffer = editing.open("prices.py", SOURCE.encode())
    editing.pick("GLM: Refactor", LINE)
    ask = model.next_ask()
    ask.say(said)
    editing.command("glm.cancel", {})
    _is_cancelled(editing, ask, buffer)


def _is_cancelled(editing: Editing, ask: Ask, buffer: int) -> None:
    assert ask.abandoned.wait(5)
    job = editing.ended()
    assert (job["state"], editing.messages()) == ("cancelled", [])
    assert editing.changes(buffer) == []
    assert editing.nvim.taken("edit") == []


def test_a_refusal_says_why_and_changes_nothing(editing: Editing, model: ScriptedModel) -> None:
    """Without this a user waits for an edit that will never come."""
    buffer = editing.open("prices.py", SOURCE.encode())
    editing.pick("GLM: Refactor", LINE)
    model.next_ask().answer("CANNOT: it is already clear\n")

    job = editing.ended()
    assert job["state"] == "refused"
    [message] = editing.messages()
    assert "it is already clear" in message
    assert editing.changes(buffer) == []
