"""Starting and feeding the process that builds an index."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path


class Builder:
    """One process that keeps the index of `folder` in `database` up to date. A process that died is started again by
    the next change; what it had written is kept. All calls return at once; starting takes some milliseconds."""

    def __init__(self, database: Path, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self._process = subprocess.Popen(
            # -P: the server may run in the user's folder, whose modules are not to be imported.
            [sys.executable, "-P", "-m", "glm_lsp.index", str(self._database), str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if self._process.stdin is not None:
            # A builder that is busy must not make the server wait for room in the pipe.
            os.set_blocking(self._process.stdin.fileno(), False)

    def changed(self, paths: Iterable[Path]) -> None:
        """These files were saved, made, moved or removed; those outside the folder are not ours."""
        names = [path.relative_to(self._folder).as_posix() for path in paths if path.is_relative_to(self._folder)]
        if not names:
            return
        running = self._process is not None and self._process.poll() is None
        self.start()
        if not running or self._process is None or self._process.stdin is None:
            return  # a process that starts looks at every file
        lines = b"".join(os.fsencode(name) + b"\n" for name in names if "\n" not in name)
        if len(lines) > _PIPE:
            lines = b"\n"
        with contextlib.suppress(OSError):
            # A full pipe is a builder far behind. It will look at every file at the next start.
            os.write(self._process.stdin.fileno(), lines)

    def close(self) -> None:
        """End the process: it finishes the file it is at."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        with contextlib.suppress(OSError):
            process.stdin.close()
        if process.poll() is None:
            process.terminate()
        process.wait()


_PIPE = 4096
"""Bytes a pipe takes at once or not at all (POSIX PIPE_BUF)."""
