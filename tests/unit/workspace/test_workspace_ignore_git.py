"""What is ignored here is what git ignores."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.workspace.ignore import rules
from glm_lsp.workspace.ignore_patterns import patterns as matched_by_us

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")

TREE = [
    "a", "b.txt", "B.txt", "x.log", "a.b", "é.txt", "sp ace", "#hash", "!bang", "-dash", ":colon", "[x]", "back\\slash",
    "d/a", "d/b.txt", "d/x.log", "d/e/a", "d/e/b.txt", "d/e/f/x.log", "build/a", "build/keep.txt", "d/build/a", "d/d/d",
    "e/b.txt", "a1/2z", "line\nend", " a", "a ", "a\t", "d/ a", "tab\t", "\ta", "a  ", "b.txt ", "a\\", "d/a\\",
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
    # What two stars mean that stand beside another character differs from one run of git to the next.
    lambda lead, negated, rooted, names, folder, tail: (
        f"{lead * (names[0] != '**')}{negated}{rooted}{'/'.join(names)}{folder}{tail}"
    ),
    st.sampled_from(["", "", "", "", " ", "\t"]),
    st.sampled_from(["", "", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(segments, min_size=1, max_size=3),
    st.sampled_from(["", "", "/"]),
    st.sampled_from(["", "", " ", "  ", "\\ ", "\\  ", "\\\\ ", "\t", " \t ", "\r"]),
)
files = st.builds(
    lambda lines, end, mark: (mark + end.join(lines)).encode(),
    st.lists(st.one_of(patterns, st.sampled_from(["", "# note", "!", "/", "**/", "/**", "a/**/b", "\\"])), max_size=5),
    st.sampled_from(["\n", "\n", "\r\n"]),
    st.sampled_from(["", "", "\ufeff"]),
)
SOURCES = (".gitignore", "d/.gitignore", "d/e/.gitignore", ".git/info/exclude", "../config/git/ignore")
"""Where git reads patterns from; the last is the user's own list."""
sources = st.fixed_dictionaries({}, optional=dict.fromkeys(SOURCES, files))


def make(root: Path) -> Path:
    root.mkdir(exist_ok=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    for name in TREE:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    return root


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """With nobody's own git settings, and a place for a list of the user's."""
    folder = tmp_path_factory.mktemp("ignore")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield make(folder / "repository")


def fill(root: Path, given: Mapping[str, bytes]) -> None:
    for source in SOURCES:
        file = root / source
        file.unlink(missing_ok=True)
        if source in given:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(given[source])


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


ROOT, BELOW = SOURCES[:2]
EXAMPLES: tuple[dict[str, bytes], ...] = (
    {ROOT: b"*\n!*/\n!*.txt"},
    {ROOT: b"*\n!d/\n!*.txt", BELOW: b"b.txt"},
    {ROOT: b"build/\n!build/keep.txt"},
    {ROOT: b"d/*\n!d/e", BELOW: b"!a"},
    {ROOT: b"d/**\n!d/e/"},
    {ROOT: b"[[:digit:]]z\n!"},
    {ROOT: b"\xef\xbb\xbfa\r\nd/e/\r\n!b.txt\r\n"},
    {ROOT: b"b.txt \nsp ace\\ \n\\!bang\n\\#hash\n", ".git/info/exclude": b"!b.txt\n*.log\n"},
    {ROOT: b"!x.log\n", ".git/info/exclude": b"*.log\n", "../config/git/ignore": b"e/\n!d/x.log\n"},
    {"../config/git/ignore": b"*.txt\n", "d/e/.gitignore": b"!b.txt\n"},
    {ROOT: b"[!/].[!/]\n"},  # a slash in brackets parts no names
    {ROOT: b"[[-[:alpha:]x\\]\n"},  # a range before a class is a range
    {ROOT: b"d\\/e\n***/b.txt\n"},
)


def with_examples(test: Callable[..., None]) -> Callable[..., None]:
    for one in EXAMPLES:
        test = example(one)(test)
    return test


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@with_examples
@given(sources)
def test_git_is_believed(repository: Path, given: dict[str, bytes]) -> None:
    """Otherwise an ignored file leaves, or a file that is not ignored is kept back."""
    fill(repository, given)
    assert withheld(repository, git=True) == git_ignores(repository, TREE)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@with_examples
@given(sources)
def test_without_git_nothing_that_git_ignores_leaves(repository: Path, given: dict[str, bytes]) -> None:
    fill(repository, given)
    assert withheld(repository, git=False) == git_ignores(repository, TREE)


def test_the_user_s_own_list_holds_where_git_is_told_to_look_for_it(repository: Path, tmp_path: Path) -> None:
    """Otherwise what somebody ignores everywhere leaves from a folder that is no repository, or not at all."""
    fill(repository, {ROOT: b"!b.txt\n"})
    (repository.parent / ".gitconfig").write_text("[core]\n\texcludesFile = ~/mine\n")
    (repository.parent / "mine").write_text("*.txt\n")
    try:
        assert withheld(repository, git=True) == git_ignores(repository, TREE) != set()
        (tmp_path / "keep.txt").write_text("")
        (tmp_path / "a.py").write_text("")
        reasons = rules([tmp_path]).judge([tmp_path / "keep.txt", tmp_path / "a.py"])
        assert [(place.name, reason.file) for place, reason in reasons.items()] == [
            ("keep.txt", str(repository.parent / "mine"))
        ]
    finally:
        (repository.parent / ".gitconfig").unlink()


def test_letter_case_counts_where_it_counts_for_git(repository: Path) -> None:
    fill(repository, {ROOT: b"B.TXT\nD/\n"})
    assert withheld(repository, git=True) == git_ignores(repository, TREE) == set()
    subprocess.run(["git", "-C", str(repository), "config", "core.ignoreCase", "true"], check=True)
    try:
        assert withheld(repository, git=True) == git_ignores(repository, TREE) >= {"b.txt", "d/a"}
    finally:
        subprocess.run(["git", "-C", str(repository), "config", "--unset", "core.ignoreCase"], check=True)


@pytest.mark.parametrize(
    "pattern",
    [
        "[]a]",
        "[!]a]*",
        "[a[]b]",
        "[a-]",
        "[[:alpha:][:digit:]]*",
        "[\\]x]",
        "d/**/[e-f]",
        "*a*b*",
        "[z-a]",
        "[!z-a]",
        "[",
    ],
)
def test_brackets_are_read_as_git_reads_them(tmp_path: Path, pattern: str) -> None:
    names = ["]", "a", "[b]", "a[b]", "-", "9a", "x", "d/f", "d/e", "d/x/e", "xaxb", "ab", "z", "["]
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text(pattern + "\n")
    ours = matched_by_us(".gitignore", [pattern])
    assert {name for name in names if ours.ignores(name.split("/"))} == git_ignores(tmp_path, names)
