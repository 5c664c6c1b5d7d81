"""The process that builds an index: `python -m glm_lsp.index DATABASE FOLDER`.

It brings the index up to date, then takes paths from standard input, one a line, relative to the folder, and reads
those files again; an empty line means: look at all of them. It ends with its input, so it never outlives the server.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from glm_lsp.index.build import build, update


def _lowest_priority() -> None:
    # A request is answered first: this process gets only what nobody else wants.
    with contextlib.suppress(OSError):
        os.nice(19)
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print("usage: python -m glm_lsp.index DATABASE FOLDER < changed paths", file=sys.stderr)
        return 2
    database, folder = Path(arguments[0]), Path(arguments[1])
    os.umask(0o077)
    _lowest_priority()
    build(database, folder)
    for line in sys.stdin.buffer:
        path = os.fsdecode(line.rstrip(b"\n"))
        if path:
            update(database, folder, [path])
        else:
            build(database, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
