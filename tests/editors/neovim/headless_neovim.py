"""A real Neovim without a screen, driven by its own msgpack-RPC."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import msgpack  # type: ignore[import-untyped]  # ships no types
from screen import Screen
from scripted_model import PATIENCE

RECORD = Path(__file__).with_name("record.lua")

Event = dict[str, Any]


class NeovimError(Exception):
    """Neovim answered a request with an error."""


class Neovim:
    """One Neovim process. `events` are what `record.lua` has told so far and no `wait` has taken.

    Everything runs in the caller's thread: while a test waits for something else, Neovim goes on by itself and its
    events queue up in the pipe.
    """

    def __init__(self, program: Path, arguments: list[str], environment: dict[str, str], stderr: IO[bytes]) -> None:
        self._process = subprocess.Popen(
            [program, "--clean", "--headless", "--embed", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=environment,
            start_new_session=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._in, self._out = self._process.stdin, self._process.stdout
        self._unpacker = msgpack.Unpacker(
            unicode_errors="surrogateescape",
            strict_map_key=False,
            # Buffers, windows and tabs are numbers in a wrapping of their own.
            ext_hook=lambda _, number: msgpack.unpackb(number),
        )
        self._requests = 0
        self._answers: dict[int, tuple[Any, Any]] = {}
        self._stuck = False
        self.events: list[Event] = []
        self.screen = Screen()
        # A screen is attached, so that prompts that would eat a user's keys eat the test's too. It is wide: after
        # a message longer than a line Neovim waits for a key, and its "Buffer … newer than edits" names the whole path.
        self.call("nvim_ui_attach", 240, 50, {"ext_linegrid": True})
        channel = self.call("nvim_get_api_info")[0]
        self.lua(RECORD.read_text(), channel)

    def call(self, method: str, *arguments: Any) -> Any:
        """The result of an API function. Errors: NeovimError; TimeoutError."""
        self._requests += 1
        message = self._requests
        self._in.write(msgpack.packb([0, message, method, arguments], unicode_errors="surrogateescape"))
        self._in.flush()
        self._read_until(lambda: message in self._answers, method)
        error, result = self._answers.pop(message)
        if error is not None:
            raise NeovimError(f"{method}: {error[1]}")
        return result

    def lua(self, code: str, *arguments: Any) -> Any:
        return self.call("nvim_exec_lua", code, arguments)

    def press(self, keys: str) -> None:
        """The user presses `keys` (as in a mapping: `<Esc>`); they are dealt with before the next `call` is."""
        written = self.call("nvim_input", keys)
        assert written == len(keys.encode()), "Neovim took only some of the keys"

    def wait(self, kind: str, **fields: Any) -> Event:
        """The first event of this kind with these fields that no `wait` has taken. Errors: TimeoutError."""

        def found() -> int | None:
            for index, event in enumerate(self.events):
                if event["kind"] == kind and all(event.get(name) == value for name, value in fields.items()):
                    return index
            return None

        self._read_until(lambda: found() is not None, f"{kind} {fields}")
        index = found()
        assert index is not None
        return self.events.pop(index)

    def taken(self, kind: str) -> list[Event]:
        """The events of this kind that came so far; they are forgotten."""
        self.call("nvim_eval", "0")
        chosen = [event for event in self.events if event["kind"] == kind]
        self.events = [event for event in self.events if event["kind"] != kind]
        return chosen

    def close(self) -> None:
        """Ends Neovim, and with it the server, whether or not they like it."""
        self._in.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._out.close()

    def _read_until(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            if not select.select([self._out], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError(f"Neovim: {what} did not happen.{self._prompt()} Since then: {self.events}")
            chunk = os.read(self._out.fileno(), 1 << 16)
            if not chunk:
                raise TimeoutError(f"Neovim ended before this happened: {what}")
            self._unpacker.feed(chunk)
            for message in self._unpacker:
                self._take(message)

    def _prompt(self) -> str:
        """If Neovim waits for a key at a prompt, that explains why nothing happens."""
        if self._stuck:
            return ""
        self._stuck = True
        mode = self.call("nvim_get_mode")
        return f" It waits at a prompt (mode {mode['mode']!r})." if mode["blocking"] else ""

    def _take(self, message: list[Any]) -> None:
        if message[0] == 1:
            self._answers[message[1]] = (message[2], message[3])
        elif message[0] == 2 and message[1] == "record":
            self.events.append(message[2][0])
        elif message[0] == 2 and message[1] == "redraw":
            self.screen.take(message[2])
