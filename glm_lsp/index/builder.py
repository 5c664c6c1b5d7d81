"""Starting and feeding the process that builds an index."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from glm_lsp.workspace.surroundings import without_keys

_PIPE = 4096
"""Bytes a pipe takes at once or not at all (POSIX PIPE_BUF)."""
_END_SECONDS = 0.2
"""How long an ending process is waited for. It runs only when nobody else wants to, so it may end later."""
RETRY_SECONDS = 60.0
"""How long after its start one that failed is not started again: it may have no place for the index, or no disk."""


class Builder:
    """One process that keeps the index of `folder` in `database` up to date. A process that died is started again by
    the next change, and one that failed by the next change after a while; what it had written is kept.

    Its methods take some milliseconds, and are to be called one at a time. Errors: OSError if the process cannot be
    started.
    """

    def __init__(self, database: Path, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._behind = False
        self._started = 0.0

    @property
    def pid(self) -> int | None:
        """The number of the process, if it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process is not None and running else None

    @property
    def _failed(self) -> bool:
        """Whether the process ended by itself, with an error; what is killed did not fail."""
        return self._process is not None and (self._process.poll() or 0) > 0

    def start(self) -> None:
        if self.pid is not None:
            return
        self.close()
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            # -P: the server may run in the user's folder, whose modules are not to be imported.
            [sys.executable, "-P", "-m", "glm_lsp.index", str(self._database), str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=without_keys(os.environ),
        )
        self._behind = False
        if self._process.stdin is not None:
            # A builder that is busy must not make the server wait for room in the pipe.
            os.set_blocking(self._process.stdin.fileno(), False)

    def changed(self, paths: Iterable[Path]) -> None:
        """These files were saved, made, moved or removed; those outside the folder are not ours."""
        names = [path.relative_to(self._folder).as_posix() for path in paths if path.is_relative_to(self._folder)]
        if not names:
            return
        if self.pid is None:
            if not self._failed or time.monotonic() - self._started >= RETRY_SECONDS:
                self.start()  # it looks at every file
            return
        lines = b"".join(os.fsencode(name) + b"\n" for name in names if "\n" not in name)
        if len(lines) > _PIPE or self._behind:
            lines = b"\n"
        if self._process is not None and self._process.stdin is not None:
            try:
                os.write(self._process.stdin.fileno(), lines)
                self._behind = False
            except OSError:
                self._behind = True  # the pipe is full, or the process has just died

    def close(self) -> None:
        """End the process, whatever it is at: what it has not finished it does again the next time."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        with contextlib.suppress(OSError):
            process.stdin.close()
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
