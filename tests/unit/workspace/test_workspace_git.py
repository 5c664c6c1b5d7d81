"""Merely looking at a repository runs nothing that it brings."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from glm_lsp.workspace import git
from glm_lsp.workspace.ignore import rules
from glm_lsp.workspace.listing import chosen, listed

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")

HOSTILE = """
[core]
    repositoryFormatVersion = 1
    fsmonitor = touch {mark}
    sshCommand = touch {mark};
    hooksPath = {hooks}
[extensions]
    partialClone = evil
[protocol]
    allow = always
[remote "evil"]
    url = {url}
    promisor = true
    uploadPack = touch {mark};
"""


@pytest.mark.parametrize("url", ["ext::touch {mark}", "{folder}", "ssh://host/x"])
def test_listing_and_judging_run_no_program_of_the_repository(tmp_path: Path, url: str) -> None:
    """Otherwise whoever opens a file of an unpacked archive runs what its `.git/config` names: to list untracked files
    git reads a `.gitignore` that is only in its index, and fetches it if it is missing there too."""
    mark, folder, hooks = tmp_path / "ran", tmp_path / "project", tmp_path / "hooks"
    (folder / "sub").mkdir(parents=True)
    hooks.mkdir()
    for hook in ("post-index-change", "reference-transaction", "fsmonitor-watchman"):
        (hooks / hook).write_text(f"#!/bin/sh\ntouch {mark}\n")
        (hooks / hook).chmod(0o755)
    (folder / "sub" / ".gitignore").write_text("x\n")
    for arguments in (
        ["init", "-q"],
        ["add", "-A"],
        ["update-index", "--skip-worktree", "sub/.gitignore"],
    ):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True)
    shutil.rmtree(folder / ".git" / "objects")
    (folder / ".git" / "objects").mkdir()
    (folder / "sub" / ".gitignore").unlink()
    (folder / "sub" / "a.py").write_text("")
    with (folder / ".git" / "config").open("a") as config:
        config.write(HOSTILE.format(mark=mark, hooks=hooks, url=url.format(mark=mark, folder=folder)))
    asked = ["git", "-C", str(folder), "ls-files", "--others", "--exclude-standard"]
    subprocess.run(asked, check=False, capture_output=True)
    assert mark.exists(), "this repository is not hostile"
    mark.unlink()

    assert "sub/a.py" in set(listed(folder, lambda name: True))
    assert chosen(folder, ["sub/a.py"], lambda name: True) == {"sub/a.py"}
    assert not rules([folder]).judge([folder / "sub" / "a.py"])
    assert not mark.exists()


def test_a_git_that_lies_in_the_project_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise `node_modules/.bin` in PATH, which many have, lets a project bring its own git."""
    real = git.found()
    for folder in (".", "node_modules/.bin"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "git").write_text("#!/bin/sh\n")
        (tmp_path / folder / "git").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    path = os.environ["PATH"]
    for planted in (".", "", "./node_modules/.bin", "node_modules/.bin"):
        monkeypatch.setenv("PATH", f"{planted}{os.pathsep}{path}")
        assert git.found() == real
    monkeypatch.setenv("PATH", ".")
    assert git.found() is None
