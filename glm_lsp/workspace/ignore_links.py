"""All the names of a file: links followed step by step, and hard links."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

MOST_LINKS = 40
"""As many as Linux follows (path_resolution(7))."""
MOST_ENTRIES = 20_000
"""How many directory entries are looked at for the other names of hard-linked files."""


class Name(NamedTuple):
    """A name of a file. `direct`: no folder in it is a link."""

    path: Path
    direct: bool


def names_of(path: Path) -> tuple[Name, ...]:
    """The name itself, those it becomes as each link in it is followed, and each link on the way.

    A chain of links that does not end gives what was found until then. Errors: OSError if the name cannot be followed
    for another reason than that nothing is there.
    """
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        path.lstat()
    real = os.path.realpath(path)
    if real == str(path):
        return (Name(path, True),)
    names: dict[Path, bool] = {}
    done, ahead = Path(path.anchor), list(path.parts[1:])
    names[path] = False
    for _ in range(MOST_LINKS + 1):
        while ahead:
            part = ahead.pop(0)
            if part == "..":
                done = done.parent
                continue
            done = done / part
            if done.is_symlink():
                break
        else:
            break
        names[done] = True
        target = Path(os.readlink(done))
        ahead = [*(target.parts[1:] if target.is_absolute() else target.parts), *ahead]
        done = Path(target.anchor) if target.is_absolute() else done.parent
        names.setdefault(done.joinpath(*ahead), False)
    names[Path(real)] = True
    return tuple(Name(name, direct) for name, direct in names.items())


def other_names(paths: Iterable[Path], home: Callable[[Path], Path]) -> dict[Path, tuple[Path, ...]]:
    """The other names of those of `paths` that are hard-linked, as far as they stand below `home(path)` and are met
    within `MOST_ENTRIES` entries; a name elsewhere cannot be found from here."""
    wanted: dict[Path, dict[int, list[Path]]] = {}
    for path in paths:
        try:
            status = path.stat()
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
            wanted.setdefault(home(path), {}).setdefault(status.st_ino, []).append(path)
    found: dict[Path, tuple[Path, ...]] = {}
    for folder, inodes in wanted.items():
        for inode, name in _entries(folder):
            for path in inodes.get(inode, ()):
                if name != path and _same(name, path):
                    found[path] = (*found.get(path, ()), name)
    return found


def _entries(folder: Path) -> Iterator[tuple[int, Path]]:
    """Inode and path of what lies below `folder`, the shallow first; links are not followed."""
    left = MOST_ENTRIES
    waiting = [folder]
    while waiting and left > 0:
        try:
            entries = list(os.scandir(waiting.pop(0)))
        except OSError:
            continue
        left -= len(entries)
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != ".git":
                    waiting.append(Path(entry.path))
            else:
                yield entry.inode(), Path(entry.path)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
