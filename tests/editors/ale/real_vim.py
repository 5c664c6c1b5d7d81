"""A real Vim with ALE in a terminal."""

from __future__ import annotations

import re
from pathlib import Path

from terminal import Terminal
from workplace import Workplace, snippet

BEFORE = """\
set nocompatible noswapfile viminfo= cmdheight=4
set runtimepath^={ale}
filetype plugin indent on
"""


class Vim:
    """Vim with ALE, set up as its page says. Its only window to the inside is the file it saves."""

    def __init__(self, program: Path, work: Workplace) -> None:
        self.work = work
        self.began = 0
        self._commands = 0
        ale = program.parents[1] / "root/usr/share/vim-ale"
        work.configure(".vim/vimrc", BEFORE.format(ale=ale) + snippet("vim-ale.md", "vim"))
        self._path = work.project
        self.terminal = Terminal([program], work.project, work.environment)
        self.terminal.wait("VIM - Vi IMproved")

    def open(self, name: str, content: bytes) -> None:
        """Writes the file, opens it in the one window, and waits for the server to join."""
        begun = len(self.work.traffic.records)
        self._path = self.work.write(name, content)
        self.command("silent %bwipeout!")
        self.command(f"edit {name}")
        self.work.traffic.method("client", "textDocument/didOpen", begun)

    def command(self, command: str) -> None:
        """Runs an Ex command. Vim throws away what is typed while a shell command of it runs, so this waits."""
        self._commands += 1
        self.terminal.press(f"\x1b:execute '{command}' | redraw | echo 'done' {self._commands}+0\r")
        self.terminal.wait(lambda screen: f"done {self._commands}" in screen)

    def pick(self, title: str, line: int) -> None:
        """Opens the menu at a line (from 1) and picks."""
        self.began = len(self.work.traffic.records)
        self.terminal.press(f"{line}G:ALECodeAction\r")
        self.terminal.wait("Type number")
        found = (re.match(rf"(\d+)\) {re.escape(title)}$", row) for row in self.terminal.screen())
        number = next(row[1] for row in found if row)
        self.terminal.press(f"{number}\r")
        self.work.traffic.answered("workspace/executeCommand", self.began)

    def told(self, words: str) -> str:
        """Waits until the user is told something with these words since the last pick; what it was."""

        def tells(message: object) -> bool:
            return isinstance(message, dict) and words in str(message.get("params", {}).get("message", ""))

        number = self.work.traffic.wait("server", tells, self.began)
        return str(self.work.traffic.records[number]["message"]["params"]["message"])

    def saved(self) -> bytes:
        """Saves the file; its bytes."""
        self.command("write")
        return self._path.read_bytes()

    def close(self) -> None:
        self.terminal.close()
