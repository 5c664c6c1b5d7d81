"""Which files of a folder are indexed.

Only their names and places are read here. What may be sent is decided elsewhere, by the gate; the index keeps ignored
files out because they are noise.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from glm_lsp.syntax.languages import language, of_suffix
from glm_lsp.workspace.ignore_git import find_git

Lister = Callable[[Path], Iterable[str]]
"""The files of a folder, as paths relative to it, with `/`."""

MAX_BYTES = 1_000_000
"""Larger files are data or generated."""
UNINDEXED = frozenset({"json", "yaml", "toml", "html", "css"})
"""Languages that have a grammar, but whose names no code refers to."""
_SKIPPED = frozenset(
    {
        "node_modules",
        "bower_components",
        "vendor",
        "venv",
        "env",
        "__pycache__",
        "site-packages",
        "build",
        "dist",
        "target",
        "out",
        "coverage",
    }
)


def indexed_language(path: str) -> str:
    """The `languageId` a file is indexed as; empty for a file that is not."""
    id_ = of_suffix(os.path.splitext(path)[1])
    return id_ if id_ and language(id_).grammar and id_ not in UNINDEXED else ""


def listed(folder: Path) -> Iterator[str]:
    """The files git knows or would add; without git all but those in folders that are hidden or usually made, not
    written. Symbolic links are not followed."""
    # Git also lists nothing for a folder that a repository around it ignores.
    yield from dict.fromkeys(_known_to_git(folder)) or _walked(folder)


def _known_to_git(folder: Path) -> list[str]:
    git = find_git()
    if git is None:
        return []
    # A repository's own settings may name a program to run (`core.fsmonitor`); merely looking must not start it.
    command = [git, "-c", "core.fsmonitor=false", "-c", "safe.directory=*", "ls-files", "-z", *_WANTED]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    try:
        run = subprocess.run(command, cwd=folder, capture_output=True, env=environment, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return []
    return [os.fsdecode(name) for name in run.stdout.split(b"\0") if name]


_WANTED = ("--cached", "--others", "--exclude-standard")


def _walked(folder: Path) -> Iterator[str]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        place = Path(here).relative_to(folder)
        for name in sorted(names):
            yield (place / name).as_posix()
