"""What `.gitignore` says: git's own answer where there is git, ours where there is none (gitignore(5))."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from glm_lsp.errors import BadInput
from glm_lsp.workspace import files
from glm_lsp.workspace.git import command, surroundings
from glm_lsp.workspace.ignore_patterns import Line, Patterns, patterns

TIMEOUT = 5.0
"""Seconds for one question to git, however many paths are in it. It takes a few milliseconds."""
MOST_PATTERNS, MOST_BYTES = 5_000, 128 * 1024
"""Of a file that is read by us and not by git: reading so much takes a second at most."""


class Ignored(NamedTuple):
    """The line of `file` that ignores a path."""

    file: str
    line: Line


class Unknown(NamedTuple):
    """Why it cannot be said whether a path is ignored: a clause for a sentence."""

    why: str


Answer = Ignored | Unknown


def repository(path: Path, known: dict[Path, Path | None]) -> Path | None:
    """The working tree `path` is in; `known` remembers what was found, by folder."""
    folder = path.parent
    if folder not in known:
        if _is_repository(folder / ".git"):
            known[folder] = folder
        else:
            known[folder] = repository(folder, known) if folder != folder.parent else None
    return known[folder]


def _is_repository(mark: Path) -> bool:
    try:
        return (mark / "HEAD").is_file() or mark.is_file()
    except OSError:
        return True  # git will say what is wrong with it


def ignored(root: Path, paths: Iterable[Path], git: str | None) -> Mapping[Path, Answer]:
    """Which of `paths`, all below the folder `root` and reached without links, are ignored there, and by what. `git` is
    the program, None to do without."""
    paths = list(paths)
    if git and _is_repository(root / ".git"):
        return _asked(git, root, paths)
    users = _users_list(git)
    if isinstance(users, Unknown):
        return dict.fromkeys(paths, users)
    read = cache(read_patterns)
    answers = {path: _decided(root, path, users, read) for path in paths}
    return {path: answer for path, answer in answers.items() if answer}


def _asked(git: str, root: Path, paths: list[Path]) -> dict[Path, Answer]:
    """By `git check-ignore`. Whatever goes wrong, every path is `Unknown`."""

    def unknown(why: str) -> dict[Path, Answer]:
        return dict.fromkeys(paths, Unknown(why))

    case = ("-c", "core.ignoreCase=true") if _same(root / ".git", root / ".GIT") else ()
    question = command(git, root, *case, "check-ignore", "--no-index", "--stdin", "-z", "-v", "-n")
    names = b"".join(b"./" + os.fsencode(path.relative_to(root)) + b"\0" for path in paths)
    try:
        done = _run(question, names)
    except _Silent as error:
        return unknown(str(error))
    if done.returncode not in (0, 1) or done.stderr.strip():
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        return unknown(f"git says: {said}" if said else "git failed")
    fields = done.stdout.split(b"\0")[:-1]
    if len(fields) != 4 * len(paths):
        return unknown("git's answer was cut short")
    answers: dict[Path, Answer] = {}
    for path, source, number, pattern in zip(paths, fields[0::4], fields[1::4], fields[2::4], strict=True):
        if source and not pattern.startswith(b"!"):
            file = os.path.join(root, os.fsdecode(source))
            answers[path] = Ignored(file, Line(int(number), os.fsdecode(pattern)))
    return answers


class _Silent(Exception):
    """git gave no answer, and why."""


def _run(question: list[str], text: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Errors: _Silent."""
    try:
        return subprocess.run(
            question, input=text, capture_output=True, env=surroundings(), timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _Silent("git did not answer in time") from error
    except OSError as error:
        raise _Silent("git could not be started") from error


def _users_list(git: str | None) -> Path | Unknown:
    """Where the user keeps patterns for all folders: what git's settings say, else its usual place."""
    if git:
        try:
            # From the root, where no repository's settings count.
            done = _run(
                command(git, Path(os.path.abspath(os.sep)), "config", "--type=path", "--get", "core.excludesFile")
            )
        except _Silent as error:
            return Unknown(str(error))
        if done.returncode == 0:
            return Path(os.fsdecode(done.stdout.rstrip(b"\n")))
        if done.returncode != 1:
            return Unknown("git's settings cannot be read")
    return Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "git" / "ignore"


def _same(one: Path, other: Path) -> bool:
    """Whether letter case makes no difference here: git asks itself once, when it makes a repository."""
    try:
        return one.samefile(other)
    except OSError:
        return False


def _decided(root: Path, path: Path, users: Path, read: Callable[[Path], Patterns | Unknown]) -> Answer | None:
    """By reading the files git would read. For each folder on the way down, then for the file: the nearest of them that
    says anything decides, and what is below an ignored folder cannot be taken back."""
    parts = path.relative_to(root).parts
    for depth in range(1, len(parts) + 1):
        for file, above in _sources(root, parts[: depth - 1], users):
            rules = read(file)
            if isinstance(rules, Unknown):
                return rules
            decided = rules.decides(parts[above:depth], folder=depth < len(parts))
            if decided:
                if decided[0]:
                    return Ignored(str(file), decided[1])
                break
    return None


def _sources(root: Path, folders: tuple[str, ...], users: Path) -> Iterator[tuple[Path, int]]:
    """The files with rules for what lies directly in `folders`, nearest first, and how many folders down each is."""
    for above in range(len(folders), -1, -1):
        yield root.joinpath(*folders[:above], ".gitignore"), above
    yield root / ".git" / "info" / "exclude", 0
    yield users, 0


def read_patterns(file: Path, *, fold: bool = False) -> Patterns | Unknown:
    """The patterns in `file`; none if there is no such file; Unknown if it is there and cannot be read: it may be a
    pipe or a device, which never ends, or hold so much that each question would take seconds."""
    try:
        text = files.read_bytes(file, MOST_BYTES).decode("utf-8", "surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return Patterns(str(file))
    except OSError:
        return Unknown(f"{file} cannot be read")
    except BadInput:
        return Unknown(f"{file} cannot be read: it is no file, or larger than {MOST_BYTES >> 10} kB")
    lines = text.split("\n")
    if len(lines) > MOST_PATTERNS:
        return Unknown(f"{file} has more than {MOST_PATTERNS:,} lines")
    return patterns(str(file), lines, fold=fold)
