"""The process that builds an index: `python -m glm_lsp.index DATABASE FOLDER`.

It brings the index up to date, then takes paths from standard input, one a line, relative to the folder, and reads
those files again; an empty line means: look at all of them. It ends with its input, so it never outlives the server:
at once if that is a pipe, for then the server is gone.
"""

from __future__ import annotations

import gc
import os
import stat
import sys
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from glm_lsp.index.build import build, update

MANY = 200
"""Changed files of which it is quicker to look at all."""

_CHUNK = 2**16

Paths = SimpleQueue[str | None]
"""What changed; None is the end of it."""


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print("usage: python -m glm_lsp.index DATABASE FOLDER < changed paths", file=sys.stderr)
        return 2
    database, folder = Path(arguments[0]), Path(arguments[1])
    os.umask(0o077)
    # A request is answered first: this process gets what nobody else wants.
    os.nice(19)
    # The definitions of a batch are many objects and no cycle: looking among them for cycles takes a twentieth of it.
    gc.set_threshold(20_000, 50, 100)
    changed: Paths = SimpleQueue()
    Thread(target=_read, args=(changed,), daemon=True).start()
    build(database, folder)
    while (paths := _taken(changed)) is not None:
        if "" in paths or len(paths) > MANY:
            build(database, folder)
        else:
            update(database, folder, paths)
    return 0


def _read(changed: Paths) -> None:
    """Takes the input in as it comes, so that the server never finds the pipe full."""
    # Not from `sys.stdin`: Python aborts if it ends, for an error, while a thread waits in that.
    descriptor, begun = sys.stdin.fileno(), b""
    while chunk := os.read(descriptor, _CHUNK):
        *lines, begun = (begun + chunk).split(b"\n")
        for line in lines:
            changed.put(os.fsdecode(line))
    if begun:
        changed.put(os.fsdecode(begun))
    if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        os._exit(0)  # whatever it is at: what a killed writer leaves undone is taken back by the database
    changed.put(None)


def _taken(changed: Paths) -> set[str] | None:
    """What has changed, as far as is known: waits for the first. None at the end."""
    paths: set[str] = set()
    path = changed.get()
    while path is not None:
        paths.add(path)
        try:
            path = changed.get_nowait()
        except Empty:
            return paths
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
