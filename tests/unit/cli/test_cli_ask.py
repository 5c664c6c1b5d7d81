"""Asking from the shell: the same answer an editor gets, and no file touched unless that was asked for."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]

OFFLINE = ["--set", "endpoint.base_url=offline:"]
SOURCE = """\
RATE = 3


def status(paid, due):
    if paid:
        return "paid"
    else:
        if due:
            return "late"
        else:
            return "open"


def area(width, height):
    return width * height
"""
BETTER = """\
def status(paid, due):
    if paid:
        return "paid"
    if due:
        return "late"
    return "open"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    path = project / "shop.py"
    path.write_text(SOURCE)
    return path


def test_explain_prints_markdown_about_what_stands_there_and_is_logged(run: Run, file: Path) -> None:
    code, out, err = run("explain", f"{file}:4", *OFFLINE)
    assert (code, err) == (0, "")
    assert "offline stand-in" in out
    assert "status" in out
    assert "area" not in out
    assert out.endswith("\n")
    assert file.read_text() == SOURCE
    (line,) = run("usage", "--json")[1].splitlines()
    assert json.loads(line)["action"] == "explain"
    assert json.loads(line)["completion"] > 0


def test_edit_prints_a_diff_that_git_takes_and_touches_nothing(run: Run, file: Path) -> None:
    code, out, _ = run("edit", f"{file}:4", "--action", "refactor", *OFFLINE)
    assert code == 0
    assert file.read_text() == SOURCE
    assert out.startswith("--- a/shop.py\n+++ b/shop.py\n@@ ")
    subprocess.run(["git", "apply"], cwd=file.parent, input=out, text=True, check=True)
    assert BETTER in file.read_text()


def test_edit_writes_when_told_to_and_says_what(run: Run, file: Path) -> None:
    code, out, err = run("edit", f"{file}:4-11", "--action", "refactor", "--write", *OFFLINE)
    assert (code, out) == (0, "")
    assert f"{file} is written." in err
    assert file.read_text() == SOURCE.replace(SOURCE[SOURCE.index("def status") : SOURCE.index("\n\ndef area")], BETTER)


def test_edit_keeps_crlf(run: Run, file: Path) -> None:
    file.write_bytes(SOURCE.replace("\n", "\r\n").encode())
    code, _, _ = run("edit", f"{file}:4", "--action", "refactor", "--write", *OFFLINE)
    assert code == 0
    assert BETTER.replace("\n", "\r\n").encode() in file.read_bytes()
    assert file.read_bytes().count(b"\n") == file.read_bytes().count(b"\r\n")


def test_a_no_of_the_models_changes_nothing_and_is_its_own_sentence(run: Run, file: Path) -> None:
    before = 'def area(width, height):\n    """The area."""\n    return width * height\n'
    file.write_text(before)
    code, out, err = run("edit", f"{file}:1", "--action", "refactor", "--write", *OFFLINE)
    assert (code, out) == (1, "")
    assert "glm-lsp: " in err
    assert file.read_text() == before


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (["edit", "{file}:4"], "Add -m TEXT"),
        (["edit", "{file}:4", "--action", "explain"], "glm-lsp explain"),
        (["explain", "{file}:4", "--action", "refactor"], "glm-lsp edit"),
        (["explain", "{file}:4", "--action", "none"], "There is no action"),
        (["explain", "{file}:99"], "has 15 lines"),
        (["explain", "{file}.txt"], "does not exist"),
        (["explain", "{file}:5-4"], "comes before"),
        (["edit", "{file}:4", "-m", "x", "--diagnostics", "{file}"], "not a JSON list"),
    ],
    ids=lambda value: " ".join(value[2:]) if isinstance(value, list) else "",
)
def test_bad_usage_is_told_before_anything_is_sent(argv: list[str], hint: str, run: Run, file: Path) -> None:
    # No address and no key: whatever would be sent fails with another exit code.
    code, out, err = run(*(part.format(file=file) for part in argv))
    assert (code, out) == (2, "")
    assert hint in err


def test_an_ignored_file_is_not_sent(run: Run, file: Path) -> None:
    (file.parent / ".gitignore").write_text("shop.py\n")
    code, out, err = run("explain", f"{file}:4", *OFFLINE)
    assert (code, out) == (1, "")
    assert ".gitignore" in err


def test_actions_that_are_disabled_or_missing_their_words_are_not_listed(run: Run, file: Path) -> None:
    file.write_text("# glm: make it faster\n" + SOURCE)
    there = [line.split()[0] for line in run("actions", f"{file}:1-2")[1].splitlines()[1:]]
    assert there[0] == "edit"
    elsewhere = [line.split()[0] for line in run("actions", f"{file}:17")[1].splitlines()[1:]]
    assert "edit" not in elsewhere
    listed = [line.split()[0] for line in run("actions", "--set", "actions.disabled=explain")[1].splitlines()[1:]]
    assert "explain" not in listed
