"""What is ignored here is what git ignores."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from glm_lsp.workspace.ignore import rules

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")

TREE = [
    "a", "b.txt", "B.txt", "x.log", "a.b", "é.txt", "sp ace", "#hash", "!bang", "-dash", ":colon", "[x]", "back\\slash",
    "d/a", "d/b.txt", "d/x.log", "d/e/a", "d/e/b.txt", "d/e/f/x.log", "build/a", "build/keep.txt", "d/build/a", "d/d/d",
    "e/b.txt", "a1/2z", "line\nend",
]  # fmt: skip

segments = st.sampled_from(
    [
        "a",
        "d",
        "e",
        "f",
        "build",
        "b.txt",
        "*.txt",
        "*.log",
        "*",
        "?",
        "**",
        "a*",
        "*a",
        "[a-d]",
        "[!a]",
        "[[:digit:]]z",
        "keep.txt",
        "\\#hash",
        "\\!bang",
        "\\[x\\]",
        "é*",
        "sp ace",
        "d*",
        "x.*",
        "?.?",
        "B.txt",
        ":colon",
        "-dash",
    ]
)
patterns = st.builds(
    lambda negated, rooted, names, folder, tail: f"{negated}{rooted}{'/'.join(names)}{folder}{tail}",
    st.sampled_from(["", "", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(segments, min_size=1, max_size=3),
    st.sampled_from(["", "", "/"]),
    st.sampled_from(["", "", " ", "\\ ", "\r"]),
)
files = st.lists(st.one_of(patterns, st.sampled_from(["", "# note", "!", "/", "**/", "/**", "a/**/b"])), max_size=6)


def make(root: Path) -> Path:
    root.mkdir(exist_ok=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    for name in TREE:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    return root


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("ignore") / "repository")


def git_ignores(root: Path, names: Iterable[str]) -> set[str]:
    done = subprocess.run(
        ["git", "-C", str(root), "check-ignore", "--no-index", "--stdin", "-z"],
        input=b"".join(b"./" + os.fsencode(name) + b"\0" for name in names),
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return {os.fsdecode(name).removeprefix("./") for name in done.stdout.split(b"\0") if name}


def withheld(root: Path, *, git: bool) -> set[str]:
    found = rules([root])
    if not git:
        object.__setattr__(found, "git", None)
    reasons = found.judge([root / name for name in TREE])
    assert {reason.kind for reason in reasons.values()} <= {".gitignore"}
    return {place.relative_to(root).as_posix() for place in reasons}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(["*", "!*/", "!*.txt"], [])
@example(["build/", "!build/keep.txt"], [])
@example(["d/*", "!d/e"], ["!a"])
@given(files, files)
def test_git_is_believed(repository: Path, root: list[str], below: list[str]) -> None:
    """Otherwise an ignored file leaves, or a file that is not ignored is kept back."""
    (repository / ".gitignore").write_bytes("\n".join(root).encode())
    (repository / "d" / ".gitignore").write_bytes("\n".join(below).encode())
    assert withheld(repository, git=True) == git_ignores(repository, TREE)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(["*", "!*/", "!*.txt"], [])
@example(["*", "!d/", "!*.txt"], ["b.txt"])
@example(["build/", "!build/keep.txt"], [])
@example(["d/*", "!d/e"], ["!a"])
@example(["d/**", "!d/e/"], [])
@example(["[[:digit:]]z", "!"], [])
@given(files, files)
def test_without_git_nothing_that_git_ignores_leaves(repository: Path, root: list[str], below: list[str]) -> None:
    (repository / ".gitignore").write_bytes("\n".join(root).encode())
    (repository / "d" / ".gitignore").write_bytes("\n".join(below).encode())
    assert withheld(repository, git=False) == git_ignores(repository, TREE)
