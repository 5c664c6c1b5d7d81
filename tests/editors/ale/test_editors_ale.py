"""What a user of Vim with ALE gets from our items in the code action menu."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_vim import Vim
from scripted_model import ScriptedModel
from sources import EXPECTED, FILES, REPLY, SOURCE, TOTAL


@pytest.mark.parametrize("kind", ["plain", "astral", "no final newline"])
def test_a_change_comes_as_a_diff_that_one_command_applies(vim: Vim, model: ScriptedModel, kind: str) -> None:
    """ALE would write the edit over whatever stands there by then; without the diff its user would get nothing."""
    before, reply, after = FILES[kind]
    vim.open("prices.py", before.encode())
    vim.pick("GLM: Refactor", TOTAL)
    model.next_ask().answer(reply)
    told = vim.told("kept in")
    vim.terminal.wait("does not let a server edit")
    assert Path(told.partition("kept in ")[2].rstrip(".")).read_text().startswith("--- a/prices.py")
    vim.command("set nofixeol")
    assert vim.saved() == before.encode()

    vim.command("GlmApply")
    assert vim.saved() == after.encode()
    vim.command("undo")
    assert vim.saved() == before.encode()


def test_explain_names_its_file_and_hover_shows_it(vim: Vim, model: ScriptedModel) -> None:
    """Without this a user never finds the explanation."""
    vim.open("prices.py", SOURCE.encode())
    vim.pick("GLM: Explain", TOTAL)
    model.next_ask().answer("It adds up all prices.\n")
    told = vim.told("the explanation is in")
    vim.terminal.wait("the explanation is in")
    assert "It adds up all prices." in Path(told.partition("is in ")[2]).read_text()
    vim.terminal.press(f"{TOTAL}G:ALEHover\r")
    vim.terminal.wait("It adds up all prices.")


def test_a_model_that_takes_its_time_holds_nothing_up(vim: Vim, model: ScriptedModel) -> None:
    """Without this Vim stands still while the model thinks."""
    vim.open("prices.py", SOURCE.encode())
    vim.pick("GLM: Refactor", TOTAL)
    ask = model.next_ask()
    vim.terminal.press("ggO# typed\x1b")
    assert vim.saved() == f"# typed\n{SOURCE}".encode()
    ask.answer(REPLY)
    vim.told("kept in")
    vim.command("GlmApply")
    assert vim.saved() == f"# typed\n{EXPECTED}".encode()
