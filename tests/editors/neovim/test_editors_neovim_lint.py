"""The plugin's Lua and its help, checked."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from editing import CLIENT, private_environment

LUACHECK = Path(__file__).with_name("luacheck.lua")


def test_luacheck_finds_nothing(nvim_program: Path, tmp_path: Path) -> None:
    """Without this a misspelt variable is found by the user who takes the branch that holds it."""
    root = nvim_program.parents[1] / "root"
    (tmp_path / "wrong.lua").write_text("local unused = undefined_global\n")

    def checked(place: Path) -> subprocess.CompletedProcess[str]:
        command = [str(nvim_program), "--clean", "-l", str(LUACHECK), str(root), "--no-color", str(place)]
        return subprocess.run(
            command, cwd=CLIENT, env=private_environment(tmp_path), capture_output=True, text=True, check=False
        )

    assert "undefined_global" in checked(tmp_path / "wrong.lua").stdout, "luacheck does not run"
    found = checked(CLIENT)
    assert found.returncode == 0, found.stdout


def test_the_help_names_every_verb() -> None:
    """Without this a user has to guess what `:Glm` can do."""
    table = (CLIENT / "lua/glm/command.lua").read_text().partition("\nlocal verbs = {\n")[2].partition("\n}\n")[0]
    verbs = re.findall(r"^  (\w+) = function", table, re.MULTILINE)
    assert {"accept", "login", "trust"} < {*verbs}
    told = re.findall(r"^:(?:\[range\])?Glm(?:\[!\])? (\w+)", (CLIENT / "doc/glm.txt").read_text(), re.MULTILINE)
    assert {*verbs} == {*told}


@pytest.mark.parametrize("page", ["README.md", "doc/glm.txt"])
def test_what_the_pages_tell_to_write_is_lua(nvim_program: Path, tmp_path: Path, page: str) -> None:
    """Without this a user copies a line into init.lua, and Neovim no longer starts without errors."""
    text = (CLIENT / page).read_text()
    blocks = re.findall(r"```lua\n(.*?)```", text, re.DOTALL) + re.findall(r">lua\n(.*?)\n<", text, re.DOTALL)
    assert len(blocks) >= 5
    for number, block in enumerate(blocks):
        (tmp_path / f"{number}.lua").write_text(block)
        (tmp_path / "load.lua").write_text("assert(loadfile(arg[1]))")
        command = [str(nvim_program), "--clean", "-l", str(tmp_path / "load.lua"), str(tmp_path / f"{number}.lua")]
        loaded = subprocess.run(command, env=private_environment(tmp_path), capture_output=True, text=True, check=False)
        assert loaded.returncode == 0, f"{block}\n{loaded.stderr}"
