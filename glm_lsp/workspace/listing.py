"""Which files there are below a folder."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from glm_lsp.workspace.ignore_git import find_git
from glm_lsp.workspace.surroundings import without_keys

SECONDS = 60
"""How long git may take."""


def listed(folder: Path, enters: Callable[[str], bool]) -> Iterator[str]:
    """The files below `folder`, relative to it, with `/`, each once: those git knows or would add; without git all but
    those in folders whose name `enters` refuses. Links to folders are not followed."""
    # Git also lists nothing for a folder that a repository around it ignores.
    yield from dict.fromkeys(_known_to_git(folder) or ()) or _walked(folder, enters)


def chosen(folder: Path, paths: Sequence[str], enters: Callable[[str], bool]) -> frozenset[str]:
    """Those of `paths`, relative to `folder`, that `listed` would give; a few hundred at most."""
    known = _known_to_git(folder, paths)
    if known is not None:
        return frozenset(known)
    return frozenset(path for path in paths if all(map(enters, PurePosixPath(path).parts[:-1])))


def _known_to_git(folder: Path, paths: Sequence[str] = ()) -> list[str] | None:
    """Of `paths`, or of all files; None where git does not tell."""
    git = find_git()
    if git is None:
        return None
    # A repository's own settings may name a program to run (`core.fsmonitor`); merely looking must not start it.
    command = [git, "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "safe.directory=*", "ls-files", "-z"]
    command += ["--cached", "--others", "--exclude-standard", "--", *paths]
    environment = {name: value for name, value in without_keys(os.environ).items() if not name.startswith("GIT_")}
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    try:
        run = subprocess.run(command, cwd=folder, capture_output=True, env=environment, check=True, timeout=SECONDS)
    except (OSError, subprocess.SubprocessError):
        return None
    return [os.fsdecode(name) for name in run.stdout.split(b"\0") if name]


def _walked(folder: Path, enters: Callable[[str], bool]) -> Iterator[str]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if enters(name))
        place = Path(here).relative_to(folder)
        for name in sorted(names):
            yield (place / name).as_posix()
