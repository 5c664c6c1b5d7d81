"""The plugin's Lua, checked."""

from __future__ import annotations

import subprocess
from pathlib import Path

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
