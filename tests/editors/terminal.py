"""A program in a terminal of its own: keys go in, and what a person would see comes out."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte
from scripted_model import PATIENCE

Screen = list[str]
"""The lines of the screen, without the blanks at their ends."""


class Terminal:
    """The program `command`, started in `folder` with nothing but `environment`."""

    def __init__(
        self,
        command: Sequence[str | Path],
        folder: Path,
        environment: Mapping[str, str],
        lines: int = 40,
        columns: int = 120,
    ) -> None:
        self._side, side = pty.openpty()
        self._screen = _Screen(columns, lines, self._side)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = threading.Condition()
        self._ended = False
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env={"TERM": "xterm-256color", "COLORTERM": "truecolor", **environment},
            stdin=side,
            stdout=side,
            stderr=side,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(side)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def press(self, keys: str) -> None:
        """Presses `keys`, as the terminal sends them: `\\x1b` is Escape, `\\r` Return."""
        os.write(self._side, keys.encode())

    def screen(self) -> Screen:
        with self._changed:
            return self._lines()

    def wait(self, seen: str | Callable[[Screen], bool]) -> Screen:
        """Waits until the text, or what the function looks for, is on the screen. Errors: TimeoutError."""

        def there() -> bool:
            screen = self._lines()
            return any(seen in line for line in screen) if isinstance(seen, str) else seen(screen)

        with self._changed:
            if not self._changed.wait_for(lambda: there() or self._ended, PATIENCE) or not there():
                ended = "The program ended before" if self._ended else "This was not on the screen:"
                shown = "\n".join(self._lines()).rstrip()
                raise TimeoutError(f"{ended} {seen if isinstance(seen, str) else seen.__name__}. The screen:\n{shown}")
            return self._lines()

    def wait_for_end(self) -> None:
        """Waits until the program has ended by itself. Errors: TimeoutExpired."""
        self._process.wait(PATIENCE)

    def close(self) -> None:
        """Ends the program and what it started, if they still run."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGHUP)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._reader.join(PATIENCE)
        os.close(self._side)

    def _lines(self) -> Screen:
        return [line.rstrip() for line in self._screen.display]

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self._side, 1 << 16)
            except OSError:  # The other side is closed: the program has ended.
                chunk = b""
            with self._changed:
                if chunk:
                    self._stream.feed(chunk)
                else:
                    self._ended = True
                self._changed.notify_all()
            if not chunk:
                return


class _Screen(pyte.Screen):
    """A screen that answers the program's questions about the terminal."""

    def __init__(self, columns: int, lines: int, side: int) -> None:
        super().__init__(columns, lines)
        self._side = side

    # The private forms of these are questions about extensions, which a terminal need not know.

    def report_device_status(self, mode: int = 0, private: bool = False) -> None:
        if not private:
            super().report_device_status(mode)

    def select_graphic_rendition(self, *attributes: int, private: bool = False) -> None:
        if not private:
            super().select_graphic_rendition(*attributes)

    def write_process_input(self, data: str) -> None:
        os.write(self._side, data.encode())


def _take_terminal() -> None:
    """Signals of the terminal go to the program, as in a shell of its own."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
