"""The script that installs Neovim for the tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "scripts/install-neovim"


def test_without_apt_one_sentence_says_what_is_missing(tmp_path: Path) -> None:
    """Without this a newcomer elsewhere gets a traceback, and the tests cannot tell "not here" from "broken"."""
    done = subprocess.run(
        [sys.executable, SCRIPT, "--prefix", tmp_path / "neovim"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("Neovim cannot be installed here. apt-get is missing")
    assert len(done.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["neovim.lock"]


def test_what_is_there_is_not_installed_again(nvim_program: Path) -> None:
    """Without this every run of the tests fetches the editor anew."""
    before = nvim_program.stat()
    done = subprocess.run([SCRIPT], capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == nvim_program
    assert nvim_program.stat().st_ctime_ns == before.st_ctime_ns
