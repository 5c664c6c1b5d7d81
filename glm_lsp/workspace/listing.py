"""Which files there are below a folder."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from glm_lsp.workspace import git

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
    program = git.found()
    if program is None:
        return None
    question = git.command(program, folder, "--literal-pathspecs", "ls-files", "-z", "--cached", "--others")
    question += ["--exclude-standard", "--", *paths]
    try:
        run = subprocess.run(question, capture_output=True, env=git.surroundings(), check=True, timeout=SECONDS)
    except (OSError, subprocess.SubprocessError):
        return None
    return [os.fsdecode(name) for name in run.stdout.split(b"\0") if name]


def _walked(folder: Path, enters: Callable[[str], bool]) -> Iterator[str]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if enters(name))
        place = Path(here).relative_to(folder)
        for name in sorted(names):
            yield (place / name).as_posix()
